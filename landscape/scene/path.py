"""Path: a trajectory as it is seen from a plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Path:
    """A trajectory seen from a plane: coordinates a, b (T+1,), true `losses`, `test_losses` (or None), `distance` off the plane, all
    (T+1,). The coordinates and the distance are NaN where no plane is known.

    `lr` is the learning rate, None where it is not known. `sharpness_limit` is the largest eigenvalue at which it is stable on a
    quadratic; None where no such bound is known.
    """

    optimizer: str
    a: np.ndarray
    b: np.ndarray
    losses: np.ndarray
    distance: np.ndarray
    status: str
    step: int
    lr: float | None = None
    sharpness_limit: float | None = None
    test_losses: np.ndarray | None = None
