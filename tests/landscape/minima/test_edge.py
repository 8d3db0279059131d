"""Laws: a quadratic keeps its sharpness, and a product of two numbers ends where a step no longer overshoots."""

import itertools

import numpy as np
import pytest

from landscape.curvature.hessian import dense_hessian
from landscape.errors import Cancelled, LandscapeError
from landscape.minima.digits import digits, half_squared
from landscape.minima.edge import PARTS, edge_of_stability


def _last(*args, **kwargs):
    *_, edge = edge_of_stability(*args, **kwargs)
    return edge


def test_a_quadratic_keeps_its_sharpness_and_its_loss_falls_by_the_known_factors(quadratic):
    objective, center, axes = quadratic([3.0, 0.5])
    (run,) = _last((0.2,), objective=objective, length=8.0, measured=10).runs
    assert run.planned == 40 and run.limit == 10.0
    np.testing.assert_allclose(run.sharpness, 3.0, rtol=1e-12)
    start = axes.T @ (objective.theta - center)
    factors = (1 - 0.2 * np.array([3.0, 0.5])) ** (2 * np.arange(40)[:, None])
    np.testing.assert_allclose(run.losses, (factors * start**2 * [3.0, 0.5]).sum(axis=1) / 2 - 1.5, rtol=1e-10, atol=1e-12)
    assert run.hover == pytest.approx(0.3, rel=1e-12) and not run.holds


def test_a_product_of_two_numbers_ends_just_under_the_limit(formula):
    """The minima of (x y - 1)^2 / 2 have the sharpness x^2 + y^2; the flow keeps x^2 - y^2, and ends at sqrt((x^2 - y^2)^2 + 4)."""
    objective = formula(lambda p: (p[0] * p[1] - 1) ** 2 / 2, [4.0, 0.3])
    rough, fine = _last((0.13, 0.02), objective=objective, length=200.0).runs
    assert rough.sharpness[0] > rough.limit and 0.9 < rough.hover < 1.0
    assert fine.sharpness[-1] == pytest.approx(np.hypot(4.0**2 - 0.3**2, 2), rel=0.01) and fine.hover < 0.2


def test_the_sharpness_is_that_of_the_dense_hessian():
    """460 parameters: more than Lanczos leaves to the dense matrix."""
    risk = digits(60, widths=(6,), loss=half_squared, standardize=True, seed=3).risk
    (run,) = next(edge_of_stability((0.1,), objective=risk, length=60.0, measured=60)).runs
    assert run.steps[1] == 10
    theta = risk.theta
    for _ in range(10):
        theta = theta - 0.1 * risk.gradient(theta)
    truth = np.linalg.eigvalsh(dense_hessian(risk, theta))[-1]
    assert abs(run.sharpness[1] - truth) <= run.residuals[1] + 1e-4 * truth
    assert run.residuals[1] < 2e-3 * truth


def test_the_runs_of_a_small_network_grow_and_rise_to_the_limit():
    grown = list(edge_of_stability((0.6, 0.1), samples=60, widths=(8, 8), length=120.0, measured=40))
    assert len(grown) == PARTS
    lengths = [[len(run.losses) for run in edge.runs] for edge in grown]
    assert all(before < after for pair in itertools.pairwise(lengths) for before, after in zip(*pair, strict=True))
    first = grown[0].runs[0]
    assert np.isnan(first.hover) and not first.holds and not grown[0].finished
    high, low = grown[-1].runs
    assert high.sharpness[0] < 0.9 * high.limit and grown[-1].finished and high.holds
    assert low.sharpness[-1] > high.limit and low.hover < 0.5


def test_a_rate_far_too_large_ends_the_run_where_the_loss_is_not_finite(quadratic):
    objective, *_ = quadratic([3.0, 0.5])
    (run,) = _last((100.0,), objective=objective, length=100.0 * 400).runs
    assert run.ended and len(run.losses) < run.planned and not np.isfinite(run.losses[-1]) and not run.holds


def test_it_stops_when_asked_says_how_far_it_is_and_refuses_a_rate_that_is_none(quadratic):
    objective, *_ = quadratic([3.0, 0.5])
    shares = []
    _last((0.1, 0.2), objective=objective, length=6.0, report=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0
    with pytest.raises(Cancelled, match="^$"):
        _last((0.1,), objective=objective, length=6.0, should_stop=lambda: True)
    with pytest.raises(LandscapeError, match="lr"):
        _last((0.0,), objective=objective)
