"""Coefficients: as bars that change with a strength, and as curves over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.measures import strength_axis
from figures.morph import Frames

ROOM = 0.08


def coefficient_bars(
    names: Sequence[str], values: np.ndarray, exact: np.ndarray | None = None, *, words: Mapping[str, str]
) -> tuple[go.Figure, Frames]:
    """Return bars of the coefficients `values` (S, K) at the last strength, with a ring where one is exactly zero and a diamond at the
    `exact` ones (S, K), where these are known; and the frames.
    """
    names, reach = list(names), float(np.abs(values).max()) * (1 + ROOM) or 1.0
    kinds = np.where(values < 0, style.WARM, style.COOL)
    bars = style.trace(
        "bar", x=values[-1], y=names, orientation="h", marker={"color": kinds[-1].tolist()},
        hovertemplate=style.hover("%{y} %{x:.3~g}"),
    )  # fmt: skip
    zeros = np.where(values == 0, 0.0, np.nan)
    rings = style.trace(
        "scatter", x=zeros[-1], y=names, mode="markers",
        marker={"size": 11, "symbol": "circle-open", "color": style.INK, "line": {"width": 2}},
        hovertemplate=style.hover(f"%{{y}} {words['exact_zero']}"),
    )  # fmt: skip
    frames: Frames = [
        {0: {"x": row.astype(np.float32), "marker.color": kind.tolist()}, 1: {"x": zero.astype(np.float32)}}
        for row, kind, zero in zip(values, kinds, zeros, strict=True)
    ]
    traces = [bars, rings]
    if exact is not None:
        marker = {"size": 9, "symbol": "diamond-open", "color": style.INK, "line": {"width": 2}}
        hover = style.hover(f"%{{y}} {words['exact']} %{{x:.3~g}}")
        traces.append(style.trace("scatter", x=exact[-1], y=names, mode="markers", marker=marker, hovertemplate=hover))
        for frame, row in zip(frames, exact, strict=True):
            frame[2] = {"x": row.astype(np.float32)}
    figure = style.figure(
        traces,
        margin={"l": 56, "r": 12, "t": 10, "b": 44},
        xaxis=style.axis(words["coefficient"], range=[-reach, reach], zeroline=True),
        yaxis=style.axis("", autorange="reversed", type="category", showgrid=False, nticks=0),
    )
    return figure, frames


def coefficient_paths(labels: Sequence[str], names: Sequence[str], values: np.ndarray, *, words: Mapping[str, str]) -> go.Figure:
    """Return the coefficients `values` (S, K) as curves over the steps of the strength, by the `labels` of these (S)."""
    colors = style.CLASS_COLORS
    lines = [
        style.trace(
            "scatter", x=np.arange(len(labels)), y=values[:, k], customdata=labels, mode="lines", name=name,
            line={"color": colors[k % len(colors)], "width": 1.8},
            hovertemplate=style.hover(f"{words['knob']} %{{customdata}}", "%{y:.3~g}", title=name),
        )
        for k, name in enumerate(names)
    ]  # fmt: skip
    return style.figure(lines, xaxis=strength_axis(labels, words), yaxis=style.axis("", zeroline=True))
