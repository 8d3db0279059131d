"""Losses of classes against torch.nn.functional and closed forms, and the numbers of the lecture scenes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from torch.nn import functional

from tests.landscape.losses.evaluate import BITS, CLASSES, OFFSETS, at, normal, numbers, of_margin


def test_cross_entropy_is_that_of_torch():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(6, 4, generator=generator, dtype=torch.float64) * 3
    classes = torch.tensor([3, 0, 1, 1, 2, 0])
    torch.testing.assert_close(at("cross_entropy", logits, classes), functional.cross_entropy(logits, classes, reduction="none"))
    binary = functional.binary_cross_entropy_with_logits(OFFSETS, BITS.double(), reduction="none")
    torch.testing.assert_close(at("cross_entropy", OFFSETS, BITS), binary, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_focal_is_its_formula_on_probabilities(alpha):
    logits = torch.randn(6, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 2
    classes = torch.tensor([3, 0, 1, 1, 2, 0])
    p = torch.softmax(logits, 1)[torch.arange(6), classes].numpy()
    weights = np.where(classes > 0, alpha, 1 - alpha) if alpha else 1
    np.testing.assert_allclose(at("focal", logits, classes, gamma=1.7, alpha=alpha), -weights * (1 - p) ** 1.7 * np.log(p), rtol=1e-12)


@pytest.mark.parametrize("name", CLASSES)
def test_a_score_is_two_logits_of_which_the_first_is_zero(name):
    params = {"alpha": 0.25} if name == "focal" else {}
    pair = torch.stack([torch.zeros_like(OFFSETS), OFFSETS], dim=1)
    torch.testing.assert_close(at(name, OFFSETS, BITS, **params), at(name, pair, BITS, **params), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("alpha", [0.0, 0.4, 1.0])
def test_balanced_cross_entropy_is_torch_s_with_class_weights(alpha):
    logits = normal(6, 4, seed=70, scale=2)
    classes = torch.tensor([3, 0, 1, 1, 2, 0])
    weights = numbers(1 - alpha, alpha, alpha, alpha)
    expected = functional.cross_entropy(logits, classes, weight=weights, reduction="none")
    torch.testing.assert_close(at("balanced_cross_entropy", logits, classes, alpha=alpha), expected)


def test_balanced_cross_entropy_is_focal_without_focus():
    found = at("balanced_cross_entropy", OFFSETS, BITS, alpha=0.3)
    torch.testing.assert_close(found, at("focal", OFFSETS, BITS, gamma=0.0, alpha=0.3), rtol=1e-13, atol=0)


def test_focal_without_focus_is_cross_entropy():
    torch.testing.assert_close(at("focal", OFFSETS, BITS, gamma=0.0), at("cross_entropy", OFFSETS, BITS), rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_losses_are_finite_at_extremes(name):
    logits = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [0.0, 0.0, 0.0]], dtype=torch.float64)
    for true in range(3):
        outputs = logits.clone().requires_grad_()
        value = at(name, outputs, torch.full((3,), true))
        (slope,) = torch.autograd.grad(value.sum(), outputs, create_graph=True)
        (bend,) = torch.autograd.grad(slope.square().sum(), outputs)
        assert value.isfinite().all()
        assert slope.isfinite().all()
        assert bend.isfinite().all()


# The lecture scenes.


def test_focal_numbers():
    logit = lambda p: [math.log(p / (1 - p))]  # noqa: E731 - a formula, in one line
    assert of_margin("cross_entropy", logit(0.9)).item() == pytest.approx(0.10536, abs=1e-5)
    assert of_margin("focal", logit(0.9)).item() == pytest.approx(0.0010536, abs=1e-7)
    ratio = of_margin("cross_entropy", logit(0.968)) / of_margin("focal", logit(0.968))
    assert ratio.item() == pytest.approx(977, abs=0.6)
    for name, share in (("cross_entropy", 0.021), ("focal", 0.639)):
        easy, hard = of_margin(name, logit(0.9)).item(), of_margin(name, logit(0.1)).item()
        assert hard / (hard + 1000 * easy) == pytest.approx(share, abs=6e-4)


@pytest.mark.parametrize(("gamma", "best"), [(0.0, 0.900), (2.0, 0.694), (5.0, 0.597)])
def test_focal_is_not_calibrated(gamma, best):
    expected = lambda z: float(of_margin("focal", [z, -z], gamma=gamma) @ torch.tensor([0.9, 0.1], dtype=torch.float64))  # noqa: E731 - a formula, in one line
    z = minimize_scalar(expected, bounds=(-5, 5), method="bounded", options={"xatol": 1e-9}).x
    assert 1 / (1 + math.exp(-z)) == pytest.approx(best, abs=6e-4)
