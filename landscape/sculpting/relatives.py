"""Relatives: cross-entropy on a tree of classes, plus what the distance of the predicted from the true class costs on average."""

from __future__ import annotations

import numpy as np

from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.losses.structured import tree_distances
from landscape.networks.models import make_model
from landscape.objective import Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.pictures import Matrix
from landscape.sculpting.scores import accuracies_of, labels_of, parts_of
from landscape.sculpting.sculpture import Effect, Measure, Sculpture


class Related(Sculpture):
    """A linear model of the leaves of a tree, whose mistakes are to stay in the family."""

    usual = 2.0

    def __init__(self, seed: int, spread: float):
        self.strengths = np.linspace(0.0, 8.0, 21)
        self._data = make_dataset("tree", seed=seed, spread=spread)
        self._model = make_model("linear", self._data, seed=seed)
        self._risk = self.objective(0.0)

    def objective(self, strength: float) -> Objective:
        return EmpiricalRisk(self._model, make_loss("tree_distance", strength=strength), self._data)

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        data, labels = self._data, labels_of(self._risk, thetas, self._data)
        steps = tree_distances(data.classes).numpy()
        far = {part: steps[labels[part], y] for part, _, y in parts_of(data)}
        counts = np.zeros((len(thetas), data.classes, data.classes))
        for count, found in zip(counts, labels["test"], strict=True):
            np.add.at(count, (data.test_targets, found), 1)
        return Effect(
            tuple(
                Measure("mistake_distance", found.sum(axis=1) / np.maximum((found > 0).sum(axis=1), 1), part) for part, found in far.items()
            ),
            accuracies_of(labels, data),
            (Matrix("confusion", data.target_names, counts),),
        )
