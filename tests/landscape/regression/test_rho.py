"""Losses of u in numpy: the catalogue's own values, their derivatives by finite differences, and the weights they give."""

import numpy as np
import pytest
import torch

from landscape import make_loss
from landscape.losses.losses import losses
from landscape.regression.rho import RHOS

CASES = [("mse", {}), ("mae", {}), ("huber", {"delta": 0.7}), ("log_cosh", {}), ("quantile", {"q": 0.3}), ("tukey", {"c": 2.5})]
POINTS = np.array([-900.0, -2.3, -0.9, -1e-3, 0.2, 0.6, 1.9, 3.0, 40.0])
cases = pytest.mark.parametrize(("name", "params"), CASES)


@cases
def test_a_value_is_that_of_the_catalogue(name, params):
    expected = make_loss(name, **params)(-torch.tensor(POINTS), torch.zeros(len(POINTS), dtype=torch.float64)).numpy()
    np.testing.assert_allclose(RHOS[name](**params).value(POINTS), expected, rtol=1e-9)


@cases
def test_derivatives_are_those_of_the_value(name, params):
    rho, step = RHOS[name](**params), 1e-6
    np.testing.assert_allclose(rho.psi(POINTS), (rho.value(POINTS + step) - rho.value(POINTS - step)) / (2 * step), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(rho.slope(POINTS), (rho.psi(POINTS + step) - rho.psi(POINTS - step)) / (2 * step), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("name", "params"), [case for case in CASES if case[0] not in {"mae", "quantile"}])
def test_a_weight_is_psi_over_u_in_shares_of_that_at_zero(name, params):
    rho = RHOS[name](**params)
    near = rho.psi(np.array([1e-6])) / 1e-6
    np.testing.assert_allclose(rho.weight(POINTS), rho.psi(POINTS) / POINTS / near, rtol=1e-9, atol=1e-12)
    assert rho.weight(np.zeros(1)) == [1.0]


def test_a_weight_of_the_median_and_of_quantiles_is_capped():
    np.testing.assert_allclose(RHOS["mae"]().weight(np.array([-4.0, -0.5, 0.0, 2.0])), [0.25, 1, 1, 0.5])
    np.testing.assert_allclose(RHOS["quantile"](0.9).weight(np.array([-4.0, -0.1, 0.0, 2.0, 3.6])), [0.05, 1, 1, 0.9, 0.5])


def test_only_the_biweight_is_not_convex():
    assert [name for name in RHOS if name in losses and not RHOS[name](**losses[name].settings({})).convex] == ["tukey"]
