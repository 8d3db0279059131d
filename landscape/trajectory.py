"""Trajectory: the path of an optimizer, its true losses, and why it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from landscape.errors import Cancelled, LandscapeError, SingularHessian
from landscape.objective import ArrayLike, Objective
from landscape.optimizers import Optimizer

# A run that ends above its start by more than rounding, and at its highest, is called diverged even while its numbers are still finite.
ROUNDING = 1e-9
# A step passes its samples forward and backward: the work of about this many evaluations on them.
STEP_WORK = 3


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The points an optimizer visited: `thetas` (T+1, D), with the full-data loss at each, `losses` (T+1,).

    `status` is "completed", "diverged" (the loss became NaN or infinite, or the run ended above its start and at its highest) or "singular"
    (Newton's equation had no solution). `step` is where that happened: for a diverged run the first step from which the loss stayed above
    its starting value; T otherwise. Nothing is clipped: the last row of a diverged run may be infinite.
    """

    thetas: np.ndarray
    losses: np.ndarray
    status: str
    step: int

    def __post_init__(self) -> None:
        for array in (self.thetas, self.losses):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.losses)


def descend(
    objective: Objective,
    optimizer: Optimizer,
    start: ArrayLike | None = None,
    *,
    steps: int,
    batch_size: int | None = None,
    seed: int = 0,
    schedule: Callable[[int, int], float] | None = None,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Trajectory:
    """Run `steps` steps of `optimizer` from `start` (None: the objective's own theta) and return the path.

    `batch_size` None takes all samples at every step; a number draws that many without replacement, epoch after epoch, from a generator
    seeded by `seed`. `schedule(step, steps)` multiplies the learning rate. `report` hears the finished share, the evaluation of the true
    losses that follows a run in batches included; `should_stop` may end the work with `Cancelled`. Raises `LandscapeError` when `steps` or
    `batch_size` is below 1.
    """
    for name, number in (("steps", steps), ("batch_size", batch_size)):
        if number is not None and number < 1:
            raise LandscapeError("out_of_range", owner="descend", name=name, low=1, high=np.inf, got=number)
    descent = optimizer.start(objective, objective.tensor(objective.theta if start is None else start))
    batches = _batches(objective.samples, batch_size, seed)
    thetas, losses, status = [descent.theta.double().numpy(force=True).copy()], [], "completed"
    whole = batch_size is None or batch_size >= objective.samples
    ran = 1.0 if whole else STEP_WORK * batch_size / (STEP_WORK * batch_size + objective.samples)  # the run's share of all the work
    for step in range(steps):
        if should_stop is not None and should_stop():
            raise Cancelled
        try:
            losses.append(descent.step(next(batches), 1.0 if schedule is None else schedule(step, steps)))
        except SingularHessian:
            status = "singular"
            break
        thetas.append(descent.theta.double().numpy(force=True).copy())
        if not (np.isfinite(losses[-1]) and np.isfinite(thetas[-1]).all()):
            break
        if report is not None:
            report(ran * (step + 1) / steps)
    points = np.array(thetas)
    if whole:  # every step has seen the full-data loss at the point that it left
        return _judged(points, np.array([*losses, objective.value(points[-1])]), status)
    told = None if report is None else lambda share: report(ran + (1 - ran) * share)
    return _judged(points, _true_losses(objective, points, told, should_stop), status)


def _batches(samples: int, batch_size: int | None, seed: int) -> Iterator[torch.Tensor | None]:
    """Yield index batches without end: a fresh permutation an epoch, the short last batch kept."""
    if batch_size is None or batch_size >= samples:
        while True:
            yield None
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield from torch.randperm(samples, generator=generator).split(batch_size)


def _true_losses(
    objective: Objective, points: np.ndarray, report: Callable[[float], None] | None, should_stop: Callable[[], bool] | None
) -> np.ndarray:
    """Return the full-data loss at every point, as many at once as the objective takes, so that it gives the bytes of one call."""
    losses: list[np.ndarray] = []
    for first in range(0, len(points), objective.at_once):
        if should_stop is not None and should_stop():
            raise Cancelled
        losses.append(objective.values(points[first : first + objective.at_once]))
        if report is not None:
            report(min(1.0, (first + objective.at_once) / len(points)))
    return np.concatenate(losses)


def _judged(points: np.ndarray, losses: np.ndarray, status: str) -> Trajectory:
    last, first = losses[-1], losses[0]
    ended_highest = last > first + ROUNDING * abs(first) and not (losses > last).any()
    ran_away = not (np.isfinite(last) and np.isfinite(points[-1]).all())
    if ran_away or (status == "completed" and ended_highest):
        below = np.flatnonzero(losses <= first + ROUNDING * abs(first))
        return Trajectory(points, losses, "diverged", int(below[-1]) + 1 if len(below) else 0)
    return Trajectory(points, losses, status, len(losses) - 1)
