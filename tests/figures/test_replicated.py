"""The graph of a claim: lines or points, its level, and its scales."""

import numpy as np
import pytest

from figures import style
from figures.replicated import claim_graph
from landscape.replication.claim import Graph, Series


@pytest.fixture(autouse=True)
def checked(monkeypatch):
    monkeypatch.setattr(style, "CHECKED", True)


def test_lines_points_and_the_level_are_drawn_as_the_graph_says():
    line = Series("a", np.arange(100), np.arange(1, 101), group=1)
    points = Series("b", [1, 2], [3, 40], line=False, dashed=True)
    figure = claim_graph(Graph("x", "y", (line, points), level=7.0, log=True), ["first", "second"], "X", "Y")
    assert [trace.mode for trace in figure.data] == ["lines", "markers"] and [trace.name for trace in figure.data] == ["first", "second"]
    np.testing.assert_array_equal(figure.data[1].y, [3, 40])
    assert figure.data[0].line.color != figure.data[1].line.color
    assert (figure.layout.yaxis.type, figure.layout.xaxis.type, figure.layout.xaxis.title.text) == ("log", None, "X")
    (level,) = figure.layout.shapes
    assert (level.y0, level.y1, level.xref) == (7.0, 7.0, "paper")


def test_a_single_series_needs_no_legend_and_few_points_are_marked():
    figure = claim_graph(Graph("x", "y", (Series("a", [0, 1, 2], [3, 4, 5]),)), ["only"], "X", "Y")
    assert not figure.layout.showlegend and figure.data[0].mode == "lines+markers" and not figure.layout.shapes
