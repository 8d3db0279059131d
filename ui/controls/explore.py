"""Controls of the Explore page: about seven in sight, the rest folded by topic."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from landscape.catalogue import Catalogue, Parameter
from landscape.data.datasets import Dataset
from landscape.data.fit import features
from landscape.descent.optimizers import optimizers, serves
from landscape.errors import LandscapeError
from landscape.losses.entry import loss_entry
from landscape.losses.own import OF_MARGIN, OWN_LOSS, losses_and_own
from landscape.networks.models import models
from landscape.scene.exploration import Exploration
from landscape.scene.scene import CHOICES, NUMBERS, OPTIMIZER_KEYS, TABLE, Choice, Scene, choose
from landscape.scene.suggestions import suits_loss
from landscape.scene.tuning import fitting, tuned
from ui.controls import weights, widgets
from ui.controls.expression import own_loss
from ui.controls.place import StartBoxes
from ui.controls.remarks import remark_on
from ui.controls.table import own_table
from ui.jobs.study import study_of
from ui.session.files import Files
from ui.session.scene import current_scene, on_this_page, set_scene
from ui.words.translator import Translator

FIRST_FUNCTION = "himmelblau"
COMPANIONS = ("adam", "gd", "rmsprop", "momentum")


class Controls:
    """Draws the controls of one run in the visitor's language; every change of theirs becomes the session's scene."""

    def __init__(self, t: Translator, files: Files):
        self._t, self._files = t, files
        self._limits: dict[str, widgets.Tick] = {}

    def explore(self, scene: Scene) -> None:
        """Draw every control for `scene` in the current container."""
        t = self._t
        self._subject(scene)
        with st.container():
            if scene.function is not None:
                self._choice("function", scene.function, t("explore.function"))
                widgets.clear(2)
            else:
                self._model_on_data(scene)
        with st.container():
            for key, choice in zip(OPTIMIZER_KEYS, scene.optimizers, strict=False):
                self._optimizer(key, choice, scene)
            widgets.clear(len(OPTIMIZER_KEYS) - len(scene.optimizers))
        self._choice("plane", scene.plane, t("explore.plane"))
        self._number("steps", scene)
        self.start = StartBoxes(t, scene)
        self._folded(scene)

    def _model_on_data(self, scene: Scene) -> None:
        t, dataset = self._t, self._dataset(scene)
        with self._choice("data", scene.data, t("explore.data")):
            if scene.data.name == TABLE:
                with st.container():
                    own_table(t, scene, self._files, lambda scene: self._tuned(scene, "data"))
            else:
                widgets.clear(1)
            if dataset is not None:
                st.caption(self._described(dataset))
            else:
                widgets.clear(1)
        with self._choice("model", scene.model, t("explore.model"), _suitable(models, dataset, scene.model)):
            if scene.weights:
                with st.container():
                    weights.source_line(t, scene, self._files, self._own_weights)
            else:
                widgets.clear(1)
        with self._choice("loss", scene.loss, t("explore.loss"), _suitable(losses_and_own, dataset, scene.loss)):
            if scene.loss.name == OWN_LOSS:
                with st.container():
                    own_loss(t, "loss", scene.loss, self._with_loss, typed=self._with_typed_loss, remark=partial(remark_on, "loss"))
            else:
                widgets.clear(1)

    def _optimizer(self, key: str, choice: Choice, scene: Scene) -> None:
        count = "" if len(scene.optimizers) == 1 else f" {OPTIMIZER_KEYS.index(key) + 1}"
        parameter = optimizers[choice.name].parameter("lr")
        with self._choice(key, choice, self._t("explore.optimizer") + count, self._optimizers(scene, choice), in_sight="lr"):
            self._limits[key] = widgets.Tick(parameter)
            if not self._whole_batch(scene, choice):
                widgets.clear(1)

    def mark_limits(self, exploration: Exploration) -> None:
        """Put a tick on each learning-rate slider where its method stops being stable at the sharpness found."""
        for tick, limit in zip(self._limits.values(), exploration.limits, strict=False):
            if limit is not None and np.isfinite(limit):
                tick.mark(limit, self._t)

    def _optimizers(self, scene: Scene, choice: Choice) -> list[str]:
        """Return the optimizers that can serve the landscape, the chosen one among them in any case."""
        try:
            dim = study_of(scene, self._files).dim
        except LandscapeError:  # the page's job meets the same refusal and shows it
            dim = 0
        matrices = scene.function is None  # every model has weights that are a matrix
        return [name for name in optimizers if name == choice.name or serves(name, dim, matrices=matrices)]

    def _whole_batch(self, scene: Scene, choice: Choice) -> bool:
        """Say so where SGD takes all samples at every step; return whether it does."""
        if not optimizers[choice.name].traits.get("in_batches", False):
            return False
        dataset = None if scene.function is not None else self._dataset(scene)
        whole = scene.function is not None or scene.batch == 0 or (dataset is not None and scene.batch >= len(dataset.targets))
        if whole:
            st.caption(self._t("explore.sgd_function" if scene.function is not None else "explore.sgd_whole"))
        return whole

    def _batch(self, scene: Scene) -> None:
        """The batch size, at rest where every optimizer takes all samples whatever it is."""
        idle = all(optimizers[choice.name].traits["full_batch"] for choice in scene.optimizers)
        self._number("batch", scene, disabled=idle)
        if idle:
            st.caption(self._t("explore.batch_idle"))

    def _folded(self, scene: Scene) -> None:
        t = self._t
        with st.expander(t("explore.compare"), icon=":material/stacked_line_chart:"):
            few = len(scene.optimizers) < len(OPTIMIZER_KEYS)
            st.button(
                t("explore.add_optimizer"),
                key="add_optimizer",
                width="stretch",
                disabled=not few,
                on_click=on_this_page(self._add_optimizer),
            )
            many = len(scene.optimizers) > 1
            st.button(
                t("explore.remove_optimizer"),
                key="remove_optimizer",
                width="stretch",
                disabled=not many,
                on_click=on_this_page(_remove_optimizer),
            )
        with st.expander(t("explore.training"), icon=":material/tune:"):
            self._choice("schedule", scene.schedule, t("explore.schedule"), folded=False)
            if scene.function is None:
                with st.container():
                    self._batch(scene)
                with st.container():
                    self._penalty(scene)
            self._number("seed", scene)
        with st.expander(t("explore.drawing"), icon=":material/landscape:"):
            self._number("log", scene)
            self._number("resolution", scene)
            here = scene.start is None and scene.window is None
            st.button(t("explore.reset_start"), key="reset_start", width="stretch", disabled=here, on_click=on_this_page(_reset_start))

    def _subject(self, scene: Scene) -> None:
        """Whether the landscape is a model's on data or a test function's."""
        t = self._t

        def change(scene: Scene, subject: object) -> Scene:
            if subject == "function":
                return self._tuned(replace(scene, function=choose("function", FIRST_FUNCTION)), "function")
            return self._tuned(replace(scene, function=None), "data")

        widgets.mirror(
            st.segmented_control,
            t("explore.subject"),
            "subject",
            "data" if scene.function is None else "function",
            change,
            options=["data", "function"],
            format_func=lambda subject: t(f"explore.subject.{subject}"),
            required=True,
            width="stretch",
            label_visibility="collapsed",
        )

    def _choice(
        self, key: str, choice: Choice, label: str, names: list[str] | None = None, *, in_sight: str = "", folded: bool = True
    ) -> st.delta_generator.DeltaGenerator:
        """A catalogue's select box with the chosen entry's parameters: `in_sight` below it, the others folded into a popover beside it.

        Returns the block they stand in, for more. Whatever comes and goes with the choice stays in this block, after the select box: a
        control whose place on the page moves is drawn anew by the browser, and a list that a visitor has just opened in it closes.
        """
        catalogue = CHOICES[key]
        title = self._t(f"{catalogue.noun}.{choice.name}")
        parameters = () if choice.name in (TABLE, OWN_LOSS) else catalogue[choice.name].parameters  # these have controls of their own
        beside = [p for p in parameters if p.name != in_sight and folded]

        def change(scene: Scene, name: object) -> Scene:
            return self._tuned(scene.with_choice(key, self._first(scene, key, str(name))), key, scene)

        block = st.container()
        with block.container(key=f"row.{key}", horizontal=True, vertical_alignment="bottom", wrap=False):
            entries = {"options": names or list(catalogue), "format_func": lambda name: self._t(f"{catalogue.noun}.{name}")}
            widgets.mirror(st.selectbox, label, key, choice.name, change, partial(remark_on, key), **entries)
            if beside:
                settings = self._t("explore.settings", of=title)  # its name for a screen reader; the style sheet shows the icon alone
                with st.popover(settings, icon=":material/settings:", help=settings):
                    for parameter in beside:
                        self._parameter(key, choice, parameter)
        with block:
            for parameter in parameters:
                if parameter not in beside:
                    self._parameter(key, choice, parameter)
        return block

    def _first(self, scene: Scene, key: str, name: str) -> Choice:
        """Return the entry as it is to begin with: a loss of one's own is of residuals, where such a one is at home, or else of margins."""
        dataset = self._dataset(scene) if name == OWN_LOSS else None
        if dataset is None or suits_loss(loss_entry(OWN_LOSS), scene.model.name, dataset):
            return choose(key, name)
        return choose(key, name, expression=OF_MARGIN)

    def _with_loss(self, scene: Scene, loss: Choice) -> Scene:
        return replace(scene, loss=loss)

    def _with_typed_loss(self, scene: Scene, loss: Choice) -> Scene:
        return self._tuned(replace(scene, loss=loss), "loss", scene)

    def _penalty(self, scene: Scene) -> None:
        t, choice = self._t, scene.penalty

        def change(scene: Scene, name: object) -> Scene:
            return replace(scene, penalty=None if name == "none" else choose("penalty", str(name)))

        def named(name: str) -> str:
            return t("explore.none" if name == "none" else f"penalties.{name}")

        options = ["none", *CHOICES["penalty"]]
        value = choice.name if choice else "none"
        widgets.mirror(st.selectbox, t("explore.penalty"), "penalty", value, change, options=options, format_func=named)
        for parameter in CHOICES["penalty"][value].parameters if choice else ():
            self._parameter("penalty", choice, parameter)

    def _parameter(self, key: str, choice: Choice, parameter: Parameter) -> None:
        label = self._t(f"{CHOICES[key].noun}.{choice.name}.{parameter.name}")

        def change(scene: Scene, value: object) -> Scene:
            changed = scene.with_choice(key, choose(key, choice.name, **{**dict(choice.settings), parameter.name: value}))
            return weights.kept(changed.unplaced() if scene.moved_by(key) else changed, self._files)

        widgets.parameter(self._t, parameter, label, f"{key}.{choice.name}.{parameter.name}", choice.get(parameter.name), change)

    def _number(self, key: str, scene: Scene, *, disabled: bool = False) -> None:
        def change(scene: Scene, value: object) -> Scene:
            return scene.with_value(key, value)

        widgets.parameter(self._t, NUMBERS[key], self._t(f"explore.{key}"), key, getattr(scene, key), change, disabled=disabled)

    def _dataset(self, scene: Scene) -> Dataset | None:
        """The scene's data, or None if they are refused: the page's job meets the same refusal and shows it."""
        try:
            return study_of(scene, self._files).dataset
        except LandscapeError:
            return None

    def _described(self, dataset: Dataset) -> str:
        """One line on the data: how many samples and inputs, and what was done to them."""
        line = self._t("explore.samples", train=len(dataset.targets), test=len(dataset.test_targets), inputs=features(dataset))
        line += self._t("explore.standardized") if dataset.standardized else ""
        return line + (self._t("explore.dropped", names=", ".join(dataset.dropped)) if dataset.dropped else "")

    def _tuned(self, scene: Scene, changed: str, former: Scene | None = None) -> Scene:
        """Return the scene made to suit itself, after another one; as it is where a file that it needs is not here."""
        if scene.function is None and scene.data.name == TABLE and scene.table not in self._files.tables:
            return scene
        if weights.missing(scene, self._files):
            return scene
        # Other data may bring another model, which the weights of a file then have to fit.
        bare = tuned(study_of(replace(scene, weights=""), self._files), changed, former)
        fitting = weights.kept(replace(bare, weights=scene.weights), self._files)
        return tuned(study_of(fitting, self._files), changed, former) if fitting.weights else bare

    def _add_optimizer(self) -> None:
        scene = current_scene()
        taken = {choice.name for choice in scene.optimizers}
        key = OPTIMIZER_KEYS[len(scene.optimizers)]
        name = next(name for name in COMPANIONS if name not in taken)
        self._set_tuned(scene.with_choice(key, choose(key, name)), key)

    def _own_weights(self) -> None:
        self._set_tuned(replace(current_scene(), weights="").unplaced(), "data")

    def _set_tuned(self, scene: Scene, changed: str) -> None:
        try:
            set_scene(self._tuned(scene, changed))
        except LandscapeError:  # the page's job meets the same refusal and shows it
            set_scene(scene)


def _remove_optimizer() -> None:
    scene = current_scene()
    set_scene(replace(scene, optimizers=scene.optimizers[:-1]))


def _reset_start() -> None:
    set_scene(current_scene().unplaced())


def _suitable(catalogue: Catalogue, dataset: Dataset | None, choice: Choice) -> list[str]:
    """Return the names that suit the data, the chosen one among them in any case."""
    names = list(catalogue) if dataset is None else fitting(catalogue, dataset)
    return names if choice.name in names else [choice.name, *names]
