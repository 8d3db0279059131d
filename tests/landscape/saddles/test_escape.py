"""Escape times: by torch's own steps, by closed forms, and from no start that is left out."""

import itertools
import math

import numpy as np
import pytest

from landscape.curvature.critical import classify
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled
from landscape.objectives.functions import make_function
from landscape.saddles.escape import MOST_STEPS, Pace, attraction, escape, expected, iterates, way_down

PACE = Pace(lr=0.1, momentum=0.9, noise=0.1)
SADDLE = make_function("saddle", scale=0.5, quartic=0.25)
ORIGIN = classify(SADDLE, np.zeros(2))


@pytest.mark.parametrize(
    ("method", "settings"), [("gd", {"lr": 0.1}), ("momentum", {"lr": 0.1, "momentum": 0.9}), ("newton", {}), ("saddle_free_newton", {})]
)
def test_each_method_s_steps_are_those_of_the_catalogue(method, settings):
    starts = np.array([[1.0, 0.3], [-0.7, 0.02]])
    walks = np.array(list(itertools.islice(iterates(SADDLE, method, starts, PACE), 31)))
    for k, start in enumerate(starts):
        run = descend(SADDLE, make_optimizer(method, **settings), start, steps=30)
        np.testing.assert_allclose(walks[: len(run), k], run.thetas, atol=1e-12)


def test_the_saddle_free_step_is_newton_s_where_the_function_is_convex_and_turned_round_where_it_is_not():
    def steps(method, start):
        first, second = itertools.islice(iterates(SADDLE, method, np.array([start]), PACE), 2)
        return (second - first)[0]

    np.testing.assert_allclose(steps("saddle_free_newton", (0.4, 1.1)), steps("newton", (0.4, 1.1)), atol=1e-14)
    np.testing.assert_allclose(steps("saddle_free_newton", (0.4, 0.3)), steps("newton", (0.4, 0.3)) * [1, -1], atol=1e-14)


def test_the_noise_is_as_large_as_said_and_new_in_every_step():
    starts = np.tile([0.3, 0.2], (4000, 1))
    first, second, third = itertools.islice(iterates(SADDLE, "perturbed_gd", starts, PACE, seed=3), 3)
    kicks = second - (first - 0.1 * SADDLE.gradients(first))
    assert kicks.std(axis=0) == pytest.approx([0.01, 0.01], rel=0.05) and np.abs(kicks.mean(axis=0)).max() < 1e-3
    again = third - (second - 0.1 * SADDLE.gradients(second))
    assert abs(np.corrcoef(kicks[:, 0], again[:, 0])[0, 1]) < 0.05


def test_on_a_quadratic_the_measured_steps_are_the_theory_rounded_up():
    bowl = make_function("saddle", scale=2.0, quartic=0.0)  # f = 2 (x^2 - y^2): the curvature is 4
    origin = classify(bowl, np.zeros(2))
    pace = Pace(lr=0.02, momentum=0.8, noise=0.0)
    for method in ("gd", "momentum", "saddle_free_newton"):
        found = escape(bowl, origin, method, [1e-9, 3e-5, 0.02], radius=0.7, pace=pace)
        assert found.steps == pytest.approx(np.ceil(found.theory))
        assert found.radius == 0.7 and found.runs == 1
    assert escape(bowl, origin, "gd", [3e-5], radius=0.7, pace=pace).theory[0] == pytest.approx(math.log(0.7 / 3e-5) / math.log(1.08))


def test_noise_leaves_when_the_theory_of_its_median_says_whatever_the_start():
    bowl = make_function("saddle", scale=0.5, quartic=0.0)
    found = escape(bowl, classify(bowl, np.zeros(2)), "perturbed_gd", [0.0, 1e-9, 0.05], radius=0.5, pace=PACE, runs=2000)
    assert found.steps == pytest.approx(found.theory, abs=2.0)
    assert (found.low < found.steps).all() and (found.steps < found.high).all()
    assert found.steps[0] == pytest.approx(found.steps[1], abs=1) and found.steps[2] < found.steps[0] - 8


def test_newton_never_leaves_and_is_told_so():
    found = escape(SADDLE, ORIGIN, "newton", [1e-6, 0.1], radius=0.5, pace=PACE)
    assert np.isnan(found.steps).all() and np.isinf(found.theory).all()


def test_gradient_descent_on_the_ridge_is_held_for_all_its_steps():
    found = escape(SADDLE, ORIGIN, "gd", [0.0, 1e-6], radius=0.5, pace=PACE)
    assert np.isnan(found.steps[0]) and found.steps[1] == 139 and found.theory[0] == np.inf
    assert MOST_STEPS > 139


def test_the_way_down_is_the_eigenvector_of_the_lowest_eigenvalue():
    himmelblau = make_function("himmelblau")
    for point in (known for known in himmelblau.known if known.kind == "saddle"):
        way = way_down(himmelblau, classify(himmelblau, point.theta))
        hessian = himmelblau.hessian(point.theta)
        assert hessian @ way == pytest.approx(np.linalg.eigvalsh(hessian)[0] * way)
        assert np.linalg.norm(way) == pytest.approx(1) and way[np.abs(way).argmax()] > 0


def test_the_basin_of_newton_s_method_ends_where_a_step_leads_to_the_other_side():
    assert attraction(lambda y: y**3 - y, lambda y: 3 * y**2 - 1, 0.3, 0.5) == pytest.approx(5**-0.5, abs=1e-10)


def test_momentum_without_momentum_is_gradient_descent():
    pace = Pace(lr=0.1, momentum=0.0)
    assert expected("momentum", 1.5, 1e-4, 0.5, pace) == pytest.approx(expected("gd", 1.5, 1e-4, 0.5, pace))


def test_a_start_beyond_the_radius_has_left_at_once_and_no_way_down_is_never_left():
    assert expected("gd", 1.0, 0.6, 0.5) == 0 and expected("perturbed_gd", 1.0, 0.6, 0.5) == 0
    assert expected("gd", -1.0, 0.1, 0.5) == math.inf and expected("newton", 1.0, 0.1, 0.5) == math.inf


def test_it_can_be_stopped():
    with pytest.raises(Cancelled, match="^$"):
        escape(SADDLE, ORIGIN, "gd", [1e-6], radius=0.5, should_stop=lambda: True)
