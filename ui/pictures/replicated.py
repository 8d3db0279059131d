"""The board of the replication page: one small picture for each verdict."""

from __future__ import annotations

from collections.abc import Sequence

from figures.replicated import claim_graph
from landscape.errors import Phrase
from landscape.replication.claim import Verdict
from ui.pictures.board import BOARD_WORDS, Board, Picture
from ui.words.titles import capitalized
from ui.words.translator import Translator


def board_of(verdicts: Sequence[Verdict], t: Translator) -> Board:
    """Return the pictures of the verdicts, each under the name of its claim."""
    shown = " ".join(f"{verdict.claim}:{verdict.seed}" for verdict in verdicts)
    return Board([_picture(verdict, t) for verdict in verdicts], {word: t(f"view.{word}") for word in BOARD_WORDS}, shown=shown)


def _picture(verdict: Verdict, t: Translator) -> Picture:
    graph = verdict.found.graph
    names = [str(t.phrase(series.name)) for series in graph.series]
    x, y = (capitalized(str(t.phrase(name))) if isinstance(name, Phrase) else name for name in (graph.x, graph.y))
    return Picture(verdict.claim, "plot", claim_graph(graph, names, x, y), t(f"claims.{verdict.claim}"))
