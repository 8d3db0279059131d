"""How long methods stay at a saddle: steps by the distance of the start, and the departure of single runs, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.numbers import number
from figures.places import gapped

# Departures below this are drawn nowhere: a run on the ridge has none.
LEAST = 1e-16
# Losses are drawn this many times as deep as they begin high, where a function has no lowest place.
MOST_DEEP = 20.0


def escape_times(escapes: Sequence[Any], looks: Sequence[str], labels: Sequence[str], *, words: Mapping[str, str]) -> go.Figure:
    """Draw the steps of `escapes` (distances, steps, low, high, theory) by distance: points as measured, lines as the theory has it."""
    traces = [trace for each in zip(escapes, looks, labels, strict=True) for trace in _escape(*each, words)]
    most = max((float(np.nanmax(each.steps, initial=0.0)) for each in escapes), default=1.0)
    distances = [float(distance) for each in escapes[:1] for distance in each.distances]
    ticks = {"type": "log", "dtick": 3, "tickformat": ".0e", "exponentformat": "e"}
    if distances:
        ends = np.log10([distances[0], distances[-1]])
        ticks["range"] = [float(ends[0]) - 0.4, float(ends[1]) + 0.4]
    yaxis = style.axis(words["steps_to_leave"], range=[0, 1.06 * max(most, 1.0)])
    return style.figure(traces, xaxis=style.axis(words["beside"], **ticks), yaxis=yaxis)


def _escape(escape: Any, look: str, label: str, words: Mapping[str, str]) -> list[style.Trace]:
    color = style.style_of(look)
    theory = _line(escape.distances, escape.theory, color, f"{label}, {words['theory']}", words)
    bars = {}
    if escape.runs > 1:
        up, down = (np.nan_to_num(side, posinf=0.0).tolist() for side in (escape.high - escape.steps, escape.steps - escape.low))
        bars = {"error_y": {"type": "data", "array": up, "arrayminus": down, "color": color.color, "thickness": 1.2, "width": 3}}
    x, y = gapped(escape.distances, escape.steps)
    points = style.trace(
        "scatter", x=x, y=y, mode="markers", name=label, **bars,
        marker={"color": color.color, "symbol": color.symbol, "size": 8, "line": {"color": "#ffffff", "width": 1}},
        hovertemplate=_told(label, words),
    )  # fmt: skip
    return [theory, points]


def _line(distances: np.ndarray, steps: np.ndarray, look: style.Style, label: str, words: Mapping[str, str]) -> style.Trace:
    x, y = gapped(distances, steps)
    return style.trace(
        "scatter", x=x, y=y, mode="lines", name=label, line={"color": look.color, "width": 1.6, "dash": look.dash},
        hovertemplate=_told(label, words),
    )  # fmt: skip


def _told(label: str, words: Mapping[str, str]) -> str:
    return style.hover(f"{words['beside']} %{{x:.1e}}", f"{words['steps_to_leave']} %{{y:.1f}}", title=label)


def departures(paths: Sequence[Any], distances: Sequence[np.ndarray], radius: float, *, words: Mapping[str, str]) -> go.Figure:
    """Draw how far each of `paths` is from the ridge, step by step, on a log axis: what grows by a factor is a straight line."""
    traces = []
    for path, away in zip(paths, distances, strict=True):
        look, (y,) = style.style_of(path.optimizer), gapped(away, keep=away > LEAST)
        hover = style.hover(f"{words['step']} %{{x}}", f"{words['off_ridge']} %{{y:.2e}}", title=path.label)
        line = {"color": look.color, "width": 2, "dash": look.dash}
        traces.append(style.trace("scatter", y=y, mode="lines", line=line, name=path.label, hovertemplate=hover))
    last = max((len(away) - 1 for away in distances), default=1)
    edge = {"color": style.INK, "width": 1, "dash": "dot"}
    told = style.hover(words["left_here"].format(radius=number(radius)))
    traces.append(style.trace("scatter", x=[0, last], y=[radius, radius], mode="lines", line=edge, hovertemplate=told))
    seen = np.concatenate([away[np.isfinite(away) & (away > LEAST)] for away in distances] or [np.ones(1)])
    low, high = np.log10([seen.min(initial=radius), seen.max(initial=radius)])
    ticks = {"type": "log", "dtick": _decades(high - low), "tickformat": ".0e", "range": [float(low) - 0.4, float(high) + 0.4]}
    yaxis = style.axis(words["off_ridge"], **ticks)
    return style.figure(traces, xaxis=style.axis(words["step"], range=[0, last]), yaxis=yaxis)


def plateaus(paths: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Draw the losses of `paths` by step, as high as where they set out: a method that overshoots leaves the picture and comes back."""
    traces = []
    for path in paths:
        look, (y,) = style.style_of(path.optimizer), gapped(path.losses)
        hover = style.hover(f"{words['step']} %{{x}}", f"{words['loss']} %{{y:.3~g}}", title=path.label)
        line = {"color": look.color, "width": 2, "dash": look.dash}
        traces.append(style.trace("scatter", y=y, mode="lines", line=line, name=path.label, hovertemplate=hover))
    high = max(float(path.losses[0]) for path in paths)
    low = min(max(_lowest(path), high - MOST_DEEP * max(1.0, abs(high))) for path in paths)
    room = 0.06 * (high - low or 1.0)
    last = max(len(path.losses) - 1 for path in paths)
    yaxis = style.axis(words["loss"], range=[low - room, high + room])
    return style.figure(traces, xaxis=style.axis(words["step"], range=[0, last]), yaxis=yaxis)


def _lowest(path: Any) -> float:
    return float(np.nanmin(np.where(np.isfinite(path.losses), path.losses, np.nan)))


def _decades(span: float) -> int:
    """Return how many powers of ten lie between two ticks."""
    return max(1, int(np.ceil(span / 5)))
