"""Conditioning: gradient descent and heavy ball at their optimal learning rates on the quadratic (x^2 + kappa y^2) / 2, in closed form.

On a quadratic each eigenvector has its own recursion, so that a run of any length is two sequences of numbers (Goh 2017, Why Momentum
Really Works).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

# The distance from the minimum, relative to that at the start, at which a run has arrived.
ARRIVED = 1e-6
MOST_STEPS = 100_000
# The condition numbers of a scale, ten a decade.
KAPPAS = tuple(10 ** (k / 10) for k in range(31))


@dataclass(frozen=True)
class Rate:
    """A learning rate and a momentum."""

    lr: float
    momentum: float = 0.0


def optimal_descent(kappa: float) -> Rate:
    """Return the best learning rate of gradient descent for eigenvalues from 1 to `kappa`: each step shrinks by (kappa-1)/(kappa+1)."""
    return Rate(2 / (1 + kappa))


def optimal_heavy_ball(kappa: float) -> Rate:
    """Return the best learning rate and momentum of heavy ball (Polyak 1964): each step shrinks by (sqrt(kappa)-1)/(sqrt(kappa)+1)."""
    root = math.sqrt(kappa)
    return Rate((2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2)


def iterates(rate: Rate, sharpness: float, steps: int, start: float = 1.0) -> np.ndarray:
    """Return x_0 ... x_steps (steps + 1,) of theta <- theta - lr m, m <- beta m + g on sharpness x^2 / 2; nothing is clipped."""
    x, m, found = start, 0.0, [start]
    for _ in range(steps):
        m = rate.momentum * m + sharpness * x
        x -= rate.lr * m
        found.append(x)
    return np.array(found)


def distances(rate: Rate, kappa: float, *, most: int = MOST_STEPS) -> np.ndarray:
    """Return the distances from the minimum, relative to that at the start (1, 1), up to the first that has `ARRIVED`."""
    x = y = 1.0
    m, n, found, first = 0.0, 0.0, [1.0], math.sqrt(2)
    while found[-1] > ARRIVED and len(found) <= most:
        m, n = rate.momentum * m + x, rate.momentum * n + kappa * y
        x, y = x - rate.lr * m, y - rate.lr * n
        found.append(math.hypot(x, y) / first)
    return np.array(found)


@dataclass(frozen=True, eq=False)
class Conditioned:
    """Distances from the minimum by step, relative to the start, of gradient descent and of heavy ball at their best, for one `kappa`."""

    kappa: float
    descent: np.ndarray
    heavy_ball: np.ndarray

    @property
    def steps(self) -> tuple[int, int]:
        """The steps that each took to arrive."""
        return len(self.descent) - 1, len(self.heavy_ball) - 1


@cache
def conditioned(kappa: float) -> Conditioned:
    """Return both methods at their best on (x^2 + kappa y^2) / 2."""
    return Conditioned(kappa, distances(optimal_descent(kappa), kappa), distances(optimal_heavy_ball(kappa), kappa))
