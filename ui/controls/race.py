"""Controls of the Race page: its topic, the landscape, and the racers with their learning rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from landscape.descent.optimizers import optimizers, serves
from landscape.scene.attraction import on_function
from landscape.scene.fields import Choice
from landscape.scene.race import MAP_KEYS, RACER_KEYS, RaceScene
from landscape.scene.racing import with_rate
from landscape.scene.scene import Scene
from ui.controls import widgets
from ui.controls.explore import Controls
from ui.session.scene import current_scene, on_this_page, set_scene

# What is beside the landscape and the racers, by topic.
BESIDE: Mapping[str, Callable[[RaceControls, RaceScene], None]] = {
    "race": lambda controls, scene: controls.of_race(scene),
    "rates": lambda controls, scene: controls.of_rates(scene),
    "basins": lambda controls, scene: controls.of_basins(scene),
    "corner": lambda controls, scene: controls.of_corner(scene),
    "workers": lambda controls, scene: controls.of_workers(scene),
}
# A curve and a start from which Newton's method runs to a maximum, and one from which it leaves for infinity.
ASTRAY = {"maximum": ("double_well", 0.25), "infinity": ("log_cosh", 1.2)}


class RaceControls(Controls):
    """Draws the controls of a race in the visitor's language."""

    def race(self, scene: RaceScene) -> None:
        """Draw every control for `scene` in the current container."""
        self._topic(scene)
        with st.container():
            BESIDE[scene.topic](self, scene)

    def of_landscape(self, scene: RaceScene) -> None:
        """Draw what the landscape is of, and who races on it."""
        self._subject(scene)
        with st.container():
            if scene.function is not None:
                self._choice("function", scene.function, self._t("explore.function"))
            else:
                self._model_on_data(scene)
        self._racers(scene)

    def of_race(self, scene: RaceScene) -> None:
        """Draw what a race has: the landscape, the racers, the budget, where it starts, whose rule is shown, and what counts as arrived."""
        self.of_landscape(scene)
        self._own(scene, "steps", "clock")
        self._rule(scene)
        with st.expander(self._t("race.settings"), icon=":material/tune:"):
            self._own(scene, "target", "log")
            self._choice("schedule", scene.schedule, self._t("explore.schedule"), folded=False)
            self._choice("plane", scene.plane, self._t("explore.plane"))
            if scene.function is None:
                self._batch(scene)
            self._number("seed", scene)
            self._number("resolution", scene)
            settled = scene.start is None and scene.window is None
            st.button(self._t("explore.reset_start"), key="reset_start", width="stretch", disabled=settled, on_click=on_this_page(_reset))

    def of_rates(self, scene: RaceScene) -> None:
        """Draw what the learning rates' topic has: the landscape, the racers, and the budget of each run."""
        self.of_landscape(scene)
        self._own(scene, "steps")

    def of_basins(self, scene: RaceScene) -> None:
        """Draw what the basins are of: a function, the methods with their rates, and the grid of starts."""
        self._choice("function", on_function(scene).function, self._t("explore.function"))
        names = [choice.name for choice in scene.mapped]
        options = [name for name in optimizers if serves(name, 2, matrices=False)]
        named = {"options": options, "format_func": lambda name: self._t(f"optimizers.{name}"), "max_selections": len(MAP_KEYS)}
        widgets.mirror(st.multiselect, self._t("race.mapped"), "mapped", names, _mapping, **named)
        with st.expander(self._t("race.each_rate"), icon=":material/speed:"):
            for key, choice in zip(RACER_KEYS, scene.optimizers, strict=False):
                if choice.name in names:
                    self._rate(key, choice)
        self._own(scene, "steps", "starts")

    def of_corner(self, scene: RaceScene) -> None:
        """Draw what the corner of one parameter has, with two starts from which Newton's method does not find the minimum."""
        self._own(scene, "curve", "begin", "rate", "halvings")
        for name, (curve, begin) in ASTRAY.items():
            act = on_this_page(partial(_astray, curve, begin))
            st.button(self._t(f"race.corner.astray.{name}"), key=f"astray_{name}", width="stretch", on_click=act)

    def of_workers(self, scene: RaceScene) -> None:
        """Draw how many workers there are, and how they work."""
        self._own(scene, "workers", "local", "worker_rate", "worker_batch", "worker_steps")

    def mark(self, result: object) -> None:
        """Put the ticks of a result's largest stable learning rates on the sliders."""
        exploration = getattr(result, "exploration", None)
        if exploration is None or not self._limits:
            return
        limits = dict(zip((racer.choice.name for racer in result.racers), exploration.limits, strict=False))
        for name, tick in self._limits.items():
            limit = limits.get(name)
            if limit is not None and np.isfinite(limit):
                tick.mark(limit, self._t)

    def _topic(self, scene: RaceScene) -> None:
        def change(scene: Scene, topic: object) -> Scene:
            return scene.with_value("topic", topic)

        topics = RaceScene.row("topic").kind.parameter.choices
        named = {"options": list(topics), "format_func": lambda topic: self._t(f"race.topic.{topic}")}
        quiet = {"required": True, "width": "stretch", "label_visibility": "collapsed"}
        widgets.mirror(st.segmented_control, self._t("race.topic"), "topic", scene.topic, change, **named, **quiet)

    def _racers(self, scene: RaceScene) -> None:
        """The methods, and how they get their learning rates."""
        names = list(dict.fromkeys(choice.name for choice in scene.optimizers))
        named = {"options": list(optimizers), "format_func": lambda name: self._t(f"optimizers.{name}"), "max_selections": len(RACER_KEYS)}
        widgets.mirror(st.multiselect, self._t("race.racers"), "racers", names, self._entered, **named)
        self._own(scene, "pace")
        if scene.pace == "given":
            with st.expander(self._t("race.each_rate"), icon=":material/speed:"):
                for key, choice in zip(RACER_KEYS, scene.optimizers, strict=False):
                    self._rate(key, choice)

    def _rate(self, key: str, choice: Choice) -> None:
        parameter = optimizers[choice.name].parameter("lr")

        def change(scene: Scene, value: object) -> Scene:
            return scene.with_choice(key, with_rate(choice, value))

        label = f"{self._t(f'optimizers.{choice.name}')}: {self._t(f'optimizers.{choice.name}.lr')}"
        widgets.parameter(self._t, parameter, label, f"{key}.{choice.name}.lr", choice.get("lr"), change)
        self._limits[choice.name] = widgets.Tick(parameter)

    def _entered(self, scene: RaceScene, names: object) -> RaceScene:
        """Return the scene with the racers of these names, those that were there as they were; the last one stays."""
        known = {choice.name: choice for choice in scene.optimizers}
        entered = replace(scene, optimizers=tuple(known.get(name) or with_rate(Choice(name), None) for name in names) or scene.optimizers)
        for key, choice in zip(RACER_KEYS, entered.optimizers, strict=False):
            if choice.name not in known:
                entered = self._tuned(entered, key)
        return replace(entered, rule=min(entered.rule, len(entered.optimizers)))

    def _rule(self, scene: RaceScene) -> None:
        def change(scene: Scene, place: object) -> Scene:
            return scene.with_value("rule", place)

        def named(place: int) -> str:
            return self._t(f"optimizers.{scene.optimizers[place - 1].name}")

        places = list(range(1, len(scene.optimizers) + 1))
        widgets.mirror(st.selectbox, self._t("race.rule"), "rule", scene.ruler, change, options=places, format_func=named)

    def _own(self, scene: RaceScene, *keys: str) -> None:
        for key in keys:
            self._field(key, scene)

    def _field(self, key: str, scene: RaceScene) -> None:
        def change(scene: Scene, value: object) -> Scene:
            return scene.with_value(key, value)

        widgets.parameter(self._t, scene.row(key).kind.parameter, self._t(f"race.{key}"), key, getattr(scene, key), change)


def dialed(key: str, values: Mapping[str, object]) -> None:
    """Take the condition number that a hand has dialed."""
    set_scene(current_scene().with_value(key, values["value"]))


def _astray(curve: str, begin: float) -> None:
    set_scene(current_scene().with_value("curve", curve).with_value("begin", begin))


def _mapping(scene: RaceScene, names: object) -> RaceScene:
    """Return the scene with the basins of these methods mapped; the last one stays."""
    return replace(scene, mapped=tuple(with_rate(Choice(name), None) for name in names) or scene.mapped)


def _reset() -> None:
    set_scene(current_scene().unplaced())
