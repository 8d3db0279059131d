"""Sharpness along a run: eigenvalues against independent computations at each point, the number of products, and non-finite points."""

import copy

import numpy as np
import pytest
import torch

from landscape.curvature.spectrum import top_eigenpairs
from landscape.descent.sharpness_along import sharpness_along
from landscape.descent.trajectory import Trajectory


def test_along_a_run_it_is_the_largest_eigenvalue_of_each_point(digits):
    risk, run = digits
    shares = []
    found = sharpness_along(risk, run, every=7, report=shares.append)
    assert found.steps.tolist() == [0, 7, 14, 21, 28, 35, 42, 49, 56, 60]
    exact = np.array([np.linalg.eigvalsh(risk.hessian(run.thetas[step]))[-1] for step in found.steps])
    np.testing.assert_allclose(found.eigenvalues[:, 0], exact, rtol=1e-5)
    assert found.residuals.max() <= 1e-4 * exact.max()
    assert (np.abs(found.eigenvalues[:, 0] - exact) <= found.residuals[:, 0] + 1e-10).all()
    np.testing.assert_allclose(shares, np.arange(1, 11) / 10)


def test_following_takes_fewer_products_than_starting_anew(digits):
    risk, run = digits
    counted, counts = copy.copy(risk), []

    def curvature(theta):
        product = risk.curvature(theta)
        return lambda v: counts.append(1) or product(v)

    counted.curvature = curvature
    sharpness_along(counted, run, every=4)
    followed = len(counts)
    for theta in run.thetas[::4]:
        top_eigenpairs(counted, theta, 1)
    assert followed < 0.6 * (len(counts) - followed)


def test_an_eigenvalue_that_overtakes_is_followed(formula):
    """H(t) in random axes has 5 - t, 1 + t and a bulk: the largest changes at t = 2 from one eigenvector to another."""
    dim, axes = 160, torch.tensor(np.linalg.qr(np.random.default_rng(1).normal(size=(160, 160)))[0])
    bulk = torch.linspace(-1.0, 0.9, dim - 3, dtype=torch.float64)

    def crossing(theta):
        t, x = (axes.T @ theta)[0], (axes.T @ theta)[1:]
        return ((5 - t) * x[0] ** 2 + (1 + t) * x[1] ** 2 + bulk @ x[2:] ** 2) / 2

    times = np.linspace(0.0, 4.0, 9)
    thetas = np.outer(times, axes[:, 0].numpy())
    found = sharpness_along(formula(crossing, thetas[0]), Trajectory(thetas, np.zeros(9), "completed", 8))
    np.testing.assert_allclose(found.eigenvalues[:, 0], np.maximum(5 - times, 1 + times), rtol=1e-6)


@pytest.mark.parametrize("dim", [30, 170])
def test_several_equal_eigenvalues_are_found_along_a_run(quadratic, dim):
    objective, center, _ = quadratic(np.r_[np.linspace(-2.0, 1.0, dim - 3), 4.0, 4.0, 9.0])
    thetas = center + np.arange(4.0)[:, None]
    found = sharpness_along(objective, Trajectory(thetas, np.zeros(4), "completed", 3), k=3)
    np.testing.assert_allclose(found.eigenvalues, np.tile([9.0, 4.0, 4.0], (4, 1)), rtol=1e-9)
    assert found.residuals.shape == (4, 3)


@pytest.mark.parametrize("dim", [2, 170])
def test_where_a_run_is_not_finite_neither_is_its_sharpness(formula, dim):
    objective = formula(lambda theta: theta.pow(4).sum() / 12, np.ones(dim))
    thetas = np.array([1.0, 2.0, np.inf, 3.0, np.nan, 1e200, 4.0])[:, None] * np.ones(dim)
    found = sharpness_along(objective, Trajectory(thetas, np.zeros(7), "diverged", 2))
    np.testing.assert_allclose(found.eigenvalues[:, 0], [1.0, 4.0, np.nan, 9.0, np.nan, np.nan, 16.0], rtol=1e-9)
    assert (np.isnan(found.residuals) == np.isnan(found.eigenvalues)).all()


def test_a_point_that_is_not_finite_has_no_sharpness_even_of_a_constant_hessian(quadratic):
    objective, center, _ = quadratic([1.0, 2.0])
    found = sharpness_along(objective, Trajectory(np.array([center, [np.inf, 0.0]]), np.zeros(2), "diverged", 1))
    np.testing.assert_allclose(found.eigenvalues[:, 0], [2.0, np.nan])


def test_what_cannot_be_followed_is_sought_anew(formula):
    axes = [torch.tensor(np.linalg.qr(np.random.default_rng(seed).normal(size=(300, 300)))[0]) for seed in (1, 2)]
    crowded = torch.linspace(-2.0, 2.0, 300, dtype=torch.float64)
    one, other = (axis * crowded @ axis.T for axis in axes)
    thetas = np.outer([0.0, 1.0], np.ones(300))
    objective = formula(
        lambda theta: (1 - theta[0].detach()) * (theta @ one @ theta) / 2 + theta[0].detach() * (theta @ other @ theta) / 2, thetas[0]
    )
    found = sharpness_along(objective, Trajectory(thetas, np.zeros(2), "completed", 1))
    np.testing.assert_allclose(found.eigenvalues, 2.0, rtol=1e-7)
    assert found.residuals.max() < 1e-6


def test_where_nothing_curves_the_sharpness_is_zero(formula):
    objective = formula(lambda theta: theta.sum(), np.ones(200))
    found = sharpness_along(objective, Trajectory(np.ones((3, 200)), np.zeros(3), "completed", 2))
    np.testing.assert_array_equal(found.eigenvalues, np.zeros((3, 1)))


def test_the_same_run_gives_the_same_bytes(digits):
    risk, run = digits
    first, second = (sharpness_along(risk, run, every=20) for _ in range(2))
    assert first.eigenvalues.tobytes() == second.eigenvalues.tobytes()
    assert not any(array.flags.writeable for array in (first.steps, first.eigenvalues, first.residuals))


# --- Refusals ---------------------------------------------------------------------------------------------------------------------------
