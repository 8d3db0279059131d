"""High breakdown: lines that stay with the majority though almost half of the samples are moved anywhere, leverage points too."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from landscape.errors import require_name, require_seed
from landscape.objective import ArrayLike
from landscape.regression.design import Design, design_of
from landscape.regression.influence import spread
from landscape.regression.linear import LinearFit, described, fit_of, on_line
from landscape.regression.pinball import FEW, lines_through_points
from landscape.regression.reweighting import ROUNDING, Descent, least_squares, mad, minimize
from landscape.regression.rho import Tukey

KINDS = ("lts", "mm")
# Starts through random samples, and how many of the best lines are concentrated to the end (Rousseeuw & Van Driessen 2006, section 4).
STARTS = 500
FINALISTS = 10
# More samples than this take a part of them, drawn by the seed, to find the finalists.
PART = 600
CONCENTRATIONS = 50
# Standard deviations beyond which a sample is left out of the last least squares (Rousseeuw & Leroy 1987, page 202).
CUT = 2.5
# Tukey's c with a breakdown point of one half, and that of 95 % efficiency (Yohai 1987).
HALF, EFFICIENT = Tukey(1.547645), Tukey(4.685061)
REFINEMENTS = 500
# The share by which the last of these moves scale and line.
SETTLED = 1e-9


def fit_high_breakdown(inputs: ArrayLike, targets: ArrayLike, *, kind: str = "lts", seed: int = 0) -> LinearFit:
    """Return a line of breakdown point one half.

    "lts": least trimmed squares, the least sum of the (N + d + 2) // 2 smallest squared residuals, by concentration steps from lines
    through few samples: with one feature and up to `FEW` samples through every two of them, else through random ones. Least squares of the
    samples within 2.5 standard deviations of it follow (Rousseeuw & Leroy 1987, page 202): their weight is 1, that of the others 0, and
    `scale` is their standard deviation. `influence` holds these weights.

    "mm": from that line to one of least biweight scale with c = 1.548, an S-estimate, and then, with its scale held, by reweighting to the
    nearest minimum of Tukey's loss with c = 4.685 (Yohai 1987).

    The status is "local" where all went well: no search of this kind proves that it found the least of all. Refuses what `fit_linear` does.
    """
    seed = require_seed("line fit", seed)
    require_name("line fit", kind, KINDS)
    design = design_of(inputs, targets)
    with np.errstate(all="ignore"):
        first = least_squares(design)
        if not np.isfinite(first).all():
            return described(design, EFFICIENT, Descent(first, math.nan, False), None)
        trimmed = _least_trimmed(design, np.random.default_rng(seed))
        return _cleaned(design, trimmed) if kind == "lts" else _mm(design, trimmed)


def _majority(count: int, width: int) -> int:
    return min((count + width + 1) // 2, count)


def _least_trimmed(design: Design, generator: np.random.Generator) -> np.ndarray:
    """Return the line (p,) of least trimmed squares."""
    matrix, values = design.matrix, design.values
    count, width = matrix.shape
    if count <= width:
        return least_squares(design)
    if width <= 2 and count <= FEW:
        return _concentrated(matrix, values, _best(matrix, values, lines_through_points(design), 3 * FINALISTS))
    part = np.sort(generator.permutation(count)[:PART])
    lines = through_samples(matrix[part], values[part], generator)
    for _ in range(2):
        lines = _step(matrix[part], values[part], lines)
    return _concentrated(matrix, values, _best(matrix[part], values[part], lines, FINALISTS))


def through_samples(matrix: np.ndarray, values: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return lines (STARTS, p), each through p random samples."""
    count, width = matrix.shape
    drawn = generator.random((STARTS, count)).argpartition(width, axis=1)[:, :width]
    return solved_sets(matrix[drawn], values[drawn])


def solved_sets(matrices: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the lines (L, p) of least squares of L sets of samples, (L, n, p) and (L, n)."""
    across = matrices.swapaxes(1, 2)
    return (np.linalg.pinv(across @ matrices, hermitian=True) @ (across @ values[..., None]))[..., 0]


def _best(matrix: np.ndarray, values: np.ndarray, lines: np.ndarray, count: int) -> np.ndarray:
    if len(lines) <= count:
        return lines
    return lines[np.argpartition(_trimmed(matrix, values, lines), count - 1)[:count]]


def _trimmed(matrix: np.ndarray, values: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return the trimmed sums of squares (L,)."""
    squares = (values - lines @ matrix.T) ** 2
    kept = _majority(*matrix.shape)
    squares.partition(kept - 1, axis=1)
    return squares[:, :kept].sum(axis=1)


def _step(matrix: np.ndarray, values: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return, for each line (L, p), least squares of the majority of samples nearest to it, which lowers its trimmed sum."""
    kept = _majority(*matrix.shape)
    near = np.argpartition(np.abs(values - lines @ matrix.T), kept - 1, axis=1)[:, :kept]
    return solved_sets(matrix[near], values[near])


def _concentrated(matrix: np.ndarray, values: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return the best of the lines after steps that lower the trimmed sums as far as they go."""
    sums = _trimmed(matrix, values, lines)
    for _ in range(CONCENTRATIONS):
        following = _step(matrix, values, lines)
        lower = _trimmed(matrix, values, following)
        better = lower < sums * (1 - 1e-12)
        if not better.any():
            break
        lines, sums = np.where(better[:, None], following, lines), np.where(better, lower, sums)
    return lines[sums.argmin()]


def _cleaned(design: Design, theta: np.ndarray) -> LinearFit:
    """Return least squares of the samples near a line of least trimmed squares."""
    kept = _kept(design, theta)
    theta = least_squares(design, kept)
    residuals = design.residuals(theta)
    spare = kept.sum() - len(theta)
    scale = float(np.sqrt(kept @ residuals**2 / spare)) if spare > 0 else 0.0
    end = Descent(theta, scale if scale > ROUNDING else 0.0, True)
    return fit_of(design, end, kept, spread(design, residuals * kept, kept) * design.unit, given=None, convex=False)


def _kept(design: Design, theta: np.ndarray) -> np.ndarray:
    """Return weight 1 for samples within `CUT` standard deviations of the line, 0 for the others."""
    residuals = np.abs(design.residuals(theta))
    count, width = design.matrix.shape
    kept = _majority(count, width)
    if count <= width:
        return np.ones(count)
    scale = math.sqrt((np.sort(residuals)[:kept] ** 2).mean()) * _consistency(kept / count) * (1 + 5 / (count - width))
    return (residuals <= CUT * scale if scale > ROUNDING else on_line(design, theta)).astype(np.float64)


def _consistency(share: float) -> float:
    """Return what makes the root mean square of this share of smallest residuals the standard deviation, where they are normal."""
    if share >= 1:
        return 1.0
    q = float(ndtri((1 + share) / 2))
    return 1 / math.sqrt(1 - 2 * q * math.exp(-(q**2) / 2) / math.sqrt(2 * math.pi) / share)


def _mm(design: Design, theta: np.ndarray) -> LinearFit:
    theta, scale = _least_scale(design, theta)
    if scale <= ROUNDING:
        return described(design, EFFICIENT, Descent(theta, 0.0, True), None)
    return described(design, EFFICIENT, minimize(design, EFFICIENT, theta, scale), None)


def _least_scale(design: Design, theta: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the line near `theta` of least biweight scale, and that scale, at which the mean of rho(r / s) is half the bound of rho.

    Reweighting with one step of the scale between two of the line ends where both have their fixed point (Salibian-Barrera & Yohai 2006).
    """
    scale, bound = mad(design.residuals(theta)), HALF.c**2 / 6
    for _ in range(REFINEMENTS):
        if scale <= ROUNDING:
            return theta, 0.0
        u = design.residuals(theta) / scale
        following = least_squares(design, HALF.weight(u))
        growth = math.sqrt(2 * float(HALF.value(u).mean()) / bound)
        moved = np.abs(design.matrix @ (following - theta)).max()
        theta, scale = following, scale * growth
        if abs(growth - 1) <= SETTLED and moved <= SETTLED * scale:
            break
    return theta, scale
