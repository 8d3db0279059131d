"""Prediction: the model's outputs, in the form for the task and the number of inputs."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.prediction import Agreement, Boundary, Confusion, Curve, classify_inputs, predict
from landscape.objectives.risk import EmpiricalRisk


def risk_on(data, model, loss, **params):
    dataset = make_dataset(data, **params)
    return EmpiricalRisk(make_model(model, dataset, seed=4), make_loss(loss), dataset), dataset


def test_one_input_gives_a_curve():
    risk, dataset = risk_on("line", "linear", "mse", offset=7.0)
    curve = predict(risk, dataset, np.array([-1.5, 4.0]))
    assert isinstance(curve, Curve)
    np.testing.assert_allclose(curve.outputs, 4.0 - 1.5 * curve.grid, rtol=1e-12)
    np.testing.assert_allclose(curve.grid[[0, -1]], [5.0 - 0.6, 9.0 + 0.6])


def test_two_inputs_give_the_classes_of_the_plane():
    risk, dataset = risk_on("moons", "logistic", "cross_entropy")
    boundary = predict(risk, dataset, np.array([2.0, -3.0, 0.5]))
    assert isinstance(boundary, Boundary)
    assert boundary.x[0] < dataset.inputs[:, 0].min() < dataset.inputs[:, 0].max() < boundary.x[-1]
    assert not np.array_equal(boundary.x, boundary.y)
    np.testing.assert_array_equal(boundary.classes, 2.0 * boundary.x[None, :] - 3.0 * boundary.y[:, None] + 0.5 > 0)
    assert boundary.accuracy == np.mean((dataset.inputs @ [2.0, -3.0] + 0.5 > 0) == dataset.targets)


def test_a_threshold_moves_the_boundary():
    risk, dataset = risk_on("moons", "linear", "mse")
    theta = np.array([1.0, 0.5, 0.1])
    np.testing.assert_array_equal(classify_inputs(risk, theta, dataset.inputs, 0.5), dataset.inputs @ [1.0, 0.5] + 0.1 > 0.5)


def test_many_inputs_give_a_confusion_of_the_test_part():
    risk, dataset = risk_on("wine", "logistic", "cross_entropy")
    weights = np.random.default_rng(1).normal(size=(3, 13))
    confusion = predict(risk, dataset, np.r_[weights.ravel(), 0.1, 0.2, 0.3])
    assert isinstance(confusion, Confusion)
    given = (dataset.test_inputs @ weights.T + [0.1, 0.2, 0.3]).argmax(1)
    for true in range(3):
        for k in range(3):
            assert confusion.counts[true, k] == np.sum((dataset.test_targets == true) & (given == k))
    assert confusion.accuracy == pytest.approx(np.mean(given == dataset.test_targets))
    nothing = predict(risk, replace(dataset, test_inputs=dataset.test_inputs[:0], test_targets=dataset.test_targets[:0]), risk.theta)
    assert np.isnan(nothing.accuracy)


def test_regression_on_many_inputs_gives_targets_beside_outputs():
    risk, dataset = risk_on("diabetes", "linear", "mse")
    agreement = predict(risk, dataset, np.r_[np.arange(10.0), -2.0])
    assert isinstance(agreement, Agreement)
    np.testing.assert_allclose(agreement.outputs, dataset.test_inputs @ np.arange(10.0) - 2.0, atol=1e-12)
    np.testing.assert_array_equal(agreement.targets, dataset.test_targets)
