"""The Hessian itself: dense where it fits, and the curvature along one direction."""

from __future__ import annotations

import numpy as np
import torch

from landscape.errors import LandscapeError
from landscape.objective import ArrayLike, Objective

# A dense Hessian of this many parameters takes 200 MB; past it, ask for eigenpairs instead.
LARGEST_DENSE = 5_000
_ROWS_AT_ONCE = 64


def dense_hessian(objective: Objective, theta: ArrayLike) -> np.ndarray:
    """Return the Hessian at `theta`, symmetric, shape (D, D); refuses more than `LARGEST_DENSE` parameters."""
    if objective.dim > LARGEST_DENSE:
        raise LandscapeError("too_large_dense", owner="dense Hessian", got=objective.dim, most=LARGEST_DENSE)
    point = objective.tensor(theta).clone().requires_grad_()
    with torch.enable_grad():
        (slope,) = torch.autograd.grad(objective.loss(point), point, create_graph=True, allow_unused=True)
    if slope is None or not slope.requires_grad:
        return np.zeros((objective.dim, objective.dim))
    directions = torch.eye(objective.dim, dtype=objective.dtype)
    rows = [_rows(slope, point, part) for part in directions.split(_ROWS_AT_ONCE)]
    hessian = torch.cat(rows).double().numpy(force=True)
    return (hessian + hessian.T) / 2


def curvature_along(objective: Objective, theta: ArrayLike, direction: ArrayLike) -> float:
    """Return d^T H d: the second derivative of t -> f(theta + t d) at t = 0."""
    direction = np.asarray(direction, dtype=np.float64)
    return float(direction @ objective.hessian_vector(theta, direction))


def _rows(slope: torch.Tensor, point: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    (rows,) = torch.autograd.grad(slope, point, directions, retain_graph=True, is_grads_batched=True, allow_unused=True)
    return torch.zeros_like(directions) if rows is None else rows
