"""Refinement: adaptive sampling of a grid, with values interpolated where an error estimate is within the tolerance.

Nested grids, each with about half the spacing of the one before, are evaluated from coarse to fine. Values between evaluated points are
interpolated by tensor products of Lagrange polynomials of degree 5 through the six nearest points on each axis, so that a kink affects its
neighborhood only. The error indicator is the difference to the polynomials of degree 3, or a share of the interpolation errors observed
nearby. The error estimate is the indicator times a safety factor, calibrated by the errors observed wherever an evaluated value replaces an
interpolated one: on finer grids, and at held-out points drawn at random. It is an estimate, not a bound.

What is promised of a pit, a ridge or an island of values that are not finite: one that covers as many points a side as the first grid's
spacing s, a twentieth of the window, is found wherever it lies. A smaller one of n points is hit by the first grid with probability n / s^2
where its place is random; else by one of k held-out points, of the M that were left, with probability 1 - C(M - n, k) / C(M, k), about
n k / M: 2 % of those of 4 points and 6 % of those of 12 at 101 x 101 points. What none of them hits is interpolated across without a word.
Whatever was hit is followed through neighboring points to its end. Nothing cheap is better: whoever wants to be sure of islands of n points
anywhere has to evaluate a share 1 / n, held-out points in the middles of cells find 10 % instead of 6 %, and the gradients of a narrow pit
fall off as fast as it does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import distance_transform_edt, maximum_filter

# (rows, columns), indices of grid points, shape (k,) each, to the values there, (k,).
Evaluate = Callable[[np.ndarray, np.ndarray], np.ndarray]

# Points a side of the coarsest grid, all evaluated.
FIRST = 21
DEGREE, LOWER_DEGREE = 5, 3
# Initial safety factor: the error estimate in units of the indicator.
SAFETY = 2.5
# The safety factor is raised to this quantile of |error| / indicator over the points that a finer grid evaluates. Larger ratios, as at a
# kink where the two polynomials agree by chance, raise the indicator of their neighborhood only.
COVERED = 0.995
# Refinement raises the safety factor at most to this: beyond 1 / SMALLEST nothing but evaluated values would be certain, and one narrow pit
# that a grid happens to see would make it so everywhere. Held-out points may raise it further: they show what no grid has hinted at.
MOST = 16.0
# The share of an interpolation error that counts in the indicator nearby once the spacing is halved: where the function is smooth, the
# error falls to a twentieth or less; where it is not, the two polynomials differ.
REMAINING = 1 / 20
# Smallest indicator, as a share of the allowed error: the two polynomials may agree by chance.
SMALLEST = 0.03
# Error allowed on a logarithmic color scale, in units of that on a linear one: at 1e-3 still less than one of 256 colors.
LOG_SHARE = 3.0
# Held-out points of each round, as a share of the grid; where they raise the safety factor, it is also multiplied by MARGIN.
HELD_OUT = 0.005
FEWEST_HELD_OUT = 32
MARGIN = 1.25
# Errors at held-out points below this share of the allowed error are ignored: no picture shows them.
MATTERS = 0.5
# Where more than this share of the grid has to be evaluated, all of it is.
ROUGH = 0.5
# Values beyond this are not interpolated: products with the weights may overflow.
LARGEST = 1e150


def fill(sure: np.ndarray, evaluate: Evaluate, tolerance: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return values (ny, nx) on a grid and their error estimates (ny, nx), 0 where evaluated: where `sure` (ny, nx) is True, and as needed.

    The minimum and the maximum are evaluated values, up to rounding. `evaluate(rows, columns)` returns the values at those indices. The
    error estimates are at most `allowed_error`: `tolerance` times the range of the values, linear and logarithmic. Grid cells next to an
    evaluated value that is not finite are evaluated, not interpolated. Where more than half of the grid has to be evaluated, all of it is,
    and every error is 0.
    """
    grid = _Grid(sure, evaluate, tolerance)
    generator = np.random.default_rng(seed)
    while True:
        grid.refine()
        if not (grid.evaluate_rest() or grid.hold_out(generator)):
            return grid.values, grid.error


def allowed_error(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the allowed error of each value: a share of the range of `values` on a linear and on a logarithmic color scale.

    On the linear scale it is `tolerance` (max - min). On the scale log(value - min + offset), where offset is the 1 % quantile of
    value - min, it is LOG_SHARE `tolerance` times the range of the logarithm times (value - min + offset), relative near the minimum.
    """
    finite = values[np.isfinite(values)]
    scale = max(1.0, float(np.abs(finite).max(initial=0.0)) / LARGEST)  # differences of the values are finite
    low, high = (float(finite.min()) / scale, float(finite.max()) / scale) if finite.size else (0.0, 0.0)
    rise = np.clip(np.where(np.isfinite(values), values / scale, high) - low, 0.0, None)
    near, far = np.quantile(rise, (0.01, 0.9)).tolist()
    offset = max(near, 1e-4 * far, 1e-9 * (high - low))
    nepers = np.log((high - low + offset) / offset) if offset > 0 else 0.0
    rounding = 1e-12 * max(abs(low), abs(high))
    return scale * np.maximum(tolerance * np.minimum(high - low, LOG_SHARE * nepers * (rise + offset)), rounding)


def spacing(count: int) -> int:
    """Return the largest distance of neighbors of the first grid on an axis of `count` points; a feature as wide is found for sure."""
    return max(1, round((count - 1) / (FIRST - 1)))


class _Grid:
    """A partly evaluated grid: `values`, `known` where they were evaluated, and the error indicator of the others, a maximum over cells."""

    def __init__(self, sure: np.ndarray, evaluate: Evaluate, tolerance: float):
        self._evaluate, self._tolerance, self._factor = evaluate, tolerance, SAFETY
        self._levels = _nested(sure.shape)
        self.values, self._raw_indicator = np.full(sure.shape, np.nan), np.full(sure.shape, np.inf)
        self.known = np.zeros(sure.shape, dtype=bool)
        self._allowed_error: np.ndarray | None = None  # of the values as they are
        self._observed = np.zeros(sure.shape)  # interpolation errors observed where a value was evaluated later
        self._set_exact(self._levels[0] | sure)

    @property
    def error(self) -> np.ndarray:
        """The error estimate of each value."""
        return np.where(self.known, 0.0, np.maximum(self._estimate(), np.finfo(np.float64).tiny))

    def refine(self) -> None:
        """Evaluate the nested grids from coarse to fine, each where the error estimate of the coarser one exceeds the allowed error, until
        no point is new: a crack or a ridge is followed from the points where it was seen, and where a finer grid has raised
        the safety factor, few of the points that became uncertain need to be evaluated themselves.
        """
        evaluated = -1
        while evaluated < np.count_nonzero(self.known) < self.known.size:
            evaluated = np.count_nonzero(self.known)
            self._pass()

    def _pass(self) -> None:
        uncertain = np.ones(self.known.shape, dtype=bool)
        for level in self._levels:
            self._calibrate(uncertain & level, COVERED, most=MOST)
            if self.known.all():
                return
            self._interpolate(level, uncertain)
            uncertain &= self._estimate() > self._allowed()
            if (self.known | uncertain).mean() > ROUGH and level is self._levels[-2]:
                uncertain[:] = True

    def evaluate_rest(self) -> bool:
        """Evaluate the points whose error estimate exceeds the allowed error, which a maximum found late may have changed, and those where
        the interpolated value is beyond all evaluated ones; return whether there were any.
        """
        allowed = self._allowed()
        wanted = self._estimate() > allowed
        finite = self.values[self.known & np.isfinite(self.values)]
        if finite.size:
            with np.errstate(over="ignore"):
                beyond = np.maximum(finite.min() - self.values, self.values - finite.max(), where=~self.known, out=np.zeros(wanted.shape))
            wanted |= beyond > SMALLEST * allowed
        wanted &= ~self.known
        self._set_exact(wanted)
        return bool(wanted.any())

    def hold_out(self, generator: np.random.Generator) -> bool:
        """Evaluate a few held-out points drawn at random; return whether they raise the safety factor or are not finite."""
        unknown = np.flatnonzero(~self.known)
        if not len(unknown):
            return False
        chosen, before = np.zeros(self.known.size, dtype=bool), self._factor
        count = min(len(unknown), max(FEWEST_HELD_OUT, round(HELD_OUT * self.known.size)))
        chosen[generator.choice(unknown, count, replace=False)] = True
        chosen = chosen.reshape(self.known.shape)
        self._calibrate(chosen, 1.0, matters=MATTERS)
        if not np.isfinite(self.values[chosen]).all():
            return True  # values that are not finite lie between evaluated points: the cells around them must be evaluated
        if self._factor == before:
            return False
        self._factor *= MARGIN
        return True

    def _calibrate(self, wanted: np.ndarray, covered: float, matters: float = 0.0, most: float = np.inf) -> None:
        """Evaluate the points `wanted`; raise the safety factor, up to `most`, to the quantile `covered` of |error| / indicator there.

        Errors below `matters` times the allowed error count as 0.
        """
        new = wanted & ~self.known
        interpolated, indicator, allowed = self.values[new], self._indicator()[new], self._allowed()[new]
        self._set_exact(new)
        indicator = np.maximum(indicator, np.finfo(np.float64).tiny)  # zero where all evaluated values are
        with np.errstate(over="ignore", invalid="ignore"):
            errors = np.abs(self.values[new] - interpolated)
            ratios = errors / indicator
        self._observed[new] = np.where(np.isfinite(errors), errors, np.inf)
        counts = np.isfinite(ratios) & (errors >= matters * allowed)
        if len(ratios):
            self._factor = max(self._factor, min(most, float(np.quantile(np.where(counts, ratios, 0.0), covered))))

    def _set_exact(self, wanted: np.ndarray) -> None:
        rows, columns = np.nonzero(wanted & ~self.known)
        if len(rows):
            self.values[rows, columns] = self._evaluate(rows, columns)
            self.known[rows, columns] = True
            self._allowed_error = None

    def _allowed(self) -> np.ndarray:
        if self._allowed_error is None:
            self._allowed_error = allowed_error(self.values, self._tolerance)
        return self._allowed_error

    def _estimate(self) -> np.ndarray:
        return self._factor * self._indicator()

    def _indicator(self) -> np.ndarray:
        return self._raw_indicator + SMALLEST * self._allowed()

    def _interpolate(self, level: np.ndarray, where: np.ndarray) -> None:
        """Interpolate the values in `where` that are not evaluated, and set the indicator, from the points of the grid `level`."""
        rows, columns = np.flatnonzero(level.any(axis=1)), np.flatnonzero(level.any(axis=0))
        coarse = self.values[np.ix_(rows, columns)]
        unusable = ~(np.abs(coarse) < LARGEST)
        patched = _patched(coarse, unusable)
        high, low = (self._polynomial(patched, rows, columns, degree) for degree in (DEGREE, LOWER_DEGREE))
        difference = np.abs(high - low)
        difference[np.ix_(rows, columns)] = np.where(unusable, np.inf, 0.0)  # at the nodes the two polynomials agree
        others = self.known & ~level  # evaluated points that are not nodes show the error there
        with np.errstate(over="ignore", invalid="ignore"):
            off = np.abs(self.values[others] - high[others]) / self._factor
        difference[others] = np.maximum(difference[others], np.where(np.isfinite(off), off, np.inf))
        steps = [int(np.diff(points).max(initial=1)) for points in (rows, columns)]
        nearby = maximum_filter(self._observed, size=[4 * step + 1 for step in steps])
        difference = np.maximum(maximum_filter(difference, size=[2 * step + 1 for step in steps]), REMAINING * nearby)
        self._raw_indicator[where] = difference[where]
        unknown = where & ~self.known
        self.values[unknown] = high[unknown]
        self._allowed_error = None

    def _polynomial(self, values: np.ndarray, rows: np.ndarray, columns: np.ndarray, degree: int) -> np.ndarray:
        ny, nx = self.values.shape
        return _weights(rows, ny, degree) @ values @ _weights(columns, nx, degree).T


def _weights(points: np.ndarray, count: int, degree: int) -> np.ndarray:
    """Return Lagrange weights (count, len(points)) of the `degree` + 1 nearest `points` for every index of one axis."""
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
    """Return masks (ny, nx) of nested grids, from about FIRST points a side to the whole grid."""
    rows, columns = (_halvings(count) for count in shape)
    depth = max(len(rows), len(columns))
    padded = [[*axis, *[axis[-1]] * (depth - len(axis))] for axis in (rows, columns)]
    return [row[:, None] & column for row, column in zip(*padded, strict=True)]


def _halvings(count: int) -> list[np.ndarray]:
    """Return masks (count,) of nested sets of points on one axis, both ends included."""
    points = np.unique([*range(0, count - 1, spacing(count)), count - 1])
    masks = [np.isin(np.arange(count), points)]
    while not masks[-1].all():
        points = np.unique([*points, *(points[:-1] + points[1:]) // 2])
        masks.append(np.isin(np.arange(count), points))
    return masks


def _patched(values: np.ndarray, unusable: np.ndarray) -> np.ndarray:
    """Return the values with unusable ones replaced by the nearest usable value; the points around them are evaluated anyway."""
    if not unusable.any():
        return values
    if unusable.all():
        return np.zeros(values.shape)
    nearest = distance_transform_edt(unusable, return_distances=False, return_indices=True)
    return values[tuple(nearest)]
