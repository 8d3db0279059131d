"""Race: methods that a saddle holds, attracts or lets go, from one start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from landscape.curvature.critical import CriticalPoint
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import Trajectory, descend
from landscape.objective import Objective
from landscape.saddles.escape import Pace

# Gradient descent, with noise in every gradient, from a start moved a little at random; with momentum; and Newton's method, as it is and
# with |H| in place of H.
RACERS = ("gd", "perturbed_gd", "perturbed_start", "momentum", "newton", "saddle_free_newton")
# Where the landscape has samples, stochastic gradient descent races too.
OF_SAMPLES = ("gd", "sgd", *RACERS[1:])
# Whole Newton steps converge or wander in fewer than these.
NEWTON_STEPS = 60
# How far off a start is moved at random.
PERTURBATION = 0.01
# A saddle without neighbors is left at this distance.
ALONE = 0.5


@dataclass(frozen=True)
class Stay:
    """The stay of a path at a saddle: the steps at which it comes within `radius` for the last time and leaves; `left` None: never."""

    saddle: CriticalPoint
    radius: float
    entered: int
    left: int | None


def race(
    objective: Objective,
    racer: str,
    start: Sequence[float],
    pace: Pace,
    *,
    steps: int,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
) -> Trajectory:
    """Return the run of one of `RACERS`, or "sgd"; the noise, the random start and the batches come from generators of `seed`."""
    start = np.array(start, dtype=np.float64)
    if racer == "perturbed_start":
        push = np.random.default_rng(seed).standard_normal(len(start))
        start = start + PERTURBATION * push / np.linalg.norm(push)
    method = make_optimizer("gd" if racer == "perturbed_start" else racer, **_settings(racer, pace))
    steps = min(steps, NEWTON_STEPS) if racer in ("newton", "saddle_free_newton") else steps
    batch = pace.batch if racer == "sgd" else None
    return descend(objective, method, start, steps=steps, batch_size=batch, seed=seed, should_stop=should_stop)


def _settings(racer: str, pace: Pace) -> dict[str, float]:
    match racer:
        case "newton" | "saddle_free_newton":
            return {}
        case "perturbed_gd":
            return {"lr": pace.lr, "sigma": pace.noise}
        case "momentum":
            return {"lr": pace.lr, "momentum": pace.momentum}
    return {"lr": pace.lr}


def stay(thetas: np.ndarray, points: Sequence[CriticalPoint]) -> Stay | None:
    """Return the stay at the saddle of `points` that the path (T+1, D) comes nearest to, None where it comes near none.

    Near is nearer than half way to the next critical point.
    """
    saddles = [point for point in points if point.index > 0 and point.kind != "maximum"]
    far = [np.linalg.norm(thetas - saddle.theta, axis=1) for saddle in saddles]
    if not saddles:
        return None
    nearest = int(np.argmin([np.nanmin(distances) for distances in far]))
    saddle, distances = saddles[nearest], far[nearest]
    radius = reach(saddle, points)
    near = np.flatnonzero(distances <= radius)
    if not len(near):
        return None
    last = int(near[-1])
    away = np.flatnonzero(~(distances[:last] <= radius))
    return Stay(saddle, radius, int(away[-1]) + 1 if len(away) else 0, None if last == len(thetas) - 1 else last + 1)


def reach(saddle: CriticalPoint, points: Sequence[CriticalPoint]) -> float:
    """Return half the distance from `saddle` to the nearest other of the critical points."""
    others = [float(np.linalg.norm(point.theta - saddle.theta)) for point in points if point is not saddle]
    return min(others) / 2 if others else ALONE


def arrived(theta: np.ndarray, points: Sequence[CriticalPoint]) -> CriticalPoint | None:
    """Return the critical point that `theta` is nearest to, None where it is not a tenth of `reach` from any."""
    if not points or not np.isfinite(theta).all():
        return None
    nearest = min(points, key=lambda point: float(np.linalg.norm(point.theta - theta)))
    return nearest if np.linalg.norm(nearest.theta - theta) <= 0.1 * reach(nearest, points) else None
