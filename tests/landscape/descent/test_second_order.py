"""Newton's method and its relatives against closed forms and the formulas of their papers, written with numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from landscape.descent.optimizers import make_optimizer
from landscape.descent.second_order import LARGEST_NEWTON
from landscape.descent.trajectory import descend
from landscape.errors import LandscapeError, SingularHessian

STEPS = 50


@pytest.mark.parametrize("name", ["newton", "saddle_free_newton"])
def test_one_step_lands_on_a_quadratic(quadratic, name):
    bowl, center, _ = quadratic([9.0, 4.0, 1.0, 0.2, 0.01])
    descent = make_optimizer(name).start(bowl, np.full(5, -2.0))
    descent.step()
    np.testing.assert_allclose(descent.theta, center, atol=1e-10)


@pytest.mark.parametrize("name", ["newton", "saddle_free_newton"])
def test_the_step_has_the_share_it_is_told(quadratic, name):
    bowl, center, _ = quadratic([9.0, 4.0, 1.0, 0.2, 0.01])
    descent = make_optimizer(name, lr=0.5).start(bowl, np.full(5, -2.0))
    descent.step(factor=0.6)
    np.testing.assert_allclose(descent.theta, -2 + 0.3 * (center + 2), atol=1e-10)


def test_damping_shortens_the_step_along_each_eigenvector_by_its_own_share(quadratic):
    curvatures = np.array([9.0, 4.0, -1.0])
    bowl, center, axes = quadratic(curvatures)
    start = center + axes @ [1.0, -2.0, 3.0]
    run = descend(bowl, make_optimizer("damped_newton", damping=2.0, lr=0.5), start, steps=1)
    expected = np.array([1.0, -2.0, 3.0]) * (1 - 0.5 * curvatures / (curvatures + 2.0))
    np.testing.assert_allclose(axes.T @ (run.thetas[1] - center), expected, rtol=1e-10)


def valley(theta: torch.Tensor) -> torch.Tensor:
    """A function that is no quadratic, with curvature of both signs, in turned axes and off the origin."""
    x, y, z = theta[0] - 1.3, theta[1] + 0.7, theta[2] - 0.2
    a, b, c = 0.8 * x + 0.6 * y, -0.6 * x + 0.8 * z, 0.5 * y - z
    return torch.log1p(a**2) + 0.3 * (b - 0.5 * a**2) ** 2 + 0.2 * torch.cos(2 * c) + 0.05 * c**4


def by_formula(objective, start, step):
    """The path of theta - step(H, g), with numpy."""
    thetas = [np.array(start, dtype=np.float64)]
    for _ in range(STEPS):
        thetas.append(thetas[-1] - step(objective.hessian(thetas[-1]), objective.gradient(thetas[-1])))
    return np.array(thetas)


def absolute(hessian: np.ndarray) -> np.ndarray:
    """|H|, by its definition as the root of H^2 (Dauphin et al. 2014, section 4)."""
    values, vectors = np.linalg.eigh(hessian @ hessian)
    return vectors @ np.diag(np.sqrt(values)) @ vectors.T


FORMULAS = {
    "newton": ({}, lambda h, g: np.linalg.solve(h, g)),
    "damped_newton": ({"lr": 0.6, "damping": 0.9}, lambda h, g: 0.6 * np.linalg.solve(h + 0.9 * np.eye(len(g)), g)),
    "saddle_free_newton": ({"lr": 0.6}, lambda h, g: 0.6 * np.linalg.solve(absolute(h), g)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_path_is_that_of_the_formula(formula, name):
    params, step = FORMULAS[name]
    start = [1.5, -0.3, 0.5]
    objective = formula(valley, start)
    run = descend(objective, make_optimizer(name, **params), steps=STEPS)
    expected = by_formula(objective, start, step)
    assert np.abs(expected[-1] - expected[0]).max() > 0.1
    assert np.linalg.eigvalsh(objective.hessian(start))[0] < 0
    np.testing.assert_allclose(run.thetas, expected, rtol=0, atol=1e-12)


def test_saddle_free_newton_on_a_net_is_that_of_the_formula(tanh_net):
    run = descend(tanh_net, make_optimizer("saddle_free_newton", lr=0.5, damping=0.1), steps=STEPS)
    expected = by_formula(tanh_net, tanh_net.theta, lambda h, g: 0.5 * np.linalg.solve(absolute(h) + 0.1 * np.eye(len(g)), g))
    np.testing.assert_allclose(run.thetas, expected, rtol=0, atol=1e-10)
    assert run.losses[-1] < 0.5 * run.losses[0]


@pytest.fixture
def saddle(formula):
    """S3: a saddle at the origin, minima at (0, -1) and (0, 1)."""
    return formula(lambda t: t[0] ** 2 / 2 - t[1] ** 2 / 2 + t[1] ** 4 / 4, [1.0, 0.3])


def test_newton_is_attracted_to_the_saddle(saddle):
    descent = make_optimizer("newton").start(saddle, saddle.theta)
    heights = []
    for _ in range(4):
        descent.step()
        heights.append(float(descent.theta[1]))
    assert heights[:3] == pytest.approx([-0.074, 0.0008, 0.0], abs=6e-4)
    np.testing.assert_allclose(descent.theta, [0, 0], atol=1e-8)


@pytest.mark.parametrize(("y", "end"), [(0.44, 0.0), (0.45, -1.0)])
def test_edge_of_the_saddle_basin_of_newton(saddle, y, end):
    descent = make_optimizer("newton").start(saddle, torch.tensor([1.0, y], dtype=torch.float64))
    for _ in range(60):
        descent.step()
    np.testing.assert_allclose(descent.theta, [0, end], atol=1e-8)


def test_saddle_free_newton_leaves_the_saddle_for_the_minimum(saddle):
    run = descend(saddle, make_optimizer("saddle_free_newton"), steps=20)
    np.testing.assert_allclose(run.thetas[-1], [0.0, 1.0], atol=1e-12)
    assert run.losses[-1] == pytest.approx(-0.25, abs=1e-12)


@pytest.mark.parametrize("name", ["newton", "saddle_free_newton"])
@pytest.mark.parametrize(
    "function",
    [
        lambda t: (t[0] - 2 * t[1]) ** 2,  # flat along a line
        lambda t: (2.3 * t[0] + 1.7 * t[1]) ** 2,  # the same, its zero eigenvalue rounded to 4e-16
        lambda t: t[0] - 3 * t[1],  # no curvature at all
        lambda t: (t[0] - 1).abs() ** 1.5 + t[1] ** 2,  # infinite curvature at t_0 = 1
        lambda t: (t[0] - 1e9 * t[1]) ** 2 + 1e-3 * t[1] ** 2,  # curvatures apart by more than float64 holds
    ],
)
def test_without_an_inverse_it_says_so_and_stays(formula, function, name):
    descent = make_optimizer(name).start(formula(function, [1.0, 3.0]), torch.tensor([1.0, 3.0]))
    with pytest.raises(SingularHessian, match="eigenvalue|not finite"):
        descent.step()
    assert descent.theta.tolist() == [1.0, 3.0]


def test_damping_gives_a_step_where_newton_has_none(formula):
    flat = formula(lambda t: (t[0] - 2 * t[1]) ** 2, [1.0, 3.0])
    assert descend(flat, make_optimizer("newton"), steps=3).status == "singular"
    damped = descend(flat, make_optimizer("damped_newton", damping=0.01), steps=5)
    assert damped.status == "completed" and damped.losses[-1] < 1e-12 * damped.losses[0]


@pytest.mark.parametrize("name", ["newton", "damped_newton", "saddle_free_newton"])
def test_what_is_too_large_is_refused(formula, name):
    objective = formula(lambda t: (t**2).sum(), np.ones(LARGEST_NEWTON + 1))
    with pytest.raises(LandscapeError, match=f"{name}: at most 500 parameters; got 501. Take a smaller model"):
        make_optimizer(name).start(objective, objective.theta)
