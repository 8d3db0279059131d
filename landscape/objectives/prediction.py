"""Prediction: the outputs of a model at theta, as a curve, a decision boundary, predicted against true values, or a confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.data.datasets import Dataset
from landscape.objective import ArrayLike
from landscape.objectives.risk import EmpiricalRisk

POINTS_A_SIDE = 81
MARGIN = 0.15


@dataclass(frozen=True, eq=False)
class Curve:
    """Regression on one input: outputs (m,) on a grid (m,), with the training data (n,)."""

    inputs: np.ndarray
    targets: np.ndarray
    grid: np.ndarray
    outputs: np.ndarray


@dataclass(frozen=True, eq=False)
class Boundary:
    """Classification of two inputs: `classes[j, i]`, the class predicted at x[i], y[j], with the training points (n, 2) and targets (n,).

    `accuracy` is that on the training points.
    """

    points: np.ndarray
    targets: np.ndarray
    x: np.ndarray
    y: np.ndarray
    classes: np.ndarray
    accuracy: float


@dataclass(frozen=True, eq=False)
class Agreement:
    """Regression on several inputs: the test targets (n,) and the outputs (n,) for the test inputs."""

    targets: np.ndarray
    outputs: np.ndarray


@dataclass(frozen=True, eq=False)
class Confusion:
    """Classification of several inputs: `counts[true, predicted]` (K, K) on the test part, and its `accuracy`, NaN without a test part."""

    counts: np.ndarray
    accuracy: float


Prediction = Curve | Boundary | Agreement | Confusion


def predict(risk: EmpiricalRisk, dataset: Dataset, theta: ArrayLike, *, threshold: float = 0.0) -> Prediction:
    """Return the prediction at `theta`, by task and number of inputs; a single output of a classifier means class 1 above `threshold`."""
    width = int(np.prod(dataset.inputs.shape[1:]))
    if dataset.task == "regression":
        if width == 1:
            grid = _span(dataset.inputs[:, 0], 201)
            return Curve(dataset.inputs[:, 0], dataset.targets, grid, _scores(risk, theta, grid[:, None]))
        return Agreement(dataset.test_targets, _scores(risk, theta, dataset.test_inputs))
    if width == 2:
        x, y = (_span(dataset.inputs[:, column], POINTS_A_SIDE) for column in range(2))
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        classes = classify_inputs(risk, theta, grid, threshold).reshape(len(y), len(x))
        right = classify_inputs(risk, theta, dataset.inputs, threshold) == dataset.targets
        return Boundary(dataset.inputs, dataset.targets, x, y, classes, float(right.mean()))
    given = classify_inputs(risk, theta, dataset.test_inputs, threshold)
    counts = np.zeros((dataset.classes, dataset.classes), dtype=np.int64)
    np.add.at(counts, (dataset.test_targets, given), 1)
    return Confusion(counts, float(counts.trace() / counts.sum()) if len(given) else float("nan"))


def classify_inputs(risk: EmpiricalRisk, theta: ArrayLike, inputs: np.ndarray, threshold: float = 0.0) -> np.ndarray:
    """Return the predicted class indices (n,): the largest of K outputs, or whether a single output exceeds `threshold`."""
    outputs = risk.outputs(theta, inputs)
    if outputs.ndim > 1 and outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    return (outputs.reshape(-1) > threshold).astype(np.int64)


def _scores(risk: EmpiricalRisk, theta: ArrayLike, inputs: np.ndarray) -> np.ndarray:
    return risk.outputs(theta, inputs).reshape(len(inputs), -1)[:, 0]


def _span(values: np.ndarray, count: int) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * ((high - low) or 1.0)
    return np.linspace(low - margin, high + margin, count)
