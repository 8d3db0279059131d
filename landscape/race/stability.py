"""Stability: how far a run on one eigenvalue has come after so many steps, by its learning rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.race.conditioning import Rate, iterates

SHARPNESS = 10.0
MOMENTUM = 0.9
# Steps after which gradient descent, and heavy ball, are looked at: near its limit the latter takes longer to tell.
DESCENT_STEPS, HEAVY_BALL_STEPS = 100, 2000
RATES = 200


@dataclass(frozen=True, eq=False)
class Stability:
    """|x| after `steps` steps from 1 on an eigenvalue of `SHARPNESS`, by learning rate: `rates` (R,) and `sizes` (R,), which may be 0, or
    no number once they are beyond the largest one; `limit` is the largest stable rate. `probed` are some rates with their sizes.
    """

    momentum: float
    steps: int
    limit: float
    rates: np.ndarray
    sizes: np.ndarray
    probed: tuple[tuple[float, float], ...]


def stability(momentum: float, steps: int, probes: tuple[float, ...]) -> Stability:
    """Return what becomes of the rates up to a tenth more than the limit (2 + 2 momentum) / SHARPNESS."""
    limit = (2 + 2 * momentum) / SHARPNESS
    rates = np.linspace(limit / RATES, 1.1 * limit, RATES)
    probed = tuple(zip(probes, _sizes(np.array(probes), momentum, steps).tolist(), strict=True))
    return Stability(momentum, steps, limit, rates, _sizes(rates, momentum, steps), probed)


def _sizes(rates: np.ndarray, momentum: float, steps: int) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.array([abs(iterates(Rate(float(lr), momentum), SHARPNESS, steps)[-1]) for lr in rates])
