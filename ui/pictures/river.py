"""The board of the river valley: three rides down the function in play, and the losses of a network that rides in the same ways."""

from __future__ import annotations

import hashlib

import numpy as np
import plotly.graph_objects as go

from figures.contour import contour
from figures.lines import Line, lines
from figures.numbers import number
from figures.relief import relief
from figures.style import style_of
from landscape.minima.river import Ride, Rides, River
from landscape.scene.minima import MinimaScene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Timeline
from ui.pictures.marks import LabelledPath
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

PLANE, STEP = frozenset({"plane", "step"}), frozenset({"step"})
LOOKS = {"constant": "gd", "decayed": "rate 1", "small": "rate 2"}


def board_of(river: River, scene: MinimaScene, t: Translator) -> Board:
    """Return everything that is shown of the rides so far."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {"a": "x", "b": "y"}
    paths = [_path(ride, river.valley.typical, t) for ride in river.valley]
    digest = hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
    above, below = relief(river.surface, paths, words=words), contour(river.surface, paths, words=words)
    pictures = [
        Picture("contour", "contour", below, t("view.contour_label"), "", "large", PLANE),
        Picture("relief", "relief", above, t("view.relief_label"), "", "large", PLANE),
        Picture("valley", "plot", _losses(river.valley, t), t("minima.river.valley"), links=STEP),
    ]
    facts = _facts(river.valley, "valley", t)
    if river.net is not None:
        pictures.append(Picture("net", "plot", _losses(river.net, t), t("minima.river.net")))
        facts += _facts(river.net, "net", t, finished=river.finished)
    return Board(
        pictures,
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=facts,
        timeline=Timeline(digest, river.valley.constant.planned, paths),
        shown=f"{digest} {river.net is not None}",
    )


def _path(ride: Ride, which: int, t: Translator) -> LabelledPath:
    a, b = ride.paths[which].T
    losses = ride.losses[which]
    return LabelledPath(LOOKS[ride.name], a, b, losses, np.zeros(len(a)), "completed", ride.planned, lr=ride.lr, label=_label(ride, t))


def _label(ride: Ride, t: Translator) -> str:
    return t(f"minima.river.{ride.name}", lr=number(ride.lr))


def _losses(rides: Rides, t: Translator) -> go.Figure:
    """Return the losses of all rides, in the median, with the quarter of them below and above."""
    series = []
    for ride in rides:
        low, middle, high = np.quantile(ride.losses, [0.25, 0.5, 0.75], axis=0)
        series.append(Line(_label(ride, t), ride.steps, middle, style_of(LOOKS[ride.name]).color, low=low, high=high))
    return lines(series, x=t("figure.step"), y=t("figure.loss"), log=True)


def _facts(rides: Rides, where: str, t: Translator, *, finished: bool = True) -> list[Fact]:
    count = len(rides.drops)
    before, after = (number(float(np.median(part))) for part in (rides.decayed.level, rides.decayed.losses[:, -1]))
    stays = number(float(np.median(rides.constant.ending)))
    far, near = (number(float(np.median(ride.floors))) for ride in (rides.constant, rides.small))
    dropped = t("minima.river.dropped_note", stays=stays, count=count)
    return [
        _checked(t(f"minima.river.dropped.{where}"), f"{before} → {after}", dropped, rides.dropped, finished),
        _checked(
            t(f"minima.river.further.{where}"), f"{far} < {near}", t("minima.river.further_note", count=count), rides.further, finished
        ),
    ]


def _checked(label: str, value: str, note: str, holds: bool, finished: bool) -> Fact:
    if not finished:
        return Fact(label, value, note)
    return Fact(label, f"{'✓' if holds else '✗'} {value}", note, "good" if holds else "warn")
