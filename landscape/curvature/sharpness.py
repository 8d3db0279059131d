"""Sharpness: how steeply the objective rises around a point, by the measures of the field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from landscape.curvature.spectrum import top_eigenpairs
from landscape.curvature.trace import Estimate, hessian_trace
from landscape.errors import Cancelled, LandscapeError, require_range
from landscape.objective import ArrayLike, Block, Derived, Objective, Term

# An ascent's first stride, in radii of the set: so long that its projection is the point of the set furthest along the gradient.
FAR = 1e4
SHORTER, LONGER = 0.2, 2.0
# An ascent ends where its stride is this short, or a step adds less than this share to the rise.
SHORTEST = 1e-9
SLIGHTEST = 1e-6


@dataclass(frozen=True, eq=False)
class Peak:
    """The highest point found in a set around theta: `displacement` (D,) from theta, and `rise` = f(theta + displacement) - f(theta).

    `value` is the measure made of the rise, in the unit that its maker names; `first_order` is the same measure at the one step that
    the gradient proposes. Both are lower bounds of the true maximum, which no search can promise. `rise` is NaN or infinite where the
    objective is, somewhere on the way.
    """

    value: float
    first_order: float
    rise: float
    displacement: np.ndarray

    def __post_init__(self) -> None:
        self.displacement.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Sharpness:
    """The measures at one point: `lambda_max` with its `residual`, `trace`, Keskar's `box` (percent) and SAM's `ball` (units of f)."""

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

    None of them alone tells how well a minimum generalizes (Andriushchenko et al. 2023, A Modern Look at the Relationship between
    Sharpness and Generalization), and those of two networks compare at equal training loss only. `epsilon` is that of `box_sharpness`,
    `rho` of `ball_sharpness`, `probes` and `seed` of `hessian_trace`. `report` hears the finished share; `should_stop` may end the work
    with `Cancelled`. Raises `LandscapeError` as these do.
    """
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

    Keskar et al. 2017, metric 2.1 with A the identity, and their larger epsilon. They take ten steps of L-BFGS-B from theta, where at a
    minimum the gradient says nothing; here at most `steps` projected gradient steps start from each of three corners: along the gradient,
    and along the top eigenvector (in the box's own units) and against it. NaN where 1 + f(theta) is not positive: the measure is made
    for losses from zero up. Raises `LandscapeError` when `epsilon` is negative or `steps` below 1.
    """
    require_range("box_sharpness", "epsilon", epsilon, 0, None)
    require_range("box_sharpness", "steps", steps, 1, None)
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
    |d / theta| <= rho, entry by entry, which a rescaling of layers that leaves the network's function alone leaves alone too (Kwon et al.
    2021, ASAM, definition 2; a weight that is zero stays so). At most `steps` projected gradient steps start from each of three points:
    along the gradient, and along the top eigenvector and against it. Raises `LandscapeError` when `rho` is negative or `steps` below 1.
    """
    require_range("ball_sharpness", "rho", rho, 0, None)
    require_range("ball_sharpness", "steps", steps, 1, None)
    center = objective.tensor(theta)
    return _highest(_Around(objective, center, rho * (center.abs() if adaptive else torch.ones_like(center))), _BALL, steps, should_stop)


def rayleigh_quotient(objective: Objective, theta: ArrayLike, direction: ArrayLike) -> float:
    """Return d^T H d / d^T d: the curvature along a direction whatever its length, between the smallest and the largest eigenvalue.

    `curvature_along` leaves the length in. Raises `LandscapeError` when the direction is zero.
    """
    direction = objective.tensor(direction).double().numpy(force=True)
    size = float(np.abs(direction).max())
    if size == 0:
        raise LandscapeError("no_direction", owner="rayleigh_quotient", got="the zero vector")
    direction = direction / size  # squares of tiny entries would vanish
    return float(direction @ objective.hessian_vector(theta, direction) / (direction @ direction))


class _Around(Derived):
    """e -> f(center + scale * e), entry by entry: the box and the ball around theta as the unit cube and the unit ball around zero."""

    def __init__(self, objective: Objective, center: Tensor, scale: Tensor):
        super().__init__(objective)
        self._center, self.scale = center, scale
        self.theta = np.zeros(self.dim)
        self.blocks = (Block("displacement", (self.dim,), 0, self.dim, "whole"),)

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        return self.source.loss(self._center + self.scale * theta, batch)

    def terms(self, batch: Tensor | None = None) -> list[Term]:
        return [lambda theta, term=term: term(self._center + self.scale * theta) for term in self.source.terms(batch)]


@dataclass(frozen=True)
class _Set:
    """A unit set: `project` gives its point nearest to e, `furthest` its point furthest along e."""

    project: Callable[[Tensor], Tensor]
    furthest: Callable[[Tensor], Tensor]


def _unit(e: Tensor) -> Tensor:
    """Return e / |e|, also where the square of an entry overflows or vanishes."""
    e = e / e.abs().max()
    return e / e.norm()


_BOX = _Set(lambda e: e.clamp(-1, 1), lambda e: torch.where(e < 0, -1.0, 1.0).to(e.dtype))
_BALL = _Set(lambda e: e / e.norm().clamp(min=1), _unit)


def _highest(around: _Around, unit: _Set, steps: int, should_stop: Callable[[], bool] | None, *, percent: bool = False) -> Peak:
    """Return the highest of the points reached from the starts."""
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
    """Return the points of the set furthest along the most curved direction, both ways; none where the Hessian is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):  # where the objective overflows, so do the norms of its products
        top = top_eigenpairs(around, around.theta, 1, should_stop=should_stop).eigenvectors
    if not top.size or not np.isfinite(top).all():
        return ()
    vector = around.tensor(top[:, 0])
    return unit.furthest(vector), unit.furthest(-vector)


def _climb(
    around: _Around, unit: _Set, start: Tensor, level: float, steps: int, should_stop: Callable[[], bool] | None
) -> tuple[Tensor, float]:
    """Return where projected gradient ascent from `start` ends, and f there; f only grows, unless it turns NaN. `level` is f(theta).

    A stride longer than the set makes the projection its furthest point along the gradient: for a convex f the generalized power method,
    which needs no shorter one (Journee, Nesterov, Richtarik and Sepulchre 2010).
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
    """Return the first point along `direction`, at shorter and shorter strides, that is not lower, its value and the stride."""
    while stride > SHORTEST:
        candidate = unit.project(point + stride * direction)
        if torch.equal(candidate, point):
            break
        reached = around.value(candidate)
        if not reached <= value:  # NaN too: it is told, not stepped around
            return candidate, reached, stride
        stride *= SHORTER
    return point, value, stride
