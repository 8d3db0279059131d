"""Surface: an objective sampled on a window of a plane."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableSequence
from dataclasses import dataclass

import numpy as np

from landscape.errors import Cancelled, LandscapeError, journal_of, require_range, require_whole, shown
from landscape.objective import Objective, require_objective
from landscape.plane import Plane, Window, require_plane, require_window
from landscape.sampling.engines import Evaluate, evaluator
from landscape.sampling.refinement import fill

# Points evaluated in one batch (a turn), after which `should_stop` is called and the journal is written: where points are evaluated
# together, and where one after another.
POINTS_A_TURN = 256
SLOW_POINTS_A_TURN = 64
# Largest product of parameters, samples and points in a turn of the latter kind: a fraction of a second.
WORK_A_TURN = 2**28
# Largest product of parameters and points: parameter vectors of 32 MB.
NUMBERS_A_TURN = 2**22
MOST_A_SIDE = 10_000


@dataclass(frozen=True, eq=False)
class Surface:
    """Loss values on a grid: `values[j, i]`, of `values` (ny, nx), is the loss at (a[i], b[j]), with `a` (nx,) and `b` (ny,).

    `error` (ny, nx) is an estimate of |value - true value|, zero where the value was evaluated and only there; `evaluations` is the number
    of evaluations of the objective. NaN and infinite losses are kept.
    """

    a: np.ndarray
    b: np.ndarray
    values: np.ndarray
    error: np.ndarray
    evaluations: int

    def __post_init__(self) -> None:
        for array in (self.a, self.b, self.values, self.error):
            array.setflags(write=False)

    @property
    def exact(self) -> bool:
        """Whether every value was evaluated: without a tolerance, or because interpolation did not reach it."""
        return not self.error.any()


def sample_surface(
    objective: Objective,
    plane: Plane,
    window: Window,
    *,
    resolution: int | tuple[int, int] = 101,
    tolerance: float | None = None,
    journal: MutableSequence[np.ndarray] | None = None,
    engine: str = "local",
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Surface:
    """Sample `objective` on an nx x ny grid over `window` = ((a_lo, a_hi), (b_lo, b_hi)) of `plane`, the window's ends included.

    `resolution` is n or (nx, ny). With `tolerance` None every point is evaluated. A number is the largest error allowed, as a share of the
    range of the values (and three times that share on a logarithmic scale): values are then interpolated wherever the error estimate is
    within it, and `error` holds the estimates. That takes a twentieth to a fifth of the points where the surface is smooth or its kinks are
    few, and all of them where it bends on a scale of a few grid cells. A pit, or an island of values that are not finite, is found for sure
    where it is at least a twentieth of the window wide; a narrower one may be interpolated across, at 101 x 101 one of 12 points in every
    second case (`landscape.sampling.refinement` says how often). If (0, 0) is a grid point it is always evaluated.

    `journal` is a list to which the values of each batch are appended. Passed again after an interrupted call, with the same arguments, the
    batches in it are not evaluated again, and the result has the same bytes. `engine` is "local", or "ray" to evaluate on a cluster (see
    `landscape.sampling.engines`). `report` is called with the finished share of the work (with a tolerance, of its upper bound), and
    `should_stop` between batches; `Cancelled` is raised where it returns True. Raises `LandscapeError` for a window that is empty or not
    finite, fewer than two points a side, a tolerance that is not between 1e-9 and 1, or the journal of another computation.
    """
    require_objective("sample_surface", objective)
    require_plane("sample_surface", plane)
    check_sampling(window, resolution, tolerance)
    a, b = grid_of(window, resolution)
    nx, ny = len(a), len(b)
    evaluate = evaluator(engine, objective, plane, should_stop)
    turns = _Turns(evaluate, turn_length(objective), a, b, [] if journal is None else journal, report, should_stop)
    if tolerance is None:
        values, error = turns(*np.divmod(np.arange(nx * ny), nx)).reshape(ny, nx), np.zeros((ny, nx))
    else:
        values, error = fill((b == 0)[:, None] & (a == 0), turns, tolerance)
    if report is not None:
        report(1.0)
    return Surface(a, b, values, error, turns.evaluations)


def check_sampling(window: Window, resolution: int | tuple[int, int], tolerance: float | None) -> None:
    """Raise the `LandscapeError` that `sample_surface` would raise for these arguments, without evaluating anything."""
    if tolerance is not None:
        require_range("sample_surface", "tolerance", tolerance, 1e-9, 1.0)
    grid_of(window, resolution)


def grid_of(
    window: Window, resolution: int | tuple[int, int], owner: str = "sample_surface", name: str = "resolution"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the coordinates a (nx,), b (ny,) of a grid over `window`, ends included; raises `LandscapeError` for invalid arguments, in
    which `owner` is who was asked, and `name` what it calls the resolution.
    """
    counts = list(resolution) if np.ndim(resolution) else [resolution]
    if len(counts) not in (1, 2):
        raise LandscapeError("wrong_shape", owner=owner, name=name, expected=(2,), got=np.shape(resolution))
    counts = [require_whole(owner, name, count, None, None, example=51) for count in counts] * (2 // len(counts))
    for side, count in zip(("nx", "ny"), counts, strict=True):
        require_range(owner, side, count, 2, MOST_A_SIDE)
    a, b = (_points(lo, hi, count) for (lo, hi), count in zip(require_window(owner, window), counts, strict=True))
    if not (np.diff(a).all() and np.diff(b).all()):
        raise LandscapeError("narrow_window", owner=owner, got=shown(window))
    return a, b


def _points(low: float, high: float, count: int) -> np.ndarray:
    """Return evenly spaced points; one that differs from 0 by rounding is set to 0, so that the origin itself is evaluated."""
    points = np.linspace(low, high, count)
    points[np.abs(points) < 1e-12 * (high - low)] = 0.0
    return points


def turn_length(objective: Objective) -> int:
    """Return how many points of `objective` are evaluated in one turn, between two calls of `should_stop` and two journal entries."""
    slow = min(SLOW_POINTS_A_TURN, WORK_A_TURN // (objective.dim * objective.samples))
    most = POINTS_A_TURN if objective.at_once > 1 else slow
    return max(1, min(most, NUMBERS_A_TURN // objective.dim))


class _Turns:
    """Evaluates grid points in batches (turns) of bounded memory; between two turns it calls `should_stop` and writes the journal."""

    def __init__(
        self,
        evaluate: Evaluate,
        length: int,
        a: np.ndarray,
        b: np.ndarray,
        journal: MutableSequence[np.ndarray],
        report: Callable[[float], None] | None,
        should_stop: Callable[[], bool] | None,
    ):
        self._evaluate, self._length, self._a, self._b = evaluate, length, a, b
        self._journal, self._report, self._should_stop = journal, report, should_stop
        self._taken = 0
        self.evaluations = 0

    def __call__(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the objective at these grid points, given as indices (k,) and (k,), shape (k,)."""
        parts = [slice(k, k + self._length) for k in range(0, len(rows), self._length)]
        turns = [(self._a[columns[part]], self._b[rows[part]]) for part in parts]
        known = len(self._journal) - self._taken
        fresh = self._evaluate(turns[known:])
        return np.concatenate([self._turn(len(a), fresh) for a, _ in turns])

    def _turn(self, count: int, fresh: Iterator[np.ndarray]) -> np.ndarray:
        if self._should_stop is not None and self._should_stop():
            raise Cancelled
        if self._taken == len(self._journal):
            self._journal.append(next(fresh))
        values = self._journal[self._taken]
        if len(values) != count:
            got = f"a turn of {len(values)} values for one of {count}"
            raise LandscapeError("journal_foreign", owner=journal_of(self._journal), got=got)
        self._taken += 1
        self.evaluations += len(values)
        if self._report is not None:
            self._report(self.evaluations / (len(self._a) * len(self._b)))
        return values
