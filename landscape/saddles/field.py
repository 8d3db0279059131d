"""Field: which way a method steps at the points of a grid over a plane of two parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.objective import Objective
from landscape.plane import Window

STEPS = ("gradient", "newton")
ARROWS_A_SIDE = 17
# Beside the usual step, which has half the room of an arrow, one of this size has the other half too.
SATURATED = 3.0


@dataclass(frozen=True, eq=False)
class Field:
    """Steps (da, db) from the points (a, b), all (k,), with lengths between 0 and 1: long steps differ little, directions are true."""

    a: np.ndarray
    b: np.ndarray
    da: np.ndarray
    db: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.a, self.b, self.da, self.db):
            array.setflags(write=False)


def direction_field(objective: Objective, window: Window, step: str, *, side: int = ARROWS_A_SIDE) -> Field:
    """Return the `step` ("gradient": -g, "newton": -H^-1 g) at side x side points of the window of a two-parameter objective.

    Points where there is no such step, and those at which it vanishes, are left out.
    """
    centers = (np.arange(side) + 0.5) / side
    a, b = np.meshgrid(*(low + (high - low) * centers for low, high in window))
    thetas = np.stack([a.ravel(), b.ravel()], axis=1)
    moves = -objective.gradients(thetas)
    if step == "newton":
        hessians = objective.hessians(thetas)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            moves = _solved(hessians, moves)
    lengths = np.linalg.norm(moves, axis=1)
    fine = np.isfinite(lengths) & (lengths > 0)
    thetas, moves, lengths = thetas[fine], moves[fine], lengths[fine]
    shown = lengths / (lengths + np.median(lengths) / SATURATED) if len(lengths) else lengths
    moves = moves / lengths[:, None] * shown[:, None]
    return Field(*thetas.T.copy(), *moves.T.copy())


def _solved(hessians: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return H^-1 s for 2 x 2 matrices by Cramer's rule, infinite where H is singular."""
    (p, q), (_, r) = np.moveaxis(hessians, 0, -1)
    u, v = slopes.T
    return np.stack([r * u - q * v, p * v - q * u], axis=1) / (p * r - q * q)[:, None]
