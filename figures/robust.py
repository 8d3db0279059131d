"""Points with the lines that estimators draw through them, where these lines lie in the landscape of one loss, and what each point does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.contour import contour
from figures.numbers import number
from figures.places import gapped
from figures.reach import linear_axis
from figures.style import OPTIMIZER_STYLES, Style, loss_style

# The looks of the estimators that are no losses of the catalogue; those have theirs.
_LOOKS = {"lts": ("adagrad", "10px,3px"), "mm": ("newton", "5px,2px,1px,2px"), "own": ("nesterov", "2px,2px,8px,2px")}
# Points drawn; of more, that many evenly along the table.
MOST_DRAWN = 400
# Points that are alone have the largest signs.
FEW, LARGE, SMALL = 60, 12, 7
ROOM = 0.06

Side = tuple[float, float]


def look_of(estimator: str) -> Style:
    """Return the style of the estimator with this id, that of its loss where it has one."""
    if estimator not in _LOOKS:
        return loss_style(estimator)
    color, dash = _LOOKS[estimator]
    return replace(OPTIMIZER_STYLES[color], dash=dash)


def drawn_points(points: Any) -> np.ndarray:
    """Return the places in the table of the points that are drawn: all of them, or `MOST_DRAWN` of many and those that are known outliers
    or the hand's own.
    """
    count = len(points.x)
    if count <= MOST_DRAWN:
        return np.arange(count)
    kept = np.unique(np.linspace(0, count - 1, MOST_DRAWN).round().astype(int))
    own = np.flatnonzero(points.number >= points.rows)
    return np.union1d(kept, own)


def points_and_lines(points: Any, frame: tuple[Side, Side], lines: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Return `points` (x, y, number, ...), which a hand can drag, and `lines` (name, slope, intercept) across the `frame` of x and y.

    Points that are known to be outliers are hollow.
    """
    ends, at = np.array(frame[0]), drawn_points(points)
    numbers = points.number[at].tolist()
    known = [k in points.outliers for k in numbers]
    names = [points.labels[k] if k < len(points.labels) else f"{words['point']} {k + 1}" for k in numbers]
    names = [f"{name} · {words['outlier']}" if mark else name for name, mark in zip(names, known, strict=True)]
    handles = style.trace(
        "scatter", x=points.x[at].tolist(), y=points.y[at].tolist(), mode="markers", customdata=names,
        marker={"size": LARGE if len(at) <= FEW else SMALL, "symbol": ["circle-open" if mark else "circle" for mark in known],
                "color": style.COOL, "line": {"width": [2.5 if mark else 0 for mark in known], "color": style.COOL}},
        meta={"role": "handle", "samples": numbers, "editable": True},
        hovertemplate=style.hover(f"{words['x']} %{{x:.4~g}}", f"{words['y']} %{{y:.4~g}}", title="%{customdata}"),
    )  # fmt: skip
    axes = {"xaxis": style.axis(words["x"], range=list(frame[0])), "yaxis": style.axis(words["y"], range=list(frame[1]))}
    return style.figure([*(_across(line, ends, words) for line in lines), handles], dragmode=False, **axes)


def landscape(
    surface: Any,
    pivot: float,
    lines: Sequence[Any],
    minima: Sequence[Any] = (),
    *,
    words: Mapping[str, str],
) -> go.Figure:
    """Return the contour map of `surface` over slope and height at `pivot`, with the place of every line; `minima` are the
    other local minima of a loss that is not convex.
    """
    figure = contour(surface, words=words)
    figure.update_layout(xaxis_ticklabeloverflow="allow", yaxis_ticklabeloverflow="allow")  # Plotly need not measure them under a hand
    place = (f"{words['a']} %{{x:.4~g}}", f"{words['b']} %{{y:.4~g}}")
    for other in minima:
        figure.add_trace(style.trace(
            "scatter", x=[other.slope], y=[other.at(pivot)], mode="markers", meta={"role": "mark"}, name=words["local_minimum"],
            marker={"symbol": "diamond", "size": 15, "color": style.CLEAR, "line": {"color": "#ffffff", "width": 2.5}},
            hovertemplate=style.hover(*place, title=words["local_minimum"]),
        ))  # fmt: skip
    for line in lines:
        sign = look_of(line.name)
        figure.add_trace(style.trace(
            "scatter", x=[line.slope], y=[line.at(pivot)], mode="markers", meta={"role": "mark"},
            marker={"symbol": sign.symbol, "size": 13, "color": sign.color, "line": {"color": "#ffffff", "width": 2}},
            hovertemplate=style.hover(*place, title=words[line.name]),
        ))  # fmt: skip
    return figure


def of_each_point(
    points: Any,
    lines: Sequence[Any],
    values: Sequence[np.ndarray],
    *,
    quantity: str,
    words: Mapping[str, str],
) -> go.Figure:
    """Return what each point has in each of `lines`, such as its weight: `values` (n,) of each line, over x; `quantity` names them."""
    at = drawn_points(points)
    at = at[np.argsort(points.x[at], kind="stable")]
    numbers = points.number[at].tolist()
    traces = []
    for line, of in zip(lines, values, strict=True):
        sign = look_of(line.name)
        told = [number(value) for value in of[at].tolist()]
        traces.append(style.trace(
            "scatter", x=points.x[at].tolist(), y=gapped(of[at])[0], mode="lines+markers",
            name=words[line.name], line={"color": sign.color, "width": 1.2, "dash": sign.dash}, customdata=told,
            marker={"color": sign.color, "size": 6, "symbol": sign.symbol}, meta={"role": "sample", "samples": numbers},
            hovertemplate=style.hover(f"{words['x']} %{{x:.4~g}}", f"{quantity} %{{customdata}}", title=words[line.name]),
        ))  # fmt: skip
    finite = np.concatenate([np.zeros(1), *(of[np.isfinite(of)] for of in values)])
    room = ROOM * (float(np.ptp(finite)) or 1.0)
    sides = linear_axis(float(finite.min()) - room, float(finite.max()) + room)
    return style.figure(traces, xaxis=style.axis(words["x"]), yaxis=style.axis(quantity, **sides))


def breaking(breakdowns: Mapping[str, Any], *, words: Mapping[str, str]) -> go.Figure:
    """Return how far each line is bent, log10(1 + bias), by the share of bad points; `breakdowns` (shares, biases) by estimator."""
    traces = []
    for name, sweep in breakdowns.items():
        look = look_of(name)
        (heights,) = gapped(np.log10(1 + sweep.biases))
        traces.append(style.trace(
            "scatter", x=sweep.shares.tolist(), y=heights, mode="lines", name=words[name],
            line={"color": look.color, "width": 2.2, "dash": look.dash}, customdata=[number(bias) for bias in sweep.biases.tolist()],
            hovertemplate=style.hover(f"{words['share']} %{{x:.0%}}", f"{words['bend']} %{{customdata}}", title=words[name]),
        ))  # fmt: skip
    bends = (0, 1, 10, 100, 1000, 10000)
    ticks = {"tickvals": [math.log10(1 + bend) for bend in bends], "ticktext": [number(bend) for bend in bends], "rangemode": "tozero"}
    return style.figure(traces, xaxis=style.axis(words["share"], tickformat=".0%"), yaxis=style.axis(words["bend"], **ticks))


def _across(line: Any, ends: np.ndarray, words: Mapping[str, str]) -> style.Trace:
    look = look_of(line.name)
    return style.trace(
        "scatter", x=ends.tolist(), y=(line.slope * ends + line.intercept).tolist(), mode="lines", name=words[line.name],
        line={"color": look.color, "width": 2.6, "dash": look.dash}, hoverinfo="skip", meta={"role": "line", "of": line.name},
    )  # fmt: skip
