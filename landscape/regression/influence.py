"""Influence: how far the whole line moves per unit of extra weight of one sample (Hampel et al. 1986, section 6.3)."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from landscape.regression.design import Design
from landscape.regression.rho import Pinball, Rho

# The normal quantile of the confidence for which Hall and Sheather choose the bandwidth, that of 95 %.
CONFIDENCE = 1.959963984540054
# The bandwidth reaches at most so far to the outermost residuals, which say nothing of the density at the line.
REACH = 0.5
# A larger condition number leaves no digit of an inverse.
SINGULAR = 1e13


def influences(design: Design, rho: Rho, residuals: np.ndarray, scale: float) -> np.ndarray:
    """Return the influence of each sample (N,), in units of the design, with the sign of its residual.

    With weights w on the samples, the line moves by d theta / d w_i = M^-1 x_i psi(r_i / s) / s with M = sum psi'(r / s) x x' / s^2. The
    influence is N times the root mean square, over all samples, of what this adds to the fitted values.
    """
    u = residuals / scale
    if not isinstance(rho, Pinball):
        return spread(design, rho.psi(u) * scale, rho.slope(u))
    sparsity = _sparsity(u, rho.q)
    return spread(design, rho.psi(u) * scale * sparsity / rho.height, np.ones(len(u)))


def spread(design: Design, pulls: np.ndarray, curvatures: np.ndarray) -> np.ndarray:
    """Return N pull_i times the root mean square of x' M^-1 x_i over all x, M = sum curvature x x'; NaN unless M is positive definite."""
    matrix, count = design.matrix, len(pulls)
    sizes = np.abs(matrix).max(axis=0)
    matrix = matrix / np.where(sizes > 0, sizes, 1.0)
    curved = (matrix * curvatures[:, None]).T @ matrix
    if not np.isfinite(curved).all() or np.linalg.eigvalsh(curved)[0] <= 0 or np.linalg.cond(curved) > SINGULAR:
        return np.full(count, np.nan)
    moved = np.linalg.solve(curved, matrix.T)
    lengths = np.sqrt(np.maximum((moved * (matrix.T @ matrix @ moved)).sum(axis=0) / count, 0.0))
    return count * pulls * lengths


def _sparsity(residuals: np.ndarray, q: float) -> float:
    """Return 1 / density of the residuals at their q-quantile, from quantiles on both sides; NaN where no sample lies between.

    Koenker 2005, Quantile Regression, section 3.4.1, with the bandwidth of Hall and Sheather.
    """
    z = float(ndtri(q))
    height = math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    width = len(residuals) ** (-1 / 3) * CONFIDENCE ** (2 / 3) * (1.5 * height**2 / (2 * z**2 + 1)) ** (1 / 3)
    width = min(width, REACH * min(q, 1 - q))
    low, high = q - width, q + width
    if len(residuals) * width < 1:
        return math.nan
    near, far = np.quantile(residuals, [low, high])
    return float(far - near) / (high - low)
