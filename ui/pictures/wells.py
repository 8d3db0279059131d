"""The board of the wells: a section with rolling balls, the relief, and what is known of both minima."""

from __future__ import annotations

import hashlib

import numpy as np

from figures.numbers import number
from figures.relief import relief
from figures.wells import places_by_step, section
from landscape.minima.wells import FlatAndSharp, Roll, Well
from landscape.scene.minima import MinimaScene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Timeline
from ui.pictures.marks import LabelledPath, Mark
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

STEP, PLANE = frozenset({"step"}), frozenset({"plane", "step"})


def board_of(found: FlatAndSharp, scene: MinimaScene, t: Translator) -> Board:
    """Return everything that is shown of the wells."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {"a": "x", "b": "y"}
    paths = [_path(k, roll) for k, roll in enumerate(found.rolls)]
    looks, labels = [path.optimizer for path in paths], [path.label for path in paths]
    cut, rolling = section(found, looks, labels, words=words)
    marks = [Mark(well.x, 0.0, well.value, "minimum", f"λ = {number(well.sharpness)}") for well in found.wells]
    digest = hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
    return Board(
        [
            Picture("section", "film", cut, t("minima.wells.section"), size="large", links=STEP, frames=rolling),
            Picture("relief", "relief", relief(found.surface, paths[:1], marks, words=words), t("view.relief_label"), "", "large", PLANE),
            Picture("places", "plot", places_by_step(found, looks, labels, words=words), t("minima.wells.places"), links=STEP),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[*(_minimum(well, t) for well in found.wells), *(_ended(roll, t) for roll in found.rolls)],
        timeline=Timeline(digest, len(found.rolls[0].xs) - 1, paths),
        shown=f"{digest} {found.finished}",
    )


def _path(k: int, roll: Roll) -> LabelledPath:
    zeros = np.zeros_like(roll.xs)
    status = "diverged" if roll.end == "diverges" else "completed"
    look = f"rate {k}" if k else "gd"
    return LabelledPath(look, roll.xs, zeros, roll.losses, zeros, status, len(roll.xs) - 1, lr=roll.lr, label=f"η = {number(roll.lr)}")


def _minimum(well: Well, t: Translator) -> Fact:
    return Fact(
        t(f"minima.wells.{well.name}"),
        f"λ = {number(well.sharpness)}, 2/λ = {number(well.limit)}",
        t("minima.wells.at", x=number(well.x), value=number(abs(well.value))),
    )


def _ended(roll: Roll, t: Translator) -> Fact:
    note = "" if roll.last_right is None else t("minima.wells.last_right", step=roll.last_right)
    return Fact(f"η = {number(roll.lr)}", t(f"minima.wells.{roll.end}"), note)
