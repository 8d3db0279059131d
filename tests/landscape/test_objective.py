"""Objective: derivatives against torch.autograd.functional and finite differences, and what it refuses."""

import numpy as np
import pytest
import torch

from landscape.errors import LandscapeError

THETA = np.array([0.7, -1.3, 2.1, 0.4])


def bumpy(theta):
    return (theta**4).sum() / 3 + torch.sin(theta[0] * theta[2]) + theta[1] ** 2 * theta[3] + theta.prod()


@pytest.fixture
def objective(formula):
    return formula(bumpy, THETA)


def central(function, at, h=1e-5):
    return np.stack([(function(at + h * e) - function(at - h * e)) / (2 * h) for e in np.eye(len(at))], axis=-1)


def test_the_gradient_is_the_slope_of_the_value(objective):
    np.testing.assert_allclose(objective.gradient(THETA), central(objective.value, THETA), rtol=1e-8)


def test_the_hessian_is_the_slope_of_the_gradient(objective):
    hessian = objective.hessian(THETA)
    np.testing.assert_allclose(hessian, central(objective.gradient, THETA), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(hessian, torch.autograd.functional.hessian(bumpy, torch.tensor(THETA)), rtol=1e-13)
    np.testing.assert_array_equal(hessian, hessian.T)


def test_hessian_vector_products_are_the_matrix_times_the_vector(objective):
    v = np.array([1.0, -2.0, 0.5, 3.0])
    product = objective.curvature(THETA)
    for _ in range(2):  # the graph is kept
        np.testing.assert_allclose(product(v), objective.hessian(THETA) @ v, rtol=1e-12)
    np.testing.assert_allclose(objective.hessian_vector(THETA, v), product(v), rtol=1e-14)


def test_many_rows_of_the_hessian_come_in_turns(quadratic):
    objective, _, axes = quadratic(np.linspace(-3.0, 40.0, 150))
    np.testing.assert_allclose(objective.hessian(objective.theta), axes * np.linspace(-3.0, 40.0, 150) @ axes.T, atol=1e-11)


def test_values_are_the_values_one_by_one(objective):
    thetas = np.random.default_rng(0).normal(size=(5, 4))
    np.testing.assert_array_equal(objective.values(thetas), [objective.value(theta) for theta in thetas])


@pytest.mark.parametrize(
    "flat",
    [
        lambda theta: torch.dot(theta, torch.tensor([1.0, -2.0, 3.0, 0.5], dtype=torch.float64)),
        lambda theta: theta.abs().sum(),
        lambda theta: torch.floor(theta).sum(),
        lambda theta: torch.tensor(2.0, dtype=torch.float64),
        lambda theta: (theta > 0).double().mean(),
    ],
    ids=["linear", "absolute", "floor", "constant", "count"],
)
def test_what_is_piecewise_linear_has_no_curvature(formula, flat):
    objective = formula(flat, THETA)
    np.testing.assert_array_equal(objective.hessian(THETA), np.zeros((4, 4)))
    np.testing.assert_array_equal(objective.hessian_vector(THETA, np.ones(4)), np.zeros(4))
    np.testing.assert_allclose(objective.gradient(THETA), central(objective.value, THETA), atol=1e-9)


def test_numpy_torch_and_read_only_arrays_are_the_same_theta(objective):
    frozen = THETA.copy()
    frozen.setflags(write=False)
    values = {objective.value(theta) for theta in (THETA, frozen, torch.tensor(THETA), torch.tensor(THETA, requires_grad=True))}
    assert len(values) == 1
    assert objective.gradient(torch.tensor(THETA)).dtype == np.float64


def test_a_theta_of_another_length_is_refused(objective):
    with pytest.raises(LandscapeError, match=r"theta must have shape \(4,\); got \(3,\)"):
        objective.value(THETA[:3])
    with pytest.raises(LandscapeError, match=r"thetas must have shape .*got \(4,\)"):
        objective.values(THETA)
