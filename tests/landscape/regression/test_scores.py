"""Scores: the lecture's mislabeled point, scipy and scikit-learn on random data, all thresholds and lines, separable labels, bad input."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.svm import SVC

from landscape import LandscapeError, fit_score, make_loss

INPUTS, LABELS = np.array([1.0, 2, 3, -1, -2, -3, 20]), np.array([1, 1, 1, -1, -1, -1, -1])
SURROGATES = ("cross_entropy", "logistic", "exponential", "squared_hinge", "mse", "hinge", "focal")


@pytest.fixture(scope="module")
def mixed():
    """40 samples of two features, a fifth of them mislabeled."""
    generator = np.random.default_rng(8)
    inputs = generator.normal([2.0, -5.0], [1.0, 20.0], size=(40, 2))
    labels = (inputs[:, 0] + inputs[:, 1] / 20 + 0.8 * generator.normal(size=40) > 1.5).astype(int)
    return inputs, labels


@pytest.mark.parametrize("loss", SURROGATES)
def test_one_mislabeled_point_far_away_costs_three_of_seven(loss):
    assert fit_score(INPUTS, LABELS, loss).errors == pytest.approx(3 / 7)
    assert fit_score(INPUTS, (LABELS + 1) // 2, loss).errors == pytest.approx(3 / 7)


def test_the_least_zero_one_loss_leaves_out_the_mislabeled_point_alone():
    fit = fit_score(INPUTS, LABELS, "zero_one")
    assert (fit.errors, fit.risk, fit.status) == (pytest.approx(1 / 7), pytest.approx(1 / 7), "converged")
    assert fit.coefficients[0] > 0 and -1 < -fit.intercept / fit.coefficients[0] < 1


def mean_loss(loss, inputs, labels):
    each = make_loss(loss)
    signs = torch.tensor(np.where(labels > 0, 1.0, -1.0))
    return lambda line: float(each(torch.tensor(inputs @ line[:-1] + line[-1]), signs).mean())


@pytest.mark.parametrize("loss", SURROGATES)
def test_scipy_finds_nothing_lower(mixed, loss):
    inputs, labels = mixed
    fit, risk = fit_score(inputs, labels, loss), mean_loss(loss, inputs, labels)
    line = np.append(fit.coefficients, fit.intercept)
    assert fit.risk == pytest.approx(risk(line), rel=1e-12)
    assert fit.status == ("local" if loss == "focal" else "converged")
    found = min(minimize(risk, start, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-9}).fun for start in (line, np.zeros(3)))
    assert fit.risk <= found + 1e-5 * found


def test_least_squares_is_that_of_numpy(mixed):
    inputs, labels = mixed
    fit = fit_score(inputs, labels, "mse")
    matrix = np.column_stack([inputs, np.ones(len(inputs))])
    np.testing.assert_allclose([*fit.coefficients, fit.intercept], np.linalg.lstsq(matrix, 2.0 * labels - 1, rcond=None)[0], rtol=1e-9)


def test_separable_labels_have_the_widest_margin_under_hinge():
    generator = np.random.default_rng(1)
    x = np.concatenate([generator.uniform(-4, 1, 12), generator.uniform(2.5, 9, 9)])
    fit = fit_score(x, x > 2, "hinge")
    machine = SVC(kernel="linear", C=1e6).fit(x[:, None], x > 2)
    assert fit.status == "separable" and fit.errors == 0
    assert fit.coefficients == pytest.approx(machine.coef_[0], rel=1e-3)
    assert fit.intercept == pytest.approx(machine.intercept_[0], rel=1e-3)


@pytest.mark.parametrize("loss", ["logistic", "exponential", "focal"])
@pytest.mark.parametrize(
    ("inputs", "labels"),
    [(INPUTS[:6], LABELS[:6]), ([1.0, 2, 2, 3], [0, 0, 1, 1]), ([1.0, 2], [1, 1]), (np.eye(3)[:, :2], [0, 1, 1])],
)
def test_an_infimum_at_infinity_is_said_and_kept_finite(loss, inputs, labels):
    fit = fit_score(inputs, labels, loss)
    assert fit.status == "separable"
    assert np.isfinite(fit.coefficients).all() and np.isfinite(fit.intercept)
    assert max(abs(fit.coefficients).max(), abs(fit.intercept)) > 1.5


def test_overlapping_planes_are_not_separable(mixed):
    inputs, labels = mixed
    flipped = np.where(np.arange(40) == labels.argmax(), 1 - labels, labels)
    assert fit_score(inputs, flipped, "logistic").status == "converged"
    assert fit_score(inputs, inputs[:, 0] > 2, "logistic").status == "separable"


def test_no_threshold_has_fewer_errors():
    generator = np.random.default_rng(6)
    for count in (1, 2, 5, 9, 30):
        x, labels = generator.integers(0, 12, count) / 4, generator.integers(0, 2, count)
        cuts, signs = np.append(np.unique(x) + 1e-3, -1.0), 2 * labels - 1
        fewest = min(int((side * (x - cut) * signs <= 0).sum()) for cut, side in product(cuts, (1, -1)))
        fit = fit_score(x, labels, "zero_one")
        assert round(fit.errors * count) == fewest
        assert round(((fit.coefficients[0] * x + fit.intercept) * signs <= 0).sum()) == fewest


def test_no_line_has_fewer_errors(mixed):
    inputs, labels = mixed[0][:25], np.where(np.arange(25) % 5 == 2, 1 - mixed[1][:25], mixed[1][:25])
    fit, signs = fit_score(inputs, labels, "zero_one"), 2 * labels - 1
    directions = np.linspace(0, 2 * np.pi, 4001)
    fewest = len(labels)
    for normal in np.stack([np.cos(directions), np.sin(directions) / 20], axis=1):
        scores = np.sort(inputs @ normal)
        cuts = np.append((scores[:-1] + scores[1:]) / 2, scores[0] - 1)
        fewest = min(fewest, int((((inputs @ normal)[:, None] - cuts) * signs[:, None] <= 0).sum(axis=0).min()))
    assert round(fit.errors * 25) == fewest > 1
    assert fit.errors == ((inputs @ fit.coefficients + fit.intercept) * signs <= 0).mean()
    assert fit.status == "converged"


def test_many_features_take_the_best_threshold_of_other_scores():
    generator = np.random.default_rng(9)
    inputs = generator.normal(size=(60, 4))
    labels = inputs @ [1.0, 2, -1, 0.5] + generator.normal(size=60) > 0
    fit = fit_score(inputs, labels, "zero_one")
    assert fit.status == "local"
    assert fit.errors <= fit_score(inputs, labels, "logistic").errors


def test_the_weight_of_the_foreground_moves_the_score():
    plain, heavy = (fit_score(INPUTS, LABELS, ("focal", {"alpha": alpha})) for alpha in (0.0, 0.9))
    assert heavy.intercept > plain.intercept + 0.5


def test_pulls_are_the_sizes_of_the_derivative():
    fit = fit_score(INPUTS, LABELS, "logistic")
    margins = LABELS * (INPUTS * fit.coefficients + fit.intercept)
    np.testing.assert_allclose(fit.pulls, 1 / (1 + np.exp(margins)), rtol=1e-12)
    assert (LABELS * fit.pulls).sum() == pytest.approx(0, abs=1e-9) == pytest.approx((LABELS * fit.pulls) @ INPUTS, abs=1e-8)


@pytest.mark.parametrize("loss", [*SURROGATES, "zero_one"])
def test_far_and_foreign_numbers(loss):
    far = fit_score([1.0, 2, 1e30], [0, 1, 0], loss)
    assert far.status in {"converged", "local"} and np.isfinite(far.risk)
    assert fit_score([1.0, np.nan], [0, 1], loss).status == "not_finite"
    assert fit_score([1.0, 1.0], [0, 1], loss).errors >= 0.5


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (([], [], "hinge"), "no_points"),
        (([1, 2], [1], "hinge"), "wrong_shape"),
        (([1, 2], [1, 2], "hinge"), "no_classes"),
        (([1, 2], [0, 1], "mae"), "not_of_margin"),
        (([1, 2], [0, 1], "nonsense"), "unknown_name"),
    ],
)
def test_an_impossible_request_is_refused(arguments, code):
    with pytest.raises(LandscapeError, match="got") as refused:
        fit_score(*arguments)
    assert refused.value.code == code
