"""SAM by its radius: none is SGD, the table is by seed and radius, and what is said of it is read off it."""

import itertools

import numpy as np
import pytest

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import shuffled
from landscape.errors import Cancelled
from landscape.minima.digits import digits
from landscape.minima.sharp_aware import Aware, ByRadius, sharpness_by_radius


def _found(sharpness, accuracy):
    radii, seeds = (0.0, 0.1), (0, 1, 2)
    runs = [
        Aware(rho, seed, sharpness[seed][k], 0.0, 0.1, accuracy[seed][k]) for seed, (k, rho) in itertools.product(seeds, enumerate(radii))
    ]
    return ByRadius(radii, seeds, tuple(runs))


def test_no_radius_is_sgd_and_a_larger_one_ends_flatter():
    grown = list(sharpness_by_radius((0.0, 0.3), seeds=(5,), samples=60, widths=(8,), steps=200, lr=0.5, batch=20))
    assert [len(found.runs) for found in grown] == [1, 2] and grown[-1].finished and not grown[0].finished
    risk = digits(60, widths=(8,), seed=5).risk
    descent = make_optimizer("sgd", lr=0.5).start(risk, risk.theta)
    for batch in itertools.islice(shuffled(60, 20, 5), 200):
        descent.step(batch)
    plain, aware = grown[-1].runs
    assert plain.loss == risk.value(descent.theta)
    assert aware.sharpness < 0.8 * plain.sharpness and grown[-1].falls
    assert plain.residual < 1e-4 * plain.sharpness


def test_the_table_has_gaps_where_there_is_no_run_yet():
    begun = ByRadius((0.0, 0.1), (3, 4), (Aware(0.1, 4, 0.5, 0.0, 0.1, 0.9),))
    np.testing.assert_array_equal(begun.table("sharpness"), [[np.nan, np.nan], [np.nan, 0.5]])
    assert not begun.finished and not begun.falls


def test_the_sharpness_falls_only_if_it_does_for_every_seed():
    level = [[0.9, 0.9]] * 3
    assert _found([[2, 1], [3, 1], [4, 3]], level).falls
    assert not _found([[2, 1], [3, 1], [3, 4]], level).falls


def test_a_gain_counts_beyond_the_noise_of_the_seeds():
    sharpness = [[2, 1]] * 3
    assert _found(sharpness, [[0.90, 0.91], [0.94, 0.92], [0.92, 0.96]]).within_noise
    assert not _found(sharpness, [[0.90, 0.95], [0.91, 0.96], [0.90, 0.95]]).within_noise
    assert ByRadius((0.0,), (0,), (Aware(0.0, 0, 0.5, 0.0, 0.1, 0.9),)).within_noise is None


def test_it_stops_when_asked():
    with pytest.raises(Cancelled, match="^$"):
        next(sharpness_by_radius(samples=40, widths=(4,), should_stop=lambda: True))
