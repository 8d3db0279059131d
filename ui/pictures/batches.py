"""The board of batches: the largest eigenvalue and Keskar's measure by batch size and by rate, at one training loss."""

from __future__ import annotations

import hashlib

import numpy as np

from figures.lines import Line, lines
from figures.measures import COLORS
from figures.numbers import number, percent
from landscape.minima.batches import AtOneLoss, Setting
from landscape.scene.minima import MinimaScene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture
from ui.words.translator import Translator

MEASURES = ("sharpness", "box")


def board_of(found: AtOneLoss, scene: MinimaScene, t: Translator) -> Board:
    """Return everything that is shown of the runs so far."""
    digest = hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
    by = {"batches": (found.batches, t("minima.batches.by_batch")), "rates": (found.rates, t("minima.batches.by_rate"))}
    pictures = [_picture(found, settings, name, measure, over, t) for name, (settings, over) in by.items() for measure in MEASURES]
    facts = [_matched(found, t), _grows(found, t), _box(found, t), _accuracy(found, t)] if found.runs else []
    return Board(pictures, {word: t(f"view.{word}") for word in BOARD_WORDS}, facts=facts, shown=digest)


def _picture(found: AtOneLoss, settings: tuple[Setting, ...], by: str, measure: str, over: str, t: Translator) -> Picture:
    values = [[getattr(run, measure) for run in found.of(setting)] for setting in settings]
    low, high = (np.array([pick(seen) if seen else np.nan for seen in values]) for pick in (min, max))
    known = ~np.isnan(low)
    label = t(f"minima.batches.{measure}")
    line = Line(
        t("minima.median"),
        np.arange(len(settings))[known],
        found.medians(settings, measure)[known],
        COLORS[MEASURES.index(measure)],
        low=low[known],
        high=high[known],
        points=True,
        notes=[t("minima.seeds", count=len(seen)) for seen in values if seen],
    )
    ticks = [number(batch) if by == "batches" else number(lr) for batch, lr in settings]
    size = "large" if by == "batches" else "small"
    title = t("minima.batches.over", measure=label, by=over)
    return Picture(f"{by} {measure}", "plot", lines([line], x=over, y=label, ticks=ticks), title, title if size == "large" else "", size)


def _matched(found: AtOneLoss, t: Translator) -> Fact:
    losses = [run.loss for run in found.runs]
    good = all(run.arrived for run in found.runs)
    return Fact(
        t("minima.batches.matched"),
        f"{number(min(losses))} – {number(max(losses))}",
        t("minima.batches.matched_note", loss=number(found.loss), runs=len(found.runs)),
        "" if good else "warn",
    )


def _grows(found: AtOneLoss, t: Translator) -> Fact:
    note = t("minima.batches.grows_note")
    return _checked(t("minima.batches.grows"), found, "sharpness", found.grows, note)


def _box(found: AtOneLoss, t: Translator) -> Fact:
    return _checked(t("minima.batches.disagrees"), found, "box", found.disagrees, t("minima.batches.disagrees_note"))


def _checked(label: str, found: AtOneLoss, measure: str, holds: bool, note: str) -> Fact:
    values = " → ".join(number(value) for value in found.medians(found.batches, measure) if np.isfinite(value))
    if not found.finished:
        return Fact(label, values, note)
    return Fact(label, f"{'✓' if holds else '✗'} {values}", note, "good" if holds else "warn")


def _accuracy(found: AtOneLoss, t: Translator) -> Fact:
    values = [run.accuracy for run in found.runs]
    return Fact(t("minima.accuracy"), f"{percent(min(values))} – {percent(max(values))}", t("minima.batches.accuracy_note"))
