"""The board of the edge of stability: sharpness and training loss over the same axis, as they grow."""

from __future__ import annotations

import hashlib

import numpy as np

from figures.lines import Limit, Line, lines
from figures.numbers import number, percent
from figures.style import style_of
from landscape.minima.edge import BAND, Edge, EdgeRun
from landscape.scene.minima import MinimaScene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture
from ui.words.translator import Translator

AXIS = frozenset({"axis"})


def board_of(edge: Edge, scene: MinimaScene, t: Translator) -> Board:
    """Return everything that is shown of the runs so far."""
    looks = ["gd", *(f"rate {k}" for k in range(1, len(edge.runs)))]
    colors = [style_of(look).color for look in looks]
    ends = (0.0, scene.study.get("length"))
    labels = [f"η = {number(run.lr)}" for run in edge.runs]
    limits = [Limit(run.limit, f"2/η = {number(run.limit)}", color) for run, color in zip(edge.runs, colors, strict=True)]
    sharpness = [
        Line(label, run.lr * run.steps, run.sharpness, color, notes=_steps(run, run.steps, t))
        for run, label, color in zip(edge.runs, labels, colors, strict=True)
    ]
    losses = [
        Line(label, run.lr * np.arange(len(run.losses)), run.losses, color, notes=_steps(run, np.arange(len(run.losses)), t))
        for run, label, color in zip(edge.runs, labels, colors, strict=True)
    ]
    digest = hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
    over = t("minima.edge.time")
    rising = lines(sharpness, x=over, y="λ max", limits=limits, ends=ends)
    falling = lines(losses, x=over, y=t("figure.loss"), ends=ends, log=True)
    return Board(
        [
            Picture("sharpness", "plot", rising, t("minima.edge.sharpness"), t("minima.edge.sharpness"), "large", AXIS),
            Picture("losses", "plot", falling, t("minima.edge.losses"), t("minima.edge.losses"), "large", AXIS),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[*(_hovers(run, t) for run in edge.runs), _measured(edge, t)],
        shown=digest,
    )


def _steps(run: EdgeRun, steps: np.ndarray, t: Translator) -> list[str]:
    return [f"{t('figure.step')} {int(step)}" for step in steps]


def _hovers(run: EdgeRun, t: Translator) -> Fact:
    """Say where the sharpness ends, in units of its limit; before that, how far it is."""
    label = t("minima.edge.hovers", lr=number(run.lr))
    if run.diverged:
        return Fact(label, t("minima.edge.diverged", step=len(run.losses) - 1), f"2/η = {number(run.limit)}", "warn")
    if not run.ended:
        return Fact(label, number(float(run.sharpness[-1]) / run.limit), t("minima.edge.so_far", step=len(run.losses), steps=run.planned))
    note = t("minima.edge.band", low=number(BAND[0]), high=number(BAND[1]), spread=number(float(run.tail.std()), 1))
    return Fact(label, f"{'✓' if run.holds else '✗'} {number(run.hover)}", note, "good" if run.holds else "warn")


def _measured(edge: Edge, t: Translator) -> Fact:
    worst = max(float(np.max(run.residuals / run.sharpness)) for run in edge.runs)
    return Fact(t("minima.edge.error"), f"≤ {percent(worst, 1)}", t("minima.edge.error_note", dim=edge.dim))
