"""Escape: the steps that methods take to get away from a saddle, measured, beside what the quadratic model at the saddle says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import foldnorm

from landscape.curvature.critical import CriticalPoint
from landscape.errors import Cancelled
from landscape.objective import Objective

# What can leave a saddle, or stay; each is one update for many runs at once.
METHODS = ("gd", "sgd", "perturbed_gd", "momentum", "newton", "saddle_free_newton")
# Those of which each run is another, so that the median of many is told.
RANDOM = ("sgd", "perturbed_gd")
# A run that is still there after so many steps counts as held.
MOST_STEPS = 400
# Runs with noise, of which the median is told.
RUNS = 200
# Eigenvalues below this share of the largest are kept at it in |H|^-1, as in any damped step.
LEAST_CURVATURE = 1e-12
# A median more steps away than this is as good as never.
NEVER = 1e6


@dataclass(frozen=True)
class Pace:
    """The numbers of the methods: learning rate, momentum, the standard deviation of the noise in each gradient's coordinate, and the
    samples in a batch of stochastic gradient descent.
    """

    lr: float = 0.1
    momentum: float = 0.9
    noise: float = 0.1
    batch: int = 4


USUAL = Pace()


@dataclass(frozen=True, eq=False)
class Escape:
    """The steps after which a method is farther from a saddle than `radius` along its steepest way down, by the `distances` of the start.

    `steps` (k,) are measured on the function itself, the median of `runs` runs where there is noise; NaN where it was held for
    `MOST_STEPS`. `low` and `high` are the quartiles. `theory` (k,) is what the quadratic model at the saddle says, infinite for a method
    that the saddle attracts.
    """

    method: str
    distances: np.ndarray
    steps: np.ndarray
    low: np.ndarray
    high: np.ndarray
    theory: np.ndarray
    radius: float
    runs: int = 1

    def __post_init__(self) -> None:
        for array in (self.distances, self.steps, self.low, self.high, self.theory):
            array.setflags(write=False)


def iterates(objective: Objective, method: str, starts: np.ndarray, pace: Pace = USUAL, *, seed: int = 0) -> Iterator[np.ndarray]:
    """Yield the points (k, D) of k runs of `method`, step by step and without end, the `starts` first.

    The noise is Gaussian, drawn anew in every step from a generator of `seed`. Newton's method and the saddle-free one (|H|^-1 for H^-1,
    Dauphin et al. 2014) take whole steps. Stochastic gradient descent, "sgd", is for the
    samples of `NoisyLine`, other batches for each run.
    """
    thetas, velocity, rng = np.array(starts, dtype=np.float64), np.zeros(np.shape(starts)), np.random.default_rng(seed)
    batches = objective.batches(len(thetas), pace.batch, rng) if method == "sgd" else None
    while True:
        yield thetas
        slopes = objective.gradients(thetas) if batches is None else objective.batch_gradients(thetas, next(batches))
        match method:
            case "gd" | "sgd":
                move = pace.lr * slopes
            case "perturbed_gd":
                move = pace.lr * (slopes + pace.noise * rng.standard_normal(slopes.shape))
            case "momentum":
                velocity = pace.momentum * velocity + slopes
                move = pace.lr * velocity
            case _:
                move = _newton_step(objective.hessians(thetas), slopes, saddle_free=method == "saddle_free_newton")
        thetas = thetas - move


def escape(
    objective: Objective,
    saddle: CriticalPoint,
    method: str,
    distances: Sequence[float],
    *,
    radius: float,
    pace: Pace = USUAL,
    runs: int = RUNS,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
) -> Escape:
    """Return after how many steps `method` leaves `saddle`, from starts at each of the `distances` along its steepest way down."""
    way, several = way_down(objective, saddle), runs if method in RANDOM else 1
    starts = np.repeat(saddle.theta + np.outer(distances, way), several, axis=0)
    left = np.full(len(starts), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):  # those that have left run on, to wherever the function leads
        for step, thetas in enumerate(iterates(objective, method, starts, pace, seed=seed)):
            if should_stop is not None and should_stop():
                raise Cancelled
            left[np.isnan(left) & (np.abs((thetas - saddle.theta) @ way) > radius)] = step
            if step == MOST_STEPS or not np.isnan(left).any():
                break
    counts = np.where(np.isnan(left), np.inf, left).reshape(len(distances), several)
    low, steps, high = (_finite(np.quantile(counts, share, axis=1, method="nearest")) for share in (0.25, 0.5, 0.75))
    steps = _finite(np.median(counts, axis=1)) if several > 1 else steps
    told = [_told(objective, saddle, method, distance, radius, pace) for distance in distances]
    return Escape(method, np.array(distances, dtype=np.float64), steps, low, high, np.array(told), radius, several)


def expected(method: str, curvature: float, distance: float, radius: float, pace: Pace = USUAL) -> float:
    """Return the steps from `distance` to `radius` on f = -curvature y^2 / 2, not rounded; infinite for a method that never leaves.

    Gradient descent multiplies y by 1 + lr curvature in every step; momentum by the larger root of r^2 - (1 + beta + lr curvature) r + beta
    after its start; the saddle-free step doubles y. With noise it is when the median of |y|, a Gaussian, is at `radius`.
    """
    gain = pace.lr * curvature
    match method:
        case "gd":
            return _doublings(radius, distance, 1 + gain)
        case "momentum":
            fast, slow = np.roots([1, -(1 + pace.momentum + gain), pace.momentum])
            return _doublings(radius, (1 + gain - slow) / (fast - slow) * distance, fast)
        case "saddle_free_newton":
            return _doublings(radius, distance, 2.0)
        case "perturbed_gd":
            return _median_time(1 + gain, distance, pace.lr * pace.noise, radius)
    return math.inf


def _told(objective: Objective, saddle: CriticalPoint, method: str, distance: float, radius: float, pace: Pace) -> float:
    if method == "sgd":
        return _doublings(radius, distance, objective.growth(pace.lr, pace.batch))
    return expected(method, -float(saddle.eigenvalues[-1]), distance, radius, pace)


def way_down(objective: Objective, saddle: CriticalPoint) -> np.ndarray:
    """Return the unit eigenvector (D,) of the Hessian's lowest eigenvalue at `saddle`; its largest entry is positive."""
    vector = np.linalg.eigh(objective.hessian(saddle.theta))[1][:, 0]
    return vector * np.sign(vector[np.abs(vector).argmax()])


def attraction(slope: Callable[[float], float], curve: Callable[[float], float], inside: float, outside: float) -> float:
    """Return where the basin of 0 under Newton's method on a line ends, between a start `inside` of it and one `outside`, by bisection."""
    while outside - inside > 1e-12:
        middle = (inside + outside) / 2
        at = middle
        for _ in range(100):
            at -= slope(at) / curve(at)
        inside, outside = (middle, outside) if abs(at) < 1e-6 else (inside, middle)
    return (inside + outside) / 2


def _newton_step(hessians: np.ndarray, slopes: np.ndarray, *, saddle_free: bool) -> np.ndarray:
    """Return H^-1 g, or |H|^-1 g, for each row."""
    values, vectors = np.linalg.eigh(hessians)
    least = LEAST_CURVATURE * np.maximum(np.abs(values).max(axis=1, keepdims=True), np.finfo(float).tiny)
    sizes = np.maximum(np.abs(values), least)
    along = np.einsum("kij,ki->kj", vectors, slopes) / (sizes if saddle_free else np.copysign(sizes, values))
    return np.einsum("kij,kj->ki", vectors, along)


def _doublings(radius: float, distance: float, factor: float) -> float:
    """Return how often `distance` is to be multiplied by `factor` until it is `radius`."""
    if distance == 0 or factor <= 1:
        return math.inf
    return max(0.0, math.log(radius / distance) / math.log(factor))


def _median_time(factor: float, distance: float, kick: float, radius: float) -> float:
    """Return when the median of |y| is `radius`, y multiplied by `factor` in every step and kicked by a Gaussian of that deviation."""
    if kick == 0:
        return _doublings(radius, distance, factor)

    def above(time: float) -> float:
        grown = factor**time
        spread = kick * math.sqrt(time if factor == 1 else (grown**2 - 1) / (factor**2 - 1))
        return float(foldnorm.median(grown * distance / spread, scale=spread)) - radius if spread > 0 else distance - radius

    latest = 1.0
    while above(latest) < 0:
        latest *= 2
        if latest > NEVER:
            return math.inf
    return float(brentq(above, 0.0, latest)) if above(0.0) < 0 else 0.0


def _finite(counts: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(counts), counts, np.nan)
