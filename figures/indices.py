"""Critical points by how high they lie: their share of ways down, and all their eigenvalues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.places import OUTLINE, SIGNS

# Where there is no curvature at all an eigenvalue is drawn on the axis.
DOT = 7


def index_against_loss(points: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Draw each of `points` (value, index, eigenvalues, kind): its share of negative eigenvalues against its loss."""
    traces = []
    for kind, sign in SIGNS.items():
        group = [point for point in points if point.kind == kind]
        if not group:
            continue
        shares = [point.index / len(point.eigenvalues) for point in group]
        marker = {"symbol": sign.symbol, "size": 12, "color": sign.color, "line": {"color": OUTLINE, "width": 1.5}}
        hover = style.hover(f"{words['loss']} %{{x:.4~g}}", f"{words['index_share']} %{{y:.0%}}", title=words[kind])
        x = [float(point.value) for point in group]
        traces.append(style.trace("scatter", x=x, y=shares, mode="markers", marker=marker, name=words[kind], hovertemplate=hover))
    yaxis = style.axis(words["index_share"], tickformat=".0%", range=[-0.06, 1.06])
    return style.figure(traces, xaxis=style.axis(words["loss"]), yaxis=yaxis)


def eigenvalues_of_points(points: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Draw all eigenvalues of each of `points`, in their order: those below zero are ways down."""
    traces = []
    for negative, color, name in ((False, style.COOL, words["positive"]), (True, style.WARM, words["negative"])):
        x, y = [], []
        for k, point in enumerate(points, 1):
            values = point.eigenvalues[(point.eigenvalues < -point.zero) == negative]
            x += [k] * len(values)
            y += [float(value) for value in values]
        hover = style.hover(f"{words['eigenvalue']} %{{y:.3~g}}", title=f"{name}, %{{x}}")
        marker = {"color": color, "size": DOT, "symbol": "x" if negative else "circle"}
        traces.append(style.trace("scatter", x=x, y=y, mode="markers", marker=marker, name=name, hovertemplate=hover))
    zero = {"color": style.INK, "width": 1, "dash": "dot"}
    ends = [0.5, len(points) + 0.5]
    traces.append(style.trace("scatter", x=ends, y=[0, 0], mode="lines", line=zero, hoverinfo="skip"))
    ticks = {"tickvals": list(np.unique(np.linspace(1, len(points), min(len(points), 8)).round().astype(int)).tolist()), "range": ends}
    return style.figure(traces, xaxis=style.axis(words["number"], **ticks), yaxis=style.axis(words["eigenvalue"]))
