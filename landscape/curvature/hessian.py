"""The dense Hessian, and the curvature along one direction."""

from __future__ import annotations

import numpy as np

from landscape.arrays import real_array
from landscape.errors import LandscapeError
from landscape.objective import ArrayLike, Objective, require_objective

# Largest number of parameters of a dense Hessian, which then takes 200 MB.
LARGEST_DENSE = 5_000


def dense_hessian(objective: Objective, theta: ArrayLike) -> np.ndarray:
    """Return the Hessian at `theta`, symmetric, shape (D, D); raises `LandscapeError` for more than `LARGEST_DENSE` parameters."""
    require_objective("dense_hessian", objective)
    if objective.dim > LARGEST_DENSE:
        raise LandscapeError("too_large_dense", owner="dense Hessian", got=objective.dim, most=LARGEST_DENSE)
    return objective.hessian(theta)


def curvature_along(objective: Objective, theta: ArrayLike, direction: ArrayLike) -> float:
    """Return d^T H d: the second derivative of t -> f(theta + t d) at t = 0."""
    require_objective("curvature_along", objective)
    direction = real_array("curvature_along", "direction", direction, (objective.dim,))
    return float(direction @ objective.hessian_vector(theta, direction))
