"""L1, L2 and the elastic net: the two weights by hand, the regression against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Lasso, Ridge

from landscape.data.datasets import make_dataset
from landscape.sculpting.penalized import CENTER, Penalized, shrunk

SHARES = {"l1": 1.0, "l2": 0.0, "elastic_net": 0.5}


@pytest.fixture(scope="module", params=SHARES)
def sculpture(request):
    return Penalized(0, request.param, SHARES[request.param])


@pytest.mark.parametrize(("name", "found"), [("l1", (1.5, 0.0)), ("l2", (4 / 3, 0.2)), ("elastic_net", (1.4, 0.04))])
def test_the_two_weights_at_one_half(name, found):
    w = Penalized(0, name, SHARES[name]).fit(0.5, CENTER, 1)
    assert w == pytest.approx(found, abs=1e-8)
    assert (w[1] == 0) == (name == "l1")  # exactly


def test_subgradient_steps_hover_where_proximal_steps_are_at_zero():
    proximal, subgradient = Penalized(0, "l1", 1.0).effect(np.array([0.5]), np.array([[1.5, 0.0]])).pictures[2].values.values()
    assert (proximal[0, 20:] == 0).all()
    assert (subgradient[0, 5:] != 0).all() and np.abs(subgradient[0, 20:]).max() == pytest.approx(0.08, abs=0.01)
    hovering = np.abs(subgradient[0, :-1] - 0.047) < 5e-4
    assert hovering.any() and subgradient[0, 1:][hovering] == pytest.approx(np.full(hovering.sum(), 0.022), abs=5e-4)


@pytest.mark.parametrize(("w", "l1", "l2", "rate"), [(2.0, 0.5, 0.0, 1.0), (-0.3, 0.2, 0.7, 0.5), (0.1, 0.4, 0.2, 1.0)])
def test_a_proximal_step_is_the_minimum_that_it_is_defined_as(w, l1, l2, rate):
    grid = np.linspace(-3, 3, 600_001)
    value = (grid - w) ** 2 / 2 + rate * (l1 * np.abs(grid) + l2 / 2 * grid**2)
    assert shrunk(np.array([w]), l1, l2, rate)[0] == pytest.approx(grid[value.argmin()], abs=2e-5)


def test_the_landscape_has_its_minimum_where_training_ends(sculpture):
    objective, w = sculpture.objective(0.5), sculpture.fit(0.5, CENTER, 1)
    around = w + 0.05 * np.random.default_rng(1).standard_normal((200, 2))
    assert (objective.values(around) > objective.value(w)).all()
    assert objective.value(np.array([-1.2, 0.7])) == pytest.approx(
        0.5 * (3.2**2 + 0.4**2) + 0.5 * sculpture._size(np.array([-1.2, 0.7])), rel=1e-12
    )


def test_coefficients_are_those_of_scikit_learn(sculpture):
    strengths, data = np.array([0.03, 0.1, 0.35]), make_dataset("diabetes")
    found = sculpture.coefficients(strengths)
    for strength, row in zip(strengths, found, strict=True):
        fit = {
            0.0: Ridge(alpha=strength * len(data.targets), fit_intercept=False),
            0.5: ElasticNet(alpha=strength, l1_ratio=0.5, fit_intercept=False, tol=1e-12, max_iter=100_000),
            1.0: Lasso(alpha=strength, fit_intercept=False, tol=1e-12, max_iter=100_000),
        }[sculpture._share].fit(data.inputs, data.targets)
        assert row == pytest.approx(fit.coef_, abs=1e-6)
        assert ((row == 0) == (fit.coef_ == 0)).all()


def test_rings_touch_at_the_minimum(sculpture):
    thetas = np.array([sculpture.fit(strength, CENTER, 1) for strength in (0.2, 0.6)])
    ball, base = sculpture.rings(thetas)
    for theta, inner, outer in zip(thetas, ball.points, base.points, strict=True):
        assert np.array([sculpture._size(point) for point in inner]) == pytest.approx(np.full(len(inner), sculpture._size(theta)), rel=1e-9)
        assert np.linalg.norm(outer - CENTER, axis=1) == pytest.approx(np.full(len(outer), np.linalg.norm(theta - CENTER)), rel=1e-9)
