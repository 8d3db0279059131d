"""Losses of the margin against torch.nn.functional, scikit-learn and closed forms, and the numbers of the lecture scenes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import hinge_loss
from torch.nn import functional

from tests.landscape.losses.evaluate import BITS, OFFSETS, at, line_fit, of_margin


def test_margin_losses_are_those_of_torch_and_scikit_learn():
    scores, signs = OFFSETS.flip(0), BITS * 2 - 1
    logistic = functional.soft_margin_loss(scores, signs, reduction="none")
    torch.testing.assert_close(at("logistic", scores, BITS), logistic, rtol=1e-12, atol=1e-15)
    assert float(at("hinge", scores, BITS).mean()) == pytest.approx(hinge_loss(signs, scores))
    margins = (signs * scores).numpy()
    np.testing.assert_allclose(at("squared_hinge", scores, BITS), np.maximum(0, 1 - margins) ** 2)
    np.testing.assert_allclose(at("perceptron", scores, BITS), np.maximum(0, -margins))
    np.testing.assert_allclose(at("exponential", scores, BITS), np.exp(-margins))
    np.testing.assert_array_equal(at("zero_one", scores, BITS), torch.sign(scores) != signs)


def test_logistic_keeps_its_digits_far_out():
    margins = [-60.0, -20.5, 20.5, 36.0, 60.0]
    expected = [math.log1p(math.exp(-m)) for m in margins]
    np.testing.assert_allclose(of_margin("logistic", margins), expected, rtol=1e-14)


def test_logistic_in_bits_is_one_at_the_boundary_and_bounds_zero_one():
    torch.testing.assert_close(at("logistic", OFFSETS, BITS, base="2"), at("logistic", OFFSETS, BITS) / math.log(2), rtol=1e-15, atol=0)
    assert of_margin("logistic", [0.0], base="2").item() == 1
    m = torch.linspace(-6, 6, 2401, dtype=torch.float64)
    assert (of_margin("logistic", m, base="2") >= of_margin("zero_one", m)).all()


def test_zero_one_has_no_slope_and_no_curvature_but_keeps_its_graph():
    scores = OFFSETS.clone().requires_grad_()
    value = at("zero_one", scores, BITS)
    assert torch.autograd.grad(value.sum(), scores)[0].tolist() == [0] * 7
    assert of_margin("zero_one", [0.0]).tolist() == [1.0]


def test_perceptron_and_hinge_correct_a_sample_on_the_boundary():
    for name, score in (("perceptron", 0.0), ("hinge", 1.0)):
        scores = torch.tensor([score], dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(at(name, scores, torch.ones(1)).sum(), scores)
        assert slope.tolist() == [-1.0]


# The lecture scenes.


def test_surrogates_lie_above_zero_one():
    m = torch.linspace(-6, 6, 2401, dtype=torch.float64)
    zero_one = of_margin("zero_one", m)
    for name in ("hinge", "squared_hinge", "exponential"):
        assert (of_margin(name, m) >= zero_one).all()
    assert (of_margin("logistic", m) / math.log(2) >= zero_one - 1e-15).all()
    assert of_margin("logistic", [0.0]).item() == pytest.approx(0.6931, abs=1e-4)


@pytest.mark.parametrize("name", ["mse", "hinge", "logistic", "exponential"])
def test_minimizers_of_surrogates_miss_the_best_zero_one_error(name):
    x, y = np.array([1.0, 2, 3, -1, -2, -3, 20]), np.array([1.0, 1, 1, -1, -1, -1, -1])
    w, b = line_fit(name, x, y, start=(0.3, 0.1))
    errors = at("zero_one", torch.tensor(w * x + b), torch.tensor(y)).sum().item()
    assert errors == 3
    assert at("zero_one", torch.tensor(x), torch.tensor(y)).sum().item() == 1
