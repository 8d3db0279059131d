"""The board of skip connections: a slice of a deep network with them beside one without, and what several networks of each say."""

from __future__ import annotations

import hashlib

import numpy as np

from figures.numbers import number, percent
from figures.relief import relief
from landscape.minima.depth import KINDS, KNOWN, SEEDS, Depths
from landscape.scene.minima import MinimaScene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

# The measures, in the order of their cards; those of the slice come first.
MEASURES = ("minima", "highest", "negative", "radius", "largest", "ratio", "loss")


def board_of(depths: Depths, scene: MinimaScene, t: Translator) -> Board:
    """Return everything that is shown of both kinds of networks."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {"a": "u", "b": "v"}
    first = {kind: getattr(depths, kind)[0].surface for kind in KINDS}
    both = np.concatenate([surface.values for surface in first.values()])
    pictures = []
    for kind, surface in first.items():
        title = t(f"minima.depth.{kind}", depth=depths.depth)
        figure = relief(surface, words=words, log=True, within=both)
        pictures.append(Picture(kind, "relief", figure, title, title, "large", frozenset({"plane"})))
    digest = hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
    return Board(
        pictures,
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[_fact(measure, depths, t) for measure in MEASURES],
        shown=f"{digest} {depths.finished}",
    )


def _fact(measure: str, depths: Depths, t: Translator) -> Fact:
    """Return the medians of a measure without and with skip connections, beside what is known of them."""
    agrees = depths.agrees(measure) if depths.finished else None
    sign = "" if agrees is None else "✓ " if agrees else "✗ "
    if depths.finished:
        ranges = [_range(measure, [getattr(one, measure) for one in getattr(depths, kind)]) for kind in KINDS]
        note = t("minima.depth.ranges", seeds=SEEDS, plain=ranges[0], skip=ranges[1])
    else:
        note = t("minima.depth.one")
    if agrees is not None:
        note += " " + t("minima.depth.known", known=_pair(measure, KNOWN[depths.depth][measure]))
    tone = "" if agrees is None else "good" if agrees else "warn"
    label, info = t(f"minima.depth.{measure}"), t(f"minima.depth.{measure}.info")
    return Fact(label, sign + _pair(measure, depths.medians(measure)), note, tone, info)


def _pair(measure: str, values: tuple[float, float]) -> str:
    plain, skip = (_value(measure, value) for value in values)
    return f"{plain} → {skip}"


def _range(measure: str, values: list[float]) -> str:
    return f"{_value(measure, min(values))} – {_value(measure, max(values))}"


def _value(measure: str, value: float) -> str:
    if measure == "negative":
        return percent(value, 2)
    if measure == "radius" and np.isinf(value):
        return "> 1"
    return number(value, 2)
