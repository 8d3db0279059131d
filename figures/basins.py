"""Basins of a sampled surface: their borders on the map, their barcode, their persistence diagram, the tree in which they merge, and how
many are deeper than what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.measures import LEGEND

COUNTED, DOUBTED = style.COOL, style.INK
# Leaves of the tree that can be told apart.
MOST_LEAVES = 130


def borders(surface: Any, labels: np.ndarray, rejected: np.ndarray, *, words: Mapping[str, str]) -> list[style.Trace]:
    """Return the borders between cells of different `labels` (ny, nx), and the cells `rejected` (k, 2), for a contour map."""
    x, y = _halves(surface.a), _halves(surface.b)
    j, i = np.nonzero(labels[:, 1:] != labels[:, :-1])
    upright = x[i + 1], x[i + 1], y[j], y[j + 1]
    j, i = np.nonzero(labels[1:] != labels[:-1])
    level = x[i], x[i + 1], y[j + 1], y[j + 1]
    from_x, to_x, from_y, to_y = (np.concatenate(pair) for pair in zip(upright, level, strict=True))
    gaps = np.full(len(from_x), np.nan)
    across, up = (np.stack(ends, axis=1).ravel() for ends in ((from_x, to_x, gaps), (from_y, to_y, gaps)))
    border = style.trace(
        "scatter", x=across, y=up, mode="lines", line={"color": "#ffffff", "width": 1.2}, hoverinfo="skip",
        meta={"role": "border"},
    )  # fmt: skip
    crosses = style.trace(
        "scatter", x=surface.a[rejected[:, 1]], y=surface.b[rejected[:, 0]], mode="markers", name=words["rejected"],
        marker={"symbol": "x-thin", "size": 6, "color": "#ff9f1c", "line": {"color": "#ff9f1c", "width": 1.6}},
        hovertemplate=style.hover(words["rejected"]), meta={"role": "mark"},
    )  # fmt: skip
    return [border, crosses]


def _halves(points: np.ndarray) -> np.ndarray:
    """Return the borders of the cells around `points`."""
    middles = (points[1:] + points[:-1]) / 2
    return np.concatenate([[points[0]], middles, [points[-1]]])


def barcode(basins: Any, top: float, *, words: Mapping[str, str]) -> go.Figure:
    """Return one bar a basin from birth to death, the deepest lowest; one that never dies ends at `top`."""
    counted, deaths = basins.counted, np.minimum(basins.deaths, top)
    lines = []
    for chosen, color, name, width in ((~counted, DOUBTED, words["doubted"], 1.5), (counted, COUNTED, words["counted"], 2.5)):
        ranks = np.flatnonzero(chosen)
        x = np.stack([basins.births[ranks], deaths[ranks], np.full(len(ranks), np.nan)], axis=1).ravel()
        y = np.stack([ranks + 1.0, ranks + 1.0, np.full(len(ranks), np.nan)], axis=1).ravel()
        lines.append(style.trace("scatter", x=x, y=y, mode="lines", line={"color": color, "width": width}, name=name, hoverinfo="skip"))
    return style.figure(
        lines, margin={"l": 46, "r": 10, "t": 30, "b": 40}, xaxis=style.axis(words["level"]), yaxis=style.axis(words["rank"]),
        showlegend=True, legend=LEGEND,
    )  # fmt: skip


def persistence_diagram(basins: Any, top: float, *, words: Mapping[str, str]) -> go.Figure:
    """Return death over birth, each with the doubt of its depth as a whisker; what is on the diagonal has no depth."""
    counted, deaths = basins.counted, np.minimum(basins.deaths, top)
    low = float(basins.births.min())
    points = [
        style.trace(
            "scatter", x=basins.births[chosen], y=deaths[chosen], mode="markers", name=name, customdata=basins.doubts[chosen],
            marker={"color": color, "size": 7, "symbol": symbol},
            hovertemplate=style.hover(f"{words['birth']} %{{x:.3~g}}", f"{words['death']} %{{y:.3~g}}", "± %{customdata:.2~g}", title=name),
        )
        for chosen, color, name, symbol in (
            (~counted, DOUBTED, words["doubted"], "circle-open"),
            (counted, COUNTED, words["counted"], "circle"),
        )
    ]  # fmt: skip
    diagonal = style.trace(
        "scatter", x=[low, top], y=[low, top], mode="lines", line={"color": style.INK, "width": 1, "dash": "dot"}, showlegend=False,
        hoverinfo="skip",
    )  # fmt: skip
    return style.figure(
        [diagonal, *points], margin={"l": 46, "r": 10, "t": 30, "b": 40}, xaxis=style.axis(words["birth"]),
        yaxis=style.axis(words["death"]), showlegend=True, legend=LEGEND,
    )  # fmt: skip


def merge_tree(basins: Any, top: float, *, words: Mapping[str, str]) -> go.Figure:
    """Return the tree of the basins that count: each rises from its birth, and ends in its elder where they merge."""
    kept = np.flatnonzero(basins.counted)[:MOST_LEAVES]
    place = {k: column for column, k in enumerate(_planted(kept, basins))}
    x, y = [], []
    for k in kept:
        parent = int(basins.parents[k])
        while parent >= 0 and parent not in place:
            parent = int(basins.parents[parent])
        death = float(min(basins.deaths[k], top))
        x += [place[k], place[k], place[parent] if parent >= 0 else place[k], None]
        y += [float(basins.births[k]), death, death, None]
    tree = style.trace("scatter", x=x, y=y, mode="lines", line={"color": COUNTED, "width": 1.4}, hoverinfo="skip")
    leaves = style.trace(
        "scatter", x=[place[k] for k in kept], y=basins.births[kept], mode="markers", marker={"color": COUNTED, "size": 5},
        hovertemplate=style.hover(f"{words['birth']} %{{y:.3~g}}"),
    )  # fmt: skip
    bottom = {"showticklabels": False, "showgrid": False}
    return style.figure(
        [tree, leaves], margin={"l": 46, "r": 10, "t": 10, "b": 24}, xaxis=style.axis("", **bottom), yaxis=style.axis(words["level"])
    )


def _planted(kept: np.ndarray, basins: Any) -> list[int]:
    """Return the basins in an order in which every subtree stands together, so that no two lines of the tree cross."""
    children: dict[int, list[int]] = {}
    known = {int(k) for k in kept}
    for k in map(int, kept):
        parent = int(basins.parents[k])
        while parent >= 0 and parent not in known:
            parent = int(basins.parents[parent])
        children.setdefault(parent, []).append(k)
    order, stack = [], list(reversed(children.get(-1, [])))
    while stack:
        k = stack.pop()
        order.append(k)
        # the last that merges stands farthest from its elder, so that the ways of the others do not cross its line
        stack += sorted(children.get(k, []), key=lambda child: -basins.deaths[child])
    return order


def survivors(basins: Any, *, words: Mapping[str, str]) -> go.Figure:
    """Return how many basins are deeper than each depth; the jump of those that count stands out."""
    finite = np.sort(basins.depths[np.isfinite(basins.depths) & (basins.depths > 0)])
    total = len(basins.depths)
    curve = style.trace(
        "scatter", x=finite, y=total - np.arange(len(finite)), mode="lines", line={"color": COUNTED, "width": 2.2, "shape": "hv"},
        hovertemplate=style.hover(f"{words['depth']} %{{x:.3~g}}", "%{y}"),
    )  # fmt: skip
    return style.figure(
        [curve], margin={"l": 46, "r": 10, "t": 10, "b": 40}, xaxis=style.axis(words["depth"], type="log"),
        yaxis=style.axis(words["deeper"], rangemode="tozero"),
    )  # fmt: skip
