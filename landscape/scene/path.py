"""Path: a trajectory as it is seen from a plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Path:
    """A trajectory seen from a plane: coordinates a, b (T+1,), true `losses`, `test_losses` (or None), `distance` off the plane, all
    (T+1,).

    `sharpness_limit` is the largest eigenvalue at which the learning rate is stable on a quadratic; None where no such bound is known.
    """

    optimizer: str
    lr: float
    sharpness_limit: float | None
    a: np.ndarray
    b: np.ndarray
    losses: np.ndarray
    test_losses: np.ndarray | None
    distance: np.ndarray
    status: str
    step: int
