"""Margins: losses of the margin m = y s with their derivatives, for scores that are fitted without autograd."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

Map = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Margin:
    """phi(m), phi' and phi''; `convex`, and whether phi has its least value only at m = infinity."""

    value: Map
    slope: Map
    curvature: Map
    convex: bool = True
    endless: bool = False


def _logistic(base: str = "e") -> Margin:
    unit = math.log(2) if base == "2" else 1.0
    return Margin(lambda m: _softplus(m) / unit, lambda m: -expit(-m) / unit, lambda m: expit(m) * expit(-m) / unit, endless=True)


def _softplus(m: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, -m)


def _exponential() -> Margin:
    return Margin(lambda m: np.exp(-m), lambda m: -np.exp(-m), lambda m: np.exp(-m), endless=True)


def _squared_hinge() -> Margin:
    return Margin(lambda m: np.maximum(0, 1 - m) ** 2, lambda m: -2 * np.maximum(0, 1 - m), lambda m: 2.0 * (m < 1))


def _mse() -> Margin:
    return Margin(lambda m: (1 - m) ** 2, lambda m: 2 * (m - 1), lambda m: np.full_like(m, 2.0))  # (y - s)^2, since y^2 = 1


def _hinge() -> Margin:
    return Margin(lambda m: np.maximum(0, 1 - m), lambda m: -1.0 * (m < 1), np.zeros_like)


def _zero_one() -> Margin:
    return Margin(lambda m: 1.0 * (m <= 0), np.zeros_like, np.zeros_like, convex=False)


def _focal(gamma: float) -> Margin:
    def hard(m: np.ndarray) -> np.ndarray:
        return np.exp(-gamma * np.logaddexp(0, m))  # (1 - p)^gamma

    def slope(m: np.ndarray) -> np.ndarray:
        return -hard(m) * (gamma * expit(m) * _softplus(m) + expit(-m))

    def curvature(m: np.ndarray) -> np.ndarray:
        p, rest, log = expit(m), expit(-m), _softplus(m)
        return hard(m) * p * (gamma * (gamma * p * log + rest) - gamma * rest * (log - 1) + rest)

    return Margin(lambda m: hard(m) * _softplus(m), slope, curvature, convex=gamma == 0, endless=True)


MARGINS: dict[str, Callable[..., Margin]] = {
    "cross_entropy": _logistic,
    "logistic": _logistic,
    "exponential": _exponential,
    "squared_hinge": _squared_hinge,
    "mse": _mse,
    "hinge": _hinge,
    "zero_one": _zero_one,
    "focal": _focal,
}
