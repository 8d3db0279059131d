"""Minima: all the lines in which reweighting under Tukey's loss can end, from lines through a few samples each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.errors import require_range, require_seed
from landscape.objective import ArrayLike
from landscape.regression.design import Design, design_of
from landscape.regression.high_breakdown import through_samples
from landscape.regression.linear import rho_of
from landscape.regression.pinball import FEW, lines_through_points
from landscape.regression.reweighting import least_squares, minimize
from landscape.regression.rho import Rho

ROUNDS, STEPS_A_ROUND = 8, 10
# Lines whose fitted values differ by less, in units of the scale, are one: while they are followed, and at the end.
ALIKE, SAME = 1e-2, 1e-6


@dataclass(frozen=True, eq=False)
class Minima:
    """Distinct local minima, the best first: lines (k, d) and (k,), and their mean losses (k,).

    `starts` (k,) counts the starts that ended in each. `least_squares` is the number of the one that the start at least squares leads to,
    -1 where that start ends in none, since no sample is within reach of the loss.
    """

    coefficients: np.ndarray
    intercepts: np.ndarray
    risks: np.ndarray
    starts: np.ndarray
    least_squares: int


def tukey_minima(inputs: ArrayLike, targets: ArrayLike, *, c: float = 4.685, scale: float = 1.0, seed: int = 0) -> Minima:
    """Return the local minima of the mean of Tukey's loss of r / scale that are reached from many lines, least squares among them.

    With one feature and up to 64 samples the starts are the lines through every two of them, else 500 through random ones.
    """
    seed = require_seed("line fit", seed)
    rho, design = rho_of(("tukey", {"c": c})), design_of(inputs, targets)
    unit = require_range("line fit", "scale", scale, 1e-300, None) / design.unit
    with np.errstate(all="ignore"):
        first = least_squares(design)
        if not np.isfinite(first).all():
            return _described(design, rho, unit, np.empty((0, len(first))), np.zeros(0, dtype=np.int64), -1)
        lines = np.concatenate([first[None], _starts(design, seed)])
        owners = np.arange(len(lines))
        for _ in range(ROUNDS):
            for _ in range(STEPS_A_ROUND):
                lines = _reweighted(design, rho, unit, lines)
            lines, owners = _merged(design, lines, owners, ALIKE * unit)
        ends = [minimize(design, rho, line, unit) for line in lines]
        lines, owners = _merged(design, np.array([end.theta for end in ends]), owners, SAME * unit)
        alive = np.array([rho.weight(design.residuals(line) / unit).any() for line in lines])
        counts = np.bincount(owners, minlength=len(lines))
        risks = np.array([rho.value(design.residuals(line) / unit).mean() for line in lines])
        order = np.argsort(risks, kind="stable")
        order = order[alive[order]]
        where = np.flatnonzero(order == owners[0])
        return _described(design, rho, unit, lines[order], counts[order], int(where[0]) if len(where) else -1)


def _starts(design: Design, seed: int) -> np.ndarray:
    count, width = design.matrix.shape
    if count < width:
        return np.empty((0, width))
    if width <= 2 and count <= FEW:
        return lines_through_points(design)
    return through_samples(design.matrix, design.values, np.random.default_rng(seed))


def _reweighted(design: Design, rho: Rho, unit: float, lines: np.ndarray) -> np.ndarray:
    """Return all lines (L, p) after one step of reweighting; a line that no sample pulls at stays."""
    residuals = design.residuals_of(lines)
    weights = rho.weight(residuals / unit)
    normal = np.einsum("ln,np,nq->lpq", weights, design.matrix, design.matrix, optimize=True)
    pull = (weights * residuals) @ design.matrix
    return lines + (np.linalg.pinv(normal, hermitian=True) @ pull[..., None])[..., 0]


def _merged(design: Design, lines: np.ndarray, owners: np.ndarray, distance: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines whose fitted values differ, and for every start the number of its line among them."""
    kept: list[int] = []
    number = np.empty(len(lines), dtype=np.int64)
    fitted = lines @ design.matrix.T
    for at, values in enumerate(fitted):
        near = np.flatnonzero(np.abs(fitted[kept] - values).max(axis=1) <= distance) if kept else ()
        number[at] = near[0] if len(near) else len(kept)
        if not len(near):
            kept.append(at)
    return lines[kept], number[owners]


def _described(design: Design, rho: Rho, unit: float, lines: np.ndarray, counts: np.ndarray, first: int) -> Minima:
    ends = [design.line(line) for line in lines]
    found = (
        np.array([coefficients for coefficients, _ in ends]).reshape(len(ends), len(design.units)),
        np.array([intercept for _, intercept in ends]),
        np.array([rho.value(design.residuals(line) / unit).mean() for line in lines]),
        counts,
    )
    for values in found:
        values.setflags(write=False)
    return Minima(*found, least_squares=first)
