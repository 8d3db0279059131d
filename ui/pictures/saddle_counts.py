"""The board of what the number of dimensions does to critical points."""

from __future__ import annotations

import hashlib

from figures.dimensions import index_by_height, minima_by_dimension
from figures.indices import index_against_loss
from figures.numbers import number, percent
from landscape.saddles.gaussian import Census
from landscape.saddles.indices import IndexByLoss
from landscape.scene.saddle_counts import SaddleCounts
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

WORDS = ("counted", "dimension", "height", "index_share", "minima_share", "theory")
# A share counted is that of theory where the two differ by no more than so many standard errors.
SURE = 3.0
# A loss below this is 0 to rounding.
ROUNDING = 1e-15


def counts_board(found: SaddleCounts, t: Translator) -> Board:
    """Return everything that is shown of the counts."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {word: t(f"saddles.word.{word}") for word in WORDS}
    last = found.censuses[-1]
    pictures = [
        _large("minima", minima_by_dimension(found.censuses, words=words), t("saddles.minima_by_dimension"), t),
        _large("heights", index_by_height(last, words=words), t("saddles.index_by_height", dim=last.dim), t),
    ]
    if found.network is not None:
        figure = index_against_loss(found.network.distinct, words=words)
        title = t("saddles.dauphin", dim=found.network.dim)
        pictures.append(Picture("dauphin", "plot", figure, title, t("saddles.dauphin_note")))
    return Board(
        pictures,
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[*_shares(found.censuses, t), *([] if found.network is None else _network(found.network, t))],
        shown=hashlib.sha256(f"{found.scene.to_query()} {last.dim} {found.finished}".encode()).hexdigest()[:16],
    )


def _large(key: str, figure: object, title: str, t: Translator) -> Picture:
    return Picture(key, "plot", figure, title, title, "large")


def _shares(censuses: tuple[Census, ...], t: Translator) -> list[Fact]:
    """Return the share of minima in the lowest and the highest dimension, and how complete the count is."""
    chosen = censuses if len(censuses) == 1 else (censuses[0], censuses[-1])
    facts = [_share(census, t) for census in chosen]
    last = censuses[-1]
    note = t("saddles.complete_note", count=len(last.indices), balls=last.balls)
    return [*facts, Fact(t("saddles.complete", dim=last.dim), percent(last.completeness, 3), note, info=t("saddles.complete_info"))]


def _share(census: Census, t: Translator) -> Fact:
    theory, error = census.expected.minima, census.minima_error
    holds = abs(census.minima - theory) <= SURE * error
    value = f"{'✓' if holds else '✗'} {percent(census.minima, 2)} ± {percent(error, 1)}"
    return Fact(
        t("saddles.minima_share", dim=census.dim), value, t("saddles.theory_says", share=percent(theory, 2)), "good" if holds else "warn"
    )


def _network(network: IndexByLoss, t: Translator) -> list[Fact]:
    count, highest = len(network.distinct), network.highest_minimum
    return [
        Fact(
            t("saddles.correlation"),
            number(network.pearson, 2),
            t("saddles.correlation_note", count=count, rank=number(network.spearman, 2)),
        ),
        Fact(t("saddles.highest_minimum"), number(0.0 if abs(highest) < ROUNDING else highest), t("saddles.highest_note")),
    ]
