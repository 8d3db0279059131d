"""Rescaled: one function with other weights, which makes the same minimum as sharp as one likes (Dinh et al. 2017).

y = w1 w2 x fits y = x wherever w1 w2 = 1. At (a, 1/a) the risk (w1 w2 - 1)^2 has the Hessian's trace 2 (a^2 + 1/a^2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from torch import nn

from landscape.curvature.trace import Estimate
from landscape.losses.losses import make_loss
from landscape.minima.brittleness import input_noise, weight_noise
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane, Window
from landscape.sampling.surface import Surface, sample_surface

DATA = np.array([[1.0], [-1.0]]), np.array([[1.0], [-1.0]])
# Of the picture of the risk: it holds (1, 1) and what is reached by common factors.
WINDOW: Window = (-1.0, 12.0), (-0.6, 2.0)
RESOLUTION = 61


@dataclass(frozen=True, eq=False)
class Twin:
    """The minimum (factor, 1 / factor): its curvature, what the weights say of inputs (m,), and its rise under noise."""

    factor: float
    theta: np.ndarray
    value: float
    sharpness: float
    trace: float
    outputs: np.ndarray
    under_weights: Estimate
    under_inputs: Estimate


def product_risk() -> EmpiricalRisk:
    """Return (w1 w2 - 1)^2, the risk of y = w1 w2 x on the points (1, 1) and (-1, -1)."""
    layers = (nn.utils.skip_init(nn.Linear, 1, 1, bias=False) for _ in range(2))
    return EmpiricalRisk(nn.Sequential(*layers), make_loss("mse"), DATA, check=False)


@lru_cache(maxsize=64)
def twin(factor: float, noise: float, samples: int) -> Twin:
    """Return what is known of the minimum (factor, 1 / factor) at noise of that scale."""
    risk, theta = product_risk(), np.array([factor, 1.0 / factor])
    eigenvalues = np.linalg.eigvalsh(risk.hessian(theta))
    told = np.linspace(-2.0, 2.0, 9)[:, None]
    return Twin(
        factor,
        theta,
        risk.value(theta),
        float(eigenvalues[-1]),
        float(eigenvalues.sum()),
        risk.outputs(theta, told).ravel(),
        weight_noise(risk, theta, noise, samples=samples),
        input_noise(risk, make_loss("mse"), DATA, theta, noise, samples=samples),
    )


@lru_cache(maxsize=1)
def valley() -> Surface:
    """Return the risk around both minima."""
    return sample_surface(product_risk(), Plane(np.zeros(2), *np.eye(2)), WINDOW, resolution=RESOLUTION)
