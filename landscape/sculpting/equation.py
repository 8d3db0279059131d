"""Equation: a damped oscillation learned from few points, with and without the differential equation that it obeys."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from landscape.losses.losses import make_loss
from landscape.objective import Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.pictures import Learned
from landscape.sculpting.sculpture import Effect, Measure, Sculpture, descended

# u'' + 2 D u' + W^2 u = 0 with u(0) = 1, u'(0) = -D, which is e^(-D t) cos(V t) with V^2 = W^2 - D^2.
DAMPING, FREQUENCY = 0.25, 2.0
SPAN, OBSERVED = 6.0, 2.4  # the equation holds up to the first, observations end at the second
PLACES, SEEN = 31, 201
WIDTH = 12


def solution(t: np.ndarray) -> np.ndarray:
    """Return the true curve."""
    return np.exp(-DAMPING * t) * np.cos(np.sqrt(FREQUENCY**2 - DAMPING**2) * t)


class Oscillator(nn.Module):
    """u(t) of one hidden layer of tanh, with the residual of the equation, divided by W^2: from times (N, 1) to (N, 2).

    The derivatives of u are written out: with h = tanh(w t + b), h' = (1 - h^2) w and h'' = -2 h (1 - h^2) w^2.
    """

    def __init__(self, width: int, generator: torch.Generator):
        super().__init__()
        self.inner = nn.Parameter(2 * torch.randn(width, generator=generator, dtype=torch.float64))
        self.shift = nn.Parameter(3 * torch.randn(width, generator=generator, dtype=torch.float64))
        self.outer = nn.Parameter(torch.randn(width, generator=generator, dtype=torch.float64) / width**0.5)
        self.level = nn.Parameter(torch.zeros(1, dtype=torch.float64))

    def derivatives(self, times: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return u, u' and u'' at the times (N, 1), (N,) each."""
        scaled = self.inner / SPAN * 2
        h = torch.tanh(times * scaled + self.shift - self.inner)
        slope = 1 - h.square()
        u = h @ self.outer + self.level
        return u, (slope * scaled) @ self.outer, (-2 * h * slope * scaled.square()) @ self.outer

    def forward(self, times: Tensor) -> Tensor:
        u, first, second = self.derivatives(times)
        return torch.stack([u, (second + 2 * DAMPING * first) / FREQUENCY**2 + u], dim=1)


class Physical(Sculpture):
    """The curve at a few noisy points of its first part, and the equation at every place of the whole span."""

    usual = 0.1

    def __init__(self, seed: int, points: int, noise: float):
        self.strengths = np.array([0.0, *(float(f"{value:.1e}") for value in np.geomspace(1e-4, 1.0, 20))])
        rng = np.random.default_rng(seed)
        self._times = np.linspace(0.0, OBSERVED, points)
        self._found = solution(self._times) + noise * rng.standard_normal(points)
        self._model = Oscillator(WIDTH, torch.Generator().manual_seed(seed))
        places = np.linspace(0.0, SPAN, PLACES)
        times = np.concatenate([self._times, places])[:, None]
        targets = np.column_stack([np.concatenate([self._found, np.zeros(PLACES)]), np.arange(len(times)) < points])
        self._data = times, targets
        self._risk = self.objective(0.0)

    def objective(self, strength: float) -> Objective:
        return EmpiricalRisk(self._model, make_loss("physics", weight=strength), self._data, check=False)

    def fit(self, strength: float, start: np.ndarray, steps: int) -> np.ndarray:
        return descended(self.objective(strength), start, steps, gain=1e-10)

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        grid = np.linspace(0.0, SPAN, SEEN)
        curves = np.array([self._risk.outputs(theta, grid[:, None])[:, 0] for theta in thetas])
        at = np.array([self._risk.outputs(theta, self._times[:, None])[:, 0] for theta in thetas])
        residuals = np.array([self._risk.outputs(theta, grid[:, None])[:, 1] for theta in thetas])
        missed, unseen = curves - solution(grid), grid > OBSERVED
        return Effect(
            (Measure("error_beyond", _root_mean(missed[:, unseen])), Measure("residual", _root_mean(residuals))),
            (Measure("error_at_points", _root_mean(at - self._found)),),
            (Learned("learned", grid, solution(grid), self._times, self._found, curves),),
        )


def _root_mean(values: np.ndarray) -> np.ndarray:
    return np.sqrt((values**2).mean(axis=1))
