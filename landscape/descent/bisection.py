"""Bisection: the minimum of a function of one parameter, between two points whose slopes have opposite signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from landscape.errors import LandscapeError


@dataclass(frozen=True, eq=False)
class Bisection:
    """The intervals of a bisection, `low` and `high` (T+1,), halved at each step, and the slopes at their middles, `slopes` (T+1,).

    The slope is zero or changes its sign from minus to plus in every interval. Where it is zero at a middle, the next interval is that
    point.
    """

    low: np.ndarray
    high: np.ndarray
    slopes: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.low, self.high, self.slopes):
            array.setflags(write=False)

    @property
    def middles(self) -> np.ndarray:
        """The middle of each interval (T+1,), which is off the minimum by half the interval's length at most."""
        return self.low / 2 + self.high / 2


def bisect(slope: Callable[[float], float], low: float, high: float, *, steps: int) -> Bisection:
    """Return `steps` halvings of [low, high] around a zero of `slope`, the derivative of a function (Burden & Faires 2011, section 2.1).

    Raises `LandscapeError` unless low < high, and unless the slope is negative at `low` and positive at `high`: only then the function must
    have a minimum between them.
    """
    if not (np.isfinite([low, high]).all() and low < high):
        raise LandscapeError("no_interval", owner="bisection", got=f"[{low:.6g}, {high:.6g}]")
    if steps < 1:
        raise LandscapeError("out_of_range", owner="bisection", name="steps", low=1, high=np.inf, got=steps)
    ends = float(slope(low)), float(slope(high))
    if not ends[0] < 0 < ends[1]:
        raise LandscapeError("no_bracket", owner="bisection", got=f"{ends[0]:.6g}, {ends[1]:.6g}")
    intervals, slopes = [(float(low), float(high))], []
    for _ in range(steps):
        low, high = intervals[-1]
        middle = low / 2 + high / 2
        slopes.append(float(slope(middle)))
        below, above = slopes[-1] <= 0, slopes[-1] >= 0
        intervals.append((middle if below else low, middle if above else high))
    lows, highs = np.array(intervals).T.copy()
    return Bisection(lows, highs, np.array([*slopes, float(slope(lows[-1] / 2 + highs[-1] / 2))]))
