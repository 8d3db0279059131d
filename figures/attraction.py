"""Basins of attraction: which critical point each start of a grid reaches, one color a point, on a map."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.places import OUTLINE, SIGNS

# Of starts that reached nothing yet, and of those that left for infinity.
UNSETTLED, LEFT = "#c9ced6", "#565c66"
# With more minima than colors, these have a hue by their angle around the middle and are paler farther out.
COLORS = tuple(color for color in style.CLASS_COLORS if color != "#6c757d")  # gray is for what reached nothing
MANY = len(COLORS)
# How much white is in the color of a saddle, and how much black in that of a maximum.
PALE, DARK = 0.58, 0.5
SIZE = 9


def colors_of(points: Sequence[Any], window: Any) -> list[str]:
    """Return a color for each of `points` (KnownPoint): full ones for minima, pale ones for saddles, dark ones for maxima."""
    crowded = sum(point.kind == "minimum" for point in points) > MANY
    found, turns = [], {"minimum": 0}
    for point in points:
        turn = turns.setdefault(point.kind, 0)
        turns[point.kind] += 1
        color = _by_place(point.theta, window) if crowded else COLORS[turn % MANY]
        if point.kind == "minimum":
            found.append(color)
        else:
            found.append(_mixed(color, "#ffffff", PALE) if point.kind == "saddle" else _mixed(color, "#000000", DARK))
    return found


def basin_map(basins: Any, points: Sequence[Any], colors: Sequence[str], surface: Any, *, words: Mapping[str, str]) -> go.Figure:
    """Return the map of `basins` (Basins), with the contour lines of `surface` and all `points`, numbered from 1."""
    every = [LEFT, UNSETTLED, *colors]
    ends = np.linspace(0, 1, len(every) + 1)
    scale = [pair for k, color in enumerate(every) for pair in ([float(ends[k]), color], [float(ends[k + 1]), color])]
    ground = style.trace(
        "heatmap", x=basins.a, y=basins.b, z=(basins.reached + 1).astype(float), zmin=-1.5, zmax=len(points) + 0.5, zauto=False,
        colorscale=scale, showscale=False,
        hovertemplate=style.hover(f"{words['a']} %{{x:.3~g}}", f"{words['b']} %{{y:.3~g}}", f"{words['reaches']} %{{z:.0f}}"),
        meta={"role": "ground"},
    )  # fmt: skip
    return style.figure(
        [ground, _levels(surface), *_points(points, colors, words)],
        margin={"l": 40, "r": 8, "t": 8, "b": 36},
        xaxis=style.axis(words["a"], range=[float(basins.a[0]), float(basins.a[-1])], showgrid=False),
        yaxis=style.axis(words["b"], range=[float(basins.b[0]), float(basins.b[-1])], showgrid=False),
    )


def _levels(surface: Any) -> style.Trace:
    """Return thin lines of equal height, evenly spaced in the logarithm above the lowest point."""
    values = np.asarray(surface.values)
    low, high = np.nanmin(values), np.nanmax(values)
    heights = np.log1p((values - low) / max(float(high - low), np.finfo(float).tiny) * 100)
    levels = {"start": 0.3, "end": float(np.nanmax(heights)), "size": 0.45, "coloring": "none"}
    return style.trace(
        "contour", x=surface.a, y=surface.b, z=style.drawn(heights), autocontour=False, contours=levels, showscale=False, hoverinfo="skip",
        line={"width": 0.6, "color": "rgba(0,0,0,0.28)"}, connectgaps=False, meta={"role": "levels"},
    )  # fmt: skip


def _points(points: Sequence[Any], colors: Sequence[str], words: Mapping[str, str]) -> list[style.Trace]:
    traces = []
    size = SIZE if len(points) <= 40 else 4
    for kind in dict.fromkeys(point.kind for point in points):
        chosen = [k for k, point in enumerate(points) if point.kind == kind]
        thetas = np.array([points[k].theta for k in chosen])
        traces.append(
            style.trace(
                "scatter", x=thetas[:, 0], y=thetas[:, 1], mode="markers", name=words[kind], customdata=[k + 1 for k in chosen],
                marker={"symbol": SIGNS[kind].symbol, "size": size, "color": [colors[k] for k in chosen],
                        "line": {"color": "#ffffff" if kind == "minimum" else OUTLINE, "width": 1.4 if size == SIZE else 0.7}},
                hovertemplate=style.hover("%{customdata}", f"{words['a']} %{{x:.4~g}}", f"{words['b']} %{{y:.4~g}}", title=words[kind]),
                meta={"role": "critical"},
            )
        )  # fmt: skip
    return traces


def _by_place(theta: np.ndarray, window: Any) -> str:
    corners = np.array(window)
    x, y = (theta - corners.mean(axis=1)) / np.ptp(corners, axis=1) * 2
    far = min(1.0, float(np.hypot(x, y)))
    parts = colorsys.hls_to_rgb(float(np.arctan2(y, x)) / (2 * np.pi) % 1, 0.35 + 0.35 * far, 0.65)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _mixed(color: str, towards: str, share: float) -> str:
    parts = ((1 - share) * int(color[k : k + 2], 16) + share * int(towards[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(part):02x}" for part in parts)
