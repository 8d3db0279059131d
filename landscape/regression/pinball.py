"""Pinball: lines of least sum max(q r, (q - 1) r), exactly; the median line, of least absolute error, is that of q = 1/2.

Such a line can be had through as many points as it has parameters (Koenker & Bassett 1978, theorem 3.1). So with one feature and few points
all lines through two points are compared; otherwise the dual linear program finds the points.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.optimize import linprog

from landscape.regression.design import Design

# The most points whose pairs are all compared.
FEW = 64
# Risks that differ by a smaller share are the same to rounding.
SAME = 1e-12
# From twice so many points on, the first line is that of so many, and those far from it keep their side of it and leave the program.
MANY = 300
# What the program's tolerance of 1e-7 leaves undecided.
BETWEEN = 1e-6


def fit_quantile(design: Design, q: float) -> np.ndarray | None:
    """Return the parameters (p,) of the q-quantile line, or None where the program found none.

    Of several best lines it is, with one feature and up to `FEW` points, among those through two points the one of least squares; else
    where the simplex method ends.
    """
    if not (np.isfinite(design.matrix).all() and np.isfinite(design.values).all()):
        return None
    if design.matrix.shape[1] <= 2 and len(design.values) <= FEW:
        return _best_of(design, lines_through_points(design), q)
    if len(design.values) < 2 * MANY:
        return _program(design.matrix, design.values, q, np.zeros(design.matrix.shape[1]))
    return _narrowed(design.matrix, design.values, q)


def lines_through_points(design: Design) -> np.ndarray:
    """Return the lines through every two points that differ in their one feature, (L, 2); without a feature the levels (N, 1)."""
    if design.matrix.shape[1] == 1:
        return design.values[:, None]
    x, y = design.matrix[:, 0], design.values
    first, second = _pairs(len(x))
    run = x[second] - x[first]
    apart = run != 0
    first, second, run = first[apart], second[apart], run[apart]
    slopes = (y[second] - y[first]) / run
    near = np.where(np.abs(x[first]) <= np.abs(x[second]), first, second)  # the intercept from the point where it loses fewer digits
    return np.stack([slopes, y[near] - slopes * x[near]], axis=1)


@lru_cache(maxsize=64)
def _pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.triu_indices(count, 1)


def _best_of(design: Design, lines: np.ndarray, q: float) -> np.ndarray:
    residuals = design.residuals_of(lines)
    # max(q r, (q - 1) r) = |r| / 2 + (q - 1/2) r, whose second part needs no table of all lines and samples
    risks = np.abs(residuals).sum(axis=1) / 2 + (q - 0.5) * (design.values.sum() - lines @ design.matrix.sum(axis=0))
    best = np.flatnonzero(risks <= risks.min() + SAME * np.abs(risks.min()))
    return lines[best[(residuals[best] ** 2).sum(axis=1).argmin()]]


def _program(matrix: np.ndarray, values: np.ndarray, q: float, pull: np.ndarray) -> np.ndarray | None:
    """Return the line of least sum max(q r, (q - 1) r) - pull @ line, or None where there is none.

    Its dual is max values @ d with q - 1 <= d <= q and d @ matrix = -pull: the multipliers are the line, and d is each sample's pull on it.
    """
    dual = linprog(-values, A_eq=matrix.T, b_eq=-pull, bounds=(q - 1, q), method="highs-ds")
    if dual.status != 0:
        return None
    theta = -dual.eqlin.marginals
    between = np.flatnonzero((dual.x > q - 1 + BETWEEN) & (dual.x < q - BETWEEN))
    if len(between) != len(theta):
        return theta
    through = np.linalg.lstsq(matrix[between], values[between], rcond=None)[0]  # to rounding, not to the program's tolerance
    moved = np.abs(matrix @ (through - theta)).max()
    return through if moved <= BETWEEN * np.abs(values).max() else theta


def _narrowed(matrix: np.ndarray, values: np.ndarray, q: float) -> np.ndarray | None:
    """Return the line from the program of the points near it alone (Portnoy & Koenker 1997, section 5).

    The points far from the line of a part of the points are taken to stay on their side; where one does not, twice as many stay in.
    """
    few = np.linspace(0, len(values) - 1, MANY, dtype=np.int64)
    theta, count = _program(matrix[few], values[few], q, np.zeros(matrix.shape[1])), MANY
    while theta is not None:
        count = min(2 * count, len(values))
        residuals = values - matrix @ theta
        order = np.argsort(np.abs(residuals), kind="stable")
        near, far = order[:count], order[count:]
        side = np.where(residuals[far] > 0, q, q - 1)
        found = _program(matrix[near], values[near], q, side @ matrix[far])
        if found is not None and (side * (values[far] - matrix[far] @ found) >= 0).all():
            return found
        theta = theta if found is None and count < len(values) else found
    return None
