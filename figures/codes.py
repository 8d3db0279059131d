"""Codes: where samples lie in the plane of a code, and what a code is decoded to, as they change with a strength."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.morph import Frames

ROOM = 0.08
# Pixels between two images of a row of tiles, in those of the images.
GAP = 1


def changing_codes(codes: Any, *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the points of `codes` (Codes) at the last strength, in the colors of their classes, and the frames."""
    reach = float(np.abs(codes.points).max()) * (1 + ROOM)
    classes = [int(kind) for kind in np.unique(codes.classes)]
    groups = [codes.classes == kind for kind in classes]
    traces = [
        style.trace(
            "scatter", x=codes.points[-1, of, 0], y=codes.points[-1, of, 1], mode="markers", name=str(kind),
            hovertemplate=style.hover(str(kind)),
            marker={"size": 7, "opacity": 0.8, "color": style.CLASS_COLORS[kind % len(style.CLASS_COLORS)]},
        )
        for kind, of in zip(classes, groups, strict=True)
    ]  # fmt: skip
    points = codes.points.astype(np.float32)
    frames: Frames = [{k: {"x": row[of, 0], "y": row[of, 1]} for k, of in enumerate(groups)} for row in points]
    if codes.circle:
        turn = np.linspace(0, 2 * np.pi, 97)
        line = {"color": style.INK, "width": 1}
        traces.append(style.trace("scatter", x=np.cos(turn), y=np.sin(turn), mode="lines", line=line, hoverinfo="skip", showlegend=False))
    figure = style.figure(
        traces,
        margin={"l": 46, "r": 10, "t": 34, "b": 44},
        xaxis=style.axis("z₁", range=[-reach, reach], zeroline=True),
        yaxis=style.axis("z₂", range=[-reach, reach], zeroline=True),
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": style.CLEAR, "itemwidth": 30, "font": {"size": 10}},
    )
    return figure, frames


def changing_tiles(images: np.ndarray, *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the gray `images` (S, rows, columns, height, width) at the last strength as one picture, and the frames."""
    padded = np.pad(images, ((0, 0), (0, 0), (0, 0), (0, GAP), (0, GAP)), constant_values=np.nan)
    whole = padded.transpose(0, 1, 3, 2, 4).reshape(len(images), images.shape[1] * (images.shape[3] + GAP), -1)[:, ::-1].astype(np.float32)
    ends = {"visible": False, "showgrid": False, "fixedrange": True}
    tiles = style.trace(
        "heatmap", z=whole[-1], zmin=0, zmax=1, colorscale=[[0, "#101418"], [1, "#f4f1ef"]], showscale=False, hoverinfo="skip"
    )
    figure = style.figure([tiles], margin={"l": 2, "r": 2, "t": 6, "b": 6}, xaxis=ends, yaxis={**ends, "scaleanchor": "x"})
    return figure, [{0: {"z": frame}} for frame in whole]
