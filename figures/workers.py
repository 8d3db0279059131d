"""Workers that average from time to time: how far they drift apart, and the loss of their average by rounds of communication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.reach import linear_axis, log_axis

MARGIN = {"l": 62, "r": 12, "t": 36, "b": 40}
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}}
# A loss is drawn so many times as high as the first one at most.
HEADROOM = 3.0


def drift_curves(
    drifts: Mapping[int, np.ndarray], averaged: Mapping[int, np.ndarray], own: int, labels: Mapping[int, str], *, words: Mapping[str, str]
) -> go.Figure:
    """Return the `drifts` (T+1,) by step and number of local steps; each falls to zero after an average, where `averaged` says so."""
    lines, high = [], 0.0
    for k, (local, drift) in enumerate(drifts.items()):
        x, y = _sawtooth(drift, averaged[local])
        high = max(high, float(np.nanmax(np.where(np.isfinite(drift), drift, 0.0))))
        lines.append(
            style.trace(
                "scatter", x=x, y=y, mode="lines", name=labels[local],
                line={"color": style.CLASS_COLORS[k], "width": 2.6 if local == own else 1.4},
                hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['drift']} %{{y:.3~g}}", title=labels[local]),
            )
        )  # fmt: skip
    last = max(len(drift) - 1 for drift in drifts.values())
    return style.figure(
        lines, margin=MARGIN, xaxis=style.axis(words["step"], range=[0, last]),
        yaxis=style.axis(words["drift"], **linear_axis(0.0, 1.06 * high or 1.0)), showlegend=True, legend=LEGEND,
    )  # fmt: skip


def _sawtooth(drift: np.ndarray, averaged: np.ndarray) -> tuple[list[float], list[float]]:
    x, y = [], []
    for step, (far, together) in enumerate(zip(drift, averaged, strict=True)):
        x.append(float(step))
        y.append(float(far))
        if together and step:
            x.append(float(step))
            y.append(0.0)
    return x, y


def round_curves(
    losses: Mapping[int, tuple[np.ndarray, np.ndarray]], own: int, labels: Mapping[int, str], *, words: Mapping[str, str]
) -> go.Figure:
    """Return the loss of the average by rounds, as pairs (rounds, losses) by number of local steps."""
    lines: list[style.Trace] = []
    for k, (local, (rounds, values)) in enumerate(losses.items()):
        shown = np.where(np.isfinite(values) & (values > 0), values, np.nan)
        lines.append(
            style.trace(
                "scatter", x=rounds, y=shown, mode="lines+markers", name=labels[local],
                line={"color": style.CLASS_COLORS[k], "width": 2.6 if local == own else 1.4}, marker={"size": 4 if len(rounds) < 60 else 1},
                hovertemplate=style.hover(f"{words['rounds']} %{{x}}", f"{words['loss']} %{{y:.3~g}}", title=labels[local]),
            )
        )  # fmt: skip
    every = _fine([values for _, values in losses.values()])
    first = float(next(iter(losses.values()))[1][0])
    low, high = float(every.min()), min(float(every.max()), HEADROOM * first)
    last = max(int(rounds[-1]) for rounds, _ in losses.values())
    return style.figure(
        lines, margin=MARGIN, xaxis=style.axis(words["rounds"], range=[0, last]),
        yaxis=style.axis(words["loss"], **log_axis(low / 1.2, 1.2 * max(high, low))), showlegend=True, legend=LEGEND,
    )  # fmt: skip


def _fine(parts: Sequence[np.ndarray]) -> np.ndarray:
    every = np.concatenate(parts)
    return every[np.isfinite(every) & (every > 0)]
