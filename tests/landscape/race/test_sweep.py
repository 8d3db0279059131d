"""Sweeps: which learning rate is the best, and what it cost to know it."""

import numpy as np
import pytest

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.objectives.functions import make_function
from landscape.race.sweep import Sweep, rates_around, swept

KAPPA = 10.0


def found(steps):
    objective, told = make_function("quadratic", kappa=KAPPA), []
    methods = [make_optimizer("gd", lr=float(lr)) for lr in rates_around(0.05, 1e-6, 100.0)]
    sweep = swept(lambda method: descend(objective, method, steps=steps), methods, told.append)
    assert told == sorted(told) and told[0] == 0
    return sweep


def test_every_rate_is_run_and_paid_for():
    sweep = found(20)
    assert len(sweep.rates) == 13 and sweep.rates[6] == pytest.approx(0.05)
    np.testing.assert_allclose(sweep.rates[1:] / sweep.rates[:-1], 10**0.25)
    assert sweep.evaluations == 13 * 20
    np.testing.assert_array_equal(sweep.left, sweep.rates > 2 / KAPPA)


def test_the_best_rate_is_the_one_nearest_the_optimal_one():
    sweep = found(20)
    assert sweep.best == sweep.rates[np.abs(np.log(sweep.rates / (2 / (1 + KAPPA)))).argmin()]


def test_of_rates_that_end_alike_the_sooner_one_is_taken():
    rates = np.array([0.1, 0.2, 0.3])
    sweep = Sweep(rates, np.array([1e-12, 0.0, 5.0]), np.array([0.5, 0.9, 9.0]), np.zeros(3, dtype=bool), 1.0, 30)
    assert sweep.best == 0.1


def test_where_every_run_left_none_is_the_best():
    lost = Sweep(np.array([1.0]), np.array([np.inf]), np.array([np.inf]), np.array([True]), 1.0, 10)
    assert lost.best is None


def test_rates_stay_within_what_the_method_takes():
    assert rates_around(1.0, 0.5, 2.0).tolist() == pytest.approx([10**-0.25, 1.0, 10**0.25])
