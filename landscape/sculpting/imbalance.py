"""Imbalance: a small network that looks for rare frauds, by focal loss or with a weight on the rare class."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.special import expit
from torch import from_numpy

from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.losses.penalties import make_penalty
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.pictures import Regions
from landscape.sculpting.sculpture import Effect, Measure, Sculpture

SAMPLES, WIDTH = 600, 4
# What is added to both amounts: without it the frauds stand apart, and no knob has anything to do.
NOISE = 1.0
# Of the squared weights, so that there is a minimum where the classes can be separated.
DECAY = 1e-4
SIDE, MARGIN = 41, 0.5
BINS = 10
STRENGTHS = {
    "focal": np.array([0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]),
    "balanced_cross_entropy": np.array([0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99]),
}
SETTINGS = {"focal": "gamma", "balanced_cross_entropy": "alpha"}
USUAL = {"focal": 2.0, "balanced_cross_entropy": 0.9}


class Imbalance(Sculpture):
    """The mean focal loss at gamma, or the balanced cross-entropy at alpha, of rare frauds seen through noise, plus a little weight decay.

    Trained from the plain loss on, each strength from where the one before it ended. The balanced loss is affine in alpha. Trained to the
    minimum, the focal loss hardly moves recall, since the threshold stays where it was: what it moves is the weight of hard samples, and
    its price is that its probabilities are no longer frequencies.
    """

    def __init__(self, seed: int, loss: str):
        self.strengths, self.usual, self.affine = STRENGTHS[loss], USUAL[loss], loss != "focal"
        self._loss, self._data = loss, make_dataset("imbalanced", seed=seed, n=SAMPLES)
        rng = np.random.default_rng(seed)
        data = {"train": (self._data.inputs, self._data.targets), "test": (self._data.test_inputs, self._data.test_targets)}
        self._parts = {part: (inputs + NOISE * rng.standard_normal(inputs.shape), targets) for part, (inputs, targets) in data.items()}
        self._model = make_model("mlp", self._data, seed=seed, widths=(WIDTH,))

    def objective(self, strength: float) -> EmpiricalRisk:
        loss = make_loss(self._loss, **{SETTINGS[self._loss]: strength})
        return EmpiricalRisk(self._model, loss, self._parts["train"], penalty=make_penalty("l2", strength=DECAY), check=False)

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        scores = {part: np.array([self._scores(theta, inputs) for theta in thetas]) for part, (inputs, _) in self._parts.items()}
        found = {part: [caught(row, self._parts[part][1]) for row in rows] for part, rows in scores.items()}
        aims = [
            Measure(name, [row[k] for row in found[part]], part, share=True)
            for k, name in enumerate(("recall", "precision"))
            for part in found
        ]
        miss = [calibration_error(row, self._parts["test"][1]) for row in scores["test"]]
        return Effect(
            (*aims, self._emphasis(strengths, thetas[0])),
            (
                *(Measure("accuracy", [row[2] for row in found[part]], part, share=True) for part in found),
                Measure("calibration", miss, "test", share=True),
            ),
            (self._regions(thetas),),
        )

    @cached_property
    def _risk(self) -> EmpiricalRisk:
        return self.objective(float(self.strengths[0]))

    def _scores(self, theta: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        return self._risk.outputs(theta, inputs).reshape(-1)

    def _emphasis(self, strengths: np.ndarray, theta: np.ndarray) -> Measure:
        """Return the share of the loss at `theta`, the same at each strength, that comes from what the knob is to stress: samples whose
        class is given less than one half by the focal loss, rare ones by the balanced.
        """
        inputs, targets = self._parts["train"]
        scores = self._scores(theta, inputs)
        name, stressed = ("hard_share", (scores > 0) != targets) if self._loss == "focal" else ("rare_share", targets == 1)
        outputs, labels = from_numpy(scores), from_numpy(targets.copy())
        losses = [make_loss(self._loss, **{SETTINGS[self._loss]: float(k)})(outputs, labels).numpy() for k in strengths]
        return Measure(name, [each[stressed].sum() / each.sum() for each in losses], "train", share=True)

    def _regions(self, thetas: np.ndarray) -> Regions:
        points, classes = self._parts["train"]
        x, y = (np.linspace(column.min() - MARGIN, column.max() + MARGIN, SIDE) for column in points.T)
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        scores = np.array([self._scores(theta, grid) for theta in thetas]).reshape(len(thetas), SIDE, SIDE)
        return Regions("boundary", points, classes, x, y, scores)


def caught(scores: np.ndarray, targets: np.ndarray) -> tuple[float, float, float]:
    """Return recall and precision of class 1, predicted above 0, and the accuracy; a precision of no predictions is NaN."""
    given, rare = scores > 0, targets == 1
    both = np.count_nonzero(given & rare)
    precision = both / np.count_nonzero(given) if given.any() else float("nan")
    return both / np.count_nonzero(rare), precision, float((given == rare).mean())


def calibration_error(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean distance of the predicted probability of class 1 from its frequency, in ten bins (Guo et al. 2017, equation 3)."""
    probabilities = expit(scores)
    bins = np.minimum((BINS * probabilities).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bins, probabilities - targets)).sum() / len(targets))
