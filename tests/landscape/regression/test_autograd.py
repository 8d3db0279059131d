"""Lines through autograd: the same as by each loss's own method, other losses against scipy, and losses without a minimum."""

import numpy as np
import pytest
from scipy.optimize import minimize

from landscape import LandscapeError, fit_linear, make_dataset, make_loss
from landscape.losses.expression import parse_loss

HUBER = "d = 1; where(abs(residual) < d, residual**2 / 2, d * (abs(residual) - d / 2))"


@pytest.mark.parametrize(
    ("typed", "loss"), [("residual**2", "mse"), (HUBER, "huber"), ("log((exp(residual) + exp(-residual)) / 2)", "log_cosh")]
)
@pytest.mark.parametrize("scale", [1.0, "mad"])
def test_a_typed_loss_has_the_line_of_the_built_in_one(typed, loss, scale):
    data = make_dataset("stackloss")
    typed = fit_linear(data.inputs, data.targets, parse_loss(typed), scale=scale)
    own = fit_linear(data.inputs, data.targets, loss, scale=scale)
    np.testing.assert_allclose(typed.predict(data.inputs), own.predict(data.inputs), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(typed.sample_weights, own.sample_weights, atol=1e-5)
    np.testing.assert_allclose(typed.influence, own.influence, rtol=1e-4, atol=1e-5)
    assert typed.status == "local"


def test_a_callable_and_a_named_expression_are_fitted_too():
    data = make_dataset("phones")
    by_call = fit_linear(data.inputs, data.targets, make_loss("huber"))
    by_name = fit_linear(data.inputs, data.targets, ("own", {"expression": HUBER}))
    for fit in (by_call, by_name):
        assert fit.coefficients == pytest.approx(fit_linear(data.inputs, data.targets, "huber").coefficients, rel=1e-6)


def test_absolute_error_typed_is_as_low_as_the_program():
    data = make_dataset("phones")
    typed = fit_linear(data.inputs, data.targets, parse_loss("abs(residual)"))
    risks = [np.abs(data.targets - fit.predict(data.inputs)).sum() for fit in (typed, fit_linear(data.inputs, data.targets, "mae"))]
    assert risks[0] == pytest.approx(risks[1], rel=1e-9)


@pytest.mark.parametrize(
    ("typed", "loss"),
    [("abs(residual)", "mae"), ("3 * abs(residual)", "mae"), ("max(0.7 * residual, -0.3 * residual)", ("quantile", {"q": 0.7}))],
)
@pytest.mark.parametrize("scale", [1.0, "mad"])
def test_a_typed_loss_with_a_kink_weighs_samples_as_the_built_in_one(typed, loss, scale):
    inputs, targets = np.arange(10.0), np.append(np.arange(9.0), 39.0) + 1.3 * np.sin(7 * np.arange(10.0))
    typed, own = (fit_linear(inputs, targets, each, scale=scale) for each in (parse_loss(typed), loss))
    assert typed.coefficients == pytest.approx(own.coefficients, abs=1e-6)
    assert typed.sample_weights == pytest.approx(own.sample_weights, abs=1e-5)
    assert typed.sample_weights.argmin() == 9 and typed.sample_weights.max() == 1


def test_a_loss_of_target_and_prediction_is_no_higher_than_scipy_gets():
    data = make_dataset("animals")
    fit = fit_linear(data.inputs, data.targets, parse_loss("residual**2 / (1 + target**2) + prediction**4 / 100"))

    def risk(theta):
        outputs = data.inputs[:, 0] * theta[0] + theta[1]
        return ((data.targets - outputs) ** 2 / (1 + data.targets**2) + outputs**4 / 100).sum()

    found = minimize(risk, [0.3, 0.3], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12})
    assert [*fit.coefficients, fit.intercept] == pytest.approx(found.x, abs=1e-6)


def test_a_start_leads_to_its_own_minimum():
    inputs, targets = np.append(np.arange(10.0), 30.0), np.append(np.arange(10.0), 0.0)
    well = parse_loss("1 - exp(-residual**2 / 8)")
    assert fit_linear(inputs, targets, well).coefficients == pytest.approx([1.0], abs=1e-6)
    worse = fit_linear(inputs, targets, well, start=[-0.08, 2.5])
    assert worse.status == "local" and worse.coefficients[0] < 0.2


def test_a_loss_without_a_minimum_says_so():
    fit = fit_linear(np.arange(5.0), np.arange(5.0) ** 2, parse_loss("residual"))
    assert fit.status == "not_converged"


def test_a_typed_loss_of_the_margin_is_refused():
    with pytest.raises(LandscapeError, match="the loss must be one of the residual"):
        fit_linear([1.0, 2], [1.0, 2], parse_loss("exp(-margin)"))
