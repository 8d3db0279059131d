"""Random Gaussian landscapes: the field against its covariance, theory against closed forms, and counts against both."""

import numpy as np
import pytest
import torch

from landscape.errors import Cancelled
from landscape.saddles.gaussian import APART, BALL, RandomWaves, all_positive, count_points, expected_points


def test_the_field_has_the_covariance_that_it_claims():
    landscape = RandomWaves(3, waves=1000, seed=3)
    rng = np.random.default_rng(0)
    places, offset = rng.uniform(0, 500, (8000, 3)), np.array([0.6, -0.3, 0.8])
    here, there = landscape.values(places), landscape.values(places + offset)
    assert here.mean() == pytest.approx(0.0, abs=0.03) and (here**2).mean() == pytest.approx(1.0, abs=0.05)
    assert (here * there).mean() == pytest.approx(np.exp(-(offset @ offset) / 2), abs=0.05)
    assert (here**4).mean() == pytest.approx(3.0, abs=0.25)  # Gaussian


def test_derivatives_are_those_of_autograd():
    landscape = RandomWaves(3, waves=20, seed=1)
    points = np.random.default_rng(3).uniform(-5, 5, (4, 3))
    for theta, gradient, hessian in zip(torch.tensor(points), landscape.gradients(points), landscape.hessians(points), strict=True):
        np.testing.assert_allclose(gradient, torch.autograd.functional.jacobian(landscape.loss, theta), atol=1e-12)
        np.testing.assert_allclose(hessian, torch.autograd.functional.hessian(landscape.loss, theta), atol=1e-12)
    np.testing.assert_allclose(landscape.of_rows()(torch.tensor(points)), landscape.values(points), atol=1e-13)


@pytest.mark.parametrize(
    ("dim", "density", "minima"),
    [
        (1, np.sqrt(3) / np.pi / 1.0, 1 / 2),  # Rice: sqrt(E f''^2 / E f'^2) / pi
        (2, 2 / (np.sqrt(3) * np.pi), 1 / 4),  # Longuet-Higgins 1957: as many extrema as saddles
        (3, None, 1 / (2 + 2 * (29 * np.sqrt(15) + 18 * np.sqrt(10)) / (29 * np.sqrt(15) - 18 * np.sqrt(10)))),  # Bardeen et al. 1986
    ],
)
def test_theory_gives_the_closed_forms(dim, density, minima):
    expected = expected_points(dim, matrices=8000)
    assert abs(expected.minima - minima) < max(4 * expected.minima_error, 1e-12)
    assert density is None or expected.density.sum() == pytest.approx(density, rel=0.03)
    assert (expected.density * (-1.0) ** np.arange(dim + 1)).sum() == pytest.approx(0.0, abs=5 * expected.error.max())  # Euler


def test_minima_fall_exponentially_and_low_points_have_few_negative_eigenvalues():
    shares = [expected_points(dim).minima for dim in range(1, 7)]
    ratios = np.array(shares[1:]) / np.array(shares[:-1])
    assert (ratios > 0.3).all() and (ratios < 0.65).all()
    expected = expected_points(5)
    inside = np.abs(expected.values) < 4
    assert (np.diff(expected.index_shares[inside]) > 0).all()
    assert np.interp(0.0, expected.values, expected.index_shares) == pytest.approx(0.5, abs=0.02)


def test_a_matrix_without_negative_eigenvalues_is_rarer_than_a_minimum():
    """For D = 2 the chance is (2 - sqrt 2) / 4 (Dean & Majumdar 2006)."""
    assert all_positive(1)[0] == pytest.approx(0.5, abs=4 * all_positive(1)[1])
    share, error = all_positive(2)
    assert share == pytest.approx((2 - np.sqrt(2)) / 4, abs=4 * error)
    assert all_positive(4)[0] < 0.1 * expected_points(4).minima


def test_on_a_line_every_extremum_of_every_ball_is_counted():
    census = count_points(1, seed=3, balls=40)
    landscape = RandomWaves(1, seed=3)
    maxima = minima = 0
    for k in range(40):
        slopes = landscape.gradients(np.linspace(k * APART - BALL, k * APART + BALL, 4001)[:, None])[:, 0]
        minima += ((slopes[:-1] < 0) & (slopes[1:] >= 0)).sum()
        maxima += ((slopes[:-1] > 0) & (slopes[1:] <= 0)).sum()
    assert [(census.indices == k).sum() for k in (0, 1)] == [minima, maxima]


@pytest.mark.parametrize("dim", [2, 3])
def test_counts_agree_with_theory(dim):
    census = count_points(dim, seed=1, balls=150)
    assert census.completeness == pytest.approx(1.0, abs=0.25)
    assert abs(census.minima - census.expected.minima) < 4 * census.minima_error
    low, high = (census.indices[part].mean() for part in (census.values < -0.5, census.values > 0.5))
    assert low < high - 0.5


def test_a_census_is_the_same_every_time_and_may_be_stopped():
    heard = []
    one, again = (count_points(2, seed=5, balls=8, report=heard.append) for _ in range(2))
    assert one.values.tobytes() == again.values.tobytes() and len(one.values)
    assert heard[0] == 0.0 and heard[-1] == 1.0
    with pytest.raises(Cancelled, match="^$"):
        count_points(2, should_stop=lambda: True)
