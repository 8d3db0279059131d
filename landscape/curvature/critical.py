"""Critical points: zeros of the gradient in the full space, classified by the signs of the Hessian's eigenvalues."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from landscape.curvature.hessian import LARGEST_DENSE, dense_hessian
from landscape.curvature.stationary import MOST_STEPS, downhill, flat_around, roots
from landscape.errors import Cancelled, LandscapeError, require_seed, require_whole
from landscape.objective import ArrayLike, Objective, require_objective
from landscape.plane import Window, require_window

STARTS_A_SIDE = 8
STARTS_AROUND = 64
# Distances of starts from `theta`, in units of one coordinate's standard deviation: near ones see detail, far ones other regions.
NEAREST, FARTHEST = 0.5, 2.0
# Starts that go downhill first take so many steps at most. In more than two dimensions, where each takes a Hessian that costs, they are one
# of so many.
STEPS_DOWN, ONE_OF = 40, 4
# Rounds of starts go on while arrivals at isolated points that were seen only once are more than this share of all.
MOST_ROUNDS = 12
MISSING = 0.01
# Last starts: the highest points of the straight segments between minima, the shortest ones first, near passes. They are sought among so
# many points, so many times, each time between the neighbors of the highest.
MOST_SEGMENTS, POINTS_A_SEGMENT, FINER = 64, 33, 4
# Points closer than this share of the search's extent are the same.
SAME_POINT = 1e-5
# The same for degenerate points, which are often whole curves (a valley of minima): the list samples them at this spacing.
SAME_VALLEY = 0.1
# Degenerate points are of one level if their values differ by less than this share of the objective's size, curvature times extent squared.
SAME_LEVEL = 1e-9
# Eigenvalues below this share of the typical curvature are zero.
FLAT = 1e-7
# A point lies at infinity where, along the ray through it, the objective is constant to this share of its change on the other side.
CONSTANT = 1e-6
OUTWARD, INWARD = (1.5, 2.0, 4.0), (0.5, 0.1, 0.0)
# Bytes of the Hessians held at once.
MEMORY = 2**28


@dataclass(frozen=True, eq=False)
class CriticalPoint:
    """A point with zero gradient: `theta` (D,), `value`, `gradient_norm`, all `eigenvalues` (D,) descending.

    `index` is the number of negative eigenvalues. `kind` is "minimum" (index 0), "maximum" (index D), "saddle", or "degenerate" (an
    eigenvalue is zero to working precision, so that second derivatives do not determine the kind); `zero` is the size up to which
    eigenvalues counted as zero.
    """

    theta: np.ndarray
    value: float
    gradient_norm: float
    eigenvalues: np.ndarray
    index: int
    kind: str
    zero: float = 0.0

    def __post_init__(self) -> None:
        for array in (self.theta, self.eigenvalues):
            array.setflags(write=False)


class CriticalPoints(list[CriticalPoint]):
    """The critical points that a search found, ordered by value, and what is known of those that it did not find. It may miss some: no
    search from finitely many starts can prove that a list is complete.

    `starts` is the number of random or given starts, and `visits` says how many of them led to each point of the list; it is 0 for a pass
    that was found from a segment between two minima alone. `arrivals` are the visits of each isolated point and of each level of degenerate
    points, which are samples of a valley. `infinite` counts starts that led to a critical point at infinity, such as a saturated unit whose
    weights grow for ever: there is none at any finite theta. It is a lower bound: where the outgoing weight of a saturated unit is zero as
    well, the loss is constant along the whole ray, and the point is listed as degenerate.

    `missing` and `unseen` speak of starts like these that arrive somewhere. They are low where the same few points were reached many times,
    also if there are others whose basins of attraction these starts never met; and they know nothing of what the `lost` ones came near.
    """

    def __init__(
        self,
        points: Iterable[CriticalPoint] = (),
        *,
        starts: int = 0,
        visits: Iterable[int] = (),
        arrivals: Iterable[int] = (),
        infinite: int = 0,
    ):
        super().__init__(points)
        self.starts, self.visits, self.arrivals, self.infinite = starts, tuple(visits), tuple(arrivals), infinite

    @property
    def lost(self) -> int:
        """The number of starts that led to no point of the list: stuck where |gradient| is least but not zero, out of the window, or not
        there in time.
        """
        return self.starts - sum(self.visits) - self.infinite

    @property
    def missing(self) -> float:
        """Estimate of the share of arrivals, from starts like these, at points or levels that are not listed: the share of those reached
        once among all arrivals (Good 1953). It is 1 where nothing was found. Points with small basins of attraction count little.
        """
        return self.arrivals.count(1) / sum(self.arrivals) if any(self.arrivals) else 1.0

    @property
    def unseen(self) -> float:
        """Estimate, from below, of the number of points or levels that starts like these reach and that are not listed (Chao 1984,
        bias-corrected): n1 (n1 - 1) / 2 (n2 + 1) with n1 reached once and n2 reached twice.
        """
        once, twice = self.arrivals.count(1), self.arrivals.count(2)
        return once * (once - 1) / (2 * (twice + 1))


def find_critical_points(
    objective: Objective,
    *,
    window: Window | None = None,
    starts: ArrayLike | None = None,
    seed: int = 0,
    steps: int = MOST_STEPS,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> CriticalPoints:
    """Return critical points in the full space: zeros of |gradient|^2 found by Levenberg-Marquardt with the exact Hessian.

    Starts are the rows of `starts` (k, D); or a jittered grid over `window` ((lo, hi), (lo, hi)) of a two-parameter objective, to which the
    list is then restricted; or 64 Gaussian points around `objective.theta`, at distances that vary by a factor of four. A grid or a cloud
    is followed by others, up to 12, while more than 1 % of all arrivals at isolated points were the only ones there; then by such whose
    starts go downhill first, since minima of small basins are seldom met by others; then by the highest points between minima. A start that
    has not arrived after `steps` is given up. Points are listed once, ordered by value. The list need not be complete: see
    `CriticalPoints`, whose `missing` estimates by how much. The Hessian is dense, which limits the number of parameters (Dauphin et al.
    2014, section 4). `report` is called with the share done, and `should_stop` before each step of all starts; `Cancelled` is raised where
    it returns True. Raises `LandscapeError` for a window of an objective with other than two parameters, or for more than `LARGEST_DENSE`
    parameters.
    """
    require_objective("find_critical_points", objective)
    seed, steps = require_seed("find_critical_points", seed), require_whole("find_critical_points", "steps", steps, 1, None)
    window = None if window is None else require_window("find_critical_points", window)
    if objective.dim > LARGEST_DENSE:
        raise LandscapeError("too_large_dense", owner="dense Hessian", got=objective.dim, most=LARGEST_DENSE)
    found: _Found | None = None
    rounds, down = 1 if starts is not None else MOST_ROUNDS + 1, False

    def step(turn: int, done: float) -> None:
        if should_stop is not None and should_stop():
            raise Cancelled
        if report is not None:
            report((turn + done) / rounds)

    for turn, points in enumerate(_clouds(objective, window, starts, seed)):
        if not len(points):
            return CriticalPoints()
        found = found or _Found(objective, window, points, steps)
        chosen = points[::ONE_OF] if down and objective.dim > 2 else points
        found.search(chosen, partial(step, turn), down=down)
        if found.rare < MISSING:
            if down:
                break
            down = True
    if starts is None:
        found.search(found.passes(), partial(step, MOST_ROUNDS), counted=False)
    return found.listed()


def classify(objective: Objective, theta: np.ndarray, *, typical: float = 0.0) -> CriticalPoint:
    """Return the critical point at `theta` with its kind, from all eigenvalues of its Hessian.

    Eigenvalues are zero if small relative to the largest one or to `typical`, the size of the Hessian elsewhere: at a monkey saddle the
    whole Hessian is zero.
    """
    eigenvalues = np.linalg.eigvalsh(dense_hessian(objective, theta))[::-1].copy()
    norm = float(np.linalg.norm(objective.gradient(theta)))
    return _typed(theta, objective.value(theta), norm, eigenvalues, typical)


def _typed(theta: np.ndarray, value: float, norm: float, eigenvalues: np.ndarray, typical: float) -> CriticalPoint:
    zero = FLAT * max(float(np.abs(eigenvalues).max()), typical)
    index = int((eigenvalues < -zero).sum())
    degenerate = bool((np.abs(eigenvalues) <= zero).any())
    kind = "degenerate" if degenerate else {0: "minimum", len(theta): "maximum"}.get(index, "saddle")
    return CriticalPoint(theta, value, norm, eigenvalues, index, kind, zero)


class _Found:
    """The points found so far by several clouds of starts, with how often each was reached; scales are those of the first cloud."""

    def __init__(self, objective: Objective, window: Window | None, points: np.ndarray, steps: int):
        self._objective, self._window, self._steps = objective, window, steps
        self._extent = float(np.ptp(points, axis=0).max()) or 1.0
        sizes = np.abs(objective.hessians(points[:: max(1, len(points) // 16)])).max((1, 2))
        self._typical = float(np.median(sizes))
        self._points: list[CriticalPoint] = []
        self._visits: list[int] = []
        self._starts = self._infinite = 0

    @property
    def rare(self) -> float:
        """The share of arrivals at isolated points that were the only ones there."""
        visits = [count for count, point in zip(self._visits, self._points, strict=True) if point.kind != "degenerate"]
        return visits.count(1) / max(1, sum(visits))

    def listed(self) -> CriticalPoints:
        """Return the list, ordered by value."""
        order = sorted(range(len(self._points)), key=lambda k: self._points[k].value)
        points, visits = ([column[k] for k in order] for column in (self._points, self._visits))
        arrivals = [count for count, point in zip(visits, points, strict=True) if point.kind != "degenerate"]
        level, near = -np.inf, SAME_LEVEL * self._typical * self._extent**2
        for count, point in zip(visits, points, strict=True):
            if point.kind == "degenerate":
                if point.value - level > near:
                    arrivals.append(0)
                arrivals[-1] += count
                level = point.value
        return CriticalPoints(points, starts=self._starts, visits=visits, arrivals=arrivals, infinite=self._infinite)

    def passes(self) -> np.ndarray:
        """Return the highest points of the straight segments between minima, (at most `MOST_SEGMENTS`, D)."""
        minima = np.array([point.theta for point in self._points if point.kind == "minimum"]).reshape(-1, self._objective.dim)
        one, other = np.triu_indices(len(minima), 1)
        nearest = np.argsort(np.linalg.norm(minima[one] - minima[other], axis=1), kind="stable")[:MOST_SEGMENTS]
        tops = [self._highest(minima[i], minima[j]) for i, j in zip(one[nearest], other[nearest], strict=True)]
        return np.array(tops).reshape(-1, self._objective.dim)

    def _highest(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return the highest point of the segment."""
        shares = np.linspace(0.0, 1.0, POINTS_A_SEGMENT)[:, None]
        for _ in range(FINER):
            points = start + shares * (end - start)
            k = int(np.argmax(self._objective.values(points)))
            start, end = points[max(0, k - 1)], points[min(len(points) - 1, k + 1)]
        return points[k]

    def search(self, starts: np.ndarray, step: Callable[[float], None], *, counted: bool = True, down: bool = False) -> None:
        """Follow every row of `starts`, after a descent if `down`, to a critical point, and note it if it is new; `step` is called with the
        share done.
        """
        together = max(1, int(MEMORY / (8 * self._objective.dim**2)))
        for first in range(0, len(starts), together):
            part = starts[first : first + together]

            def ahead(done: float, first: int = first, size: int = len(part)) -> None:
                step((first + done * size) / len(starts))

            with np.errstate(over="ignore", invalid="ignore"):  # an iteration may diverge until squares overflow
                if down:
                    most = min(STEPS_DOWN, self._steps)
                    part = downhill(self._objective, part, self._extent, lambda done, ahead=ahead: ahead(done / 2), most)
                later = (lambda done, ahead=ahead: ahead((1 + done) / 2)) if down else ahead
                thetas = roots(self._objective, part, self._extent, later, self._steps)
                thetas = thetas[[self._inside(theta) for theta in thetas]]
                thetas = thetas[~flat_around(self._objective, thetas, self._extent, self._typical)]
                self._note(thetas, int(counted))
        self._starts += counted * len(starts)
        step(1.0)

    def _note(self, thetas: np.ndarray, visit: int) -> None:
        if not len(thetas):
            return
        eigenvalues, axes = np.linalg.eigh(self._objective.hessians(thetas))
        norms = np.linalg.norm(self._objective.gradients(thetas), axis=1)
        rows = zip(thetas, self._objective.values(thetas), norms, eigenvalues[:, ::-1], axes[:, :, ::-1], strict=True)
        for theta, value, norm, spectrum, basis in rows:
            point = _typed(theta.copy(), float(value), float(norm), spectrum.copy(), self._typical)
            if point.kind == "degenerate" and self._at_infinity(point, basis):
                self._infinite += visit
                continue
            near = self._extent * (SAME_VALLEY if point.kind == "degenerate" else SAME_POINT)
            same = (k for k, other in enumerate(self._points) if other.kind == point.kind and _distance(other, point) < near)
            k = next(same, None)
            if k is None:
                self._points.append(point)
                self._visits.append(visit)
            else:
                self._visits[k] += visit

    def _at_infinity(self, point: CriticalPoint, axes: np.ndarray) -> bool:
        """Return whether the point is one in the limit only: the weights of some unit lie in the Hessian's null space, and the objective is
        constant where they grow, but changes where they shrink. In a true valley it does neither or both.
        """
        null = axes[:, np.abs(point.eigenvalues) <= point.zero]
        for unit in _units(self._objective):
            ray = null @ (null[unit].T @ point.theta[unit])
            if np.linalg.norm(ray) < SAME_POINT * self._extent:
                continue
            scales = np.array((*OUTWARD, *INWARD)) - 1
            with np.errstate(all="ignore"):
                changes = np.abs(self._objective.values(point.theta + scales[:, None] * ray) - point.value)
            outward, inward = np.nanmax(changes[: len(OUTWARD)]), np.nanmax(changes[len(OUTWARD) :])
            if max(outward, inward) > FLAT * max(abs(point.value), self._typical) and min(outward, inward) < CONSTANT * max(
                outward, inward
            ):
                return True
        return False

    def _inside(self, theta: np.ndarray) -> bool:
        return self._window is None or all(lo <= t <= hi for t, (lo, hi) in zip(theta, self._window, strict=True))


def _units(objective: Objective) -> Iterator[np.ndarray]:
    """Yield the indices of each hidden unit's incoming weights with its bias, and those of every other parameter tensor."""
    blocks = objective.blocks
    for block, following in zip(blocks, (*blocks[1:], None), strict=True):
        indices = np.arange(block.start, block.stop).reshape(block.shape)
        if block.kind != "filters":
            yield indices.ravel()
            continue
        filters = np.moveaxis(indices, block.axis, 0).reshape(block.shape[block.axis], -1)
        biased = following is not None and following.kind == "vector" and following.shape == (len(filters),)
        yield from (np.append(row, following.start + k) if biased else row for k, row in enumerate(filters))


def _distance(one: CriticalPoint, other: CriticalPoint) -> float:
    return float(np.linalg.norm(one.theta - other.theta))


def _clouds(objective: Objective, window: Window | None, starts: ArrayLike | None, seed: int) -> Iterator[np.ndarray]:
    """Yield the given starts, or one random cloud of starts after another."""
    if starts is not None:
        yield objective.tensors(starts).double().numpy(force=True)
        return
    if window is not None and objective.dim != 2:
        raise LandscapeError("wrong_shape", owner="find_critical_points", name="window", expected=objective.dim, got=2)
    generator = np.random.default_rng(seed)
    for _ in range(MOST_ROUNDS):
        if window is None:
            yield _around(objective, generator)
        else:
            yield _over(window, generator)


def _around(objective: Objective, generator: np.random.Generator) -> np.ndarray:
    scales = np.exp(generator.uniform(np.log(NEAREST), np.log(FARTHEST), (STARTS_AROUND, 1)))
    return objective.theta + scales * generator.standard_normal((STARTS_AROUND, objective.dim))


def _over(window: Window, generator: np.random.Generator) -> np.ndarray:
    (a_lo, a_hi), (b_lo, b_hi) = window
    cells = np.stack(np.meshgrid(np.arange(STARTS_A_SIDE), np.arange(STARTS_A_SIDE)), axis=-1).reshape(-1, 2)
    shares = (cells + generator.random(cells.shape)) / STARTS_A_SIDE
    return np.array([a_lo, b_lo]) + shares * np.array([a_hi - a_lo, b_hi - b_lo])
