"""The controls of the outliers page, and what its hands do to the points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from landscape.data.datasets import datasets
from landscape.errors import LandscapeError
from landscape.scene import edits
from landscape.scene.fields import Choice
from landscape.scene.outliers import OF_LOSS, TABLES, Outliers, OutliersScene, followed, studied
from ui.browser import script_run
from ui.controls import widgets
from ui.jobs.job import Stages
from ui.pictures.board import show
from ui.pictures.outliers import board_of
from ui.session.scene import current_scene, of_page, on_this_page, refuse, set_scene
from ui.words.translator import Translator

OWN = "own_points"
# What each button puts on the page: the line of ten points with its settings.
STARTS: Mapping[str, Mapping[str, float]] = {
    "clean": {"outlier": 0.0},
    "one": {"outlier": 30.0},
    "leverage": {"outlier": 0.0, "leverage": 30.0},
}
# Published data are fitted in units of their own spread, with the constants of 95 % efficiency.
OF_TABLES, OF_LINE = {"scale": "mad", "delta": 1.345}, {"scale": "fixed", "delta": 1.0}


def controls(t: Translator, scene: OutliersScene) -> None:
    """Draw the controls of the scene."""
    _starts(t, scene)
    _data(t, scene)
    _choice(t, "surface", t("outliers.surface"), list(OF_LOSS), lambda name: t(f"losses.{name}"))
    with st.expander(t("outliers.numbers"), icon=":material/tune:"):
        _choice(t, "scale", t("outliers.scale"), ["fixed", "mad"], lambda name: t(f"outliers.scale.{name}"))
        _choice(t, "start", t("outliers.start_of_tukey"), ["ols", "lts"], lambda name: t(f"outliers.from.{name}"))
        _choice(t, "place", t("outliers.place"), ["vertical", "leverage"], lambda name: t(f"outliers.place.{name}"))
        for name, loss in (("delta", "huber"), ("c", "tukey"), ("q", "quantile")):
            _number(t, name, f"{t(f'losses.{loss}')}: {t(f'losses.{loss}.{name}')}")


def stages(scene: OutliersScene) -> Stages:
    """Return what a job runs to study the scene."""
    return lambda hooks: studied(scene, hooks.report, hooks.should_stop)


def started(name: str) -> OutliersScene:
    """Return the scene that a button puts on the page."""
    return replace(OutliersScene(), data=OutliersScene.choose("data", "line_outliers", **STARTS[name]))


def rest() -> None:
    """Say that the whole page is being run: nothing is in a hand."""
    st.session_state.pop(of_page("hand"), None)


@st.fragment
def board(t: Translator, outliers: Outliers) -> None:
    """Draw what is known of the scene. A point that a hand drags runs this alone again, which computes what follows the hand; when the hand
    rests, the whole page is run.
    """
    hand = st.session_state.pop(of_page("hand"), None)
    if hand == "rests":
        script_run.rerun()
    shown = followed(current_scene(), outliers) if hand == "drags" else outliers
    message = board_of(shown, t, dragging=hand == "drags").message()
    show(message, key="view", on_moved=partial(_moved, outliers), on_edited=partial(_edited, outliers))


def _moved(outliers: Outliers, picture: str, values: Mapping[str, Any]) -> None:
    """Hear that a point is dragged."""
    points, at = outliers.points, (float(values["x"]), float(values["y"]))
    _edit(lambda scene: edits.moved(scene.edits, points.rows, int(values["number"]), at))
    st.session_state[of_page("hand")] = "rests" if values["done"] else "drags"


def _edited(outliers: Outliers, picture: str, values: Mapping[str, Any]) -> None:
    """Hear that a point is added or removed."""
    if values["act"] == "add":
        _edit(lambda scene: edits.added(scene.edits, (float(values["x"]), float(values["y"]))))
    else:
        _edit(lambda scene: edits.removed(scene.edits, outliers.points.rows, int(values["number"])))
    st.session_state[of_page("hand")] = "rests"


def _edit(change: Callable[[OutliersScene], edits.Edits]) -> None:
    scene = current_scene()
    try:
        set_scene(scene.with_value("edits", change(scene)))
    except LandscapeError as error:
        refuse(error)


def _starts(t: Translator, scene: OutliersScene) -> None:
    """The buttons that begin a lecture, and the way back from what a hand has done."""
    for name in STARTS:
        chosen = scene == started(name)
        st.button(
            t(f"outliers.start.{name}"),
            key=f"start.{name}",
            width="stretch",
            type="primary" if chosen else "secondary",
            on_click=on_this_page(partial(set_scene, started(name))),
        )
    st.button(
        t("outliers.reset"),
        key="reset_edits",
        icon=":material/undo:",
        width="stretch",
        disabled=not scene.edits,
        on_click=on_this_page(lambda: set_scene(replace(current_scene(), edits=()))),
    )


def _data(t: Translator, scene: OutliersScene) -> None:
    names = [*TABLES, OWN]

    def change(scene: OutliersScene, name: object) -> OutliersScene:
        data = None if name == OWN else OutliersScene.choose("data", str(name))
        settings = OF_LINE if name in (OWN, "line_outliers") else OF_TABLES
        return replace(scene, data=data, edits=(), column=0, **settings)

    def title(name: str) -> str:
        return t("outliers.own_points" if name == OWN else f"datasets.{name}")

    value = OWN if scene.data is None else scene.data.name
    widgets.mirror(st.selectbox, t("explore.data"), "data", value, change, options=names, format_func=title)
    if scene.data is None:
        return
    entry = TABLES[scene.data.name]
    with st.popover(t("explore.settings", of=title(scene.data.name)), icon=":material/settings:", width="stretch"):
        for parameter in entry.parameters:
            _setting(t, scene.data, parameter.name)
        features = datasets.make(scene.data.name, 0).feature_names
        if len(features) > 1:
            _choice(t, "column", t("outliers.column"), list(range(len(features))), features.__getitem__)


def _setting(t: Translator, data: Choice, name: str) -> None:
    def change(scene: OutliersScene, value: object) -> OutliersScene:
        return replace(scene, data=OutliersScene.choose("data", data.name, **{**dict(data.settings), name: value}), edits=())

    parameter = TABLES[data.name].parameter(name)
    widgets.parameter(t, parameter, t(f"datasets.{data.name}.{name}"), f"data.{data.name}.{name}", data.get(name), change)


def _choice(t: Translator, name: str, label: str, options: list, title: Callable[[Any], str]) -> None:
    def change(scene: OutliersScene, value: object) -> OutliersScene:
        return scene.with_value(name, value)

    widgets.mirror(st.selectbox, label, name, getattr(current_scene(), name), change, options=options, format_func=title)


def _number(t: Translator, name: str, label: str) -> None:
    def change(scene: OutliersScene, value: object) -> OutliersScene:
        return scene.with_value(name, value)

    widgets.parameter(t, OutliersScene.row(name).kind.parameter, label, name, getattr(current_scene(), name), change)
