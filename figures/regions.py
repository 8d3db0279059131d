"""Regions: which of two classes is predicted where, as it changes with a strength."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.measures import LEGEND
from figures.morph import Frames

# How much of a sample is seen that the loss does not count.
FAINT = 0.15


def changing_regions(regions: Any, *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the predicted classes of `regions` (Regions) at the last strength under its points, and the frames."""
    predicted = (regions.scores > 0).astype(np.int8)
    colors = style.CLASS_COLORS[:2]
    shade = style.trace(
        "heatmap", x=regions.x, y=regions.y, z=predicted[-1], zmin=0, zmax=1, colorscale=[[0, colors[0]], [1, colors[1]]], opacity=0.25,
        showscale=False, hoverinfo="skip",
    )  # fmt: skip
    groups = [regions.classes == kind for kind in (0, 1)]
    points = [
        style.trace(
            "scatter", x=regions.points[of, 0], y=regions.points[of, 1], mode="markers", name=f"{words['class']} {kind}",
            marker={"size": 6, "color": colors[kind], "opacity": _opacity(regions, -1, of), "line": {"color": "#ffffff", "width": 0.5}},
            hovertemplate=style.hover("%{x:.3~g}, %{y:.3~g}"),
        )
        for kind, of in enumerate(groups)
    ]  # fmt: skip
    frames: Frames = [{0: {"z": row}} for row in predicted]
    if regions.counted is not None:
        for step, frame in enumerate(frames):
            frame.update({1 + k: {"marker.opacity": _opacity(regions, step, of)} for k, of in enumerate(groups)})
    figure = style.figure(
        [shade, *points],
        margin={"l": 46, "r": 10, "t": 34, "b": 44},
        xaxis=style.axis("x₁", range=[float(regions.x[0]), float(regions.x[-1])], showgrid=False),
        yaxis=style.axis("x₂", range=[float(regions.y[0]), float(regions.y[-1])], showgrid=False),
        showlegend=True,
        legend=LEGEND,
    )
    return figure, frames


def _opacity(regions: Any, step: int, of: np.ndarray) -> float | np.ndarray:
    return 0.9 if regions.counted is None else np.where(regions.counted[step, of], 0.95, FAINT).astype(np.float32)
