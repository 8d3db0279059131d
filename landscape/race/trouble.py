"""Trouble: why a run left for infinity, by the curvature where it left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.curvature.spectrum import top_eigenpairs
from landscape.descent.optimizers import Optimizer
from landscape.descent.trajectory import Trajectory
from landscape.objective import Objective


@dataclass(frozen=True)
class Trouble:
    """A run's end off the road: the `step` from which it was lost, the `sharpness` (largest Hessian eigenvalue) there and at the start, and
    the largest learning rate that is stable at such a sharpness (None for a method without a bound).
    """

    step: int
    sharpness: float
    at_start: float
    limit: float | None


def trouble_of(objective: Objective, optimizer: Optimizer, run: Trajectory) -> Trouble | None:
    """Return why `run` diverged, None where it did not; curvature is that of the last point whose loss was not above the first one's."""
    if run.status != "diverged":
        return None
    held = max(0, run.step - 1)
    at_start, sharpness = (_sharpness(objective, run.thetas[k]) for k in (0, held))
    return Trouble(run.step, sharpness, at_start, optimizer.largest_lr(max(sharpness, at_start)))


def _sharpness(objective: Objective, theta: np.ndarray) -> float:
    return float(top_eigenpairs(objective, theta, k=1).eigenvalues[0])
