"""Window: the part of a plane worth drawing, chosen from the landscape or from what moves on it."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from landscape.objective import Objective
from landscape.objectives.functions import AnalyticFunction
from landscape.plane import Plane, Window

# How much wider than what it frames a window is on each side, as a share of its size.
MARGIN = 0.2
# The shorter side is at least this share of the longer.
FLATTEST = 0.5
# No arm reaches farther from the origin than this many units of u or v.
FARTHEST = 2.0**4


def whole_window(objective: Objective) -> Window:
    """Return a window of the whole plane of a two-parameter objective.

    A function has its own. A risk shows its initialization, zero, and a minimum with the slopes around it as high as the initialization.
    """
    if isinstance(objective, AnalyticFunction):
        return objective.window
    best = minimize(objective.value, objective.theta, jac=objective.gradient, method="L-BFGS-B").x
    slopes = best[:, None] + _arms(objective, Plane(best, *np.eye(2)), objective.value(objective.theta))
    return window_around(np.stack([*slopes.T, objective.theta, np.zeros(2)], axis=1))


def filter_window() -> Window:
    """Return the window of filter-normalized directions: one filter norm to each side (Li et al. 2018, section 5)."""
    return (-1.0, 1.0), (-1.0, 1.0)


def rising_window(objective: Objective, plane: Plane, level: float) -> Window:
    """Return a window whose sides are where the loss along u and v has climbed to `level`."""
    return window_around(_arms(objective, plane, level), margin=0.0)


def window_around(points: np.ndarray, margin: float = MARGIN) -> Window:
    """Return a window around points (2, n), `margin` of its size wider on each side, its shorter side at least half the longer."""
    low, high = points.min(axis=1), points.max(axis=1)
    size = np.maximum(high - low, FLATTEST * max(float((high - low).max()), 1e-12))
    middle, half = (low + high) / 2, size * (0.5 + margin)
    (a_lo, b_lo), (a_hi, b_hi) = middle - half, middle + half
    return (float(a_lo), float(a_hi)), (float(b_lo), float(b_hi))


def widened(window: Window, point: tuple[float, float]) -> Window:
    """Return the window, reaching as far as the point where that lies outside."""
    a, b = ((min(lo, at), max(hi, at)) for (lo, hi), at in zip(window, point, strict=True))
    return a, b


def _arms(objective: Objective, plane: Plane, level: float) -> np.ndarray:
    """Return the ends (2, 4) of four arms from the origin, each doubled until the loss climbs to `level`, and by its own size at least.

    Where the loss stays below `level` (a plateau), an arm is as long as the longest that did arrive, or one unit.
    """
    arms = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    lengths = 2.0 ** np.arange(-10, np.log2(FARTHEST) + 1)
    here = objective.value(plane.origin)
    level = max(level, here + abs(here))  # a run that led nowhere leaves nothing to climb
    reached = []
    for arm in arms.T:
        losses_along = objective.values(plane.embed(*(arm[:, None] * lengths)))
        over = np.flatnonzero(~(losses_along < level))
        reached.append(lengths[over[0]] if len(over) else np.nan)
    lengths = np.array(reached)
    return arms * np.where(np.isnan(lengths), np.nanmax(lengths) if np.isfinite(lengths).any() else 1.0, lengths)
