"""Penalized: L1, L2 and the elastic net on two weights, where they can be seen, and on the ten coefficients of a real regression.

Both minimize half a mean squared error plus the penalty by proximal gradient steps (ISTA), whose zeros are exact; beside them plain
subgradient descent, which hovers about zero.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from torch import nn

from landscape.data.dataset import Dataset
from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.losses.penalties import make_penalty
from landscape.objective import Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.pictures import Bars, Descents, Threads
from landscape.sculpting.scores import fits_of
from landscape.sculpting.sculpture import Check, Effect, Measure, Ring, Sculpture

# The minimum of the base loss 1/2 |w - center|^2, and the rate of the two descents that are compared from there.
CENTER = np.array([2.0, 0.3])
RATE, COMPARED = 0.1, 40
# Proximal steps: of the two weights, and at most of the regression.
STEPS, MOST_STEPS = 200, 50_000
CORNERS = 97  # points of a ring
# Closer where the regression's coefficients vanish; the two weights are checked at the last but five.
STRENGTHS = np.array([0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
CHECKED = 15


def shrunk(weights: np.ndarray, l1: np.ndarray | float, l2: np.ndarray | float, rate: float) -> np.ndarray:
    """Return the proximal step of rate * (l1 |w|_1 + l2/2 |w|^2): a soft threshold, then a scale (Parikh and Boyd 2014, section 6.5)."""
    return np.sign(weights) * np.maximum(np.abs(weights) - rate * l1, 0.0) / (1.0 + rate * l2)


class Penalized(Sculpture):
    """1/2 |w - (2, 0.3)|^2 + strength (share |w|_1 + (1 - share)/2 |w|^2), and the same penalty on the diabetes data."""

    window = (-1.0, 3.0), (-2.0, 2.0)
    usual = 0.1

    def __init__(self, seed: int, name: str, share: float):
        self.strengths = STRENGTHS
        self._seed, self._name, self._share = seed, name, share
        self._model = nn.utils.skip_init(nn.Linear, 2, 1, bias=False, dtype=torch.float64)
        with torch.no_grad():
            self._model.weight.copy_(torch.from_numpy(CENTER)[None])

    def objective(self, strength: float) -> Objective:
        settings = {"l1_ratio": self._share} if self._name == "elastic_net" else {}
        penalty = make_penalty(self._name, strength=strength, **settings) if strength else None
        return EmpiricalRisk(self._model, make_loss("mse"), (np.eye(2), CENTER), penalty=penalty, check=False)

    def fit(self, strength: float, start: np.ndarray, steps: int) -> np.ndarray:
        return self._steps(strength, exact=True)[-1]

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        coefficients = self.coefficients(strengths)
        data = self._data
        zeros = Measure("zeros", (coefficients == 0).sum(axis=1))
        size = Measure("norm", np.linalg.norm(coefficients, axis=1))
        descents = {
            name: np.array([self._steps(float(strength), exact=exact)[: COMPARED + 1, 1] for strength in strengths])
            for name, exact in (("proximal", True), ("subgradient", False))
        }
        return Effect(
            (zeros, size) if self._share else (size, zeros),
            fits_of(coefficients, data),
            (
                Bars("coefficients", data.feature_names, coefficients),
                Threads("coefficient_path", data.feature_names, coefficients),
                Descents("descents", descents),
            ),
            self._check(strengths, thetas),
        )

    def coefficients(self, strengths: np.ndarray) -> np.ndarray:
        """Return the coefficients (S, 10) on the diabetes data, of all strengths at once and from zero, by proximal steps."""
        inputs, targets = self._data.inputs, self._data.targets
        gram, pull = inputs.T @ inputs / len(targets), inputs.T @ targets / len(targets)
        rate, l1, l2 = 1.0 / np.linalg.eigvalsh(gram)[-1], *self._parts(strengths[:, None])
        found = ahead = np.zeros((len(strengths), len(pull)))
        speed = 1.0
        for _ in range(MOST_STEPS):  # Beck and Teboulle 2009, section 4, begun anew where it would turn back
            new = shrunk(ahead - rate * (ahead @ gram - pull), l1, l2, rate)
            move = new - found
            turned = ((ahead - new) * move).sum() > 0
            faster = 1.0 if turned else (1 + np.sqrt(1 + 4 * speed**2)) / 2
            ahead = new if turned else new + (speed - 1) / faster * move
            found, speed = new, faster
            if np.abs(move).max() < 1e-13:
                break
        return found

    def rings(self, thetas: np.ndarray) -> tuple[Ring, ...]:
        """Return the level of the penalty and the level of the base loss through each minimum: they touch there."""
        turn = np.linspace(0.0, 2 * np.pi, CORNERS)
        around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        l1, l2 = self._parts(1.0)
        ball = np.array([_reach(around, self._size(theta), l1, l2)[:, None] * around for theta in thetas])
        base = CENTER + np.linalg.norm(thetas - CENTER, axis=1)[:, None, None] * around
        return Ring("penalty", ball), Ring("base", base)

    @cached_property
    def _data(self) -> Dataset:
        return make_dataset("diabetes", seed=self._seed)

    def _parts(self, strength: np.ndarray | float) -> tuple[np.ndarray | float, np.ndarray | float]:
        return strength * self._share, strength * (1 - self._share)

    def _size(self, theta: np.ndarray) -> float:
        """Return the penalty at strength 1."""
        l1, l2 = self._parts(1.0)
        return float(l1 * np.abs(theta).sum() + l2 / 2 * (theta**2).sum())

    def _steps(self, strength: float, *, exact: bool) -> np.ndarray:
        """Return the steps (T+1, 2) from the base loss's minimum: proximal ones, or of plain subgradient descent at the same rate."""
        l1, l2 = self._parts(strength)
        path = [CENTER]
        for _ in range(STEPS):
            here = path[-1]
            slope = here - CENTER
            path.append(shrunk(here - RATE * slope, l1, l2, RATE) if exact else here - RATE * (slope + l1 * np.sign(here) + l2 * here))
        return np.array(path)

    def _check(self, strengths: np.ndarray, thetas: np.ndarray) -> Check | None:
        if len(strengths) <= CHECKED:
            return None
        strength = float(strengths[CHECKED])
        return Check(strength, thetas[CHECKED], shrunk(CENTER, *self._parts(strength), 1.0), 1e-6)


def _reach(around: np.ndarray, size: float, l1: float, l2: float) -> np.ndarray:
    """Return how far along each unit vector the penalty l1 |w|_1 + l2/2 |w|^2 reaches `size`."""
    slope = l1 * np.abs(around).sum(axis=1)
    if not l2:
        return size / slope
    return (np.sqrt(slope**2 + 2 * l2 * size) - slope) / l2
