"""Curriculum: a loss that counts easy samples first, and at its last stage all of them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.losses.penalties import make_penalty
from landscape.networks.models import make_model
from landscape.objectives.prediction import classify_inputs
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.pictures import Regions
from landscape.sculpting.sculpture import Effect, Measure, Sculpture, descended

SAMPLES, SPREAD, FLIPPED = 200, 0.25, 0.2
WIDTH, NEIGHBORS = 12, 15
STRENGTHS = np.linspace(0.3, 1.0, 15)
STEPS = 20  # at each stage
SIDE, MARGIN = 41, 0.3


class Curriculum(Sculpture):
    """The mean cross-entropy of the easiest share of two moons, of which a fifth of the labels are flipped, plus half a weight decay times
    the squared weights. A sample is the easier, the more of its nearest neighbors have its label, and of equal ones the nearer they are.

    Each stage takes the same number of L-BFGS steps from where the one before it ended. Beside it, as many steps altogether on all samples
    from the start, begun anew at the same places. It helps where the network would learn the flipped labels by heart: with a weight decay
    of 1e-3, training on all samples does as well.
    """

    strengths = STRENGTHS
    usual = 0.8
    affine = False

    def __init__(self, seed: int, decay: float):
        self._data = make_dataset("moons", seed=seed, n=SAMPLES, noise=SPREAD)
        flips = np.random.default_rng(seed).permutation(SAMPLES)[: round(FLIPPED * SAMPLES)]
        self._targets = self._data.targets.copy()
        self._targets[flips] = 1 - self._targets[flips]
        self._model, self._decay = make_model("mlp", self._data, seed=seed, widths=(WIDTH,)), decay

    @cached_property
    def order(self) -> np.ndarray:
        """The samples (N,), the easiest first."""
        squares = ((self._data.inputs[:, None] - self._data.inputs) ** 2).sum(axis=2)
        np.fill_diagonal(squares, np.inf)
        near = np.argsort(squares, axis=1, kind="stable")[:, :NEIGHBORS]
        agreeing = (self._targets[near] == self._targets[:, None]).mean(axis=1)
        return np.lexsort((np.take_along_axis(squares, near, axis=1).mean(axis=1), -agreeing))

    def counted(self, strength: float) -> np.ndarray:
        """Return whether each sample counts, (N,)."""
        counts = np.zeros(SAMPLES, dtype=bool)
        counts[self.order[: round(strength * SAMPLES)]] = True
        return counts

    def objective(self, strength: float) -> EmpiricalRisk:
        counts = self.counted(strength)
        data = self._data.inputs[counts], self._targets[counts]
        return EmpiricalRisk(self._model, make_loss("cross_entropy"), data, penalty=make_penalty("l2", strength=self._decay), check=False)

    def fit(self, strength: float, start: np.ndarray, steps: int) -> np.ndarray:
        return descended(self.objective(strength), start, STEPS)

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        runs = {"": thetas, "_plain": self.fits(np.ones(len(strengths)))}
        right = [Measure(f"accuracy{name}", [self._right(theta) for theta in run], "test", share=True) for name, run in runs.items()]
        lost = [Measure(f"loss_all{name}", [self._whole.value(theta) for theta in run], "train") for name, run in runs.items()]
        return Effect(tuple(right), tuple(lost), (self._regions(strengths, thetas),))

    @cached_property
    def _whole(self) -> EmpiricalRisk:
        return self.objective(1.0)

    def _right(self, theta: np.ndarray) -> float:
        return float((classify_inputs(self._whole, theta, self._data.test_inputs) == self._data.test_targets).mean())

    def _regions(self, strengths: np.ndarray, thetas: np.ndarray) -> Regions:
        points = self._data.inputs
        x, y = (np.linspace(column.min() - MARGIN, column.max() + MARGIN, SIDE) for column in points.T)
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        scores = np.array([self._whole.outputs(theta, grid) for theta in thetas]).reshape(len(thetas), SIDE, SIDE)
        counted = np.array([self.counted(float(strength)) for strength in strengths])
        return Regions("boundary", points, self._targets, x, y, scores, counted)
