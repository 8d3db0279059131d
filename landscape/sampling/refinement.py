"""Refinement: a grid filled from few exact points, with more of them only where interpolation is not yet good enough.

Values between exact points come from local polynomials of degree 5 on nested grids, each with about half the spacing of the one before: the
six nearest points on each axis, so that a kink spoils its own neighborhood only. How wrong they may be is told by the polynomials of degree
3 through the same points, and by how wrong the coarser grid was nearby. How many times that doubt the error can be is learned from every
exact value that replaces an interpolated one, those of finer grids and those of points held out at random in the end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import distance_transform_edt, maximum_filter

# From the row and column indices of some points (k,) to their exact values (k,).
Evaluate = Callable[[np.ndarray, np.ndarray], np.ndarray]

# Points a side of the first grid, all exact.
FIRST = 21
DEGREE, LOWER_DEGREE = 5, 3
# The error is at most about this many times the doubt, until a surface shows that it is more.
CAUTION = 2.5
# The share of a finer grid's surprises that raise the caution everywhere; a kink where the two degrees agree by chance raises the doubt
# around it only.
COVERED = 0.995
# Half the spacing leaves a twentieth of the error or less where a surface is smooth; where it is not, the two degrees differ anyway.
LEFT = 1 / 20
# Polynomials also agree by chance: no doubt is smaller than this share of what is allowed.
LEAST = 0.03
# The logarithmic color scale may err by this many times the share allowed on the linear one: at 1e-3, still less than one of 256 colors.
LOG_SHARE = 3.0
# Points held out in each round, as a share of the grid; where they show too little caution, it is raised by MARGIN more.
HELD_OUT = 0.005
FEWEST_HELD_OUT = 32
MARGIN = 1.25
# A point held out counts against the caution where it misses this share of what is allowed: below, no picture shows it.
MATTERS = 0.5
# Where this share of the grid has to be evaluated, all of it is.
ROUGH = 0.5
# Larger numbers are no ground for a polynomial: products with them overflow.
LARGEST = 1e150


def fill(sure: np.ndarray, evaluate: Evaluate, tolerance: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (ny, nx) on a grid and the error estimated of each, 0 where it was evaluated: where `sure` (ny, nx) says, and where
    it was needed. The lowest and the highest value are always exact, but for rounding.

    `evaluate(rows, columns)` gives the exact values at those indices. The error allowed is `tolerance` times the range of the values, and
    a like share of their range on a logarithmic scale (see `allowed_error`). Where a value is not finite, so are all that touch its
    cells: such cells are evaluated, never filled. A surface that needs most of its points gets all of them: every error is then 0.
    """
    grid = _Grid(sure, evaluate, tolerance)
    generator = np.random.default_rng(seed)
    while True:
        grid.refine()
        if not (grid.settle() or grid.hold_out(generator)):
            return grid.values, grid.error


def allowed_error(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the error that hides in a picture of `values` on either color scale: a share of the range drawn.

    On the linear scale that is `tolerance` (max - min); on the logarithmic one, log(value - min + offset) with the offset that the lowest
    1 % of the values rise, it is LOG_SHARE `tolerance` times the log range and the value's own height: a relative error near the minimum.
    """
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    rise = np.clip(np.where(np.isfinite(values), values, high) - low, 0.0, None)
    offset = max(float(np.quantile(rise, 0.01)), 1e-4 * float(np.quantile(rise, 0.9)), 1e-9 * (high - low))
    nepers = np.log((high - low + offset) / offset) if offset > 0 else 0.0
    rounding = 1e-12 * max(abs(low), abs(high))
    return np.maximum(tolerance * np.minimum(high - low, LOG_SHARE * nepers * (rise + offset)), rounding)


class _Grid:
    """A grid being filled: `values`, which of them are `known`, and the `doubt` in the others, the largest within a cell."""

    def __init__(self, sure: np.ndarray, evaluate: Evaluate, tolerance: float):
        self._evaluate, self._tolerance, self._caution = evaluate, tolerance, CAUTION
        self._levels = _nested(sure.shape)
        self.values, self._difference = np.full(sure.shape, np.nan), np.full(sure.shape, np.inf)
        self.known = np.zeros(sure.shape, dtype=bool)
        self._missed = np.zeros(sure.shape)  # how far interpolation was off where an exact value has replaced it
        self._know(self._levels[0] | sure)

    @property
    def error(self) -> np.ndarray:
        """The error estimated of each value."""
        return np.where(self.known, 0.0, self._caution * self._doubt())

    def refine(self) -> None:
        """Evaluate from coarse to fine, in each grid only where the coarser one left doubt."""
        doubtful = np.ones(self.known.shape, dtype=bool)
        for level in self._levels:
            self._learn(doubtful & level, COVERED)
            if self.known.all():
                return
            self._interpolate(level, doubtful)
            doubtful &= self._caution * self._doubt() > allowed_error(self.values, self._tolerance)
            if (self.known | doubtful).mean() > ROUGH and level is self._levels[-2]:
                doubtful[:] = True

    def settle(self) -> bool:
        """Evaluate what is still in doubt (a peak found late changes what is allowed), and what lies beyond all that is known; say whether
        there was any.
        """
        allowed = allowed_error(self.values, self._tolerance)
        wanted = self.error > allowed
        finite = self.values[self.known & np.isfinite(self.values)]
        if finite.size:
            beyond = np.maximum(finite.min() - self.values, self.values - finite.max(), where=~self.known, out=np.zeros(wanted.shape))
            wanted |= beyond > LEAST * allowed
        wanted &= ~self.known
        self._know(wanted)
        return bool(wanted.any())

    def hold_out(self, generator: np.random.Generator) -> bool:
        """Evaluate a few more points at random, and say whether they show that more caution is due."""
        unknown = np.flatnonzero(~self.known)
        if not len(unknown):
            return False
        chosen, before = np.zeros(self.known.size, dtype=bool), self._caution
        count = min(len(unknown), max(FEWEST_HELD_OUT, round(HELD_OUT * self.known.size)))
        chosen[generator.choice(unknown, count, replace=False)] = True
        chosen = chosen.reshape(self.known.shape)
        self._learn(chosen, 1.0, matters=MATTERS)
        if not np.isfinite(self.values[chosen]).all():
            return True  # cells that are not finite lie between the points known so far: what is around them is in doubt
        if self._caution == before:
            return False
        self._caution *= MARGIN
        return True

    def _learn(self, wanted: np.ndarray, covered: float, matters: float = 0.0) -> None:
        """Evaluate the points that are wanted, and be as cautious as this share of what they replace turns out to have been wrong."""
        new = wanted & ~self.known
        interpolated, doubt, allowed = self.values[new], self._doubt()[new], allowed_error(self.values, self._tolerance)[new]
        self._know(new)
        doubt = np.maximum(doubt, np.finfo(np.float64).tiny)  # all that was known was zero: whatever is not is a surprise
        with np.errstate(over="ignore", invalid="ignore"):
            missed = np.abs(self.values[new] - interpolated)
            shares = missed / doubt
        self._missed[new] = np.where(np.isfinite(missed), missed, np.inf)
        counts = np.isfinite(shares) & (missed >= matters * allowed)
        if len(shares):
            self._caution = max(self._caution, float(np.quantile(np.where(counts, shares, 0.0), covered)))

    def _know(self, wanted: np.ndarray) -> None:
        rows, columns = np.nonzero(wanted & ~self.known)
        if len(rows):
            self.values[rows, columns] = self._evaluate(rows, columns)
            self.known[rows, columns] = True

    def _doubt(self) -> np.ndarray:
        return self._difference + LEAST * allowed_error(self.values, self._tolerance)

    def _interpolate(self, level: np.ndarray, where: np.ndarray) -> None:
        """Take the values in `where` that are not known, and the difference, from polynomials through the points of `level`."""
        rows, columns = np.flatnonzero(level.any(axis=1)), np.flatnonzero(level.any(axis=0))
        coarse = self.values[np.ix_(rows, columns)]
        unusable = ~(np.abs(coarse) < LARGEST)
        patched = _patched(coarse, unusable)
        high, low = (self._polynomial(patched, rows, columns, degree) for degree in (DEGREE, LOWER_DEGREE))
        difference = np.abs(high - low)
        difference[np.ix_(rows, columns)] = np.where(unusable, np.inf, 0.0)  # at the points themselves the two agree
        beside = self.known & ~level  # what is known beside them, by chance or by an earlier round, tells how wrong they are there
        with np.errstate(over="ignore", invalid="ignore"):
            off = np.abs(self.values[beside] - high[beside]) / self._caution
        difference[beside] = np.maximum(difference[beside], np.where(np.isfinite(off), off, np.inf))
        spacing = [int(np.diff(points).max(initial=1)) for points in (rows, columns)]
        nearby = maximum_filter(self._missed, size=[4 * step + 1 for step in spacing])
        difference = np.maximum(maximum_filter(difference, size=[2 * step + 1 for step in spacing]), LEFT * nearby)
        self._difference[where] = difference[where]
        unknown = where & ~self.known
        self.values[unknown] = high[unknown]

    def _polynomial(self, values: np.ndarray, rows: np.ndarray, columns: np.ndarray, degree: int) -> np.ndarray:
        ny, nx = self.values.shape
        return _weights(rows, ny, degree) @ values @ _weights(columns, nx, degree).T


def _weights(points: np.ndarray, count: int, degree: int) -> np.ndarray:
    """Return (count, len(points)): Lagrange's weights of the `degree` + 1 nearest points for every index on one axis."""
    width = min(degree + 1, len(points))
    index = np.arange(count)
    first = np.clip(np.searchsorted(points, index) - width // 2, 0, len(points) - width)
    chosen = first[:, None] + np.arange(width)
    place = points[chosen].astype(np.float64)
    factors = (index[:, None, None] - place[:, None, :]) / np.where(np.eye(width), 1.0, place[:, :, None] - place[:, None, :])
    weights = np.zeros((count, len(points)))
    np.put_along_axis(weights, chosen, np.prod(np.where(np.eye(width), 1.0, factors), axis=2), axis=1)
    return weights


def _nested(shape: tuple[int, int]) -> list[np.ndarray]:
    """Return masks (ny, nx) of nested grids, the first of about FIRST points a side, the last the whole."""
    rows, columns = (_halvings(count) for count in shape)
    depth = max(len(rows), len(columns))
    padded = [[*axis, *[axis[-1]] * (depth - len(axis))] for axis in (rows, columns)]
    return [row[:, None] & column for row, column in zip(*padded, strict=True)]


def _halvings(count: int) -> list[np.ndarray]:
    """Return masks (count,) of nested points on one axis, its ends among them."""
    points = np.unique([*range(0, count - 1, max(1, round((count - 1) / (FIRST - 1)))), count - 1])
    masks = [np.isin(np.arange(count), points)]
    while not masks[-1].all():
        points = np.unique([*points, *(points[:-1] + points[1:]) // 2])
        masks.append(np.isin(np.arange(count), points))
    return masks


def _patched(values: np.ndarray, unusable: np.ndarray) -> np.ndarray:
    """Return the values with those of the nearest usable point where they are not: what comes of them is evaluated, not believed."""
    if not unusable.any():
        return values
    if unusable.all():
        return np.zeros(values.shape)
    nearest = distance_transform_edt(unusable, return_distances=False, return_indices=True)
    return values[tuple(nearest)]
