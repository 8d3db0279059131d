"""Window: it contains the points and the rise that it is chosen for, at every scale."""

import numpy as np
import pytest

from landscape.objectives.functions import functions, make_function
from landscape.plane import Plane
from landscape.planes.window import FARTHEST, FLATTEST, rising_window, whole_window, widened, window_around


def sides(window):
    return np.array([high - low for low, high in window])


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e200])
def test_a_window_around_points_holds_them_with_a_margin(scale):
    points = scale * (np.random.default_rng(0).normal(size=(2, 9)) * [[1.0], [1.4]] + [[40.0], [-7.0]])
    window = window_around(points, margin=0.25)
    np.testing.assert_allclose(sides(window), 1.5 * np.ptp(points, axis=1), rtol=1e-9)
    np.testing.assert_allclose([sum(side) / 2 for side in window], (points.min(axis=1) + points.max(axis=1)) / 2, rtol=1e-9)


def test_a_window_is_never_a_sliver_nor_empty():
    flat = window_around(np.array([[0.0, 8.0], [3.0, 3.0]]), margin=0.0)
    assert flat == ((0.0, 8.0), (3.0 - 4.0 * FLATTEST, 3.0 + 4.0 * FLATTEST))
    assert (sides(window_around(np.array([[2.0], [-1.0]]))) > 0).all()


def test_a_point_inside_leaves_the_window_as_it_is_and_one_outside_widens_one_side():
    window = ((-0.1, 0.7), (3.3, 4.4))
    assert widened(window, (0.7, 3.3)) == window
    assert widened(window, (0.5, 9.0)) == ((-0.1, 0.7), (3.3, 9.0))
    assert widened(window, (-2.0, 4.0)) == ((-2.0, 0.7), (3.3, 4.4))


@pytest.mark.parametrize("curvature", [1e-1, 1.0, 1e4])
def test_the_loss_has_risen_to_the_level_on_each_side(quadratic, curvature):
    objective, center, axes = quadratic([curvature, 9 * curvature])
    plane = Plane(center, *axes.T)
    (a_lo, a_hi), (b_lo, b_hi) = rising_window(objective, plane, level=-1.5 + curvature)
    for a in (a_lo, a_hi):
        assert curvature <= objective.value(plane.embed(a, 0.0)) + 1.5 <= 4.1 * max(curvature, 1.5)
    for b in (b_lo, b_hi):
        assert objective.value(plane.embed(0.0, b)) + 1.5 >= curvature


def test_an_origin_above_the_level_still_gets_a_window_that_shows_a_rise(formula):
    bowl = formula(lambda theta: 5 + theta @ theta, [0.0, 0.0])
    np.testing.assert_allclose(rising_window(bowl, Plane(np.zeros(2), *np.eye(2)), level=1.0), [[-4, 4], [-4, 4]])


def test_a_plateau_gets_a_window_of_one_unit_and_no_window_runs_away(formula):
    plane = Plane(np.zeros(2), *np.eye(2))
    np.testing.assert_allclose(rising_window(formula(lambda theta: 0 * theta[0] - 1, [0.0, 0.0]), plane, level=5.0), [[-1, 1], [-1, 1]])
    assert (sides(rising_window(formula(lambda theta: 1e-6 * theta[0] ** 2, [0.0, 0.0]), plane, level=5.0)) <= 2 * FARTHEST).all()


@pytest.mark.parametrize("name", functions)
def test_a_function_is_shown_in_its_own_window_with_its_known_points(name):
    function = make_function(name)
    (a_lo, a_hi), (b_lo, b_hi) = whole_window(function)
    for x, y in (function.theta, *(point.theta for point in function.known)):
        assert a_lo <= x <= a_hi
        assert b_lo <= y <= b_hi


def test_a_bowl_is_shown_whole(quadratic):
    objective, center, _ = quadratic([1.0, 40.0])
    window = whole_window(objective)
    for point in (center, objective.theta, np.zeros(2)):
        assert all(low < at < high for at, (low, high) in zip(point, window, strict=True))
