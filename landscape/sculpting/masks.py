"""Masks: dropout of a linear model's inputs, averaged over masks that are drawn once, beside its expectation in closed form."""

from __future__ import annotations

import numpy as np

from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objective import Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.pictures import Bars
from landscape.sculpting.scores import explained, fits_of
from landscape.sculpting.sculpture import Check, Effect, Measure, Sculpture

# Masks of each sample, and the share of inputs that the test of robustness takes away.
MASKS, LOST = 12, 0.3


class Dropped(Sculpture):
    """Linear regression of the diabetes data with each input gone with probability p, the others divided by 1 - p."""

    usual = 0.2
    affine = False

    def __init__(self, seed: int):
        self.strengths = np.linspace(0.0, 0.8, 21)
        self._data = make_dataset("diabetes", seed=seed)
        rng = np.random.default_rng(seed)
        self._chances = rng.random((MASKS, *self._data.inputs.shape))
        self._lost = rng.random((MASKS, *self._data.test_inputs.shape)) < LOST
        self._model = make_model("linear", self._data, seed=seed, bias=False)

    def objective(self, strength: float) -> Objective:
        kept = (self._chances >= strength) / (1 - strength)
        inputs = (self._data.inputs * kept).reshape(-1, self._data.inputs.shape[1])
        return EmpiricalRisk(self._model, make_loss("mse"), (inputs, np.tile(self._data.targets, MASKS)), check=False)

    def fit(self, strength: float, start: np.ndarray, steps: int) -> np.ndarray:
        """One step of Newton's method, which ends in the minimum of a quadratic."""
        objective = self.objective(strength)
        return start - np.linalg.solve(objective.hessian(start), objective.gradient(start))

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        data, rough = self._data, (self._data.test_inputs * ~self._lost).reshape(-1, self._data.test_inputs.shape[1])
        shaken = explained(thetas, rough, np.tile(data.test_targets, MASKS))
        step = min(self.usual_step, len(strengths) - 1)
        exact = np.array([self.expected(float(strength)) for strength in strengths])
        return Effect(
            (Measure("r2_lost", shaken, "test", share=True), Measure("norm", np.linalg.norm(thetas, axis=1))),
            fits_of(thetas, data),
            (Bars("dropped", data.feature_names, thetas, exact),),
            Check(float(strengths[step]), thetas[step], exact[step], 0.1),
        )

    def expected(self, strength: float) -> np.ndarray:
        """Return the minimum over all masks: least squares with p / (1 - p) mean(x_j^2) w_j^2 added (Wager, Wang and Liang 2013)."""
        inputs, targets = self._data.inputs, self._data.targets
        gram = inputs.T @ inputs / len(targets)
        return np.linalg.solve(gram + strength / (1 - strength) * np.diag(np.diag(gram)), inputs.T @ targets / len(targets))
