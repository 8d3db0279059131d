"""The graph of a replicated claim: a few lines or points, and the level that they are to be compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style

# Lines of at most so many points show these.
FEW = 24
# A log scale up to this ratio of its ends has room for labels within a decade.
WIDE = 200
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross")
LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": style.CLEAR, "font": {"size": 11}}


def claim_graph(graph: Any, names: Sequence[str], x: str, y: str) -> go.Figure:
    """Return `graph` (Graph) with its series by their `names` and the titles of its axes."""
    traces = [_series(series, name, x, y) for series, name in zip(graph.series, names, strict=True)]
    level = [] if graph.level is None else [_level(graph.level)]
    return style.figure(
        traces,
        margin={"l": 58, "r": 14, "t": 34, "b": 42},
        xaxis=_axis(x, [series.x for series in graph.series], log=graph.log_x),
        yaxis=_axis(y, [series.y for series in graph.series], log=graph.log),
        showlegend=len(traces) > 1,
        legend=LEGEND,
        shapes=level,
    )


def _axis(title: str, values: Sequence[np.ndarray], *, log: bool) -> dict[str, object]:
    """Return an axis; on a log scale of few decades it is labeled at 1, 2 and 5 of each."""
    if not log:
        return style.axis(title)
    drawn = np.concatenate(values)
    few = drawn.max() < WIDE * drawn[drawn > 0].min()
    return style.axis(title, type="log", **({"dtick": "D2"} if few else {}))


def _series(series: Any, name: str, x: str, y: str) -> style.Trace:
    color = style.CLASS_COLORS[series.group % len(style.CLASS_COLORS)]
    drawn = "lines+markers" if series.line and len(series.x) <= FEW else "lines" if series.line else "markers"
    return style.trace(
        "scatter", x=series.x, y=series.y, name=name, mode=drawn,
        line={"color": color, "width": 2, "dash": "dot" if series.dashed else "solid"},
        marker={"color": color, "size": 5 if series.line else 8, "symbol": SYMBOLS[series.group % len(SYMBOLS)], "opacity": 0.85},
        hovertemplate=style.hover(f"{x} %{{x:.3~g}}", f"{y} %{{y:.3~g}}", title=name),
    )  # fmt: skip


def _level(value: float) -> dict[str, object]:
    line = {"color": style.INK, "width": 1.5, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "line": line}
