"""Sharpness: published measures of how much an objective increases around a point."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from landscape.curvature.spectrum import top_eigenpairs
from landscape.curvature.trace import Estimate, hessian_trace
from landscape.errors import Cancelled, LandscapeError, require_range, require_whole
from landscape.objective import ArrayLike, Block, Derived, Objective, Term, require_objective

# First step length of an ascent, in radii of the set: so large that the projection is the point of the set furthest along the gradient.
FAR = 1e4
# Factors of the step length after a rejected and an accepted step.
SHORTER, LONGER = 0.2, 2.0
# An ascent ends below this step length, or where the relative increase of the rise is below this.
SHORTEST = 1e-9
SLIGHTEST = 1e-6


@dataclass(frozen=True, eq=False)
class Peak:
    """The highest point found in a set around theta: `displacement` (D,) from theta, and `rise` = f(theta + displacement) - f(theta).

    `value` is the sharpness computed from the rise, in the unit that the function returning it defines; `first_order` is the same at the
    maximizer of the linearized f. Both are lower bounds of the true maximum. `rise` is NaN or infinite if f was at some point of the
    search.
    """

    value: float
    first_order: float
    rise: float
    displacement: np.ndarray

    def __post_init__(self) -> None:
        self.displacement.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Sharpness:
    """The measures at one point: `lambda_max` with its `residual`, `trace`, `box` (Keskar et al., percent), `ball` (SAM, units of f)."""

    lambda_max: float
    residual: float
    trace: Estimate
    box: Peak
    ball: Peak


def measure_sharpness(
    objective: Objective,
    theta: ArrayLike,
    *,
    epsilon: float = 1e-3,
    rho: float = 0.05,
    probes: int = 48,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
    report: Callable[[float], None] | None = None,
) -> Sharpness:
    """Return every measure of sharpness at `theta`.

    None of them predicts generalization by itself (Andriushchenko et al. 2023, A Modern Look at the Relationship between Sharpness and
    Generalization), and values of two networks are comparable only at equal training loss. `epsilon` is that of `box_sharpness`, `rho` that
    of `ball_sharpness`, `probes` and `seed` are those of `hessian_trace`. `report` is called with the finished share of the work, and
    `should_stop` before each product or step; `Cancelled` is raised where it returns True. Raises `LandscapeError` as these functions do.
    """
    require_objective("measure_sharpness", objective)
    told = report or (lambda share: None)
    with np.errstate(over="ignore", invalid="ignore"):
        top = top_eigenpairs(objective, theta, 1, should_stop=should_stop)
    told(0.25)
    trace = hessian_trace(objective, theta, probes=probes, seed=seed, should_stop=should_stop)
    told(0.5)
    box = box_sharpness(objective, theta, epsilon=epsilon, should_stop=should_stop)
    told(0.75)
    ball = ball_sharpness(objective, theta, rho=rho, should_stop=should_stop)
    told(1.0)
    largest, residual = (float(top.eigenvalues[0]), float(top.residuals[0])) if len(top.eigenvalues) else (np.nan, np.nan)
    return Sharpness(largest, residual, trace, box, ball)


def box_sharpness(
    objective: Objective,
    theta: ArrayLike,
    *,
    epsilon: float = 1e-3,
    steps: int = 20,
    should_stop: Callable[[], bool] | None = None,
) -> Peak:
    """Return 100 (max f - f(theta)) / (1 + f(theta)) over the box |d_i| <= epsilon (|theta_i| + 1), in percent.

    Keskar et al. 2017, metric 2.1 with A the identity, and the larger of their epsilons. They take ten steps of L-BFGS-B from theta, where
    the gradient vanishes at a minimum; here at most `steps` steps of projected gradient ascent start from each of three corners: that of
    the gradient, and those of the top eigenvector (in units of the box) and its negative. NaN where 1 + f(theta) <= 0: the measure assumes
    a non-negative loss. Raises `LandscapeError` when `epsilon` is negative or `steps` below 1.
    """
    require_objective("box_sharpness", objective)
    require_range("box_sharpness", "epsilon", epsilon, 0, None)
    steps = require_whole("box_sharpness", "steps", steps, 1, None)
    center = objective.tensor(theta)
    return _highest(_Around(objective, center, epsilon * (center.abs() + 1)), _BOX, steps, should_stop, percent=True)


def ball_sharpness(
    objective: Objective,
    theta: ArrayLike,
    *,
    rho: float = 0.05,
    adaptive: bool = False,
    steps: int = 20,
    should_stop: Callable[[], bool] | None = None,
) -> Peak:
    """Return max f(theta + d) - f(theta) over the ball |d| <= rho, in the unit of f.

    Foret et al. 2021, section 2, where 0.05 is a usual rho; `first_order` is the rise at their d = rho g / |g|. With `adaptive` the ball is
    |d / theta| <= rho, with entrywise division, which is invariant to rescalings of layers that do not change the network's function (Kwon
    et al. 2021, ASAM, definition 2; a zero weight stays zero). At most `steps` steps of projected gradient ascent start from each of three
    points: along the gradient, the top eigenvector and its negative. Raises `LandscapeError` when `rho` is negative or `steps` below 1.
    """
    require_objective("ball_sharpness", objective)
    require_range("ball_sharpness", "rho", rho, 0, None)
    steps = require_whole("ball_sharpness", "steps", steps, 1, None)
    center = objective.tensor(theta)
    return _highest(_Around(objective, center, rho * (center.abs() if adaptive else torch.ones_like(center))), _BALL, steps, should_stop)


def rayleigh_quotient(objective: Objective, theta: ArrayLike, direction: ArrayLike) -> float:
    """Return d^T H d / d^T d: the curvature along `direction` (D,), between the smallest and the largest eigenvalue.

    `curvature_along` does not divide by d^T d. Raises `LandscapeError` when the direction is zero.
    """
    require_objective("rayleigh_quotient", objective)
    direction = objective.tensor(direction).double().numpy(force=True)
    size = float(np.abs(direction).max())
    if size == 0:
        raise LandscapeError("no_direction", owner="rayleigh_quotient", got="the zero vector")
    direction = direction / size  # squares of tiny entries would underflow
    return float(direction @ objective.hessian_vector(theta, direction) / (direction @ direction))


class _Around(Derived):
    """e -> f(center + scale * e), with an entrywise product: it maps the unit cube and ball to the box and the ball around theta."""

    def __init__(self, objective: Objective, center: Tensor, scale: Tensor):
        super().__init__(objective)
        self._center, self.scale = center, scale
        self.theta = np.zeros(self.dim)
        self.blocks = (Block("displacement", (self.dim,), 0, self.dim, "whole"),)

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        return self.source.loss(self._center + self.scale * theta, batch)

    def terms(self, batch: Tensor | None = None) -> list[Term]:
        return [lambda theta, term=term: term(self._center + self.scale * theta) for term in self.source.terms(batch)]

    def held(self, theta: Tensor) -> AbstractContextManager[object]:
        return self.source.held(self._center + self.scale * theta)


@dataclass(frozen=True)
class _Set:
    """A unit set: `project` gives its point nearest to e, `furthest` its point furthest along e."""

    project: Callable[[Tensor], Tensor]
    furthest: Callable[[Tensor], Tensor]


def _unit(e: Tensor) -> Tensor:
    """Return e / |e|, also where the square of an entry overflows or underflows."""
    e = e / e.abs().max()
    return e / e.norm()


_BOX = _Set(lambda e: e.clamp(-1, 1), lambda e: torch.where(e < 0, -1.0, 1.0).to(e.dtype))
_BALL = _Set(lambda e: e / e.norm().clamp(min=1), _unit)


def _highest(around: _Around, unit: _Set, steps: int, should_stop: Callable[[], bool] | None, *, percent: bool = False) -> Peak:
    """Return the highest of the points reached from all starts."""
    zero = around.tensor(around.theta)
    level, slope = around.value_and_gradient(zero)
    along_gradient = unit.furthest(slope) if slope.isfinite().all() and slope.any() else zero
    first = around.value(along_gradient)
    best, top = zero, level
    for start in (along_gradient, *_bent(around, unit, should_stop)):
        point, value = _climb(around, unit, start, level, int(steps), should_stop)
        if np.isnan(value) or value > top:
            best, top = point, value
        if not np.isfinite(top):
            break
    measure = _percent(level) if percent else 1.0
    displacement = (around.scale * best).double().numpy(force=True)
    return Peak((top - level) * measure, (first - level) * measure, top - level, displacement)


def _percent(level: float) -> float:
    return 100 / (1 + level) if 1 + level > 0 else np.nan


def _bent(around: _Around, unit: _Set, should_stop: Callable[[], bool] | None) -> tuple[Tensor, ...]:
    """Return the points of the set furthest along the top eigenvector and its negative; none where the Hessian is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):  # where f overflows, so do the norms of products
        top = top_eigenpairs(around, around.theta, 1, should_stop=should_stop).eigenvectors
    if not top.size or not np.isfinite(top).all():
        return ()
    vector = around.tensor(top[:, 0])
    return unit.furthest(vector), unit.furthest(-vector)


def _climb(
    around: _Around, unit: _Set, start: Tensor, level: float, steps: int, should_stop: Callable[[], bool] | None
) -> tuple[Tensor, float]:
    """Return the end of projected gradient ascent from `start`, and f there; f increases, unless it becomes NaN. `level` is f(theta).

    For a step much longer than the set, the projection is the furthest point along the gradient: for a convex f this is the generalized
    power method, which does not need shorter steps (Journee, Nesterov, Richtarik and Sepulchre 2010).
    """
    point, (value, slope), stride = start, around.value_and_gradient(start), FAR
    for _ in range(steps):
        if should_stop is not None and should_stop():
            raise Cancelled
        if not np.isfinite(value) or not slope.isfinite().all() or not slope.any():
            break
        before = value
        point, value, stride = _uphill(around, unit, point, value, _unit(slope), stride)
        if not value - before > SLIGHTEST * abs(value - level):
            break
        stride, slope = stride * LONGER, around.value_and_gradient(point)[1]
    return point, value


def _uphill(around: _Around, unit: _Set, point: Tensor, value: float, direction: Tensor, stride: float) -> tuple[Tensor, float, float]:
    """Return the first point along `direction`, by backtracking, at which f is not lower, with f there and the step length."""
    while stride > SHORTEST:
        candidate = unit.project(point + stride * direction)
        if torch.equal(candidate, point):
            break
        reached = around.value(candidate)
        if not reached <= value:  # also where it is NaN, which the result then shows
            return candidate, reached, stride
        stride *= SHORTER
    return point, value, stride
