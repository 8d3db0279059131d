"""Newton: downhill by Newton steps to a minimum of a smooth sum over samples, with a line search."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

STEPS = 200
TOLERANCE = 1e-10
HALVINGS = 40
# Parameters of standard samples beyond this, where no sample is: what goes there goes to infinity.
RUNAWAY = 1e9

Risk = Callable[[np.ndarray], float]
Derivatives = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def newton(matrix: np.ndarray, risk: Risk, derivatives: Derivatives, theta: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return where steps downhill from theta (p,) end, and whether the last one moved the fits matrix @ theta (N,) no more.

    A negative curvature counts by its absolute value, so that the step leads down there too. A step is halved until the risk falls.
    """
    value = risk(theta)
    for _ in range(STEPS):
        gradient, hessian = derivatives(theta)
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()) or np.abs(theta).max() > RUNAWAY * (1 + np.abs(matrix).max()):
            return theta, False
        curvatures, axes = np.linalg.eigh(hessian)
        curvatures = np.maximum(np.abs(curvatures), 1e-14 * np.abs(curvatures).max() + 1e-300)
        step = -axes @ (axes.T @ gradient / curvatures)
        if np.abs(matrix @ step).max() <= TOLERANCE * (1 + np.abs(matrix @ theta).max()):
            return theta + step, True
        length, lower = _downhill(risk, theta, step, value)
        if not length:
            return theta, False
        theta, value = theta + length * step, lower
    return theta, False


def _downhill(risk: Risk, theta: np.ndarray, step: np.ndarray, value: float) -> tuple[float, float]:
    """Return the first share of the step, of 1, 1/2, 1/4..., that lowers the risk, and the risk there; 0 where none does."""
    for halvings in range(HALVINGS):
        length = 0.5**halvings
        lower = risk(theta + length * step)
        if lower < value:
            return length, lower
    return 0.0, value
