"""Bisection against scipy, and what it refuses."""

import math

import numpy as np
import pytest
from scipy.optimize import bisect as scipys

from landscape.descent.bisection import bisect
from landscape.errors import LandscapeError


def slope(x):
    return math.exp(x) - 3 + 0.2 * x


def test_the_intervals_are_halved_around_the_zero_of_the_slope():
    found = bisect(slope, -1.0, 4.0, steps=40)
    zero = scipys(slope, -1.0, 4.0, xtol=1e-15)
    assert (found.low <= zero + 1e-12).all() and (found.high >= zero - 1e-12).all()
    np.testing.assert_allclose(found.high - found.low, 5.0 / 2.0 ** np.arange(41), rtol=1e-3)
    assert abs(found.middles[-1] - zero) < 5.0 / 2**40
    np.testing.assert_allclose(found.slopes, [slope(x) for x in found.middles], rtol=1e-12)
    assert (found.low[:4].tolist(), found.high[:4].tolist()) == ([-1.0, -1.0, 0.25, 0.875], [4.0, 1.5, 1.5, 1.5])


def test_a_zero_that_is_hit_is_kept():
    found = bisect(lambda x: x - 1.5, 1.0, 2.0, steps=3)
    assert found.low.tolist() == [1.0, 1.5, 1.5, 1.5] and found.high.tolist() == [2.0, 1.5, 1.5, 1.5]


def test_ends_too_far_apart_to_be_added_have_a_middle():
    assert abs(bisect(lambda x: math.copysign(1.0, x - 3.0), -1.7e308, 1.7e308, steps=1100).middles[-1] - 3.0) < 1e-12


@pytest.mark.parametrize(("low", "high"), [(2.0, 4.0), (-3.0, 0.0), (4.0, -1.0), (1.0, 1.0), (-math.inf, 1.0), (math.nan, 1.0)])
def test_what_brackets_no_minimum_is_refused(low, high):
    with pytest.raises(LandscapeError, match="the bisection: (the slope must be negative at the left|it needs an interval)"):
        bisect(slope, low, high, steps=5)


def test_a_maximum_between_the_ends_is_refused():
    with pytest.raises(LandscapeError, match="got 1, -1"):
        bisect(lambda x: -x, -1.0, 1.0, steps=5)


def test_no_step_is_refused():
    with pytest.raises(LandscapeError, match="the bisection: steps must be between 1"):
        bisect(slope, -1.0, 4.0, steps=0)
