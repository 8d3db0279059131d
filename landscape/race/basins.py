"""Basins: where a method ends from each start of a grid, in one batch of starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from landscape.descent.optimizers import Optimizer
from landscape.descent.trajectory import OUTSIDE, descend
from landscape.errors import Cancelled, SingularHessian
from landscape.objective import ArrayLike, Derived, Objective
from landscape.objectives.functions import KnownPoint
from landscape.plane import Window

# What a start reached that is no critical point: nothing within its steps, or infinity.
UNSETTLED, LEFT = -1, -2
# A run that ends within this share of the window's half diagonal of a critical point has reached it: methods that scale their steps hover.
NEAR = 0.02
# Steps of a method without memory after which starts that no longer move are left alone, and what counts as a move.
TURN, STILL = 5, 1e-14


class SideBySide(Derived):
    """`copies` of one function side by side: of theta (copies D,) each has its own part.

    Methods that act on each coordinate by itself, or on each copy's own part, take the same steps as if each copy ran alone.
    """

    def __init__(self, source: Objective, copies: int):
        super().__init__(source)
        self.source = copy(source)
        self.source.at_once = max(copies, source.at_once)
        self.copies, self.dim = copies, copies * source.dim

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the sum over all copies."""
        losses = self.source.of_rows()
        rows = theta.view(self.copies, -1)
        return losses(rows).sum() if losses is not None else sum(self.source.loss(row, batch) for row in rows)

    def terms(self, batch: Tensor | None = None) -> list[Callable[[Tensor], Tensor]]:
        return [lambda theta: self.loss(theta, batch)]

    def held(self, theta: Tensor) -> AbstractContextManager[object]:
        """Return a context that does nothing: the copies stand at different points."""
        return nullcontext()

    def own_hessians(self, theta: ArrayLike) -> np.ndarray:
        """Return the Hessian of each copy (copies, D, D)."""
        return self.source.hessians(self.tensor(theta).view(self.copies, -1))


def in_one_batch(optimizer: Optimizer) -> bool:
    """Return whether many starts run in one batch: a line search takes as many evaluations as each of them needs."""
    return not optimizer.entry.traits.get("searches", False)


def ends_of(
    objective: Objective,
    optimizer: Optimizer,
    starts: np.ndarray,
    *,
    steps: int,
    seed: int = 0,
    schedule: Callable[[int, int], float] | None = None,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Return where the runs from `starts` (k, D) end, (k, D): the last thetas of `descend` from each, but that a run which leaves for
    infinity is not stopped on the way.

    Where a Newton step does not exist, a run stays. `report` hears the finished share, `should_stop` is called before each step, or each
    run of those that cannot share a batch; `Cancelled` is raised where it returns True.
    """
    asked, told = should_stop or (lambda: False), report or (lambda share: None)
    if not in_one_batch(optimizer):
        return np.array(
            [_alone(objective, optimizer, start, k / len(starts), steps, seed, schedule, told, asked) for k, start in enumerate(starts)]
        )
    ends, moving, descent = starts.astype(np.float64), np.arange(len(starts)), None
    memoryless = optimizer.entry.traits["order"] == 2
    for step in range(steps):
        if asked():
            raise Cancelled
        if descent is None:
            descent = optimizer.start(SideBySide(objective, len(moving)), ends[moving].ravel(), seed)
        before = _rows(descent.theta, len(moving)) if memoryless else None
        try:
            descent.step(None, 1.0 if schedule is None else schedule(step, steps))
        except SingularHessian:  # of all that still move
            break
        told((step + 1) / steps)
        if memoryless and step % TURN == TURN - 1:
            ends[moving] = _rows(descent.theta, len(moving))
            moved = np.abs(ends[moving] - before).max(axis=1) > STILL * np.maximum(1.0, np.abs(before).max(axis=1))
            moving, descent = moving[moved], None
            if not len(moving):
                break
    if descent is not None:
        ends[moving] = _rows(descent.theta, len(moving))
    return ends


def _alone(
    objective: Objective,
    optimizer: Optimizer,
    start: np.ndarray,
    share: float,
    steps: int,
    seed: int,
    schedule: Callable[[int, int], float] | None,
    told: Callable[[float], None],
    asked: Callable[[], bool],
) -> np.ndarray:
    told(share)
    return descend(objective, optimizer, start, steps=steps, seed=seed, schedule=schedule, should_stop=asked).thetas[-1]


def _rows(theta: Tensor, count: int) -> np.ndarray:
    return theta.view(count, -1).double().numpy(force=True).copy()


def reached(ends: np.ndarray, points: Sequence[KnownPoint], window: Window) -> np.ndarray:
    """Return which of `points` each of `ends` (k, 2) is at, (k,); else `LEFT` if it is far outside the window, else `UNSETTLED`."""
    corners = np.array(window)
    middle, half = corners.mean(axis=1), float(np.linalg.norm(np.ptp(corners, axis=1))) / 2
    there = np.where(np.isfinite(ends).all(axis=1)[:, None], ends, np.inf)
    found = np.full(len(ends), UNSETTLED)
    if points:
        away = np.linalg.norm(there[:, None] - np.array([point.theta for point in points]), axis=2)
        found = np.where(away.min(axis=1) < NEAR * half, away.argmin(axis=1), found)
    with np.errstate(over="ignore"):
        return np.where(np.linalg.norm(there - middle, axis=1) > OUTSIDE * half, LEFT, found)


@dataclass(frozen=True, eq=False)
class Basins:
    """What each start of a grid `reached` (n, n), rows of one b: the number of a critical point, `UNSETTLED` or `LEFT`."""

    a: np.ndarray
    b: np.ndarray
    reached: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.a, self.b, self.reached):
            array.setflags(write=False)

    def share(self, code: int) -> float:
        """Return the share of the starts that reached this."""
        return float((self.reached == code).mean())


def basins(objective: Objective, optimizer: Optimizer, points: Sequence[KnownPoint], window: Window, side: int, **how: object) -> Basins:
    """Return what `side` x `side` starts over the window reach of `points`, all known critical points; `how` is that of `ends_of`."""
    a, b = (np.linspace(*edge, side) for edge in window)
    starts = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
    ends = ends_of(objective, optimizer, starts, **how)
    return Basins(a, b, reached(ends, points, window).reshape(side, side))
