"""Rho: the losses of a residual as functions of one number u = r / scale, with what robust statistics reads off them.

Huber & Ronchetti 2009, Robust Statistics, chapter 7: a line minimizes sum rho(u); psi = rho' is what a sample pulls with, psi' how the pull
changes, and psi(u) / u the weight with which least squares would give the same line.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np


class Rho(ABC):
    """One loss of u (any shape); every method maps elementwise. `convex` says that each minimum of a sum of it is a global one."""

    convex: bool = True

    @abstractmethod
    def value(self, u: np.ndarray) -> np.ndarray:
        """Return rho(u), the loss as the catalogue defines it."""

    @abstractmethod
    def psi(self, u: np.ndarray) -> np.ndarray:
        """Return rho'(u)."""

    @abstractmethod
    def slope(self, u: np.ndarray) -> np.ndarray:
        """Return rho''(u), where it exists."""

    @abstractmethod
    def weight(self, u: np.ndarray) -> np.ndarray:
        """Return psi(u) / u as a share of its value at u = 0, so that a residual of zero weighs 1."""


@dataclass(frozen=True)
class Square(Rho):
    """rho = u^2; every residual weighs 1."""

    def value(self, u: np.ndarray) -> np.ndarray:
        return u * u

    def psi(self, u: np.ndarray) -> np.ndarray:
        return 2 * u

    def slope(self, u: np.ndarray) -> np.ndarray:
        return np.full_like(u, 2.0)

    def weight(self, u: np.ndarray) -> np.ndarray:
        return np.ones_like(u)


@dataclass(frozen=True)
class Pinball(Rho):
    """rho = max(q u, (q - 1) u), times `height`: the absolute error is twice that of q = 1/2.

    psi(u) / u has no value at 0: the weight is min(1, 2 q / |u|) above the line and min(1, 2 (1 - q) / |u|) below it, which is
    min(1, 1 / |u|) for the absolute error.
    """

    q: float = 0.5
    height: float = 2.0

    def value(self, u: np.ndarray) -> np.ndarray:
        return self.height * np.maximum(self.q * u, (self.q - 1) * u)

    def psi(self, u: np.ndarray) -> np.ndarray:
        return self.height * (np.where(u > 0, self.q, self.q - 1) * (u != 0))

    def slope(self, u: np.ndarray) -> np.ndarray:
        return np.zeros_like(u)

    def weight(self, u: np.ndarray) -> np.ndarray:
        pull = 2 * np.where(u > 0, self.q, 1 - self.q)
        return pull / np.maximum(np.abs(u), pull)


@dataclass(frozen=True)
class Huber(Rho):
    """u^2 / 2 up to delta, a straight line of slope delta beyond."""

    delta: float = 1.0

    def value(self, u: np.ndarray) -> np.ndarray:
        near = self.psi(u)
        return near * (u - near / 2)

    def psi(self, u: np.ndarray) -> np.ndarray:
        return np.clip(u, -self.delta, self.delta)

    def slope(self, u: np.ndarray) -> np.ndarray:
        return (np.abs(u) <= self.delta).astype(np.float64)

    def weight(self, u: np.ndarray) -> np.ndarray:
        return self.delta / np.maximum(np.abs(u), self.delta)


@dataclass(frozen=True)
class LogCosh(Rho):
    """rho = log cosh u."""

    def value(self, u: np.ndarray) -> np.ndarray:
        size = np.abs(u)
        return size + np.log1p(np.exp(-2 * size)) - math.log(2)

    def psi(self, u: np.ndarray) -> np.ndarray:
        return np.tanh(u)

    def slope(self, u: np.ndarray) -> np.ndarray:
        return 1 - np.tanh(u) ** 2

    def weight(self, u: np.ndarray) -> np.ndarray:
        size = np.maximum(np.abs(u), 1e-8)  # tanh(u) / u is 1 to rounding there
        return np.tanh(size) / size


@dataclass(frozen=True)
class Tukey(Rho):
    """The biweight: a residual beyond c pulls no more at all."""

    c: float = 4.685
    convex = False

    def value(self, u: np.ndarray) -> np.ndarray:
        share = self._share(u)
        return self.c**2 / 6 * share * (3 - 3 * share + share * share)

    def psi(self, u: np.ndarray) -> np.ndarray:
        return u * self.weight(u)

    def slope(self, u: np.ndarray) -> np.ndarray:
        share = self._share(u)
        return (1 - share) * (1 - 5 * share)

    def weight(self, u: np.ndarray) -> np.ndarray:
        return (1 - self._share(u)) ** 2

    def _share(self, u: np.ndarray) -> np.ndarray:
        return np.minimum(np.abs(u) / self.c, 1) ** 2


# The losses of the catalogue that have a method of their own here; another loss of the residual is minimized through its derivatives.
RHOS = {
    "mse": Square,
    "rmse": Square,
    "mae": Pinball,
    "quantile": lambda q: Pinball(q, 1.0),
    "huber": Huber,
    "log_cosh": LogCosh,
    "tukey": Tukey,
}
