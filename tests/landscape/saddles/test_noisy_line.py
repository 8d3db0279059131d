"""The smallest network on a noisy line: its critical points, and what mini-batches do beside its saddle."""

from itertools import islice

import numpy as np
import pytest

from landscape.curvature.critical import find_critical_points
from landscape.saddles.escape import Pace, escape, iterates
from landscape.saddles.noisy_line import RIDGE, NoisyLine

LINE = NoisyLine()


def test_its_critical_points_are_those_that_a_search_finds():
    found = find_critical_points(LINE, window=LINE.window)
    products = [point.theta.prod() for point in found if point.kind == "degenerate"]
    assert len(products) >= 7 and products == pytest.approx([LINE.slope] * len(products))
    saddles = [point for point in found if point.kind == "saddle"]
    known = [point for point in LINE.critical if point.kind == "saddle"]
    assert len(saddles) == len(known) == 1 and saddles[0].eigenvalues == pytest.approx(known[0].eigenvalues)
    assert max(point.gradient_norm for point in LINE.critical) < 1e-12


def test_the_valley_is_met_straight_across_it():
    for theta in ((1.6, 1.5), (-0.7, -2.6), (2.4, 0.9)):
        met = LINE.valley(np.array(theta))
        assert met.kind == "degenerate" and met.gradient_norm < 1e-9 and np.linalg.norm(met.theta - theta) < 0.3
    assert LINE.valley(np.array([np.inf, 0.0])) is None


def test_gradients_of_batches_are_the_risk_s_own():
    rng = np.random.default_rng(1)
    thetas, batches = rng.normal(size=(5, 2)), next(LINE.batches(5, 7, rng))
    told = [LINE.gradient(theta, batch) for theta, batch in zip(thetas, batches, strict=True)]
    assert LINE.batch_gradients(thetas, batches) == pytest.approx(np.array(told), rel=1e-12)


def test_every_epoch_of_every_run_takes_each_sample_once_in_an_order_of_its_own():
    steps = list(islice(LINE.batches(3, 12, np.random.default_rng(0)), 8))
    assert [step.shape for step in steps[:4]] == [(3, 12), (3, 12), (3, 12), (3, 4)]
    epochs = [np.concatenate(steps[:4], axis=1), np.concatenate(steps[4:], axis=1)]
    assert all((np.sort(epoch, axis=1) == np.arange(LINE.samples)).all() for epoch in epochs)
    assert (epochs[0] != epochs[1]).any() and (epochs[0][0] != epochs[0][1]).any()


def test_no_batch_points_off_the_ridge_or_away_from_the_saddle():
    batches = next(LINE.batches(9, 2, np.random.default_rng(0)))
    slopes = LINE.batch_gradients(np.tile(RIDGE, (9, 1)), batches)
    assert slopes.sum(1) == pytest.approx(np.zeros(9), abs=1e-12) and np.abs(slopes).max() > 1
    assert (LINE.batch_gradients(np.zeros((9, 2)), batches) == 0).all()


def test_batches_of_all_samples_are_gradient_descent_and_smaller_ones_grow_more_slowly():
    pace = Pace(lr=0.02, batch=LINE.samples)
    starts = np.array([[1.0, -0.9], [0.3, 0.2]])
    gd, sgd = (list(islice(iterates(LINE, method, starts, pace), 50))[-1] for method in ("gd", "sgd"))
    assert sgd == pytest.approx(gd, rel=1e-12)
    growths = [LINE.growth(0.02, size) for size in (1, 4, 40)]
    assert growths[0] < growths[1] < growths[2] == pytest.approx(1 - 0.02 * LINE.critical[-1].eigenvalues[-1])


@pytest.mark.parametrize("size", [1, 4])
def test_escape_takes_the_time_that_the_mean_logarithm_says(size):
    saddle = LINE.critical[-1]
    found = escape(LINE, saddle, "sgd", [1e-6], radius=0.1, pace=Pace(lr=0.02, batch=size))
    assert found.steps[0] == pytest.approx(found.theory[0], rel=0.02) and found.low[0] <= found.steps[0] <= found.high[0]
