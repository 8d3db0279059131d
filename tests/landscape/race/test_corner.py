"""The corner: three ways down one curve, each as fast as its theory says."""

import math

import numpy as np
import pytest

from landscape.race.corner import SHAPES, Curve, corner

LOWEST = {"log_cosh": 0.0, "exponential": math.log(2), "quartic": 0.0, "double_well": -1.0355787140888543}


@pytest.mark.parametrize("name", SHAPES)
def test_bisection_halves_around_the_minimum(name):
    found = corner(name, -0.75, 0.05, 30)
    assert found.lowest == pytest.approx(LOWEST[name], abs=1e-15)
    widths = found.halved.high - found.halved.low
    np.testing.assert_allclose(widths[1:], widths[:-1] / 2, rtol=1e-6)
    assert (found.errors[0] <= widths / 2 + 1e-15).all()


@pytest.mark.parametrize(
    ("name", "start", "order"), [("double_well", -0.75, 2), ("exponential", 2.2, 2), ("log_cosh", 1.0, 3), ("quartic", 1.5, 1)]
)
def test_newton_s_order(name, start, order):
    found = corner(name, start, 0.1, 30)
    assert found.order == pytest.approx(order, abs=0.02) and found.end == "minimum"


def test_gradient_descent_shrinks_by_its_factor():
    found = corner("exponential", 2.2, 0.2, 30)
    assert found.factor == pytest.approx(1 - 0.2 * 2) and found.shrinking == pytest.approx(found.factor, abs=1e-6)
    assert corner("quartic", 1.5, 0.1, 30).shrinking is None


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [("double_well", 0.25, "maximum"), ("double_well", 0.9, "other_minimum"), ("log_cosh", 1.2, "left"), ("log_cosh", 1.0, "minimum")],
)
def test_where_newton_ends_depends_on_its_start(name, start, end):
    assert corner(name, start, 0.05, 30).end == end


def test_a_run_that_is_on_its_way_is_not_settled():
    found = corner("exponential", -1.2, 0.2, 3)
    assert found.end == "unsettled" and found.order is None


@pytest.mark.parametrize("name", SHAPES)
def test_slopes_and_bends_are_those_of_finite_differences(name):
    curve, x, h = Curve(SHAPES[name]), 0.37, 1e-4
    low, here, high = curve.values(np.array([[x - h], [x], [x + h]]))
    assert curve.slope(x) == pytest.approx((high - low) / (2 * h), rel=1e-6)
    assert curve.bend(x) == pytest.approx((high - 2 * here + low) / h**2, rel=1e-5)
    assert curve.gradients(np.array([[x]]))[0, 0] == pytest.approx(curve.slope(x), rel=1e-12)
