"""The race past a saddle: who is held, who is let go, and when."""

import numpy as np
import pytest

from landscape.curvature.critical import find_critical_points
from landscape.objectives.functions import make_function
from landscape.saddles.escape import Pace
from landscape.saddles.race import NEWTON_STEPS, PERTURBATION, RACERS, arrived, race, reach, stay

SADDLE = make_function("saddle", scale=0.5, quartic=0.25)
POINTS = find_critical_points(SADDLE, window=SADDLE.window)
PACE = Pace(lr=0.1, momentum=0.9, noise=0.1)


def run(racer, start, **changes):
    return race(SADDLE, racer, start, PACE, steps=200, **changes)


@pytest.mark.parametrize("racer", RACERS)
def test_on_the_ridge_only_chance_leads_away(racer):
    thetas = run(racer, (1.0, 0.0)).thetas
    held = stay(thetas, POINTS)
    if racer in ("perturbed_gd", "perturbed_start"):
        assert held.left is not None and arrived(thetas[-1], POINTS).kind == "minimum"
    else:
        assert held.left is None and arrived(thetas[-1], POINTS).kind == "saddle"


@pytest.mark.parametrize(("racer", "left"), [("gd", 139), ("momentum", 50), ("saddle_free_newton", 19), ("newton", None)])
def test_a_millionth_beside_the_ridge_each_leaves_at_its_step(racer, left):
    found = stay(run(racer, (1.0, 1e-6)).thetas, POINTS)
    assert (found.left, found.radius) == (left, pytest.approx(0.5)) and found.saddle.kind == "saddle"


def test_newton_s_runs_are_short_and_the_others_are_not():
    assert len(run("newton", (1.0, 0.45))) == len(run("saddle_free_newton", (1.0, 0.45))) == NEWTON_STEPS + 1
    assert len(run("perturbed_gd", (1.0, 0.45))) == 201
    assert arrived(run("newton", (1.0, 0.45)).thetas[-1], POINTS).theta == pytest.approx([0.0, -1.0])


def test_a_perturbed_start_is_as_far_off_as_said_and_depends_on_the_seed():
    starts = [run("perturbed_start", (1.0, 0.0), seed=seed).thetas[0] for seed in (0, 0, 1)]
    assert [np.linalg.norm(start - [1.0, 0.0]) for start in starts] == pytest.approx([PERTURBATION] * 3)
    assert (starts[0] == starts[1]).all() and (starts[0] != starts[2]).all()


def test_near_is_half_way_to_the_next_critical_point():
    saddle = next(point for point in POINTS if point.kind == "saddle")
    assert reach(saddle, POINTS) == pytest.approx(0.5) and reach(saddle, [saddle]) == 0.5
    assert stay(np.array([[1.0, 0.0], [0.6, 0.0]]), POINTS) is None
    assert stay(np.array([[1.0, 0.0], [0.3, 0.0], [0.8, 0.0], [0.2, 0.0], [0.1, 0.0]]), POINTS).entered == 3
    assert stay(np.zeros((1, 2)), [point for point in POINTS if point.kind == "minimum"]) is None


def test_a_run_has_arrived_only_near_a_point():
    assert arrived(np.array([0.01, 0.98]), POINTS).kind == "minimum"
    assert arrived(np.array([0.2, 0.5]), POINTS) is None and arrived(np.array([np.inf, 0.0]), POINTS) is None
