"""Losses of the residual against closed forms and torch.nn.functional, and the lines of the lecture scenes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import root_mean_squared_error
from torch.nn import functional

from landscape.losses.losses import make_loss
from landscape.objectives.risk import EmpiricalRisk
from tests.landscape.losses.evaluate import OFFSETS, RESIDUAL, at, line_fit, normal, numbers, of_residual

CLOSED_FORMS = [
    ("mse", {}, lambda r: r**2),
    ("mae", {}, np.abs),
    ("huber", {"delta": 0.8}, lambda r: np.where(np.abs(r) <= 0.8, r**2 / 2, 0.8 * (np.abs(r) - 0.4))),
    ("log_cosh", {}, lambda r: np.log(np.cosh(r))),
    ("quantile", {"q": 0.9}, lambda r: np.where(r >= 0, 0.9 * r, -0.1 * r)),
    ("tukey", {"c": 3.0}, lambda r: np.where(np.abs(r) <= 3, 1.5 * (1 - (1 - (r / 3) ** 2) ** 3), 1.5)),
]


@pytest.mark.parametrize(("name", "params", "closed_form"), CLOSED_FORMS)
def test_residual_losses_are_their_closed_forms(name, params, closed_form):
    np.testing.assert_allclose(of_residual(name, OFFSETS, **params), closed_form(OFFSETS.numpy()), rtol=1e-12)


def test_huber_and_squared_error_are_those_of_torch():
    outputs, targets = OFFSETS * 1.3, OFFSETS.flip(0)
    huber = functional.huber_loss(outputs, targets, reduction="none", delta=2.2)
    torch.testing.assert_close(at("huber", outputs, targets, delta=2.2), huber)
    torch.testing.assert_close(at("mse", outputs, targets), functional.mse_loss(outputs, targets, reduction="none"))


@pytest.mark.parametrize("name", RESIDUAL)
def test_several_outputs_are_averaged_sample_by_sample(name):
    outputs = torch.stack([OFFSETS, OFFSETS.flip(0), OFFSETS * 0.3], dim=1)
    targets = torch.stack([OFFSETS.flip(0), OFFSETS * 2, OFFSETS + 1], dim=1)
    columns = [at(name, outputs[:, i], targets[:, i]) for i in range(3)]
    torch.testing.assert_close(at(name, outputs, targets), sum(columns) / 3)


def test_rmse_is_that_of_scikit_learn_for_every_sample():
    outputs, targets = normal(6, 3, seed=60), normal(6, 3, seed=61)
    np.testing.assert_allclose(at("rmse", outputs, targets), [root_mean_squared_error(targets, outputs)] * 6, rtol=1e-13)
    column = at("rmse", outputs[:, 0], targets[:, 0])
    np.testing.assert_allclose(column, [root_mean_squared_error(targets[:, 0], outputs[:, 0])] * 6, rtol=1e-13)


def test_rmse_has_no_square_that_overflows_and_no_slope_at_a_perfect_fit():
    for scale in (1e-320, 1e-200, 1.0, 1e200, 1e307):
        outputs = (numbers(3, -4, 0, 0) * scale).requires_grad_()
        value = at("rmse", outputs, torch.zeros(4))
        assert value.tolist() == pytest.approx([2.5 * scale] * 4, rel=1e-3 if scale < 1e-300 else 1e-14)
        (slope,) = torch.autograd.grad(value.mean(), outputs)
        assert slope.tolist() == pytest.approx([0.3, -0.4, 0, 0], rel=1e-3 if scale < 1e-300 else 1e-12)
    perfect = numbers(1, 2).requires_grad_()
    value = at("rmse", perfect, numbers(1, 2))
    assert (value.tolist(), torch.autograd.grad(value.mean(), perfect)[0].tolist()) == ([0, 0], [0, 0])
    assert at("rmse", numbers(math.inf, 1), numbers(0, 0)).tolist() == [math.inf] * 2
    assert at("rmse", numbers(math.nan, 1), numbers(0, 0)).isnan().all()


def test_a_risk_keeps_the_samples_of_rmse_together():
    inputs, targets = normal(40, 3, seed=62), normal(40, seed=63)
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1)).double()
    risk = EmpiricalRisk(model, make_loss("rmse"), (inputs, targets), memory=5_000.0)
    parted = EmpiricalRisk(model, make_loss("mse"), (inputs, targets), memory=5_000.0)
    assert (len(risk.terms()), len(parted.terms()) > 1) == (1, True)
    expected = root_mean_squared_error(targets, model(inputs).detach().squeeze(1))
    assert risk.value(risk.theta) == pytest.approx(expected, rel=1e-13)
    assert risk.values(np.stack([risk.theta, risk.theta * 0]))[0] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", RESIDUAL)
def test_infinite_residuals_are_not_hidden(name):
    expected = [4.685**2 / 6] * 2 if name == "tukey" else [math.inf] * 2
    assert of_residual(name, [-math.inf, math.inf]).tolist() == pytest.approx(expected)
    assert of_residual(name, [math.nan]).isnan().all()


@pytest.mark.parametrize(("name", "curvature"), [("mse", 2), ("huber", 1), ("log_cosh", 1), ("tukey", 1)])
def test_curvature_at_a_perfect_prediction(name, curvature):
    target = torch.tensor([1.5], dtype=torch.float64)
    output = target.clone().requires_grad_()
    (slope,) = torch.autograd.grad(at(name, output, target).sum(), output, create_graph=True)
    assert torch.autograd.grad(slope, output)[0].item() == pytest.approx(curvature, rel=1e-12)


def test_log_cosh_is_half_the_square_down_to_the_last_digit():
    r = np.array([-1e-3, 1e-6, -1e-9, 1e-12])
    np.testing.assert_allclose(at("log_cosh", torch.tensor(r), torch.zeros(4)), r**2 / 2 - r**4 / 12, rtol=1e-12)


# The lecture scenes.

X = np.arange(10.0)


@pytest.mark.parametrize(
    ("name", "params", "k", "slope"),
    [
        ("mse", {}, 30, 1 + 30 * 4.5 / 82.5),
        ("mae", {}, 30, 1.0),
        ("huber", {}, 30, 1.08333),
        ("log_cosh", {}, 30, 1.0869),
        ("tukey", {}, 30, 1.0),
        ("quantile", {"q": 0.9}, 30, 4.33333),
        ("mse", {}, 1000, 55.54545),
        ("huber", {}, 1000, 1.08333),
    ],
)
def test_slopes_with_one_outlier(name, params, k, slope):
    y = X.copy()
    y[-1] += k
    assert line_fit(name, X, y, **params)[0] == pytest.approx(slope, abs=6e-5)


def test_leverage_point_breaks_huber_but_not_tukey_from_a_good_start():
    x, y = np.append(X, 30.0), np.append(X, 0.0)
    assert line_fit("huber", x, y)[0] == pytest.approx(-0.118, abs=6e-4)
    assert line_fit("tukey", x, y)[0] == pytest.approx(1.0, abs=6e-4)
    assert line_fit("tukey", x, y, start=np.polyfit(x, y, 1))[0] == pytest.approx(-0.076, abs=6e-4)
