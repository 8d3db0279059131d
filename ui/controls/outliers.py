"""The controls of the outliers page, and what its hands do to the points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from landscape.data.datasets import datasets
from landscape.errors import LandscapeError
from landscape.losses.own import OWN_LOSS
from landscape.scene import edits
from landscape.scene.fields import Choice
from landscape.scene.frauds import Frauds, detected
from landscape.scene.lines import Outliers, followed, studied
from landscape.scene.mislabeled import Mislabeled, classified, parted
from landscape.scene.outliers import OF_LOSS, OF_MARGIN, PARTS, TABLES, OutliersScene
from ui.browser import script_run
from ui.controls import widgets
from ui.controls.expression import own_loss
from ui.jobs.job import Stages
from ui.pictures.board import show
from ui.pictures.mislabeled import classes_board, frauds_board
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
    _segments(t, "part", t("outliers.part"), PARTS, lambda part: t(f"outliers.part.{part}"))
    if scene.part == "lines":
        _starts(t, scene)
        _data(t, scene)
        _own(t, scene)
        shown = [*OF_LOSS, *([OWN_LOSS] if scene.own is not None else [])]
        _choice(t, "surface", t("outliers.surface"), shown, lambda name: t(f"losses.{name}"), scene.shown)
        with st.expander(t("outliers.numbers"), icon=":material/tune:"):
            _choice(t, "scale", t("outliers.scale"), ["fixed", "mad"], lambda name: t(f"outliers.scale.{name}"))
            _choice(t, "start", t("outliers.start_of_tukey"), ["ols", "lts"], lambda name: t(f"outliers.from.{name}"))
            _choice(t, "place", t("outliers.place"), ["vertical", "leverage"], lambda name: t(f"outliers.place.{name}"))
            for name, loss in (("delta", "huber"), ("c", "tukey"), ("q", "quantile")):
                _number(t, name, f"{t(f'losses.{loss}')}: {t(f'losses.{loss}.{name}')}")
    elif scene.part == "classes":
        _choice(t, "classes", t("outliers.surface"), list(OF_MARGIN), lambda name: t(f"losses.{name}"))
        _number(t, "gamma", f"{t('losses.focal')}: {t('losses.focal.gamma')}")
        _undo(t, "flips")
    else:
        _number(t, "share", t("datasets.imbalanced.share"))
        _number(t, "cutoff", t("outliers.cutoff"))
        _number(t, "seed", t("explore.seed"))


def stages(scene: OutliersScene) -> Stages:
    """Return what a job runs to study the scene."""
    match scene.part:
        case "classes":
            return lambda hooks: classified(scene)
        case "frauds":
            return lambda hooks: detected(scene)
    return lambda hooks: studied(scene, hooks.report, hooks.should_stop)


def started(name: str) -> OutliersScene:
    """Return the scene that a button puts on the page."""
    place = "leverage" if "leverage" in STARTS[name] else "vertical"
    return replace(OutliersScene(), data=OutliersScene.choose("data", "line_outliers", **STARTS[name]), place=place)


def rest() -> None:
    """Say that the whole page is being run: nothing is in a hand."""
    st.session_state.pop(of_page("hand"), None)


def say(t: Translator, found: Outliers | Mislabeled | Frauds) -> None:
    """Say what is odd about the points, where no line, or every line, is as good as another."""
    key = ""
    if isinstance(found, Outliers):
        points = found.points
        odd = {0: "empty", 1: "one_point"}.get(len(points)) or ("two_points" if len(points) == 2 else "")
        key = odd if len(points) < 2 or points.determined else "vertical"
    elif isinstance(found, Mislabeled) and found.surface is None:
        key = "one_class"
    with st.container(key="said"):
        if key:
            st.info(t(f"outliers.said.{key}"), icon=":material/info:")


@st.fragment
def board(t: Translator, found: Outliers | Mislabeled | Frauds) -> None:
    """Draw what is known of the scene. A point that a hand drags runs this alone again, which computes what follows the hand; when the hand
    rests, the whole page is run.
    """
    hand = st.session_state.pop(of_page("hand"), None)
    if hand == "rests":
        script_run.rerun()
    dragging = hand == "drags"
    match found:
        case Frauds():
            show(frauds_board(found, t).message(), key="view")
            return
        case Mislabeled():
            shown = classes_board(parted(current_scene(), found) if dragging else found, t, dragging=dragging)
        case _:
            shown = board_of(followed(current_scene(), found) if dragging else found, t, dragging=dragging)
    field, rows = ("flips", found.points.rows) if isinstance(found, Mislabeled) else ("edits", found.points.rows)
    show(shown.message(), key="view", on_moved=partial(_moved, field, rows), on_edited=partial(_edited, field, rows))


def _moved(field: str, rows: int, picture: str, values: Mapping[str, Any]) -> None:
    """Hear that a point is dragged."""
    at = (float(values["x"]), float(values["y"]))
    _edit(field, lambda old: edits.moved(old, rows, int(values["number"]), at))
    st.session_state[of_page("hand")] = "rests" if values["done"] else "drags"


def _edited(field: str, rows: int, picture: str, values: Mapping[str, Any]) -> None:
    """Hear that a point is added or removed."""
    if values["act"] == "add":
        _edit(field, lambda old: edits.added(old, (float(values["x"]), float(values["y"]))))
    else:
        _edit(field, lambda old: edits.removed(old, rows, int(values["number"])))
    st.session_state[of_page("hand")] = "rests"


def _edit(field: str, change: Callable[[edits.Edits], edits.Edits]) -> None:
    scene = current_scene()
    try:
        set_scene(scene.with_value(field, change(getattr(scene, field))))
    except LandscapeError as error:
        refuse(error)


def _starts(t: Translator, scene: OutliersScene) -> None:
    """What a lecture begins with, and the way back from what a hand has done."""
    chosen = next((name for name in STARTS if scene == started(name)), None)

    def change(scene: OutliersScene, name: object) -> OutliersScene:
        return scene if name is None else started(str(name))

    def title(name: str) -> str:
        return t(f"outliers.start.{name}")

    settings = {"options": list(STARTS), "format_func": title, "width": "stretch"}
    widgets.mirror(st.segmented_control, t("outliers.starts"), "starts", chosen, change, **settings)
    _undo(t, "edits")


def _undo(t: Translator, field: str) -> None:
    def undo() -> None:
        set_scene(current_scene().with_value(field, ()))

    idle = not getattr(current_scene(), field)
    st.button(t("outliers.reset"), key="reset_edits", icon=":material/undo:", width="stretch", disabled=idle, on_click=on_this_page(undo))


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


def _segments(t: Translator, name: str, label: str, options: Sequence[str], title: Callable[[str], str]) -> None:
    def change(scene: OutliersScene, value: object) -> OutliersScene:
        return scene.with_value(name, value)

    settings = {"options": list(options), "format_func": title, "required": True, "width": "stretch", "label_visibility": "collapsed"}
    widgets.mirror(st.segmented_control, label, name, getattr(current_scene(), name), change, **settings)


def _own(t: Translator, scene: OutliersScene) -> None:
    """The field for a loss that the visitor types, behind a switch."""

    def switched(scene: OutliersScene, on: object) -> OutliersScene:
        if on:
            return replace(scene, own=OutliersScene.choose("own", OWN_LOSS), surface=OWN_LOSS)
        return replace(scene, own=None, surface="mse" if scene.surface == OWN_LOSS else scene.surface)

    widgets.mirror(st.toggle, t("outliers.own"), "own.on", scene.own is not None, switched)
    if scene.own is not None:
        own_loss(t, "own", scene.own, lambda scene, choice: replace(scene, own=choice))


def _choice(t: Translator, name: str, label: str, options: list, title: Callable[[Any], str], value: object = None) -> None:
    def change(scene: OutliersScene, value: object) -> OutliersScene:
        return scene.with_value(name, value)

    value = getattr(current_scene(), name) if value is None else value
    widgets.mirror(st.selectbox, label, name, value, change, options=options, format_func=title)


def _number(t: Translator, name: str, label: str) -> None:
    def change(scene: OutliersScene, value: object) -> OutliersScene:
        return scene.with_value(name, value)

    widgets.parameter(t, OutliersScene.row(name).kind.parameter, label, name, getattr(current_scene(), name), change)
