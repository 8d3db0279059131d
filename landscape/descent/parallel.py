"""Parallel: gradient descent by several workers, each on its own part of the samples, that average what they have from time to time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from landscape.descent.trajectory import Fall, Trajectory, judged
from landscape.errors import Cancelled, require_range
from landscape.objective import ArrayLike, Objective


@dataclass(frozen=True, eq=False)
class ParallelRun:
    """A run of k workers: `mean`, the trajectory of their average with its full-data losses, and every worker's own points.

    `workers` (T+1, k, D) holds the points after each step, after the average where one was taken; `drift` (T+1,) is the mean distance of
    the workers from their average before it was taken. `averaged` (T+1,) says after which steps it was.
    """

    mean: Trajectory
    workers: np.ndarray
    drift: np.ndarray
    averaged: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.workers, self.drift, self.averaged):
            array.setflags(write=False)


def descend_in_parallel(
    objective: Objective,
    start: ArrayLike | None = None,
    *,
    workers: int,
    local: int = 1,
    lr: float,
    steps: int,
    batch_size: int | None = None,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
) -> ParallelRun:
    """Run SGD on `workers` equal parts of the samples, `steps` steps each, with an average of all workers after every `local` steps.

    The samples are dealt out by a permutation from `seed`, as evenly as they go; a worker takes `batch_size` of its own at a step, without
    replacement within an epoch, or all of them (None). With `local` 1 that is data-parallel SGD: averaging the points is averaging the
    gradients, and with equal parts and all samples it is gradient descent; otherwise it is local SGD (Stich 2019, algorithm 1), whose
    workers drift apart in between. The last step ends in an average, too. Raises `LandscapeError` for more workers than samples and for
    other numbers below 1; `should_stop` is called before each step, and `Cancelled` raised where it returns True.
    """
    require_range("workers", "workers", workers, 1, objective.samples)
    for name, number in (("local", local), ("steps", steps), ("batch_size", 1 if batch_size is None else batch_size)):
        require_range("workers", name, number, 1, None)
    theta = objective.tensor(objective.theta if start is None else start)
    dealt = torch.randperm(objective.samples, generator=torch.Generator().manual_seed(seed)).tensor_split(workers)
    hands = [_Hand(part, batch_size, seed + 1 + k) for k, part in enumerate(dealt)]
    points = theta.repeat(workers, 1)
    paths, drift, averaged = [_copied(points)], [0.0], [True]
    for step in range(1, steps + 1):
        if should_stop is not None and should_stop():
            raise Cancelled
        for k, hand in enumerate(hands):
            points[k] -= lr * objective.value_and_gradient(points[k], hand.draw())[1]
        middle = points.mean(0)
        drift.append(float(torch.linalg.vector_norm(points - middle, dim=1).mean()))
        averaged.append(step % local == 0 or step == steps)
        if averaged[-1]:
            points = middle.repeat(workers, 1)
        paths.append(_copied(points))
        if not np.isfinite(paths[-1]).all():
            break
    places = np.array(paths)
    means = places.mean(axis=1)
    mean = judged(means, objective.values(means), "completed", Fall())
    kept = slice(len(mean))
    return ParallelRun(mean, places[kept].copy(), np.array(drift)[kept].copy(), np.array(averaged)[kept].copy())


class _Hand:
    """A worker's own samples, in batches of `size`: a new permutation each epoch, the shorter last one included."""

    def __init__(self, samples: torch.Tensor, size: int | None, seed: int):
        self._samples, self._size = samples, size
        self._generator = torch.Generator().manual_seed(seed)
        self._left: list[torch.Tensor] = []

    def draw(self) -> torch.Tensor:
        """Return the indices of the next batch."""
        if self._size is None or self._size >= len(self._samples):
            return self._samples
        if not self._left:
            shuffled = self._samples[torch.randperm(len(self._samples), generator=self._generator)]
            self._left = list(shuffled.split(self._size))
        return self._left.pop(0)


def _copied(points: torch.Tensor) -> np.ndarray:
    return points.double().numpy(force=True).copy()
