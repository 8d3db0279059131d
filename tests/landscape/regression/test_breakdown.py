"""Breakdown: where each line gives way, against what is known of it, and a hand-made contamination."""

import numpy as np
import pytest

from landscape import LandscapeError, breakdown_point


@pytest.fixture(scope="module")
def samples():
    generator = np.random.default_rng(0)
    x = generator.uniform(0, 10, 40)
    return x, 2 * x + generator.normal(size=40)


@pytest.mark.parametrize(
    ("loss", "kind", "low", "high"),
    [
        ("mse", "vertical", 1 / 40, 1 / 40),
        ("mse", "leverage", 1 / 40, 1 / 40),
        ("mae", "vertical", 0.25, 0.5),
        ("huber", "vertical", 0.2, 0.5),
        ("log_cosh", "vertical", 0.2, 0.5),
        ("tukey", "vertical", 0.2, 0.5),
        (("quantile", {"q": 0.9}), "vertical", 0.05, 0.125),
        ("mae", "leverage", 1 / 40, 3 / 40),
        ("huber", "leverage", 1 / 40, 2 / 40),
        ("tukey", "leverage", 1 / 40, 2 / 40),
        ("lts", "vertical", 0.45, 0.55),
        ("lts", "leverage", 0.45, 0.55),
        ("mm", "leverage", 0.45, 0.55),
    ],
)
def test_every_line_breaks_where_it_should(samples, loss, kind, low, high):
    shares = np.arange(25) / 40 if loss != "mm" else np.array([0, 10, 17, 20, 21, 22]) / 40
    swept = breakdown_point(*samples, loss, shares=shares, kind=kind)
    assert low <= swept.point <= high
    assert swept.biases[0] == 0
    assert (swept.biases[swept.shares < swept.point] <= 3).all()
    assert swept.biases[-1] > 10


def test_the_bias_of_least_squares_is_in_proportion_to_the_size(samples):
    small, large = (breakdown_point(*samples, "mse", shares=[0.1], size=size).biases[0] for size in (100.0, 1000.0))
    assert large / small == pytest.approx(10, rel=0.01)


def test_the_bias_has_no_unit(samples):
    x, y = samples
    first = breakdown_point(x, y, "huber", shares=[0.1, 0.3])
    other = breakdown_point(100 * x - 7, y / 8 + 3, "huber", shares=[0.1, 0.3])
    np.testing.assert_allclose(other.biases, first.biases, rtol=1e-8)


def test_shares_are_those_of_whole_samples_and_a_line_that_holds_has_no_point(samples):
    swept = breakdown_point(*samples, "mae", shares=[0.0, 0.06, 0.1])
    assert swept.shares.tolist() == [0.0, 2 / 40, 4 / 40]
    assert np.isnan(swept.point)


def test_several_features_are_swept_too():
    generator = np.random.default_rng(2)
    x = generator.normal(size=(60, 2))
    swept = [
        breakdown_point(x, x @ [1.0, -1.0] + 0.1 * generator.normal(size=60), loss, shares=[0.2], kind="leverage").biases[0]
        for loss in ("huber", "lts")
    ]
    assert swept[0] > 3 > 0.5 > swept[1]


@pytest.mark.parametrize(
    ("options", "match"),
    [({"kind": "sideways"}, "one of vertical, leverage"), ({"shares": [1.5]}, "share must be"), ({"size": -1.0}, "size must be")],
)
def test_other_sweeps_are_refused(samples, options, match):
    with pytest.raises(LandscapeError, match=match):
        breakdown_point(*samples, "mse", **options)


def test_samples_that_are_not_finite_are_refused():
    with pytest.raises(LandscapeError, match="must hold finite numbers"):
        breakdown_point([1.0, 2.0, np.nan], [1.0, 2.0, 3.0], "mse")
