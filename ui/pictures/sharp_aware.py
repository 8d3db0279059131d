"""The board of sharpness-aware minimization: the largest eigenvalue and the accuracy by rho, over seeds."""

from __future__ import annotations

import hashlib

import numpy as np

from figures.lines import Line, lines
from figures.measures import COLORS
from figures.numbers import number, percent
from landscape.minima.sharp_aware import ByRadius
from landscape.scene.minima import MinimaScene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture
from ui.words.translator import Translator


def board_of(found: ByRadius, scene: MinimaScene, t: Translator) -> Board:
    """Return everything that is shown of the runs so far."""
    digest = hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
    return Board(
        [
            _picture(found, "sharpness", "λ max", t("minima.sam.sharpness"), COLORS[0], t),
            _picture(found, "accuracy", t("minima.accuracy"), t("minima.sam.accuracy"), COLORS[2], t, percent=True),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[_falls(found, t), _within_noise(found, t), _loss(found, t)],
        shown=digest,
    )


def _picture(found: ByRadius, measure: str, y: str, title: str, color: str, t: Translator, *, percent: bool = False) -> Picture:
    table = found.table(measure)
    known = ~np.isnan(table).all(axis=0)
    seen = table[:, known]
    counts = np.isfinite(seen).sum(axis=0)
    line = Line(
        t("minima.median"),
        np.flatnonzero(known),
        np.nanmedian(seen, axis=0),
        color,
        low=np.nanmin(seen, axis=0),
        high=np.nanmax(seen, axis=0),
        points=True,
        notes=[t("minima.seeds", count=int(count)) for count in counts],
    )
    ticks = [number(rho) for rho in found.radii]
    return Picture(measure, "plot", lines([line], x="ρ", y=y, ticks=ticks, percent=percent), title, title, "large")


def _medians(found: ByRadius, measure: str) -> np.ndarray:
    table = found.table(measure)
    return np.nanmedian(table[:, ~np.isnan(table).all(axis=0)], axis=0)


def _falls(found: ByRadius, t: Translator) -> Fact:
    values = " → ".join(number(value) for value in _medians(found, "sharpness"))
    if not found.finished:
        return Fact(t("minima.sam.falls"), values, t("minima.seeds", count=len(found.seeds)))
    note = t("minima.sam.falls_note", count=len(found.seeds))
    return Fact(t("minima.sam.falls"), f"{'✓' if found.falls else '✗'} {values}", note, "good" if found.falls else "warn")


def _within_noise(found: ByRadius, t: Translator) -> Fact:
    values = " → ".join(percent(value) for value in _medians(found, "accuracy"))
    if not found.finished or found.within_noise is None:
        return Fact(t("minima.accuracy"), values)
    return Fact(t("minima.accuracy"), values, t("minima.sam.noise" if found.within_noise else "minima.sam.beyond_noise"))


def _loss(found: ByRadius, t: Translator) -> Fact:
    values = " → ".join(number(value) for value in _medians(found, "loss"))
    return Fact(t("minima.sam.loss"), values, t("minima.sam.loss_note"))
