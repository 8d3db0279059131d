"""Design: a regression's inputs and targets in units of their own, so that large values and features of different sizes cost no digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.arrays import real_array
from landscape.errors import LandscapeError
from landscape.objective import ArrayLike

# A direction of the inputs whose singular value is a smaller share of the largest one is no direction: the inputs do not vary along it.
NO_DIRECTION = 1e-12


@dataclass(frozen=True, eq=False)
class Design:
    """The regression y = unit * (matrix @ theta) + level in standard units.

    `matrix` (N, p) has the features less their median, in units of their median absolute deviation, then a column of ones; where features
    depend on each other, p - 1 independent mixtures of them. `values` (N,) are the targets likewise. `mixture` (d, p - 1) turns the first
    p - 1 numbers of theta into coefficients of the standard features; along `idle` (d, d - p + 1) these do not vary.
    """

    matrix: np.ndarray
    values: np.ndarray
    level: float
    unit: float
    centers: np.ndarray
    units: np.ndarray
    mixture: np.ndarray
    idle: np.ndarray

    @property
    def deficient(self) -> bool:
        """Whether the inputs leave coefficients open."""
        return self.idle.shape[1] > 0

    def line(self, theta: np.ndarray) -> tuple[np.ndarray, float]:
        """Return coefficients (d,) and intercept; where the inputs leave coefficients open, those of least Euclidean norm."""
        standard = self.mixture @ theta[:-1]
        coefficients = standard / self.units * self.unit
        if self.deficient:
            coefficients = self._shortest(coefficients)
        middle = theta[-1] * self.unit + self.level
        return coefficients, float(middle - self.centers @ coefficients + 0.0)

    def theta(self, coefficients: np.ndarray, intercept: float) -> np.ndarray:
        """Return the parameters (p,) of a line; the inverse of `line` for lines that the inputs determine."""
        standard = coefficients * self.units / self.unit
        middle = (intercept + self.centers @ coefficients - self.level) / self.unit
        return np.append(np.linalg.lstsq(self.mixture, standard, rcond=None)[0] if self.deficient else standard, middle)

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """Return targets less fitted values (N,), in units of `unit`."""
        return self.values - self.matrix @ theta

    def residuals_of(self, thetas: np.ndarray) -> np.ndarray:
        """Return the residuals (L, N) of lines (L, p)."""
        return self.values - thetas @ self.matrix.T

    def _shortest(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the coefficients less their part along the directions in which the inputs do not vary."""
        idle = np.linalg.qr(self.idle / self.units[:, None])[0]
        return coefficients - idle @ (idle.T @ coefficients)


def design_of(inputs: ArrayLike, targets: ArrayLike) -> Design:
    """Return the design of inputs (N,) or (N, d) and targets (N,), N and d at least 1; refuse other shapes."""
    inputs, targets = points_of(inputs, targets)
    with np.errstate(all="ignore"):
        centers, units = _frame(inputs)
        level, unit = _frame(targets[:, None])
        features = (inputs - centers) / units
        mixture, idle = _directions(features)
        if idle.shape[1]:  # what does not vary is constant, but only at a sample is it known which constant
            centers = inputs[np.abs(features).sum(axis=1).argmin()]
            features = (inputs - centers) / units @ mixture
        values = (targets - level[0]) / unit[0]
    matrix = np.concatenate([features, np.ones((len(inputs), 1))], axis=1)
    return Design(matrix, values, float(level[0]), float(unit[0]), centers, units, mixture, idle)


def points_of(inputs: ArrayLike, targets: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (N, d) and targets (N,) as float64; refuse what is of another shape, and what has no point or no feature."""
    inputs, targets = real_array("line fit", "inputs", inputs), real_array("line fit", "targets", targets)
    inputs = inputs[:, None] if inputs.ndim == 1 else inputs
    targets = targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else targets
    if not inputs.size:
        raise LandscapeError("no_points", owner="line fit", got=inputs.shape)
    if inputs.ndim != 2:
        raise LandscapeError("wrong_shape", owner="line fit", name="inputs", expected="(N,) or (N, d)", got=inputs.shape)
    if targets.shape != inputs.shape[:1]:
        raise LandscapeError("wrong_shape", owner="line fit", name="targets", expected=inputs.shape[:1], got=targets.shape)
    return inputs, targets


def _frame(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each column's median, and its median absolute deviation: of those not zero where that is zero, and 1 where all are."""
    middles = np.median(columns, axis=0)
    distances = np.abs(columns - middles)
    units = np.median(distances, axis=0)
    for column in np.flatnonzero(units == 0):
        units[column] = np.median(distances[distances[:, column] > 0, column]) if distances[:, column].any() else 1.0
    return middles, units


def _directions(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return bases of the directions in which features vary, (d, r), and of those in which they do not, (d, d - r)."""
    count, width = features.shape
    varied = features - features.mean(axis=0)
    sizes = np.abs(varied).max(axis=0)
    sizes = np.where(sizes > NO_DIRECTION * np.abs(features).max(axis=0), sizes, np.inf)
    if np.isfinite(sizes).all() and width == 1 or not np.isfinite(varied).all():
        return np.eye(width), np.zeros((width, 0))
    _, strengths, axes = np.linalg.svd(varied / sizes, full_matrices=count < width)
    rank = int((strengths > NO_DIRECTION * max(varied.shape)).sum())
    if rank == width:
        return np.eye(width), np.zeros((width, 0))
    sizes = np.where(np.isfinite(sizes), sizes, 1.0)
    return (axes[:rank] / sizes).T, (axes[rank:] / sizes).T
