"""Points with the lines that losses draw through them, and where these lines lie in the landscape of one loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.contour import contour
from figures.style import Style

# One look for each estimator, on every page that draws it: colors as of the optimizers, chosen by the same distances.
ESTIMATORS: dict[str, Style] = {
    "mse": Style("#fb0100", "solid", "circle", "circle"),
    "mae": Style("#008c4b", "5px,3px", "square", "square"),
    "huber": Style("#5f29d1", "9px,4px", "diamond", "diamond"),
    "log_cosh": Style("#6ea2fe", "2px,3px", "triangle-up", "diamond-open"),
    "quantile": Style("#bf54a5", "15px,5px", "triangle-down", "square-open"),
    "tukey": Style("#f59200", "16px,3px,2px,3px", "star", "diamond"),
    "lts": Style("#17a2a8", "9px,3px,2px,3px", "pentagon", "circle-open"),
    "mm": Style("#853a5f", "5px,2px,1px,2px", "hexagon", "circle"),
}


def points_and_lines(
    points: Any, frame: tuple[tuple[float, float], tuple[float, float]], lines: Sequence[Any], *, words: Mapping[str, str]
) -> go.Figure:
    """Return `points` (x, y, number), which a hand can drag, and `lines` (name, slope, intercept) across the `frame` of x and y."""
    (left, right), _ = frame
    ends = np.array([left, right])
    drawn = [_line(line, ends, words) for line in lines]
    handles = style.trace(
        "scatter", x=points.x.tolist(), y=points.y.tolist(), mode="markers",
        marker={"size": 12, "color": style.COOL, "line": {"width": 1.5, "color": "#ffffff"}},
        meta={"role": "handle", "samples": points.number.tolist()},
        hovertemplate=style.hover(f"{words['x']} %{{x:.4~g}}", f"{words['y']} %{{y:.4~g}}"),
    )  # fmt: skip
    axes = {"xaxis": style.axis(words["x"], range=list(frame[0])), "yaxis": style.axis(words["y"], range=list(frame[1]))}
    return style.figure([*drawn, handles], dragmode=False, **axes)


def landscape(surface: Any, lines: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Return the contour map of `surface` over slope and intercept, with every line's place on it."""
    figure = contour(surface, words=words)
    for line in lines:
        look = ESTIMATORS[line.name]
        figure.add_trace(
            style.trace(
                "scatter",
                x=[line.slope],
                y=[line.intercept],
                mode="markers",
                meta={"role": "mark"},
                marker={"symbol": look.symbol, "size": 13, "color": look.color, "line": {"color": "#ffffff", "width": 2}},
                hovertemplate=style.hover(f"{words['a']} %{{x:.4~g}}", f"{words['b']} %{{y:.4~g}}", title=words[line.name]),
            )
        )
    return figure


def _line(line: Any, ends: np.ndarray, words: Mapping[str, str]) -> style.Trace:
    look = ESTIMATORS[line.name]
    return style.trace(
        "scatter", x=ends.tolist(), y=(line.slope * ends + line.intercept).tolist(), mode="lines", name=words[line.name],
        line={"color": look.color, "width": 2.6, "dash": look.dash}, hoverinfo="skip", meta={"role": "line", "of": line.name},
    )  # fmt: skip
