"""A page that shows a board of every kind of picture and what it hears of it, served by test_board.py."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import streamlit as st

from figures import style
from figures.contour import contour
from figures.relief import relief
from tests.figures.conftest import Mark, Path, Surface
from ui.pictures.board import BOARD_WORDS, Board, Picture, Timeline, show
from ui.words.translator import Translator

STEPS = 12
T = Translator("en")
WORDS = {
    "a": "a", "b": "b", "loss": "loss", "step": "step", "start": "start", "beyond": "beyond",
    **{kind: kind for kind in ("end", "minimum", "saddle", "maximum", "degenerate")},
}  # fmt: skip
AXIS = np.linspace(-2.0, 2.0, 21)
PLANE, CURVE, DATA = frozenset({"plane", "step"}), frozenset({"step", "axis"}), frozenset({"sample"})


@dataclass
class Heard:
    """What the page has heard, and where its points are."""

    events: list = field(default_factory=list)
    x: list = field(default_factory=lambda: [-1.0, 0.0, 1.0, 2.0])
    y: list = field(default_factory=lambda: [1.0, 0.5, -0.5, 2.0])
    asked: list = field(default_factory=list)  # with shows=late: where points were moved to, which nothing has answered yet


heard = st.session_state.setdefault("heard", Heard())
shows = st.query_params.get("shows")


def hear(event):
    def note(picture, values):
        heard.events.append([event, picture, values])
        if event == "moved" and picture == "data" and shows == "late":
            heard.asked.append((values["x"], values["y"]))
        elif event == "moved" and picture == "data":
            heard.x[values["point"]], heard.y[values["point"]] = values["x"], values["y"]

    return note


def board(playing, films):
    values = np.add.outer(AXIS**2, 3 * AXIS**2) + 0.1
    share = np.linspace(1.0, 0.0, STEPS + 1)
    path = Path("gd", "Descent", 1.5 * share, -share, 0.1 + 5.25 * share**2)
    marks = [Mark(1.5, -1.0, float(path.losses[0]), "start")]
    above, below = (draw(Surface(AXIS, AXIS, values), [path], marks, words=WORDS) for draw in (relief, contour))
    axes = {"xaxis": style.axis("x", range=[-3, 3]), "yaxis": style.axis("y", range=[-3, 3])}
    points = style.trace("scatter", x=heard.x, y=heard.y, mode="markers", marker={"size": 10}, meta={"role": "handle"})
    residuals = style.trace("scatter", x=[2, 1, 0, -1], y=heard.y, mode="markers", meta={"role": "sample", "samples": [3, 2, 1, 0]})
    curves = [style.trace("scatter", y=[float(value) for value in power * path.losses], mode="lines") for power in (1, 2)]
    steps = {"xaxis": style.axis("step", range=[0, STEPS]), "yaxis": style.axis("loss", range=[0, 12])}
    pictures = [
        Picture("relief", "relief", above, "Relief", size="large", links=PLANE),
        Picture("contour", "contour", below, "Contour", size="large", links=PLANE),
        Picture("data", "plot", style.figure([points], **axes), "Data", links=DATA),
        Picture("residuals", "plot", style.figure([residuals], **axes), "Residuals", links=DATA),
        *(Picture(f"curve{k}", "plot", style.figure([curve], **steps), f"Curve {k}", links=CURVE) for k, curve in enumerate(curves)),
    ]
    if films:
        heat = style.trace("heatmap", z=np.zeros((3, 4), np.float32), zmin=0, zmax=STEPS, showscale=False)
        frames = [{0: {"z": np.full((3, 4), k, np.float32), "opacity": 1 - k / 100}} for k in range(STEPS + 1)]
        pictures.append(Picture("film", "film", style.figure([heat]), "Film", "a note", frames=frames))
    timeline = Timeline("run", STEPS, [path]) if playing else None
    words = {word: T(f"view.{word}") for word in BOARD_WORDS}
    return Board(pictures, words, timeline=timeline, shown=f"{playing} {films} {heard.x} {heard.y}", clickable=True)


if shows == "reliefs":
    first = board(False, False).pictures[0]
    shown = Board([first, replace(first, key="second", size="small")], {word: T(f"view.{word}") for word in BOARD_WORDS}, shown="reliefs")
elif shows == "point":
    first, below = board(False, False).pictures[:2]
    path = Path("gd", "Descent", np.array([1.5]), np.array([-1.0]), np.array([5.35]))
    shown = Board([first, below], {word: T(f"view.{word}") for word in BOARD_WORDS}, timeline=Timeline("run", 0, [path]), shown="point")
elif shows == "late":
    if st.button("answer", key="answer"):  # first with a place that the point has passed, then with one where it never was
        heard.x[1], heard.y[1] = heard.asked[0] if heard.asked else (-2.0, -2.0)
        heard.asked.clear()
    (data,) = (picture for picture in board(False, False).pictures if picture.key == "data")
    shown = Board([data], {word: T(f"view.{word}") for word in BOARD_WORDS}, shown=f"{heard.x} {heard.y}")
elif shows == "leaving":
    some = slice(2, 4) if st.toggle("data", value=True, key="data") else slice(3, 4)
    shown = Board(board(False, False).pictures[some], {word: T(f"view.{word}") for word in BOARD_WORDS}, shown=f"{some} {heard.y}")
elif shows == "plots":
    small = [picture for picture in board(False, False).pictures if picture.kind == "plot"]
    shown = Board(small, {word: T(f"view.{word}") for word in BOARD_WORDS}, shown="plots")
else:
    playing = st.toggle("timeline", value=True, key="playing")
    shown = board(playing, st.toggle("film", value=playing, key="films", disabled=not playing) and playing)
own = {"zoomable": True, "window": None, "zoomed": False, "turn": 0}
show(shown.message(), key="board", on_placed=hear("placed"), on_moved=hear("moved"), on_chosen=hear("chosen"), own=own)
with st.container(key="heard"):
    st.code(json.dumps(heard.events), language=None)
