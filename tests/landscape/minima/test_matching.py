"""Matching of hidden units: against permutations and signs that are known, and against all permutations of a small layer."""

from itertools import permutations, product

import numpy as np
import pytest
import torch
from torch import nn

from landscape import EmpiricalRisk, LandscapeError, make_dataset, make_loss, make_model
from landscape.minima.matching import match


def network(widths, seed, activation="tanh", name="mlp"):
    data = make_dataset("moons", n=40)
    own = {"widths": widths} if name == "mlp" else {"width": widths[0], "depth": len(widths)}
    return EmpiricalRisk(make_model(name, data, seed=seed, activation=activation, **own), make_loss("logistic"), data)


def moved(model, order, signs):
    """Return the parameters of an nn.Sequential with the units of its first hidden layer moved, by torch."""
    first, second = [module for module in model if isinstance(module, nn.Linear)][:2]
    with torch.no_grad():
        first.weight.copy_(signs[:, None] * first.weight[order])
        first.bias.copy_(signs * first.bias[order])
        second.weight.copy_(signs * second.weight[:, order])
    return np.concatenate([p.detach().numpy().ravel() for p in model.parameters()])


def test_units_that_were_moved_come_back_to_their_places():
    data = make_dataset("moons", n=40)
    risk = EmpiricalRisk(make_model("mlp", data, seed=1, widths=(6, 5)), make_loss("logistic"), data)
    order, signs = torch.tensor([3, 0, 5, 1, 2, 4]), torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0, -1.0], dtype=torch.float64)
    shuffled = moved(make_model("mlp", data, seed=1, widths=(6, 5)), order, signs)
    assert np.abs(shuffled - risk.theta).max() > 0.1
    found = match(risk, shuffled, risk.theta)
    np.testing.assert_allclose(found.theta, risk.theta, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(order.numpy()[found.permutations[0]], np.arange(6))
    np.testing.assert_array_equal(found.permutations[1], np.arange(5))
    np.testing.assert_array_equal(found.signs[0], signs.numpy()[found.permutations[0]])


@pytest.mark.parametrize("widths", [(8,), (20,), (7, 9), (5, 6, 4)])
def test_matching_leaves_the_loss_and_the_outputs_as_they_are(widths):
    risk, other = (network(widths, seed) for seed in (0, 1))
    theta, reference = 3 * other.theta, 3 * risk.theta  # away from the linear part of tanh
    found = match(risk, theta, reference)
    assert abs(risk.value(found.theta) - risk.value(theta)) < 1e-12
    inputs = np.random.default_rng(0).standard_normal((9, 2))
    np.testing.assert_allclose(risk.outputs(found.theta, inputs), risk.outputs(theta, inputs), rtol=0, atol=1e-12)
    assert np.linalg.norm(found.theta - reference) < np.linalg.norm(theta - reference)
    assert np.sort(np.abs(found.theta)) == pytest.approx(np.sort(np.abs(theta)), abs=0)


def test_for_one_hidden_layer_no_other_order_and_signs_are_nearer():
    risk, other = (network((3,), seed) for seed in (0, 4))
    found = match(risk, other.theta, risk.theta)
    data = make_dataset("moons", n=40)
    distances = [
        np.linalg.norm(
            moved(make_model("mlp", data, seed=4, widths=(3,)), torch.tensor(order), torch.tensor(signs, dtype=torch.float64)) - risk.theta
        )
        for order in permutations(range(3))
        for signs in product((1.0, -1.0), repeat=3)
    ]
    assert np.linalg.norm(found.theta - risk.theta) == pytest.approx(min(distances), rel=1e-12)
    assert min(distances) < 0.9 * np.median(distances)


def test_relu_units_are_moved_without_a_change_of_sign():
    risk, other = (network((8, 8), seed, "relu") for seed in (0, 1))
    found = match(risk, other.theta, risk.theta, odd=False)
    assert all((signs == 1).all() for signs in found.signs)
    assert any((order != np.arange(8)).any() for order in found.permutations)
    assert abs(risk.value(found.theta) - risk.value(other.theta)) < 1e-12


def test_a_move_that_changes_the_function_is_refused():
    risk, other = (network((8, 8), seed, "relu") for seed in (0, 1))
    with pytest.raises(LandscapeError, match="must leave the loss as it is"):
        match(risk, other.theta, risk.theta)
    risk, other = (network((8, 8), seed, "tanh", "residual_mlp") for seed in (0, 1))
    with pytest.raises(LandscapeError, match="must leave the loss as it is"):
        match(risk, other.theta, risk.theta)


def test_parameters_that_are_not_those_of_dense_layers_are_refused():
    data = make_dataset("digits")
    risk = EmpiricalRisk(make_model("cnn", data, channels=(2,)), make_loss("cross_entropy"), data)
    with pytest.raises(LandscapeError, match="layers one after another"):
        match(risk, risk.theta, risk.theta)
