"""Trial: drag a point, and the line, its landscape and its path follow."""

from dataclasses import fields, replace
from functools import partial

import numpy as np
import streamlit as st

from figures import style
from figures.contour import contour
from figures.curves import loss_curves
from figures.relief import relief
from landscape.scene.path import Path
from tests.browser.trial.line import LineScene, fitted
from ui.controls import widgets
from ui.frame import navigation
from ui.frame.title_bar import title_bar
from ui.jobs.follow import Request, follow, room
from ui.pictures.board import BOARD_WORDS, Board, Picture, Timeline, show
from ui.pictures.marks import LabelledPath
from ui.pictures.words import FIGURE_WORDS
from ui.session.address import arrive, write_address
from ui.session.scene import current_scene, set_scene
from ui.words.translator import current_translator

PLANE = frozenset({"plane", "step"})


def moved(picture, values):
    if picture == "points" and values["done"]:
        set_scene(current_scene().with_value("moved", (values["x"], values["y"])))


def control(name):
    kind = LineScene.row(name).kind

    def change(scene, value):
        return scene.with_value(name, value)

    widgets.parameter(t, kind.parameter, name, name, getattr(scene, name), change)


t = current_translator()
arrive(t.language)
navigation.menu(t, "pages_narrow")
scene = current_scene()
with st.sidebar:
    title_bar(t)
    control("steps")
    control("seconds")
write_address(t.language)

following = follow(t, Request("trial", scene), partial(fitted, scene))
if following.result is None:
    room(t)
else:
    line = following.result
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {"a": "w", "b": "b"}
    path = LabelledPath(**{f.name: getattr(line.path, f.name) for f in fields(Path)}, label=t(f"optimizers.{line.path.optimizer}"))
    points = style.trace("scatter", x=line.points[:, 0], y=line.points[:, 1], mode="markers", marker={"size": 12}, meta={"role": "handle"})
    axes = {"xaxis": style.axis("x", range=[-4, 4]), "yaxis": style.axis("y", range=[-4, 4])}
    show(
        Board(
            [
                Picture("relief", "relief", relief(line.surface, [path], words=words), "relief", size="large", links=PLANE),
                Picture("contour", "contour", contour(line.surface, [path], words=words), "contour", size="large", links=PLANE),
                Picture("points", "plot", style.figure([points], **axes), "points"),
                Picture("curves", "plot", loss_curves([path], words=words), "losses", links=frozenset({"step"})),
            ],
            {word: t(f"view.{word}") for word in BOARD_WORDS},
            timeline=Timeline(replace(scene, seconds=0.0).to_query(), len(path.losses) - 1, [path]),
            shown=f"{scene.to_query()} {line.fine} {np.round(path.losses[-1], 9)}",
        ).message(),
        key="board",
        on_moved=moved,
    )
following.rest()
