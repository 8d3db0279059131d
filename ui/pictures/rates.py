"""The board of learning rates: what conditioning costs, where runs end by their learning rates, and one objective by schedule."""

from __future__ import annotations

from figures.numbers import number
from figures.rates import arrivals, sweeps
from landscape.scene.rates import Rates
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture
from ui.pictures.explored import digest
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

# Steps to 1e-6 of the way at the optimal rates (Goh 2017, by its formulas).
EXPECTED = {10.0: (69, 27), 100.0: (691, 93), 1000.0: (6908, 315)}


def rates_board(rates: Rates, t: Translator) -> Board:
    """Return everything that is shown of learning rates."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {word: t(f"race.word.{word}") for word in ("lr", "left", "relative")}
    labels = {"gd": t("optimizers.gd"), "momentum": t("race.heavy_ball")}
    pictures = [
        Picture(
            "arrivals",
            "plot",
            arrivals(rates.conditioned, labels, words=words),
            t("race.picture.arrivals", kappa=number(rates.scene.kappa)),
        )
    ]
    if rates.sweeps:
        found = [(choice.name, t(f"optimizers.{choice.name}"), sweep) for choice, sweep in rates.sweeps]
        limits = dict(zip((choice.name for choice in rates.scene.optimizers), rates.limits, strict=False))
        pictures.append(Picture("sweeps", "plot", sweeps(found, limits, words=words), t("race.picture.sweeps"), t("race.sweeps_note")))
    return Board(
        pictures,
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[_checked(known, t) for known in rates.checked],
        shown=f"{digest(rates.scene)} {len(rates.sweeps)}",
    )


def _checked(known: object, t: Translator) -> Fact:
    expected = EXPECTED[known.kappa]
    holds = known.steps == expected
    value = t("race.steps_both", descent=known.steps[0], heavy_ball=known.steps[1])
    note = t("race.steps_expected", descent=expected[0], heavy_ball=expected[1])
    return Fact(f"κ = {number(known.kappa)}", f"{'✓' if holds else '✗'} {value}", note, "good" if holds else "warn")
