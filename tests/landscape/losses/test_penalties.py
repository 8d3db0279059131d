"""Penalties against closed forms, and the minimizers they make (SCENES S11)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.linear_model import ElasticNet

from landscape.errors import LandscapeError
from landscape.losses.penalties import make_penalty, penalties

THETA = np.array([1.5, -0.7, 0.0, 3.0, -2.2])


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("l1", {"strength": 0.3}, 0.3 * np.abs(THETA).sum()),
        ("l2", {"strength": 0.3}, 0.15 * (THETA @ THETA)),
        ("elastic_net", {"strength": 0.3, "l1_ratio": 0.2}, 0.3 * (0.2 * np.abs(THETA).sum() + 0.4 * (THETA @ THETA))),
    ],
)
def test_value(name, params, expected):
    value = make_penalty(name, **params)(torch.tensor(THETA))
    assert value.shape == ()
    assert float(value) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("name", "minimizer"), [("l1", (1.5, 0.0)), ("l2", (2 / 1.5, 0.2))])
def test_minimizer_of_a_penalized_bowl(name, minimizer):
    penalty = make_penalty(name, strength=0.5)

    def bowl(w):
        return ((w - np.array([2.0, 0.3])) ** 2).sum() / 2 + float(penalty(torch.tensor(w)))

    found = minimize(bowl, (1.0, 1.0), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 2000})
    np.testing.assert_allclose(found.x, minimizer, atol=1e-6)


def test_elastic_net_weighs_as_scikit_learn():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    w = ElasticNet(alpha=0.2, l1_ratio=0.3, fit_intercept=False, tol=1e-12).fit(x, y).coef_
    penalty = make_penalty("elastic_net", strength=0.2, l1_ratio=0.3)
    risk = lambda w: ((y - x @ w) ** 2).mean() / 2 + float(penalty(torch.tensor(w)))  # noqa: E731 - a formula, in one line
    assert all(risk(w) <= risk(w + 1e-3 * rng.normal(size=3)) for _ in range(200))


@pytest.mark.parametrize("name", penalties)
def test_rows_of_theta_are_penalized_one_by_one(name):
    rows = torch.tensor(np.random.default_rng(1).normal(size=(4, 5)))
    penalty = make_penalty(name)
    torch.testing.assert_close(torch.func.vmap(penalty)(rows), torch.stack([penalty(row) for row in rows]))


def test_negative_strength_is_refused():
    with pytest.raises(LandscapeError, match="l2: strength must be between"):
        make_penalty("l2", strength=-1.0)
