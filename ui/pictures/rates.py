"""The board of learning rates: what conditioning costs, what one eigenvalue allows, where runs end by their rates and their schedules."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from figures import style
from figures.numbers import number
from figures.rates import METHODS, arrivals, counts, one_eigenvalue, schedule_curves, sweeps
from landscape.race.conditioning import Conditioned
from landscape.race.stability import SHARPNESS, Stability
from landscape.scene.rates import Rates
from ui.pictures.board import BOARD_WORDS, Board, Chip, Dial, Fact, Line, Picture
from ui.pictures.explored import digest
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

WORDS = ("lr", "left", "relative", "steps", "size", "factor")
# Steps to 1e-6 of the way at the optimal rates, and |x| at some learning rates, by the closed forms (Goh 2017).
STEPS = {10.0: (69, 27), 100.0: (691, 93), 1000.0: (6908, 315)}
SIZES = {0.05: 7.9e-31, 0.1: 0.0, 0.19: 2.7e-5, 0.2: 1.0, 0.2001: 1.105, 0.21: 13781.0, 0.379: 1.5e-45, 0.381: 2.4e55}
# To the digits that are written down.
CLOSE = 0.05


def rates_board(rates: Rates, t: Translator) -> Board:
    """Return everything that is shown of learning rates."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {word: t(f"race.word.{word}") for word in WORDS}
    labels = {"gd": t("optimizers.gd"), "momentum": t("race.heavy_ball")}
    kappas = [one.kappa for one in rates.conditioned]
    at = kappas.index(rates.scene.kappa)
    above, rising = arrivals(rates.conditioned, at, labels, words=words)
    beside, moving = counts(rates.conditioned, at, list(STEPS), labels, words=words)
    eigen = one_eigenvalue(rates.stable, labels, words=words)
    row = t("race.row.quadratic")
    pictures = [
        Picture("arrivals", "plot", above, t("race.picture.arrivals"), t("race.arrivals_note"), row=row),
        Picture("counts", "plot", beside, t("race.picture.counts"), t("race.counts_note"), row=row),
        Picture("eigenvalue", "plot", eigen, t("race.picture.eigenvalue"), t("race.eigenvalue_note"), row=row),
        *_here(rates, words, t),
    ]
    dial = Dial("kappa", t("race.kappa"), kappas, at, {"arrivals": rising, "counts": moving})
    return Board(
        pictures,
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[*(_counted(one, t) for one in rates.conditioned if one.kappa in STEPS), *map(_sized, rates.stable, METHODS, [t] * 2)],
        chips=_chips(rates, t),
        lines=[Line(t("race.quadratic"), style.INK, "solid", [dial])],
        shown=f"{digest(rates.scene)} {len(rates.sweeps)} {rates.scheduled is not None}",
    )


def _here(rates: Rates, words: Mapping[str, str], t: Translator) -> list[Picture]:
    """What is known of the scene's own landscape."""
    found, row = [], t("race.row.here")
    if rates.sweeps:
        swept = [(choice.name, t(f"optimizers.{choice.name}"), sweep) for choice, sweep in rates.sweeps]
        found.append(
            Picture("sweeps", "plot", sweeps(swept, rates.limits, words=words), t("race.picture.sweeps"), t("race.sweeps_note"), row=row)
        )
    if rates.scheduled is not None:
        known, names = rates.scheduled, {name: _short(name, t) for name in rates.scheduled.losses}
        note = t("race.schedules_note", method=t(f"optimizers.{known.method}"), lr=number(known.lr), seeds=known.seeds)
        losses = schedule_curves(known.losses, names, words["loss"], losses=True, words=words)
        factors = schedule_curves(known.factors, names, words["factor"], losses=False, words=words)
        found.append(Picture("schedules", "plot", losses, t("race.picture.schedules"), note, row=row))
        found.append(Picture("factors", "plot", factors, t("race.picture.factors"), row=row))
    return found


def _short(schedule: str, t: Translator) -> str:
    """Return a schedule's name, the initials of a long one."""
    return t("race.wsd") if schedule == "wsd" else t(f"schedules.{schedule}")


def _chips(rates: Rates, t: Translator) -> list[Chip]:
    """The racers with the learning rates that ended lowest."""
    looks = [(choice.name, style.style_of(choice.name), sweep.best) for choice, sweep in rates.sweeps]
    return [
        Chip(t(f"optimizers.{name}"), "–" if best is None else f"η {number(best)}", look.color, look.dash) for name, look, best in looks
    ]


def _counted(known: Conditioned, t: Translator) -> Fact:
    expected = STEPS[known.kappa]
    value = t("race.steps_both", descent=known.steps[0], heavy_ball=known.steps[1])
    note = t("race.steps_expected", descent=expected[0], heavy_ball=expected[1])
    return _check(f"κ = {number(known.kappa)}", value, note, known.steps == expected)


def _sized(known: Stability, name: str, t: Translator) -> Fact:
    """What becomes of some learning rates on either side of the limit."""
    probed = [(lr, size) for lr, size in known.probed if abs(lr / known.limit - 1) < 0.06]
    value = " · ".join(f"{number(lr, 4)} → {number(size)}" for lr, size in probed)
    holds = all(np.isclose(size, SIZES[lr], rtol=CLOSE, atol=0) for lr, size in known.probed)
    method = t("optimizers.gd") if name == "gd" else t("race.heavy_ball")
    note = t("race.size_note", method=method, steps=known.steps, limit=number(known.limit), sharpness=number(SHARPNESS))
    return _check(t("race.size"), value, note, holds)


def _check(label: str, value: str, note: str, holds: bool) -> Fact:
    return Fact(label, f"{'✓' if holds else '✗'} {value}", note, "good" if holds else "warn")
