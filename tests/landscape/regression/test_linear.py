"""Fitted lines against the numbers of the lecture scenes, statsmodels, scikit-learn, numeric reweighting, and laws of equivariance."""

import numpy as np
import pytest

from landscape import LandscapeError, fit_linear
from landscape.scene.fields import Choice

SIX = ("mse", "mae", "huber", "log_cosh", ("quantile", {"q": 0.9}), "tukey")
RAMP = np.arange(10.0)


def bent(k):
    """The line y = x with its last point raised by k."""
    return np.append(RAMP[:-1], 9.0 + k)


@pytest.mark.parametrize(
    ("loss", "k", "slope"),
    [
        ("mse", 30, 1 + 30 * 4.5 / 82.5),
        ("mae", 30, 1.0),
        ("huber", 30, 1 + 1 / 12),
        ("log_cosh", 30, 1.08686127),
        ("tukey", 30, 1.0),
        (("quantile", {"q": 0.9}), 30, 1 + 30 / 9),
        ("mse", 1000, 1 + 1000 * 4.5 / 82.5),
        ("huber", 1000, 1 + 1 / 12),
        ("mae", 1000, 1.0),
    ],
)
def test_one_raised_point(loss, k, slope):
    assert fit_linear(RAMP, bent(k), loss).coefficients == pytest.approx([slope], abs=1e-8)


def test_a_leverage_point_breaks_absolute_error_huber_and_tukey_from_least_squares():
    inputs, targets = np.append(RAMP, 30.0), np.append(RAMP, 0.0)
    assert fit_linear(inputs, targets, "mae").coefficients == pytest.approx([-2 / 13], abs=1e-12)
    assert fit_linear(inputs, targets, "huber").coefficients == pytest.approx([-0.1183432], abs=1e-7)
    assert fit_linear(inputs, targets, "tukey").coefficients == pytest.approx([-0.07596098], abs=1e-7)
    good = fit_linear(inputs, targets, "tukey", start=[0.9, 0.3])
    assert good.coefficients == pytest.approx([1.0], abs=1e-12)
    assert fit_linear(inputs, targets, "tukey", start=good).coefficients == pytest.approx([1.0], abs=1e-12)


def test_a_loss_is_named_in_three_ways():
    first = fit_linear(RAMP, bent(7), ("huber", {"delta": 0.3}))
    second = fit_linear(RAMP, bent(7), Choice("huber", (("delta", 0.3),)))
    assert first.coefficients == second.coefficients != fit_linear(RAMP, bent(7), "huber").coefficients


def test_a_result_cannot_be_written_to():
    fit = fit_linear(RAMP, bent(7), "huber")
    for values in (fit.coefficients, fit.sample_weights, fit.influence):
        assert values.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1.0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (([], [], "mse"), "no_points"),
        ((np.zeros((3, 0)), [1, 2, 3], "mse"), "no_points"),
        (([1, 2], [1], "mse"), "wrong_shape"),
        ((np.zeros((2, 2, 2)), [1, 2], "mse"), "wrong_shape"),
        (([1, 2], [1, 2], "hinge"), "not_of_residual"),
        (([1, 2], [1, 2], "nonsense"), "unknown_name"),
        (([1, 2], [1, 2], ("huber", {"delta": -1.0})), "out_of_range"),
    ],
)
def test_an_impossible_request_is_refused(arguments, code):
    with pytest.raises(LandscapeError, match="got") as refused:
        fit_linear(*arguments)
    assert refused.value.code == code


@pytest.mark.parametrize("scale", [0, -1.0, float("nan"), "mean", True])
def test_a_scale_is_positive_or_mad(scale):
    with pytest.raises(LandscapeError, match="the scale must be a positive number"):
        fit_linear(RAMP, RAMP, "huber", scale=scale)


@pytest.mark.parametrize("start", [[1.0], [1.0, 2.0, 3.0], [np.nan, 1.0]])
def test_a_start_is_a_line(start):
    with pytest.raises(LandscapeError, match="start must"):
        fit_linear(RAMP, RAMP, "tukey", start=start)
