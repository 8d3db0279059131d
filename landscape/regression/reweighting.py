"""Reweighting: lines of least sum rho(r / scale) by iteratively reweighted least squares and Newton steps.

A reweighted step never raises the risk where psi(u) / u falls with |u| (Holland & Welsch 1977), as it does for all losses here, but gains a
constant factor only; a Newton step doubles the digits, but may lead anywhere. Each iteration takes the one that ends lower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from landscape.regression.design import Design
from landscape.regression.rho import Rho

STEPS = 500
# The share of the targets' size by which the last step may still move the line.
TOLERANCE = 1e-12
# The share of the scale within which a Newton step counts as near.
NEAR = 0.02
# Risks that differ by a smaller share are the same to rounding.
SAME = 1e-13
# The median of |r| over this is the standard deviation of normal residuals.
NORMAL_MEDIAN = float(ndtri(0.75))
# A residual below this share of the size of the targets, less outliers, is rounding: the line goes through the point.
ROUNDING = 1e-11


@dataclass(frozen=True, eq=False)
class Descent:
    """Where a descent ended: parameters (p,), the scale there, and whether its last step was as small as asked for."""

    theta: np.ndarray
    scale: float
    arrived: bool


def least_squares(design: Design, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the parameters (p,) of least (weighted) squares."""
    root = np.ones(len(design.values)) if weights is None else np.sqrt(weights)
    matrix = design.matrix * root[:, None]
    sizes = np.abs(matrix).max(axis=0)
    sizes = np.where(sizes > 0, sizes, 1.0)
    if not np.isfinite(matrix).all() or not np.isfinite(design.values).all():
        return np.full(matrix.shape[1], np.nan)
    return np.linalg.lstsq(matrix / sizes, design.values * root, rcond=None)[0] / sizes


def mad(residuals: np.ndarray) -> float:
    """Return the median absolute deviation from zero, made consistent for normal residuals."""
    return float(np.median(np.abs(residuals)) / NORMAL_MEDIAN)


def minimize(design: Design, rho: Rho, start: np.ndarray, scale: float) -> Descent:
    """Return the minimum of sum rho(r / scale) that is reached downhill from `start`.

    Where the loss is not convex, only Newton steps within `NEAR` of the scale are taken: it ends in the minimum that reweighting ends in.
    """
    theta, risk = start, _risk(design, rho, start, scale)
    for _ in range(STEPS):
        u = design.residuals(theta) / scale
        pull = _Pull(design.matrix, rho.weight(u))
        step, newton = pull.step(u * scale), _newton(design, rho, u) * scale
        reached = _risk(design, rho, theta + step, scale)
        if rho.convex or pull.length(newton) <= NEAR * scale:
            tried = _risk(design, rho, theta + newton, scale)
            if tried <= reached + SAME * abs(reached):
                step, reached = newton, tried
        if not reached <= risk + 10 * SAME * abs(risk):
            return Descent(theta, scale, bool(np.isfinite(risk)))  # downhill no more, to rounding
        theta, risk = theta + step, reached
        if pull.length(step) <= TOLERANCE * pull.size(design.values):
            return Descent(theta, scale, True)
    return Descent(theta, scale, False)


def minimize_with_mad(design: Design, rho: Rho, start: np.ndarray) -> Descent:
    """Return the line and the scale that reweighting ends at from `start` where each step re-estimates the scale, as statsmodels' RLM does.

    The scale is 0 where the line goes through half of the points: reweighting ends there.
    """
    theta = start
    for _ in range(STEPS):
        residuals = design.residuals(theta)
        scale = mad(residuals)
        if scale <= ROUNDING:
            return Descent(theta, 0.0, True)
        pull = _Pull(design.matrix, rho.weight(residuals / scale))
        step = pull.step(residuals)
        if not np.isfinite(step).all():
            return Descent(theta, scale, False)
        theta = theta + step
        if pull.length(step) <= TOLERANCE * pull.size(design.values):
            return Descent(theta, mad(design.residuals(theta)), True)
    return Descent(theta, mad(design.residuals(theta)), False)


class _Pull:
    """Weighted least squares (A' W A) step = A' W r for one set of weights."""

    def __init__(self, matrix: np.ndarray, weights: np.ndarray):
        self.weighted = matrix * weights[:, None]
        self.normal = self.weighted.T @ matrix
        self.weights = weights

    def step(self, residuals: np.ndarray) -> np.ndarray:
        return solved(self.normal, self.weighted.T @ residuals)

    def length(self, step: np.ndarray) -> float:
        """Return the root of the weighted mean square by which a step moves the fitted values."""
        return float(np.sqrt(max(step @ self.normal @ step, 0.0) / (self.weights.sum() or 1.0)))

    def size(self, values: np.ndarray) -> float:
        return float(np.sqrt(self.weights @ values**2 / (self.weights.sum() or 1.0)))


def solved(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the solution of a symmetric system (p, p), the shortest one where it has several or none."""
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(matrix, hermitian=True) @ right


def _newton(design: Design, rho: Rho, u: np.ndarray) -> np.ndarray:
    matrix = design.matrix
    return solved((matrix * rho.slope(u)[:, None]).T @ matrix, matrix.T @ rho.psi(u))


def _risk(design: Design, rho: Rho, theta: np.ndarray, scale: float) -> float:
    return float(rho.value(design.residuals(theta) / scale).sum())
