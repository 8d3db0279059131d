"""Hessian eigenvalues as stems with residuals, and the sharpness up to which each path's learning rate is stable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.numbers import number

# Eigenvalues below this share of the largest are zero to working precision, and not drawn as negative.
ROUNDING = 1e-12
# Labels closer than this share of the panel's height would overlap: the lower one is then placed below its line.
CLOSE = 0.1
LEFT, RIGHT = {"x": 0.01, "xanchor": "left"}, {"x": 1, "xanchor": "right"}

Limits = dict[str, tuple[float, str]]


def spectrum(eigen: Any, paths: Sequence[Any] = (), *, words: Mapping[str, str]) -> go.Figure:
    """Draw `eigen` (Spectrum): eigenvalue k, in descending order, at k = 1, 2, ...; a line at `sharpness_limit` for each of
    `paths` that has one: the largest eigenvalue at which its learning rate is stable.

    A limit of more than three times the largest eigenvalue is outside the axis range; a label at the upper edge names it.
    """
    values = np.asarray(eigen.eigenvalues, dtype=np.float64)
    order = np.arange(1, values.size + 1)
    zero = ROUNDING * float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    limits = _limits(paths)
    low, high = _range(values, [limit for limit, _ in limits.values()])
    traces = []
    for negative, color, name in ((False, style.COOL, words["positive"]), (True, style.WARM, words["negative"])):
        chosen = (values < -zero) == negative
        if chosen.any():
            traces.extend(_stems(order[chosen], values[chosen], np.asarray(eigen.residuals)[chosen], color, name, words))
    lines, notes = _limit_lines(limits, high), _limit_notes(limits, low, high, words)
    return style.figure(
        traces,
        xaxis=style.axis(words["index"], range=[0.4, max(values.size, 1) + 0.6], showgrid=False, dtick=max(1, values.size // 6)),
        yaxis=style.axis(words["eigenvalue"], range=[low, high], zeroline=True, zerolinewidth=1),
        shapes=lines,
        annotations=notes,
    )


def _range(values: np.ndarray, limits: Sequence[float]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = float(min(finite.min(initial=0.0), 0.0)), float(max(finite.max(initial=0.0), 0.0))
    near = [limit for limit in limits if limit <= 3 * high]
    high = max([high, *near])
    span = high - low or 1.0
    return low - (0.08 * span if low < 0 else 0.0), high + 0.16 * span


def _stems(
    order: np.ndarray, values: np.ndarray, residuals: np.ndarray, color: str, name: str, words: Mapping[str, str]
) -> list[style.Trace]:
    stems = style.trace(
        "scatter", x=[x for k in order.tolist() for x in (k, k, None)], y=[y for value in values.tolist() for y in (0.0, value, None)],
        mode="lines", line={"color": color, "width": 2.5}, hoverinfo="skip",
    )  # fmt: skip
    heads = style.trace(
        "scatter",
        x=order.tolist(), y=values.tolist(), mode="markers", name=name, marker={"color": color, "size": 8}, customdata=residuals.tolist(),
        error_y={"type": "data", "array": residuals.tolist(), "color": color, "thickness": 1.2, "width": 4},
        hovertemplate=style.hover(f"{words['index']} %{{x}}", f"{words['eigenvalue']} %{{y:.3~g}} ± %{{customdata:.1~g}}"),
    )  # fmt: skip
    return [stems, heads]


def _limits(paths: Sequence[Any]) -> Limits:
    """Return {label: (limit, color)}; limits with the same label share one line, in a neutral color."""
    limits: Limits = {}
    for path in paths:
        if path.sharpness_limit:
            label, color = number(path.sharpness_limit), style.style_of(path.optimizer).color
            shared = label in limits and limits[label][1] != color
            limits[label] = (float(path.sharpness_limit), style.INK if shared else color)
    return limits


def _limit_lines(limits: Limits, high: float) -> list[dict[str, object]]:
    """Return a line across the panel for each limit within the axis range."""
    across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1}
    return [
        {**across, "y0": limit, "y1": limit, "line": {"color": color, "width": 1.5, "dash": "dash"}}
        for limit, color in limits.values()
        if limit <= high
    ]


def _limit_notes(limits: Limits, low: float, high: float, words: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the annotation of each limit: at its line, or below the upper edge where it is outside the axis range."""
    ordered = sorted(limits.items(), key=lambda item: item[1][0])
    places = [limit for _, (limit, _) in ordered if limit <= high]
    notes = []
    for k, (label, (limit, color)) in enumerate(ordered):
        text = f"{words['stable_up_to']} {label}"
        look = {"xref": "paper", "showarrow": False, "font": {"color": color, "size": 12}}
        if k >= len(places):
            above = {"yref": "paper", "y": 1, "yanchor": "top", "yshift": -14 * (k - len(places))}
            notes.append({**look, **RIGHT, **above, "text": f"{text} ↑"})
            continue
        crowded_below, crowded_above = (0 <= n < len(places) and abs(places[n] - limit) < CLOSE * (high - low) for n in (k - 1, k + 1))
        under_the_edge = len(ordered) > len(places) and high - limit < 2 * CLOSE * (high - low)
        full_above = crowded_above or under_the_edge
        side = LEFT if crowded_below and full_above else RIGHT
        notes.append({**look, **side, "y": limit, "yanchor": "top" if full_above else "bottom", "text": text})
    return notes
