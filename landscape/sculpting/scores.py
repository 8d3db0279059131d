"""Scores: how well the parameters at each strength do on a data set's two parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from landscape.data.dataset import Dataset
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.sculpture import Measure


def parts_of(data: Dataset) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield the name, the inputs and the targets of the training part and of the test part."""
    yield "train", data.inputs, data.targets
    yield "test", data.test_inputs, data.test_targets


def explained(coefficients: np.ndarray, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return R^2 (S,) of each row of `coefficients` (S, d)."""
    missed = ((targets - coefficients @ inputs.T) ** 2).sum(axis=1)
    return 1 - missed / ((targets - targets.mean()) ** 2).sum()


def fits_of(coefficients: np.ndarray, data: Dataset) -> tuple[Measure, ...]:
    """Return R^2 of linear models (S, d) on both parts."""
    return tuple(Measure("r2", explained(coefficients, x, y), part, share=True) for part, x, y in parts_of(data))


def labels_of(risk: EmpiricalRisk, thetas: np.ndarray, data: Dataset) -> dict[str, np.ndarray]:
    """Return the classes (S, N) that each row of `thetas` predicts on both parts."""
    return {part: np.array([risk.outputs(theta, x).argmax(axis=1) for theta in thetas]) for part, x, _ in parts_of(data)}


def accuracies_of(labels: Mapping[str, np.ndarray], data: Dataset) -> tuple[Measure, ...]:
    """Return the shares of right `labels` on both parts."""
    return tuple(Measure("accuracy", (labels[part] == y).mean(axis=1), part, share=True) for part, _, y in parts_of(data))
