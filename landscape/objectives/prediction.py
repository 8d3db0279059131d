"""Prediction: a model's outputs at theta, as a curve, a boundary, predicted against true values, a confusion matrix or a ranking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.data.datasets import Dataset
from landscape.data.fit import features
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
    """Regression of several inputs, or of several targets: targets (n, m) and outputs (n, m); of one target, both are (n,).

    They are those of the test part or, where there is none, of the `training` part.
    """

    targets: np.ndarray
    outputs: np.ndarray
    training: bool = False


@dataclass(frozen=True, eq=False)
class Confusion:
    """Classification of several inputs: `counts[true, predicted]` (K, K) on the test part, and its `accuracy`, NaN without a test part."""

    counts: np.ndarray
    accuracy: float


@dataclass(frozen=True, eq=False)
class Ranked:
    """Ranking: `grades[q, k]`, the grade of the document that the scores put at place k of test query q, the highest score first.

    `right` is the share of the pairs of one query and different grades that the scores put in order; equal scores are half in order.
    """

    grades: np.ndarray
    right: float


Prediction = Curve | Boundary | Agreement | Confusion | Ranked


def predict(risk: EmpiricalRisk, dataset: Dataset, theta: ArrayLike, *, threshold: float = 0.0) -> Prediction:
    """Return the prediction at `theta`, by task and number of inputs; a single output of a classifier means class 1 above `threshold`."""
    width = features(dataset)
    if dataset.task == "ranking":
        return _ranked(risk.outputs(theta, dataset.test_inputs), dataset.test_targets)
    if dataset.task == "regression":
        if width == 1 and dataset.targets.ndim == 1:
            grid = _span(dataset.inputs[:, 0], 201)
            return Curve(dataset.inputs[:, 0], dataset.targets, grid, risk.outputs(theta, grid[:, None]).reshape(-1))
        training = not len(dataset.test_targets)
        inputs, targets = (dataset.inputs, dataset.targets) if training else (dataset.test_inputs, dataset.test_targets)
        return Agreement(targets, risk.outputs(theta, inputs).reshape(targets.shape), training)
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


def _ranked(scores: np.ndarray, grades: np.ndarray) -> Ranked:
    order = np.argsort(-scores, axis=1, kind="stable")
    better = grades[:, :, None] > grades[:, None, :]
    signs = np.sign(scores[:, :, None] - scores[:, None, :])[better]
    return Ranked(np.take_along_axis(grades, order, axis=1), float((1 + signs).mean() / 2) if len(signs) else float("nan"))


def _span(values: np.ndarray, count: int) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * ((high - low) or 1.0)
    return np.linspace(low - margin, high + margin, count)
