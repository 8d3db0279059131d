"""The board of the outliers page."""

from __future__ import annotations

from figures.robust import ESTIMATORS, landscape, points_and_lines
from landscape.scene.outliers import OF_LOSS, Outliers
from ui.pictures.board import BOARD_WORDS, Board, Chip, Picture
from ui.words.translator import Translator

DATA = "points"


def board_of(outliers: Outliers, t: Translator, *, dragging: bool = False) -> Board:
    """Return everything that is shown of `outliers`; while a hand drags, the large pictures alone."""
    words = _words(outliers, t)
    chips = [
        Chip(words[line.name], f"{line.slope:.3f}", ESTIMATORS[line.name].color, ESTIMATORS[line.name].dash) for line in outliers.lines
    ]
    data = points_and_lines(outliers.points, outliers.frame, outliers.lines, words=words)
    return Board(
        pictures=[
            Picture(DATA, "plot", data, "points", size="large", links=frozenset({"sample"})),
            Picture(
                "landscape",
                "contour",
                landscape(outliers.surface, outliers.lines, words=words),
                "contour",
                size="large",
                links=frozenset({"plane"}),
            ),
        ],
        words={word: t(f"view.{word}") for word in BOARD_WORDS},
        chips=chips,
        shown=outliers.scene.to_query() + str(outliers.finished),
        partial=dragging,
    )


def _words(outliers: Outliers, t: Translator) -> dict[str, str]:
    x, y = outliers.points.names
    names = {name: t(f"losses.{name}") for name in OF_LOSS}
    return {**names, "a": "slope", "b": "intercept", "loss": t("figure.loss"), "x": x, "y": y}
