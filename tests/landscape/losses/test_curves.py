"""Curves of losses against closed forms: derivatives, jumps and deltas, influence and efficiency on normal noise."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from landscape.losses.curves import DIFFERENCE, MARGIN, PROBABILITY, RESIDUAL, derivatives, expected, function_of, loss_curve
from landscape.losses.losses import make_loss

R = np.array([-5.3, -1.7, -0.6, -0.21, 0.13, 0.48, 0.9, 2.6, 4.4])
M = np.array([-2.7, -0.8, 0.3, 0.77, 1.6])


def tukey(c):
    inside = lambda r: np.where(np.abs(r) < c, 1.0, 0.0)  # noqa: E731 - a formula, in one line
    u = lambda r: r / c  # noqa: E731 - a formula, in one line
    return (
        lambda r: c**2 / 6 * (1 - (1 - np.minimum(u(r) ** 2, 1)) ** 3),
        lambda r: inside(r) * r * (1 - u(r) ** 2) ** 2,
        lambda r: inside(r) * (1 - u(r) ** 2) * (1 - 5 * u(r) ** 2),
    )


CLOSED = [
    (RESIDUAL, "mse", {}, (np.square, lambda r: 2 * r, lambda r: 2 + 0 * r)),
    (RESIDUAL, "mae", {}, (np.abs, np.sign, lambda r: 0 * r)),
    (RESIDUAL, "huber", {"delta": 0.7}, (
        lambda r: np.where(np.abs(r) < 0.7, r**2 / 2, 0.7 * (np.abs(r) - 0.35)), lambda r: np.clip(r, -0.7, 0.7), lambda r: np.abs(r) < 0.7,
    )),
    (RESIDUAL, "log_cosh", {}, (lambda r: np.log(np.cosh(r)), np.tanh, lambda r: 1 / np.cosh(r) ** 2)),
    (RESIDUAL, "tukey", {"c": 3.0}, tukey(3.0)),
    (MARGIN, "logistic", {"base": "2"}, (
        lambda m: np.log2(1 + np.exp(-m)), lambda m: -1 / (1 + np.exp(m)) / np.log(2), lambda m: 1 / (2 + 2 * np.cosh(m)) / np.log(2),
    )),
    (MARGIN, "squared_hinge", {}, (lambda m: np.maximum(0, 1 - m) ** 2, lambda m: -2 * np.maximum(0, 1 - m), lambda m: 2 * (m < 1))),
    (DIFFERENCE, "ranknet", {}, (
        lambda d: np.log1p(np.exp(-d)), lambda d: -1 / (1 + np.exp(d)), lambda d: 1 / (2 + 2 * np.cosh(d)),
    )),
    (PROBABILITY, "cross_entropy", {}, (
        lambda s: np.log1p(np.exp(-s)), lambda s: -1 / (1 + np.exp(s)), lambda s: 1 / (2 + 2 * np.cosh(s)),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("axis", "name", "settings", "forms"), CLOSED, ids=lambda value: value if isinstance(value, str) else "")
def test_value_and_derivatives_are_those_of_the_formula(axis, name, settings, forms):
    x = R if axis == RESIDUAL else M
    for found, form in zip(derivatives(function_of(make_loss(name, **settings), axis), x), forms, strict=True):
        np.testing.assert_allclose(found, form(x), rtol=1e-9, atol=1e-12)


def curve(name, axis=RESIDUAL, **settings):
    return loss_curve(
        make_loss(name, **settings), axis, near=(0.0, 1.0, *(value for value in settings.values() if not isinstance(value, str)))
    )


def gaps(broken):
    return broken.x[np.isnan(broken.y)]


def test_a_kink_is_a_jump_of_the_gradient_and_a_delta_of_the_curvature():
    parts = curve("mae").parts
    assert gaps(parts["value"]).size == 0
    assert gaps(parts["gradient"]) == pytest.approx([0.0], abs=1e-7)
    assert set(parts["gradient"].y[~np.isnan(parts["gradient"].y)]) == {-1.0, 1.0}  # nothing slopes from one side to the other
    np.testing.assert_allclose(parts["curvature"].deltas, [[0.0, 2.0]], atol=1e-7)
    hinge = curve("hinge", MARGIN).parts
    np.testing.assert_allclose(hinge["curvature"].deltas, [[1.0, 1.0]], atol=1e-7)
    assert set(hinge["gradient"].y[~np.isnan(hinge["gradient"].y)]) == {-1.0, 0.0}


@pytest.mark.parametrize("delta", [0.2, 1.0, 2.345])
def test_the_curvature_of_huber_jumps_at_both_thresholds(delta):
    parts = curve("huber", delta=delta).parts
    assert gaps(parts["curvature"]) == pytest.approx([-delta, delta], abs=1e-7)
    assert gaps(parts["gradient"]).size == 0 and len(parts["curvature"].deltas) == 0


def test_a_kink_that_nothing_told_of_is_found():
    bent = loss_curve(lambda outputs, targets: 3 * (targets - outputs - 0.777).clamp(min=0), RESIDUAL)
    np.testing.assert_allclose(bent.parts["curvature"].deltas, [[0.777, 3.0]], atol=1e-6)


def test_the_zero_one_loss_jumps_and_its_gradient_is_a_delta_downward():
    parts = curve("zero_one", MARGIN).parts
    assert gaps(parts["value"]) == pytest.approx([0.0], abs=1e-7)
    np.testing.assert_allclose(parts["gradient"].deltas, [[0.0, -1.0]], atol=1e-7)
    assert np.isnan(parts["influence"].y).all()  # nothing pulls at -1 to compare with


@pytest.mark.parametrize("name", ["mse", "log_cosh", "tukey"])
def test_a_smooth_loss_has_no_jumps(name):
    assert not curve(name).jumps


def test_infinite_values_stay_infinite():
    steep = loss_curve(lambda outputs, targets: torch.exp((targets - outputs).square() * 40), RESIDUAL)
    assert np.isposinf(steep.parts["value"].y[[0, -1]]).all() and np.isnan(steep.scale)


INFLUENCES = [
    ("mse", {}, lambda r: r),
    ("mae", {}, lambda r: np.sqrt(np.pi / 2) * np.sign(r)),
    ("huber", {"delta": 1.3}, lambda r: np.clip(r, -1.3, 1.3) / (2 * norm.cdf(1.3) - 1)),
    ("quantile", {"q": 0.8}, lambda r: (0.8 - (r < 0)) / norm.pdf(norm.ppf(0.8))),
]


@pytest.mark.parametrize(("name", "settings", "form"), INFLUENCES, ids=[name for name, *_ in INFLUENCES])
def test_the_influence_on_a_location_of_normal_noise(name, settings, form):
    influence = curve(name, **settings).parts["influence"]
    known = ~np.isnan(influence.y) & (np.abs(influence.x) > 1e-6)
    np.testing.assert_allclose(influence.y[known], form(influence.x[known]), rtol=2e-5)


def test_the_influence_is_the_gradient_in_another_unit():
    for name, axis in (("tukey", RESIDUAL), ("exponential", MARGIN), ("listnet", DIFFERENCE)):
        found = curve(name, axis)
        np.testing.assert_allclose(found.parts["influence"].y * found.scale, found.parts["gradient"].y, rtol=1e-12)
    pull = curve("exponential", MARGIN).parts["influence"]
    np.testing.assert_allclose(pull.y, np.exp(-pull.x - 1), rtol=1e-12)


def test_the_efficiency_on_normal_noise():
    delta = 1.345
    p = 2 * norm.cdf(delta) - 1
    huber = p**2 / (p - 2 * delta * norm.pdf(delta) + 2 * delta**2 * norm.sf(delta))
    for name, settings, wanted in (("mse", {}, 1), ("mae", {}, 2 / np.pi), ("huber", {"delta": delta}, huber), ("tukey", {}, 0.95)):
        assert curve(name, **settings).efficiency == pytest.approx(wanted, rel=2e-4 if name == "tukey" else 1e-5)


@pytest.mark.parametrize("target", [1.0, 0.3])
def test_along_a_probability_the_gradient_is_by_the_score(target):
    found = loss_curve(make_loss("cross_entropy"), PROBABILITY, target=target)
    p = found.parts["gradient"].x
    np.testing.assert_allclose(found.parts["gradient"].y, p - target, atol=1e-12)
    np.testing.assert_allclose(found.parts["curvature"].y, p * (1 - p), atol=1e-12)
    divergence = loss_curve(make_loss("kl"), PROBABILITY, target=target, soft=True)
    entropy = -sum(share * np.log(share) for share in (target, 1 - target) if share)
    np.testing.assert_allclose(divergence.parts["value"].y, found.parts["value"].y - entropy, atol=1e-12)
    assert "influence" not in found.parts


def test_the_expectation_over_a_target_distribution():
    logits = torch.tensor([[0.3, -1.2, 0.7]], dtype=torch.float64)
    wanted = -(torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64) * logits.log_softmax(1)).sum()
    assert float(expected(make_loss("cross_entropy"), logits, (0.2, 0.5, 0.3))) == pytest.approx(float(wanted), rel=1e-12)
