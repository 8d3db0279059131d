"""Pictures of basins: borders lie between labels, and no two lines of the tree cross."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from figures.basins import barcode, borders, merge_tree, persistence_diagram, survivors
from landscape.minima.persistence import find_basins

WORDS = dict.fromkeys(("counted", "doubted", "level", "rank", "birth", "death", "depth", "deeper", "rejected"), "word")
VALUES = np.random.default_rng(4).standard_normal((12, 15))
BASINS = find_basins(VALUES, 0.4)


def test_borders_stand_between_cells_of_two_basins():
    surface = SimpleNamespace(a=np.array([0.0, 1.0, 3.0]), b=np.array([0.0, 2.0]))
    border, crosses = borders(surface, np.array([[0, 0, 1], [0, 2, 1]]), np.array([[1, 2]]), words=WORDS)
    pieces = {tuple(map(tuple, np.stack([border["x"][k : k + 2], border["y"][k : k + 2]], axis=1))) for k in range(0, len(border["x"]), 3)}
    assert pieces == {((2, 0), (2, 1)), ((0.5, 1), (0.5, 2)), ((2, 1), (2, 2)), ((0.5, 1), (2, 1))}
    assert (list(crosses["x"]), list(crosses["y"])) == ([3], [2])


def segments(figure):
    """The upright and the level lines of a tree."""
    x, y = figure.data[0].x, figure.data[0].y
    for k in range(0, len(x), 4):
        yield (x[k], y[k], y[k + 1]), (y[k + 1], min(x[k + 1], x[k + 2]), max(x[k + 1], x[k + 2]))


def test_no_two_lines_of_the_tree_cross():
    lines = list(segments(merge_tree(BASINS, 5.0, words=WORDS)))
    assert len(lines) == BASINS.counted.sum() > 8
    for (upright, level), (other, other_level) in combinations(lines, 2):
        for (x, low, high), (y, left, right) in ((upright, other_level), (other, level)):
            assert not (left < x < right and low < y < high)


def test_every_basin_is_a_bar_and_a_point():
    counted = int(BASINS.counted.sum())
    bars, points = barcode(BASINS, 5.0, words=WORDS), persistence_diagram(BASINS, 5.0, words=WORDS)
    assert [np.isfinite(trace.x).sum() for trace in bars.data] == [2 * (len(BASINS.births) - counted), 2 * counted]
    assert [len(trace.x) for trace in points.data[1:]] == [len(BASINS.births) - counted, counted]
    assert max(points.data[2].y) == 5.0  # the one that never dies


def test_the_curve_says_how_many_are_deeper():
    curve = survivors(BASINS, words=WORDS).data[0]
    depths = BASINS.depths[np.isfinite(BASINS.depths)]
    for depth in (0.2, 1.0, 2.0):
        place = np.searchsorted(curve.x, depth)  # the step at the next depth, which holds from the one before it
        assert curve.y[place] == (depths >= depth).sum() + 1
    assert curve.y[0] == pytest.approx(len(BASINS.births))
