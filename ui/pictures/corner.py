"""The board of the corner: three ways down one curve in step, and how fast each comes to the minimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from figures.corner import LOOKS, error_curves, ways_down
from figures.numbers import number
from landscape.race.corner import ROUNDED, Corner
from landscape.scene.cornered import Cornered
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Timeline
from ui.pictures.explored import digest
from ui.pictures.marks import LabelledPath
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

STEP = frozenset({"step"})
WORDS = ("parabola", "interval", "error")
# How near a measured factor, or order, is to what theory says where it is as it says.
CLOSE, CLOSE_ORDER = 0.01, 0.05
# The order of Newton's method by curve: an odd symmetry makes it 3, a minimum without curvature 1.
ORDERS = {"double_well": 2, "log_cosh": 3, "exponential": 2, "quartic": 1}
MOST_DIGITS = 7


def corner_board(found: Cornered, t: Translator) -> Board:
    """Return everything that is shown of the corner."""
    scene, corner = found.scene, found.corner
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {word: t(f"race.corner.{word}") for word in WORDS}
    labels = [t("race.corner.bisection"), t("optimizers.gd"), t("optimizers.newton")]
    curve, frames = ways_down(corner, scene.halvings, labels, words=words)
    errors = error_curves(corner.errors, labels, scene.halvings, words=words)
    return Board(
        [
            Picture("curve", "film", curve, t("race.corner.curve"), t("race.corner.note"), "large", STEP, frames),
            Picture("errors", "plot", errors, t("race.corner.errors"), t("race.corner.errors_note"), "large", STEP),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[_halved(corner, t), _shrunk(corner, t), _squared(corner, scene.curve, t), _ended(corner, t)],
        timeline=Timeline(digest(scene), scene.halvings, _paths(corner, labels), rest=0),
        shown=digest(scene),
    )


def _paths(corner: Corner, labels: Sequence[str]) -> list[LabelledPath]:
    middles = corner.halved.middles
    runs = [
        (middles, corner.curve.values(middles[:, None]), "completed"),
        *((run.thetas[:, 0], run.losses, run.status) for run in (corner.descent, corner.newton)),
    ]
    return [
        LabelledPath(name, xs, losses, losses, np.zeros(len(xs)), status, len(xs) - 1, label=label)
        for name, label, (xs, losses, status) in zip(LOOKS, labels, runs, strict=True)
    ]


def _halved(corner: Corner, t: Translator) -> Fact:
    widths = corner.halved.high - corner.halved.low
    moving = widths[:-1] > 0
    holds = bool(np.isclose(widths[1:][moving] / widths[:-1][moving], 0.5, rtol=1e-3).all())
    holds &= bool((corner.errors[0] <= widths / 2 + ROUNDED).all())
    return _check(t("race.corner.bisection"), t("race.corner.halves", width=number(float(widths[-1]))), t("race.corner.halves_note"), holds)


def _shrunk(corner: Corner, t: Translator) -> Fact:
    note = t("race.corner.factor_note", factor=number(corner.factor, 4), lr=number(corner.lr))
    if corner.shrinking is None:
        return Fact(t("optimizers.gd"), t("race.corner.no_factor"), note)
    value = t("race.corner.factor", factor=number(corner.shrinking, 4))
    return _check(t("optimizers.gd"), value, note, abs(corner.shrinking - corner.factor) < CLOSE)


def _squared(corner: Corner, curve: str, t: Translator) -> Fact:
    errors = corner.errors[2]
    if corner.order is None or corner.end != "minimum":
        return Fact(t("optimizers.newton"), t("race.corner.no_order"), t("race.corner.no_order_note"))
    digits = [number(float(-np.log10(error)), 2) for error in errors if ROUNDED < error < 1]
    note = t("race.corner.digits", digits=", ".join(digits[:MOST_DIGITS]), order=ORDERS[curve])
    value = t("race.corner.order", order=number(corner.order))
    return _check(t("optimizers.newton"), value, note, abs(corner.order - ORDERS[curve]) < CLOSE_ORDER)


def _ended(corner: Corner, t: Translator) -> Fact:
    last = float(corner.newton.thetas[-1, 0])
    note = t("race.corner.at", x=number(last), loss=number(float(corner.newton.losses[-1])))
    return Fact(t("race.corner.newton_ends"), t(f"race.corner.end.{corner.end}"), note, "good" if corner.end == "minimum" else "warn")


def _check(label: str, value: str, note: str, holds: bool) -> Fact:
    return Fact(label, f"{'✓' if holds else '✗'} {value}", note, "good" if holds else "warn")
