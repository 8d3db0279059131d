"""Reach: the axis ranges of the small panels, which show little of runs that left for infinity, and the labels of these."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from figures import style

# Statuses of runs that left for infinity: those of `landscape.descent.trajectory`, which is not imported here since it imports torch.
AWAY = ("diverged", "unbounded")
# A loss axis is logarithmic when all losses are positive and span more than this.
LOG_FROM = 10**1.5
# Margins of linear and logarithmic axes, as shares of the range.
ROOM, LOG_ROOM = 0.06, 0.04
# Of runs that left, a positive loss axis shows losses up to max(FOLLOWED, sqrt(high / low)) times the largest one before they left, and at
# most FARTHEST_FOLLOWED times.
FOLLOWED, FARTHEST_FOLLOWED = 3.0, 1e3

SMALLEST, LARGEST = 1e-323, 1e308

Series = tuple[Any, np.ndarray]  # a Path and its values by step, such as test losses


def before(path: Any, values: np.ndarray) -> np.ndarray:
    """Return the values before the step from which a run left for infinity, at least the first; all values of other runs."""
    return values[: max(path.step, 1)] if path.status in AWAY else values


def loss_reach(series: Sequence[Series]) -> tuple[float, float, bool]:
    """Return (low, high, log) of a loss axis: the range of the losses before any run left, and at most as much again of those after."""
    losses, early = _finite(values for _, values in series), _finite(before(*one) for one in series)
    if not early.size:
        return 0.0, 1.0, False
    low, high = float(early.min()), float(early.max())
    span = high - low or abs(high) or 1.0
    up = high * min(max(FOLLOWED, math.sqrt(high / low)), FARTHEST_FOLLOWED) if low > 0 else high + span
    low, high = max(float(losses.min()), low - span), min(float(losses.max()), up)
    if low > 0 and high > LOG_FROM * low:
        room = 10 ** (LOG_ROOM * (math.log10(high) - math.log10(low)))
        return max(low / room, SMALLEST), min(high * room, LARGEST), True
    return *linear_reach(low, high), False


def linear_reach(low: float, high: float) -> tuple[float, float]:
    """Return the ends of a linear axis that contains low, high and zero, with a margin at ends other than zero."""
    low, high = min(low, 0.0), max(high, 0.0)
    room = ROOM * (high - low) or 0.5
    return max(low - room, -LARGEST) if low < 0 else 0.0, min(high + room, LARGEST) if high > 0 or low == 0 else 0.0


def log_axis(low: float, high: float) -> dict[str, object]:
    """Return a logarithmic axis from low to high, both positive, with about five labels."""
    ends = [math.log10(low), math.log10(high)]
    return {"type": "log", "range": ends, "autorange": False, "dtick": max(1, round((ends[1] - ends[0]) / 5))}


def linear_axis(low: float, high: float) -> dict[str, object]:
    """Return a linear axis from low to high; without a range, Plotly may keep that of the previous figure."""
    return {"type": "linear", "range": [low, high], "autorange": False}


def farewells(series: Sequence[Series], low: float, high: float, words: Mapping[str, str]) -> list[dict[str, object]]:
    """Return an annotation for each run that leaves the panel, at that edge, with its status and the step from which it left."""
    notes: dict[str, dict[str, object]] = {}
    for path, values in series:
        up, down = bool((values > high).any()), bool((values < low).any())
        if path.status in AWAY and (up or down):
            text = words[path.status].format(unit=words["step"], step=path.step)
            notes.setdefault(path.label, farewell(text, up, style.style_of(path.optimizer).color, len(notes)))
    return list(notes.values())


def farewell(text: str, up: bool, color: str, k: int = 0) -> dict[str, object]:
    """Return the k-th annotation at the upper or lower edge of a panel."""
    return {
        "text": f"{text} {'↑' if up else '↓'}", "showarrow": False, "font": {"color": color, "size": 12},
        "xref": "paper", "x": 1, "xanchor": "right",
        "yref": "paper", "y": float(up), "yanchor": "top" if up else "bottom", "yshift": (-1 if up else 1) * (15 * k + 2),
    }  # fmt: skip


def last_step(paths: Sequence[Any]) -> int:
    """Return the largest step index of `paths`, at least 1."""
    return max([1, *(len(path.losses) - 1 for path in paths)])


def _finite(parts: Any) -> np.ndarray:
    values = np.concatenate([np.empty(0), *(np.asarray(part, dtype=np.float64) for part in parts)])
    return values[np.isfinite(values)]
