"""The loss along the ways between two minima, with the barrier of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.numbers import number
from figures.places import gapped
from figures.reach import log_axis

# The least loss that is drawn, as a share of the largest: a loss of exactly zero has no place on a logarithmic axis.
DEEPEST = 1e-12
# Margin of the loss axis, as a share of its decades.
ROOM = 0.05


@dataclass(frozen=True)
class Way:
    """One way: its name, how it looks (see `style.style_of`), and the `losses` (n,) along it."""

    label: str
    look: str
    losses: np.ndarray


def losses_along(ways: Sequence[Way], steps: Sequence[str], *, words: Mapping[str, str]) -> go.Figure:
    """Return the losses of the `ways` against t, whose n values are written as `steps`; a dotted line is each one's barrier, from the
    straight interpolation of its end losses to its loss, where that is farthest above.

    The loss axis is logarithmic. `words` has "t", "loss" and "barrier".
    """
    every = np.concatenate([way.losses for way in ways])
    known = every[np.isfinite(every) & (every > 0)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.1, 1.0)
    low = max(low, DEEPEST * high)
    room = (high / low) ** ROOM
    traces = []
    for way in ways:
        look = style.style_of(way.look)
        traces += [_barrier(way, look.color, low, words), _line(way, look, steps, words)]
    last = len(steps) - 1
    places = [round(share * last) for share in (0, 0.25, 0.5, 0.75, 1)]
    return style.figure(
        traces,
        margin={"l": 62, "r": 12, "t": 34, "b": 40},
        xaxis=style.axis(words["t"], range=[-0.02 * last, 1.02 * last], tickvals=places, ticktext=[steps[place] for place in places]),
        yaxis=style.axis(words["loss"], **log_axis(low / room, high * room)),
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": style.CLEAR, "font": {"size": 11}},
    )


def _line(way: Way, look: style.Style, steps: Sequence[str], words: Mapping[str, str]) -> style.Trace:
    (y,) = gapped(np.where(way.losses > 0, way.losses, np.nan))
    return style.trace(
        "scatter", x=list(range(len(steps))), y=y, customdata=list(steps), mode="lines", name=way.label,
        line={"color": look.color, "width": 2.5, "dash": look.dash},
        hovertemplate=style.hover(f"{words['t']} %{{customdata}}", f"{words['loss']} %{{y:.3~g}}", title=way.label),
    )  # fmt: skip


def _barrier(way: Way, color: str, low: float, words: Mapping[str, str]) -> style.Trace:
    t = np.linspace(0, 1, len(way.losses))
    chord = (1 - t) * way.losses[0] + t * way.losses[-1]
    above = np.where(np.isfinite(way.losses), way.losses - chord, -np.inf)
    at = int(above.argmax())
    title = f"{words['barrier']}, {way.label}"
    return style.trace(
        "scatter", x=[at, at], y=[max(float(chord[at]), low), max(float(way.losses[at]), low)], mode="lines+markers", name=title,
        showlegend=False, line={"color": color, "width": 1.5, "dash": "dot"}, marker={"color": color, "size": 5, "symbol": "line-ew-open"},
        hovertemplate=style.hover(f"{words['barrier']} {number(float(above[at]))}", title=way.label),
    )  # fmt: skip
