"""Loss maps: small contour maps, without a color bar, of a loss over its predictions or over the parameters of a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import plotly.graph_objects as go

from figures import style
from figures.contour import contour
from figures.places import OUTLINE, SIGNS

# The corners of the simplex, the first one at the top, and where their names stand.
CORNERS = ((0.5, 3**0.5 / 2), (0.0, 0.0), (1.0, 0.0))
ANCHORS = (("center", "bottom"), ("right", "middle"), ("left", "middle"))


def small_contour(surface: Any, marks: Sequence[Any] = (), *, words: Mapping[str, str]) -> go.Figure:
    """Return the contour map of a `surface` (Surface), with `marks` (Mark)."""
    figure = contour(surface, marks=marks, words=words)
    figure.update_traces(showscale=False, selector={"meta": {"role": "ground"}})
    return figure.update_layout(margin={"l": 44, "r": 8, "t": 8, "b": 40})


def order_map(drawn: Any, *, words: Mapping[str, str]) -> go.Figure:
    """Return the map of a loss (LossMap) over the scores of three documents, with its lowest point if that is near."""
    return _with_lowest(small_contour(SimpleNamespace(a=drawn.x, b=drawn.y, values=drawn.values), words=words), drawn, words)


def class_map(drawn: Any, *, words: Mapping[str, str]) -> go.Figure:
    """Return the map of a loss (LossMap) over the simplex of three probabilities, with its lowest point; words["class"] names a corner."""
    figure = order_map(drawn, words=words)
    sides = [*CORNERS, CORNERS[0]]
    figure.update_traces(hovertemplate=style.hover(f"{words['loss']} %{{customdata:.3~g}}"), selector={"meta": {"role": "ground"}})
    figure.add_trace(
        style.trace("scatter", x=[x for x, _ in sides], y=[y for _, y in sides], mode="lines", line={"color": style.INK, "width": 1},
                    hoverinfo="skip")
    )  # fmt: skip
    names = [
        {"x": x, "y": y, "text": words["class"].format(number=k + 1), "showarrow": False, "xanchor": across, "yanchor": up, "xshift": shift}
        for k, ((x, y), (across, up), shift) in enumerate(zip(CORNERS, ANCHORS, (0, -3, 3), strict=True))
    ]
    bare = {"visible": False, "fixedrange": True}
    return figure.update_layout(
        xaxis={**bare, "range": [-0.22, 1.22]}, yaxis={**bare, "range": [-0.06, 1.0], "scaleanchor": "x"}, annotations=names,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
    )  # fmt: skip


def _with_lowest(figure: go.Figure, drawn: Any, words: Mapping[str, str]) -> go.Figure:
    if drawn.lowest is None:
        return figure
    (x, y), sign = drawn.lowest, SIGNS["minimum"]
    marker = {"symbol": sign.symbol, "size": sign.size, "color": sign.color, "line": {"color": OUTLINE, "width": 1.5}}
    return figure.add_trace(
        style.trace("scatter", x=[x], y=[y], mode="markers", marker=marker, hovertemplate=style.hover(title=words["minimum"]))
    )
