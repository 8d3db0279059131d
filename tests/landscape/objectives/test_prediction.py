"""Prediction: the model's outputs, in the form for the task and the number of inputs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from landscape.data.datasets import make_dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.prediction import Agreement, Boundary, Confusion, Curve, Ranked, classify_inputs, predict
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
    assert not agreement.training


def test_without_a_test_part_the_training_part_is_shown_and_said_to_be():
    risk, dataset = risk_on("stackloss", "linear", "mse")
    agreement = predict(risk, dataset, np.array([0.7, 1.3, -0.2, -40.0]))
    assert agreement.training
    np.testing.assert_allclose(agreement.outputs, dataset.inputs @ [0.7, 1.3, -0.2] - 40.0, rtol=1e-12)
    np.testing.assert_array_equal(agreement.targets, dataset.targets)


def test_several_targets_keep_their_columns():
    risk, dataset = risk_on("linnerud", "linear", "mse")
    weights, biases = np.arange(9.0).reshape(3, 3), np.array([1.0, -2.0, 0.5])
    theta = np.r_[weights.ravel(), biases]
    agreement = predict(risk, dataset, theta)
    np.testing.assert_allclose(agreement.outputs, dataset.test_inputs @ weights.T + biases, rtol=1e-12)
    assert agreement.targets.shape == (4, 3)
    errors = dataset.inputs @ weights.T + biases - dataset.targets
    assert risk.value(theta) == pytest.approx(np.mean(errors**2))  # over samples and outputs


def pairwise(outputs, targets):
    """A loss of a query: softplus of the score difference, over its pairs of different grades."""
    better = (targets[:, :, None] > targets[:, None, :]).to(outputs.dtype)
    losses = torch.nn.functional.softplus(outputs[:, None, :] - outputs[:, :, None])
    return (better * losses).sum((1, 2)) / better.sum((1, 2)).clamp(min=1)


@pytest.mark.parametrize("model", ["linear", "mlp"])
def test_documents_are_scored_one_by_one_and_shown_in_the_order_of_their_scores(model):
    dataset = make_dataset("ranking", seed=2, queries=7, documents=5)
    risk = EmpiricalRisk(make_model(model, dataset, seed=4), pairwise, dataset)
    scores = risk.outputs(risk.theta, dataset.test_inputs)
    alone = np.array([[risk.outputs(risk.theta, dataset.test_inputs[q : q + 1, k : k + 1])[0, 0] for k in range(5)] for q in range(7)])
    np.testing.assert_allclose(scores, alone, rtol=1e-12)
    ranked = predict(risk, dataset, risk.theta)
    assert isinstance(ranked, Ranked)
    pairs = []
    for shown, grades, given in zip(ranked.grades, dataset.test_targets, scores, strict=True):
        assert shown.tolist() == [grade for _, grade in sorted(zip(-given, grades, strict=True))]
        pairs += [given[i] > given[j] for i in range(5) for j in range(5) if grades[i] > grades[j]]
    assert ranked.right == pytest.approx(np.mean(pairs))
    result = descend(risk, make_optimizer("adam", lr=0.05), steps=60)
    assert predict(risk, dataset, result.thetas[-1]).right > 0.7
    assert np.isfinite(risk.hessian_vector(risk.theta, np.ones(risk.dim))).all()


def test_equal_scores_are_half_in_order():
    dataset = make_dataset("ranking", queries=3)
    risk = EmpiricalRisk(make_model("linear", dataset), pairwise, dataset)
    assert predict(risk, dataset, np.zeros(risk.dim)).right == 0.5
