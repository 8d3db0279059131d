"""Neighbors: cross-entropy along a sequence, plus the Jensen-Shannon divergence between the predictions of neighbors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objective import Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.pictures import Strip
from landscape.sculpting.scores import accuracies_of, labels_of
from landscape.sculpting.sculpture import Effect, Measure, Sculpture

# Neighbors that the model sees on either side: without any it could agree with them only by saying one thing everywhere.
SEEN = 3


class Smoothed(Sculpture):
    """A linear model of a sequence of segments, whose predictions are to agree with those next to them."""

    usual = 2.0

    def __init__(self, seed: int, noise: float):
        self.strengths = np.linspace(0.0, 8.0, 21)
        self._data = make_dataset("segments", seed=seed, noise=noise, window=SEEN)
        self._model = make_model("linear", self._data, seed=seed)
        self._risk = self.objective(0.0)

    def objective(self, strength: float) -> Objective:
        def loss(outputs: Tensor, targets: Tensor) -> Tensor:
            return functional.cross_entropy(outputs, targets, reduction="none") + strength * disagreement(outputs)

        return EmpiricalRisk(self._model, loss, self._data, check=False)

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        data, labels = self._data, labels_of(self._risk, thetas, self._data)
        return Effect(
            tuple(Measure("isolated", isolated(found).sum(axis=1), part) for part, found in labels.items()),
            accuracies_of(labels, data),
            (Strip("strip", data.target_names, data.test_targets, labels["test"], isolated(labels["test"])),),
        )


def disagreement(outputs: Tensor) -> Tensor:
    """Return each sample's Jensen-Shannon divergence from the next one of the sequence, 0 for the last, scaled so that its mean is that of
    the neighbors: from logits (N, K) to (N,).
    """
    if len(outputs) < 2:
        return outputs.sum(1) * 0
    between = make_loss("jensen_shannon")(outputs[1:], outputs[:-1].softmax(1))
    return torch.cat([between, between.new_zeros(1)]) * (len(outputs) / (len(outputs) - 1))


def isolated(labels: np.ndarray) -> np.ndarray:
    """Return which labels (..., N) differ from both neighbors, or at an end from the only one."""
    changes = np.diff(labels, axis=-1) != 0
    ends = np.ones((*labels.shape[:-1], 1), dtype=bool)
    return np.concatenate([ends, changes], axis=-1) & np.concatenate([changes, ends], axis=-1)
