"""The visitor's own table on Explore: the box for its file, what was read, the target, and what becomes of cells that cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

from landscape.data.datasets import Dataset
from landscape.data.table import GAPS, TEXTS, Table
from landscape.errors import LandscapeError
from landscape.scene.scene import TABLE, Scene, choose
from ui.controls import widgets
from ui.controls.upload import table_upload
from ui.jobs.study import study_of
from ui.session import scene as session_scene
from ui.session.files import Files
from ui.session.scene import change_scene, current_scene, on_this_page
from ui.words.translator import Translator

# What makes the scene's model, loss and rates suit its data.
Adapt = Callable[[Scene], Scene]
# Refusals that another choice for blank cells or for text can answer.
ANSWERED = ("table_cell", "table_gap", "table_magnitude", "table_text")
# What is offered then, the first that gives data: rows are rarer than columns.
OFFERS = ({"gaps": "drop_rows", "text": "encode"}, {"gaps": "drop_columns", "text": "encode"}, {"gaps": "drop_columns", "text": "drop"})


def own_table(t: Translator, scene: Scene, files: Files, adapt: Adapt) -> None:
    """Draw the controls of the visitor's own table; every change of theirs becomes the session's scene."""
    table_upload(t, partial(_open, files, adapt))
    refused = session_scene.refusal()
    if refused is not None and refused.code.startswith("table_"):
        with st.container(key="table_refused"):  # a phone's sidebar covers the page's own message
            _said([t.refusal(refused)])
    table = files.tables.get(scene.table)
    if table is None:
        return
    place = scene.data.get("target")
    if place >= len(table.columns):  # of another file; the page's job refuses it
        place = -1
    dataset, refusal = _read(scene, files)
    _said([_summary(t, table, dataset, table.target(place).name)], files.names.get(scene.table, ""))
    if refusal is not None and refusal.code in ANSWERED:
        _offer(t, scene, files, adapt)
    _targets(t, scene, table, place, dataset, adapt)
    _cells(t, scene, table, place, adapt)
    if dataset is not None:
        _said(map(t.phrase, dataset.notes))


def _open(files: Files, adapt: Adapt, fingerprint: str) -> None:
    """Show the table that was just read; one that the scene waited for leaves the scene as its link says."""
    scene = current_scene()
    if scene.data.name == TABLE and scene.table == fingerprint:
        return
    data = choose("data", TABLE, target=files.tables[fingerprint].likely_target)
    change_scene(_adapted(replace(scene, data=data, table=fingerprint), adapt))


def _changed(scene: Scene, adapt: Adapt, **settings: object) -> Scene:
    """Return the scene with these settings of its table."""
    return _adapted(replace(scene, data=choose("data", TABLE, **{**dict(scene.data.settings), **settings})), adapt)


def _adapted(scene: Scene, adapt: Adapt) -> Scene:
    scene = scene.unplaced()
    try:
        return adapt(scene)
    except LandscapeError:  # the page's job meets the same refusal and shows it
        return scene


def _read(scene: Scene, files: Files) -> tuple[Dataset | None, LandscapeError | None]:
    try:
        return study_of(scene, files).dataset, None
    except LandscapeError as refusal:
        return None, refusal


def _summary(t: Translator, table: Table, dataset: Dataset | None, target: str) -> str:
    """One line on what was read: rows and columns, the target and the task."""
    if dataset is None:
        return t("table.read", rows=table.rows, columns=len(table.columns))
    if dataset.task == "regression":
        return t("table.regression", rows=table.rows, target=target)
    return t("table.classification", rows=table.rows, target=target, classes=dataset.classes)


def _targets(t: Translator, scene: Scene, table: Table, place: int, dataset: Dataset | None, adapt: Adapt) -> None:
    """The target by its name, and the task where its values allow both."""
    last, tasks = len(table.columns) - 1, table.tasks(place)

    def aim(scene: Scene, chosen: object) -> Scene:
        return _changed(scene, adapt, target=-1 if chosen == last else chosen, task="auto")

    with st.container(horizontal=True, wrap=False):
        shown = last if place == -1 else place
        options = {"options": list(range(last + 1)), "format_func": lambda i: table.columns[i].name}
        widgets.mirror(st.selectbox, t("datasets.table.target"), f"data.table.target.{scene.table}", shown, aim, **options)
        if len(tasks) > 1:
            task = tasks[0] if dataset is None else dataset.task
            _option(t, "task", task, sorted(tasks), lambda scene, chosen: _changed(scene, adapt, task=chosen))


def _cells(t: Translator, scene: Scene, table: Table, place: int, adapt: Adapt) -> None:
    """What becomes of blank and unusable cells and of columns of text, where there are any."""
    inputs = table.inputs(place)
    if any(column.gap for column in (*inputs, table.target(place))):
        _option(t, "gaps", scene.data.get("gaps"), GAPS, lambda scene, chosen: _changed(scene, adapt, gaps=chosen))
    if any(column.words for column in inputs):
        _option(t, "text", scene.data.get("text"), TEXTS, lambda scene, chosen: _changed(scene, adapt, text=chosen))


def _option(t: Translator, name: str, value: str, options: Iterable[str], change: widgets.Change) -> None:
    named = {"options": list(options), "format_func": lambda option: t(f"option.{option}")}
    widgets.mirror(st.selectbox, t(f"datasets.table.{name}"), f"data.table.{name}", value, change, **named)


def _offer(t: Translator, scene: Scene, files: Files, adapt: Adapt) -> None:
    """Say what would be left out and encoded so that the table can be drawn, with a button that does it."""
    for settings in OFFERS:
        trial = replace(scene, data=choose("data", TABLE, **{**dict(scene.data.settings), **settings}))
        dataset, refusal = _read(trial, files)
        if dataset is not None:
            break
    else:
        _said([t.refusal(refusal)], t("table.no_offer"))
        return

    def accept() -> None:
        change_scene(_changed(current_scene(), adapt, **settings))

    _said([*map(t.phrase, dataset.notes)], t("table.offer"))
    st.button(
        t("table.accept"), key="table_accept", type="primary", icon=":material/check:", width="stretch", on_click=on_this_page(accept)
    )


def _said(lines: Iterable[str], heading: str = "") -> None:
    """Write small lines, a visitor's own names in them, under a heading if there is one."""
    title = f"<b>{escape(heading)}</b>" if heading else ""
    body = "".join(f"<div>{escape(widgets.capitalized(line))}</div>" for line in lines)
    if title or body:
        st.html(f'<div class="own">{title}{body}</div>')
