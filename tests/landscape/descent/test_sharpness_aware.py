"""SAM against its paper's formula, written with numpy."""

import numpy as np
import pytest

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend

STEPS = 50


@pytest.mark.parametrize("batch", [None, [1, 5, 8, 2]])
@pytest.mark.parametrize(("momentum", "weight_decay"), [(0.0, 0.0), (0.8, 0.1)])
def test_the_gradient_is_that_of_the_highest_point_around_on_the_same_batch(tanh_net, momentum, weight_decay, batch):
    """Foret et al. 2021, equation 2 for p = 2, and algorithm 1 with SGD as its base."""
    settings = {"lr": 0.01, "rho": 0.2, "momentum": momentum, "weight_decay": weight_decay}
    descent = make_optimizer("sam", **settings).start(tanh_net, tanh_net.theta)
    theta, gathered = tanh_net.theta.copy(), np.zeros(tanh_net.dim)
    for _ in range(STEPS):
        loss = descent.step(batch)
        gradient = tanh_net.gradient(theta, batch)
        ahead = tanh_net.gradient(theta + 0.2 * gradient / np.sqrt(np.sum(gradient**2)), batch)
        gathered = momentum * gathered + ahead + weight_decay * theta
        theta = theta - 0.01 * gathered
        np.testing.assert_allclose(descent.theta, theta, rtol=0, atol=1e-12)
    assert np.abs(theta - tanh_net.theta).max() > 0.1
    if batch is None:
        assert loss < tanh_net.value(tanh_net.theta)
    np.testing.assert_allclose(descent.state()[r"\hat g"], ahead, atol=1e-12)
    assert np.linalg.norm(descent.state()[r"\epsilon"]) == pytest.approx(0.2)
    assert descent.spent == 2 * STEPS


def test_where_the_gradient_is_zero_it_stays(formula):
    run = descend(formula(lambda t: (t - 1).square().sum(), [1.0, 1.0]), make_optimizer("sam", lr=0.1), steps=3)
    assert (run.thetas == 1).all()


def test_in_the_sharp_well_it_bounces_as_far_as_the_formula_of_a_parabola_says(formula):
    """theta -> theta - lr k (theta + rho sign theta) has the cycle of size lr k rho / (2 - lr k)."""
    run = descend(formula(lambda t: 5 * (t[0] - 2) ** 2, [2.3]), make_optimizer("sam", lr=0.15, rho=0.05), steps=200)
    np.testing.assert_allclose(np.abs(run.thetas[-4:, 0] - 2), 0.15 * 10 * 0.05 / (2 - 0.15 * 10), rtol=1e-9)
