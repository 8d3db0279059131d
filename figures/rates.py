"""Learning rates: where runs end by them, and how far two methods are from the minimum of a quadratic by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.reach import log_axis

LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": style.CLEAR, "font": {"size": 11}}


def arrivals(conditioned: Any, labels: Mapping[str, str], *, words: Mapping[str, str]) -> go.Figure:
    """Return the distances of `conditioned` (Conditioned) by step, both logarithmic, since one takes many times as long."""
    series = {"gd": conditioned.descent, "momentum": conditioned.heavy_ball}
    lines = [
        style.trace(
            "scatter", x=np.arange(1, len(found)), y=found[1:], mode="lines", name=f"{labels[name]}: {len(found) - 1}",
            line={"color": style.style_of(name).color, "width": 2.5},
            hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['relative']} %{{y:.3~g}}", title=labels[name]),
        )
        for name, found in series.items()
    ]  # fmt: skip
    return style.figure(
        lines,
        margin={"l": 58, "r": 12, "t": 34, "b": 40},
        xaxis=style.axis(words["step"], **log_axis(1, 2 * max(map(len, series.values())))),
        yaxis=style.axis(words["relative"], **log_axis(3e-7, 30)),
        showlegend=True,
        legend=LEGEND,
    )


def sweeps(found: Sequence[tuple[str, str, Any]], limits: Mapping[str, float | None], *, words: Mapping[str, str]) -> go.Figure:
    """Return the last losses by learning rate of each racer (id, label, Sweep), with its largest stable rate of `limits` as a line, and the
    runs that left as crosses at the top.
    """
    ends = np.concatenate([sweep.losses[~sweep.left] for _, _, sweep in found])
    ends = ends[np.isfinite(ends) & (ends > 0)]
    low, high = max(float(ends.min()), 1e-16) / 2, float(max(sweep.start for *_, sweep in found)) * 3
    lines = [trace for name, label, sweep in found for trace in _swept(name, label, sweep, low, high, words)]
    rates = np.concatenate([sweep.rates for *_, sweep in found])
    bounds = [_bound(name, limits.get(name)) for name, _, sweep in found]
    return style.figure(
        lines,
        margin={"l": 58, "r": 12, "t": 34, "b": 40},
        xaxis=style.axis(words["lr"], **log_axis(float(rates.min()), float(rates.max()))),
        yaxis=style.axis(words["loss"], **log_axis(low / 2, high * 3)),
        shapes=[bound for bound in bounds if bound is not None],
        showlegend=True,
        legend=LEGEND,
    )


def _swept(name: str, label: str, sweep: Any, low: float, high: float, words: Mapping[str, str]) -> list[style.Trace]:
    look = style.style_of(name)
    shown = np.where(sweep.left, np.nan, np.maximum(sweep.losses, low))
    curve = style.trace(
        "scatter", x=sweep.rates, y=shown, mode="lines+markers", name=label, customdata=sweep.losses,
        line={"color": look.color, "width": 2, "dash": look.dash}, marker={"symbol": look.symbol, "size": 6},
        hovertemplate=style.hover(f"{words['lr']} %{{x:.3~g}}", f"{words['loss']} %{{customdata:.3~g}}", title=label),
    )  # fmt: skip
    lost = style.trace(
        "scatter", x=sweep.rates[sweep.left], y=np.full(int(sweep.left.sum()), high), mode="markers", showlegend=False,
        marker={"symbol": "x", "size": 8, "color": look.color},
        hovertemplate=style.hover(f"{words['lr']} %{{x:.3~g}}", words["left"], title=label),
    )  # fmt: skip
    return [curve, lost]


def _bound(name: str, limit: float | None) -> dict[str, object] | None:
    if limit is None or not np.isfinite(limit):
        return None
    line = {"color": style.style_of(name).color, "width": 1.5, "dash": "dot"}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": limit, "x1": limit, "y0": 0, "y1": 1, "line": line}
