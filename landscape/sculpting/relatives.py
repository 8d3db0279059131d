"""Relatives: cross-entropy on a tree of classes, plus what the distance of the predicted from the true class costs on average."""

from __future__ import annotations

from dataclasses import replace

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

MIXTURE = np.array([[np.cos(np.radians(50.0))], [np.sin(np.radians(50.0))]])


class Related(Sculpture):
    """A linear model of the leaves of a tree, whose mistakes are to stay in the family.

    It sees one measurement of each sample, a mixture of both inputs in which some strangers look alike: where only next of kin are hard to
    tell apart, every mistake stays in the family anyway.
    """

    usual = 1.0

    def __init__(self, seed: int, spread: float):
        self.strengths = np.linspace(0.0, 2.0, 21)
        data = make_dataset("tree", seed=seed, spread=spread)
        self._data = replace(data, inputs=data.inputs @ MIXTURE, test_inputs=data.test_inputs @ MIXTURE, feature_names=())
        self._model = make_model("linear", self._data, seed=seed)
        self._risk = self.objective(0.0)

    def objective(self, strength: float) -> Objective:
        return EmpiricalRisk(self._model, make_loss("tree_distance", strength=strength), self._data, check=False)

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        data, labels = self._data, labels_of(self._risk, thetas, self._data)
        steps = tree_distances(data.classes).numpy()
        far = {part: steps[labels[part], y] for part, _, y in parts_of(data)}
        counts = np.zeros((len(thetas), data.classes, data.classes), dtype=np.int64)
        for count, found in zip(counts, labels["test"], strict=True):
            np.add.at(count, (data.test_targets, found), 1)
        return Effect(
            tuple(
                Measure("mistake_distance", found.sum(axis=1) / np.maximum((found > 0).sum(axis=1), 1), part) for part, found in far.items()
            ),
            accuracies_of(labels, data),
            (Matrix("confusion", data.target_names, counts),),
        )
