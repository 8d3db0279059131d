"""Outliers: flags against planted ones and known years, precision and recall against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, precision_score, recall_score

from landscape import LandscapeError, detect, fit_high_breakdown, fit_linear, make_dataset, residual_outliers


@pytest.fixture(scope="module")
def payments():
    """2,000 payments of which 1 % do not follow the line, some of them hardly."""
    generator = np.random.default_rng(5)
    x = generator.uniform(0, 10, 2000)
    bad = generator.permutation(2000) < 20
    y = 3 - 2 * x + 0.5 * generator.normal(size=2000) + bad * generator.uniform(1, 40, 2000)
    return x, y, bad


def test_sizes_are_residuals_in_robust_standard_deviations(payments):
    x, y, _ = payments
    fit = fit_linear(x, y, "tukey", scale="mad")
    found = residual_outliers(x, y, fit, threshold=3.0)
    residuals = np.abs(y - fit.intercept - fit.coefficients[0] * x)
    assert found.scale == pytest.approx(1.482602218505602 * np.median(residuals))
    np.testing.assert_allclose(found.sizes, residuals / found.scale, rtol=1e-9)
    assert (found.flags == (residuals > 3 * found.scale)).all() and 10 < found.flags.sum() < 60


@pytest.mark.parametrize("threshold", [0.5, 2.5, 6.0])
def test_precision_and_recall_are_those_of_scikit_learn(payments, threshold):
    x, y, bad = payments
    found = residual_outliers(x, y, fit_linear(x, y, "huber", scale="mad"), threshold=threshold)
    curve = detect(found, bad)
    assert curve.precision == pytest.approx(precision_score(bad, found.flags))
    assert curve.recall == pytest.approx(recall_score(bad, found.flags))
    assert curve.average_precision == pytest.approx(average_precision_score(bad, found.sizes))
    assert curve.base_rate == 0.01
    precisions, recalls, thresholds = precision_recall_curve(bad, found.sizes)
    np.testing.assert_allclose(curve.precisions, precisions[:-1])
    np.testing.assert_allclose(curve.recalls, recalls[:-1])
    np.testing.assert_array_equal(curve.thresholds, thresholds)


def test_equal_sizes_are_one_threshold():
    x, y = np.arange(6.0), np.array([0.0, 1, 2, 3, 9, 10])
    found = residual_outliers(x, y, fit_high_breakdown(x[:4], y[:4]))
    curve = detect(found, [False, True, False, False, True, False])
    assert found.flags.tolist() == [False] * 4 + [True] * 2
    assert curve.thresholds.tolist() == [0.0, np.inf]
    assert curve.precisions.tolist() == [2 / 6, 1 / 2] and curve.recalls.tolist() == [1.0, 0.5]


def test_least_squares_hides_what_a_line_of_high_breakdown_shows():
    stars = make_dataset("stars_cyg")
    giants = stars.inputs[:, 0] < 3.6
    by = {"lts": fit_high_breakdown(stars.inputs, stars.targets), "mse": fit_linear(stars.inputs, stars.targets, "mse")}
    found = {name: residual_outliers(stars.inputs, stars.targets, fit) for name, fit in by.items()}
    assert found["lts"].flags[giants].all() and not found["mse"].flags[giants].any()
    assert detect(found["lts"], giants).recall == 1 and detect(found["mse"], giants).recall == 0


def test_nothing_flagged_and_nothing_bad_have_no_share():
    x, y = np.arange(5.0), np.array([0.0, 1.1, 1.9, 3.2, 4.0])
    found = residual_outliers(x, y, fit_linear(x, y, "mse"), threshold=100.0)
    curve = detect(found, np.zeros(5))
    assert np.isnan(curve.precision) and np.isnan(curve.recall) and np.isnan(curve.recalls).all()
    assert (curve.precisions == 0).all()


def test_what_does_not_fit_is_refused():
    x, y = np.arange(5.0), np.arange(5.0) ** 2
    found = residual_outliers(x, y, fit_linear(x, y, "mse"))
    with pytest.raises(LandscapeError, match="bad must have shape"):
        detect(found, [True])
    with pytest.raises(LandscapeError, match="threshold must be"):
        residual_outliers(x, y, fit_linear(x, y, "mse"), threshold=-1.0)
    unknown = residual_outliers(x, y, fit_linear([1.0, np.nan], [1.0, 2.0], "mse"))
    with pytest.raises(LandscapeError, match="sizes must hold finite numbers"):
        detect(unknown, np.ones(5))
