"""The controls of the Saddles page, and what its hands do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from figures.numbers import number
from landscape.objectives.functions import functions
from landscape.saddles import noisy_line
from landscape.saddles.networks import NETS
from landscape.saddles.race import OF_SAMPLES, RACERS
from landscape.saddles.textbook import BESIDE, ON_RIDGE, TOWARDS
from landscape.scene.record import Record
from landscape.scene.saddles import FIELDS, LANDSCAPES, PARTS, SaddlesScene
from ui.controls import widgets
from ui.controls.place import FARTHEST, step_of
from ui.session.scene import current_scene
from ui.words.translator import Translator

# Starts on the textbook saddle that a lecture begins with.
STARTS: Mapping[str, tuple[float, float]] = {"ridge": ON_RIDGE, "beside": BESIDE, "newton": TOWARDS}
# And on the network: beside its ridge, on it, and far off, where the app's first scene sets out.
LINE_STARTS = {"beside": noisy_line.BESIDE, "ridge": noisy_line.RIDGE, "first": noisy_line.FIRST_SCENE}
NUMBERS = ("momentum", "noise", "steps", "seed")


def controls(t: Translator, scene: SaddlesScene) -> None:
    """Draw the controls of the scene."""
    _segments(t, "part", PARTS, collapsed=True)
    st.caption(t(f"saddles.about.{scene.part}"))
    if scene.part == "race":
        _race(t, scene)
    elif scene.part == "networks":
        _networks(t, scene)
    else:
        for key in ("dimensions", "seed"):
            widgets.parameter(t, SaddlesScene.row(key).kind.parameter, t(f"saddles.{key}"), key, getattr(scene, key), _changing(key))


def _race(t: Translator, scene: SaddlesScene) -> None:
    _function(t, scene)
    _starts(t, scene)
    _racers(t, scene)
    widgets.parameter(t, SaddlesScene.row("lr").kind.parameter, t("saddles.lr"), "lr", scene.lr, _changing("lr"))
    _segments(t, "field", FIELDS)
    with st.expander(t("saddles.numbers"), icon=":material/tune:"):
        for key in (*(("batch",) if scene.sampled else ()), *NUMBERS):
            widgets.parameter(t, SaddlesScene.row(key).kind.parameter, t(f"saddles.{key}"), key, getattr(scene, key), _changing(key))


def _networks(t: Translator, scene: SaddlesScene) -> None:
    _segments(t, "net", NETS, collapsed=True)
    st.caption(t(f"saddles.net_about.{scene.net}"))
    for key in ("units", *(("depth",) if scene.net == "deep_linear" else ()), "decay", "seed"):
        widgets.parameter(t, SaddlesScene.row(key).kind.parameter, t(f"saddles.{key}"), key, getattr(scene, key), _changing(key))


def _changing(key: str) -> widgets.Change:
    def change(scene: Record, value: object) -> Record:
        return scene.with_value(key, value)

    return change


def _segments(t: Translator, key: str, options: Sequence[str], *, collapsed: bool = False) -> None:
    def title(name: str) -> str:
        return t(f"saddles.{key}.{name}")

    shown = {"label_visibility": "collapsed"} if collapsed else {}
    settings = {"options": list(options), "format_func": title, "required": True, "width": "stretch", **shown}
    widgets.mirror(st.segmented_control, t(f"saddles.{key}"), key, getattr(current_scene(), key), _changing(key), **settings)


def _function(t: Translator, scene: SaddlesScene) -> None:
    network = LANDSCAPES[1]

    def change(scene: SaddlesScene, name: object) -> SaddlesScene:
        default = SaddlesScene().function
        if name == network:
            return scene.with_network()
        return scene.with_function(default if name == default.name else SaddlesScene.choose("function", str(name)))

    def title(name: str) -> str:
        return t(f"saddles.landscape.{name}") if name == network else t(f"functions.{name}")

    settings = {"options": [*functions, network], "format_func": title}
    shown = network if scene.sampled else scene.function.name
    widgets.mirror(st.selectbox, t("saddles.function"), "function", shown, change, **settings)
    if scene.sampled:
        st.caption(t("saddles.line_about"))
        return
    entry = functions[scene.function.name]
    if not entry.parameters:
        return
    with st.popover(t("explore.settings", of=t(f"functions.{entry.name}")), icon=":material/settings:", width="stretch"):
        for parameter in entry.parameters:
            _setting(t, scene, parameter.name)


def _setting(t: Translator, scene: SaddlesScene, name: str) -> None:
    chosen, entry = scene.function, functions[scene.function.name]

    def change(scene: SaddlesScene, value: object) -> SaddlesScene:
        return replace(scene, function=SaddlesScene.choose("function", chosen.name, **{**dict(chosen.settings), name: value}))

    label = t(f"functions.{entry.name}.{name}")
    widgets.parameter(t, entry.parameter(name), label, f"function.{entry.name}.{name}", chosen.get(name), change)


def _starts(t: Translator, scene: SaddlesScene) -> None:
    """The starts that tell most on the textbook saddle and on the network, and two boxes for any other."""
    starts = LINE_STARTS if scene.sampled else STARTS
    if scene.sampled or scene.function == SaddlesScene().function:
        chosen = next((name for name, start in starts.items() if start == scene.start), None)

        def change(scene: SaddlesScene, name: object) -> SaddlesScene:
            return scene if name is None else replace(scene, start=starts[str(name)])

        def title(name: str) -> str:
            return t(f"saddles.start.{name}") if scene.sampled else f"y = {number(starts[name][1])}"

        settings = {"options": list(starts), "format_func": title, "width": "stretch"}
        widgets.mirror(st.segmented_control, t("explore.start"), "starts", chosen, change, **settings)
    start = scene.start or tuple(map(float, scene.race_landscape().theta))
    names = ("w1", "w2") if scene.sampled else ("x", "y")
    for k, (column, name) in enumerate(zip(st.columns([2, 3]), names, strict=True)):
        with column:
            _coordinate(t, scene, start, k, name)


def _coordinate(t: Translator, scene: SaddlesScene, start: tuple[float, float], k: int, name: str) -> None:
    def change(scene: SaddlesScene, value: object) -> SaddlesScene:
        return replace(scene, start=(float(value), start[1]) if k == 0 else (start[0], float(value)))

    settings = {"min_value": -FARTHEST, "max_value": FARTHEST, "step": step_of(scene.window, k), "format": "%.7g"}
    widgets.mirror(st.number_input, f"{t('explore.start')} {name}", f"start.{'xy'[k]}", float(start[k]), change, **settings)


def _racers(t: Translator, scene: SaddlesScene) -> None:
    def change(scene: SaddlesScene, names: object) -> SaddlesScene:
        return scene.with_value("racers", tuple(names)) if names else scene

    options = list(OF_SAMPLES if scene.sampled else RACERS)
    settings = {"options": options, "selection_mode": "multi", "format_func": lambda name: t(f"saddles.racer.{name}")}
    widgets.mirror(st.pills, t("saddles.racers"), "racers", list(scene.running), change, **settings)
