"""Window: the rectangle of a plane to draw, chosen from the objective or from the paths."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from landscape.objective import Objective
from landscape.objectives.functions import AnalyticFunction
from landscape.plane import Plane, Window

# Margin on each side, as a share of the size of what the window contains.
MARGIN = 0.2
# The shorter side is at least this share of the longer.
FLATTEST = 0.5
# Largest distance of a side from the origin, in units of u or v.
FARTHEST = 2.0**4


def whole_window(objective: Objective) -> Window:
    """Return a window in the parameter plane of a two-parameter objective.

    That of a test function is declared. That of a risk contains the initial point, zero, and a minimum, with the points at which the loss
    on the axes through it reaches its initial value.
    """
    if isinstance(objective, AnalyticFunction):
        return objective.window
    best = minimize(objective.value, objective.theta, jac=objective.gradient, method="L-BFGS-B").x
    slopes = best[:, None] + _arms(objective, Plane(best, *np.eye(2)), objective.value(objective.theta))
    return window_around(np.stack([*slopes.T, objective.theta, np.zeros(2)], axis=1))


def filter_window() -> Window:
    """Return the usual window of filter-normalized directions, [-1, 1] x [-1, 1] (Li et al. 2018, section 5)."""
    return (-1.0, 1.0), (-1.0, 1.0)


def rising_window(objective: Objective, plane: Plane, level: float) -> Window:
    """Return the window whose sides are where the loss on the axes along u and v reaches `level`."""
    return window_around(_arms(objective, plane, level), margin=0.0)


def window_around(points: np.ndarray, margin: float = MARGIN) -> Window:
    """Return a window around points (2, n) with a relative `margin` on each side, whose shorter side is at least half the longer."""
    low, high = points.min(axis=1), points.max(axis=1)
    size = np.maximum(high - low, FLATTEST * max(float((high - low).max()), 1e-12))
    middle, half = (low + high) / 2, size * (0.5 + margin)
    (a_lo, b_lo), (a_hi, b_hi) = middle - half, middle + half
    return (float(a_lo), float(a_hi)), (float(b_lo), float(b_hi))


def widened(window: Window, point: tuple[float, float]) -> Window:
    """Return the smallest window that contains `window` and the point."""
    a, b = ((min(lo, at), max(hi, at)) for (lo, hi), at in zip(window, point, strict=True))
    return a, b


def _arms(objective: Objective, plane: Plane, level: float) -> np.ndarray:
    """Return the points (2, 4) on the four half-axes, at doubling distances, where the loss first reaches max(`level`, f + |f|).

    f is the loss at the origin. On a half-axis where the loss stays below (a plateau), the distance is the largest of the others, or 1.
    """
    arms = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    lengths = 2.0 ** np.arange(-10, np.log2(FARTHEST) + 1)
    here = objective.value(plane.origin)
    level = max(level, here + abs(here))  # `level` may be the loss at the origin itself
    reached = []
    for arm in arms.T:
        losses_along = objective.values(plane.embed(*(arm[:, None] * lengths)))
        over = np.flatnonzero(~(losses_along < level))
        reached.append(lengths[over[0]] if len(over) else np.nan)
    lengths = np.array(reached)
    return arms * np.where(np.isnan(lengths), np.nanmax(lengths) if np.isfinite(lengths).any() else 1.0, lengths)
