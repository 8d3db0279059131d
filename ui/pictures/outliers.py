"""The board of the outliers page: the data with every line, the landscape of one loss, and what each point does."""

from __future__ import annotations

import numpy as np

from figures.numbers import number
from figures.relief import relief
from figures.robust import MOST_DRAWN, breaking, landscape, look_of, of_each_point, points_and_lines
from landscape.scene.checks import Check, check_of
from landscape.scene.outliers import HIGH_BREAKDOWN, OF_LOSS, Minimum, Outliers
from ui.pictures.board import BOARD_WORDS, Board, Chip, Fact, Picture
from ui.words.translator import Translator

SAMPLE, PLANE = frozenset({"sample"}), frozenset({"plane"})
# Words of the figures.
WORDS = ("local_minimum", "point", "outlier", "share", "bend")


def board_of(outliers: Outliers, t: Translator, *, dragging: bool = False) -> Board:
    """Return everything that is shown of `outliers`; while a hand drags, the large pictures alone, over those that are there."""
    words, lines = words_of(outliers, t), list(outliers.lines.values())
    pictures = [_data(outliers, words, t), *_maps(outliers, words, t)]
    return Board(
        pictures=pictures if dragging else [*pictures, *_panels(outliers, words, t)],
        words={word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[] if dragging else _facts(outliers, words, t),
        chips=[Chip(words[line.name], _decimals(line.slope), look_of(line.name).color, look_of(line.name).dash) for line in lines],
        shown=f"{outliers.scene.to_query()} {outliers.finished} {dragging}",
        partial=dragging or outliers.surface is None,
    )


def words_of(outliers: Outliers, t: Translator) -> dict[str, str]:
    """Return the words of the figures."""
    names = {name: t(f"losses.{name}") for name in OF_LOSS} | {name: t(f"outliers.{name}") for name in HIGH_BREAKDOWN}
    height = t("outliers.intercept") if outliers.pivot == 0 else t("outliers.height", x=number(outliers.pivot))
    x, y = outliers.points.names
    own = {word: t(f"outliers.{word}") for word in WORDS}
    return {**names, **own, "a": t("outliers.slope"), "b": height, "loss": t("figure.loss"), "x": x, "y": y}


def _data(outliers: Outliers, words: dict[str, str], t: Translator) -> Picture:
    figure = points_and_lines(outliers.points, outliers.frame, list(outliers.lines.values()), words=words)
    count = len(outliers.points)
    note = t("outliers.hands") if count <= MOST_DRAWN else t("outliers.drawn", drawn=MOST_DRAWN, count=count)
    return Picture("points", "plot", figure, t("outliers.data_label"), note, size="large", links=SAMPLE)


def _maps(outliers: Outliers, words: dict[str, str], t: Translator) -> list[Picture]:
    if outliers.surface is None:
        return []
    loss = words[outliers.scene.surface]
    figure = landscape(outliers.surface, outliers.pivot, list(outliers.lines.values()), _others(outliers), words=words)
    return [Picture("landscape", "contour", figure, t("outliers.map_label", loss=loss), t("outliers.map_note", loss=loss), "large", PLANE)]


def _others(outliers: Outliers) -> list[Minimum]:
    """Return the minima of Tukey's loss that its line does not lie in."""
    line = outliers.lines.get("tukey")
    if line is None:
        return []
    there = line.slope, line.intercept
    return [minimum for minimum in outliers.minima if not np.allclose((minimum.slope, minimum.intercept), there, atol=1e-6)]


def _panels(outliers: Outliers, words: dict[str, str], t: Translator) -> list[Picture]:
    lines = [line for line in outliers.lines.values() if line.name in OF_LOSS]
    panels = []
    if lines:
        pulls, weights = [line.influence for line in lines], [line.weights for line in lines]
        figures = [
            of_each_point(outliers.points, lines, values, quantity=t(f"outliers.{name}"), words=words)
            for name, values in (("influence", pulls), ("weight", weights))
        ]
        panels = [
            Picture("influence", "plot", figures[0], t("outliers.influence_title"), t("outliers.influence_note"), links=SAMPLE),
            Picture("weights", "plot", figures[1], t("outliers.weights_title"), t("outliers.weights_note"), links=SAMPLE),
        ]
    if outliers.breakdowns:
        figure = breaking(outliers.breakdowns, words=words)
        panels.append(Picture("breakdown", "plot", figure, t("outliers.breakdown_title"), t("outliers.breakdown_note")))
    if outliers.surface is not None:
        panels.append(Picture("relief", "relief", relief(outliers.surface, words=words, log=True), t("outliers.relief_title"), links=PLANE))
    return panels


def _facts(outliers: Outliers, words: dict[str, str], t: Translator) -> list[Fact]:
    points, facts = outliers.points, []
    scene = outliers.scene
    check = check_of(np.stack([points.x, points.y], axis=1), {name: getattr(scene, name) for name in ("delta", "c", "q", "scale")})
    if check is not None and outliers.lines:
        facts.append(_check(outliers, check, words, t))
    return facts


def _check(outliers: Outliers, check: Check, words: dict[str, str], t: Translator) -> Fact:
    """Say whether the slopes are those that are known of these points."""
    right = all(abs(outliers.lines[name].slope - slope) < 0.5 * 10.0**-check.digits for name, slope in check.slopes.items())
    told = ", ".join(f"{words[name]} {_decimals(slope)}" for name, slope in check.slopes.items())
    return Fact(t("outliers.check"), "✓" if right else "✗", told, "good" if right else "warn", t("outliers.check_info"))


def _decimals(slope: float) -> str:
    """Write a slope with three decimals where they tell, for numbers that are compared with one another."""
    return f"{slope:.3f}" if 0.01 <= abs(slope) < 1000 or slope == 0 else number(slope)
