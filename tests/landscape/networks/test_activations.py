"""Activations against closed forms written in numpy, and finite differences of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from landscape.errors import LandscapeError
from landscape.networks.activations import activations, heaviside, make_activation

POINTS = np.array([-3.7, -1.3, -0.4, 0.2, 0.9, 2.6])
ERF = np.vectorize(math.erf)

CLOSED_FORMS = {
    "identity": lambda x: x,
    "step": lambda x: np.where(x >= 0, 1.0, 0.0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1),
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "prelu": lambda x: np.where(x > 0, x, 0.25 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "gelu": lambda x: x * (1 + ERF(x / np.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "maxout": lambda x: np.array([max(x[0], x[1]), max(x[2], x[3]), max(x[4], x[5])]),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(),
}
ELEMENTWISE = [name for name in activations if activations[name].traits["elementwise"]]


def test_every_activation_has_a_closed_form_here():
    assert set(activations) == set(CLOSED_FORMS)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_value_is_the_closed_form(name):
    value = make_activation(name)(torch.tensor(POINTS)).numpy(force=True)
    np.testing.assert_allclose(value, CLOSED_FORMS[name](POINTS), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivative_is_that_of_the_closed_form(name):
    x = torch.tensor(POINTS, requires_grad=True)
    (slope,) = torch.autograd.grad(make_activation(name)(x).sum(), x)
    form, h = CLOSED_FORMS[name], 1e-5
    np.testing.assert_allclose(slope, (form(POINTS + h) - form(POINTS - h)) / (2 * h), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_smooth_says_whether_the_derivative_jumps_at_zero(name):
    params = {"alpha": 2.0} if name == "elu" else {}
    x = torch.tensor([-1e-7, 1e-7], dtype=torch.float64, requires_grad=True)
    value = make_activation(name, **params)(x)
    (slope,) = torch.autograd.grad(value.sum(), x)
    jumps = abs(slope[1] - slope[0]) > 1e-3 or abs(value[1] - value[0]) > 1e-3
    assert bool(jumps) != activations[name].traits["smooth"]


@pytest.mark.parametrize("name", activations)
def test_learned_says_whether_theta_grows(name):
    module = make_activation(name)
    assert bool(list(module.parameters())) == activations[name].traits["learned"]
    assert all(parameter.dtype == torch.float64 for parameter in module.parameters())


def test_parameters_reach_the_formula():
    x = torch.tensor([-2.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(make_activation("leaky_relu", negative_slope=0.3)(x), torch.tensor([-0.6, 3.0]).double())
    torch.testing.assert_close(make_activation("prelu", init=-0.5)(x), torch.tensor([1.0, 3.0]).double())
    torch.testing.assert_close(make_activation("elu", alpha=2.5)(x)[0], torch.tensor(2.5 * math.expm1(-2)).double())


def test_maxout_takes_the_largest_of_each_group_on_the_last_axis():
    z = torch.tensor(np.random.default_rng(3).normal(size=(4, 5, 6)))
    expected = torch.stack([z[..., 0:3].max(-1).values, z[..., 3:6].max(-1).values], dim=-1)
    torch.testing.assert_close(make_activation("maxout", pieces=3)(z), expected, rtol=0, atol=0)


def test_heaviside_keeps_nan_and_a_graph_with_zero_slope():
    x = torch.tensor([-math.inf, -1e-300, 0.0, 5e-17, math.inf, math.nan], dtype=torch.float64, requires_grad=True)
    y = heaviside(x)
    assert y[:5].tolist() == [0, 0, 1, 1, 1]
    assert y[5].isnan()
    assert torch.autograd.grad(y.sum(), x)[0].tolist() == [0] * 6


def test_unknown_name_is_refused():
    with pytest.raises(LandscapeError, match="the name must be one of identity, step"):
        make_activation("swish")
