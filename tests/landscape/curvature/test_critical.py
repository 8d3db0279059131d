"""Critical points: known ones are found, with their kinds, and none where there are none."""

from collections import Counter

import numpy as np
import pytest
import torch

from landscape.curvature.critical import classify, find_critical_points
from landscape.data.datasets import make_dataset
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.functions import make_function
from landscape.objectives.risk import EmpiricalRisk

CLOSED = {  # name: parameters, window
    "himmelblau": ({}, ((-5.0, 5.5), (-5.0, 4.5))),
    "six_hump_camel": ({}, ((-2.1, 2.2), (-1.3, 1.2))),
    "booth": ({}, ((-9.0, 4.0), (-1.0, 10.0))),
    "monkey_saddle": ({}, ((-1.0, 1.5), (-0.7, 2.0))),
    "saddle": ({"scale": 0.5, "quartic": 0.25}, ((-1.0, 2.0), (-1.5, 2.0))),
    "quadratic": ({"kappa": 300.0, "angle": 33.0}, ((-1.0, 2.0), (-1.5, 1.0))),
}


@pytest.mark.parametrize("name", CLOSED)
def test_every_known_point_is_found_once_with_its_kind(name):
    params, window = CLOSED[name]
    function = make_function(name, **params)
    found = find_critical_points(function, window=window)
    assert Counter(point.kind for point in found) == Counter(point.kind for point in function.known)
    for known in function.known:
        (same,) = [point for point in found if np.linalg.norm(point.theta - known.theta) < 1e-6]
        assert same.kind == known.kind
        assert same.value == pytest.approx(known.value, abs=1e-10)
    assert [point.value for point in found] == sorted(point.value for point in found)


def test_himmelblau_has_nine_and_six_hump_camel_fifteen():
    assert len(find_critical_points(make_function("himmelblau"), window=((-6.0, 6.0), (-6.0, 6.0)))) == 9
    assert len(find_critical_points(make_function("six_hump_camel"), window=((-2.1, 2.1), (-1.3, 1.3)))) == 15


def test_a_point_comes_with_its_gradient_and_all_its_eigenvalues():
    function = make_function("saddle", scale=0.5, quartic=0.25)
    found = find_critical_points(function, window=((-1.0, 2.0), (-1.5, 2.0)))
    assert [(point.kind, point.index) for point in found] == [("minimum", 0), ("minimum", 0), ("saddle", 1)]
    np.testing.assert_allclose([point.eigenvalues for point in found], [[2, 1], [2, 1], [1, -1]], rtol=1e-9)
    assert max(point.gradient_norm for point in found) < 1e-12
    with pytest.raises(ValueError, match="read-only"):
        found[0].theta[0] = 1.0


def test_points_outside_the_window_are_left_out():
    found = find_critical_points(make_function("himmelblau"), window=((0.5, 6.0), (0.5, 6.0)))
    np.testing.assert_allclose([point.theta for point in found], [[3.0, 2.0]], atol=1e-9)


@pytest.mark.parametrize(
    ("eigenvalues", "kind"), [([0.5, 1, 4, 9, 200], "minimum"), ([-3, -1, 4, 9, 200], "saddle"), ([-9, -5, -4, -2, -1], "maximum")]
)
def test_in_more_dimensions_starts_lead_to_the_one_point(quadratic, eigenvalues, kind):
    objective, center, _ = quadratic(eigenvalues)
    starts = center + np.random.default_rng(0).normal(0.0, 5.0, size=(6, 5))
    for (point,) in (find_critical_points(objective, starts=starts), find_critical_points(objective, seed=2)):
        np.testing.assert_allclose(point.theta, center, atol=1e-9)
        assert (point.kind, point.index) == (kind, sum(e < 0 for e in eigenvalues))
        np.testing.assert_allclose(point.eigenvalues, sorted(eigenvalues, reverse=True), rtol=1e-8)


FLAT = {
    "constant": lambda theta: 0 * theta[0] + 3.0,
    "ramp": lambda theta: 2 * theta[0] - theta[1],
    "valley that descends": lambda theta: theta[0] ** 2 + 1e-3 * theta[1],
    "steps": lambda theta: torch.floor(theta).sum(),
    "tail": lambda theta: torch.exp(-theta[0] - theta[1]),
    "dead unit": lambda theta: torch.relu(theta[0] + theta[1]) + torch.relu(theta[0] + theta[1]) ** 2,
    "far from the well": lambda theta: -torch.exp(-((theta - 60) ** 2).sum()),
}


@pytest.mark.parametrize("name", FLAT)
def test_plateaus_and_ramps_have_none(formula, name):
    assert find_critical_points(formula(FLAT[name], [0.0, 0.0]), window=((-1.0, 2.0), (-1.5, 1.0))) == []


def test_where_the_objective_overflows_nothing_is_claimed(formula):
    objective = formula(lambda theta: torch.exp(1e3 * theta[0] ** 2) + theta[1] ** 2, [0.0, 0.0])
    found = find_critical_points(objective, window=((-3.0, 2.0), (-1.5, 1.0)))
    assert all(np.linalg.norm(point.theta) < 1e-6 for point in found)


def test_two_linear_layers_have_a_saddle_at_zero_and_a_valley_of_minima():
    dataset = make_dataset("line", n=40, intercept=0.0, noise=0.3, residuals="normal")
    risk = EmpiricalRisk(make_model("deep_linear", dataset), make_loss("mse"), dataset)
    found = find_critical_points(risk, window=((-3.0, 3.0), (-2.5, 3.0)))
    (saddle,) = [point for point in found if point.kind == "saddle"]
    np.testing.assert_allclose(saddle.theta, [0.0, 0.0], atol=1e-9)
    valley = [point for point in found if point is not saddle]
    assert {point.kind for point in valley} == {"degenerate"}
    slope = (dataset.inputs[:, 0] @ dataset.targets) / (dataset.inputs[:, 0] @ dataset.inputs[:, 0])
    np.testing.assert_allclose([np.prod(point.theta) for point in valley], slope, rtol=1e-6)
    assert {np.sign(point.theta[0]) for point in valley} == {-1.0, 1.0}


def test_the_absolute_error_of_two_linear_layers_is_stationary_at_zero_only():
    dataset = make_dataset("line", n=40, intercept=0.0, noise=0.3, residuals="normal")
    risk = EmpiricalRisk(make_model("deep_linear", dataset), make_loss("mae"), dataset)
    found = find_critical_points(risk, window=((-3.0, 3.0), (-2.5, 3.0)))
    np.testing.assert_allclose([point.theta for point in found], [[0.0, 0.0]], atol=1e-9)


def test_a_point_without_curvature_is_degenerate_even_when_only_itself_is_asked_about(formula):
    quartic = formula(lambda theta: ((theta - 2) ** 4).sum(), [0.0, 0.0, 0.0])
    (point,) = find_critical_points(quartic, starts=np.full((1, 3), 2.0))
    assert (point.kind, point.index) == ("degenerate", 0)
    assert classify(make_function("monkey_saddle"), np.zeros(2), typical=6.0).kind == "degenerate"


def test_the_search_is_the_same_every_time():
    first, again = (find_critical_points(make_function("himmelblau"), window=((-5.0, 5.0), (-4.0, 4.0)), seed=7) for _ in range(2))
    assert [point.theta.tobytes() for point in first] == [point.theta.tobytes() for point in again]


def test_no_starts_find_nothing_and_cancel_ends_the_search(quadratic):
    objective, _, _ = quadratic([1.0, 2.0, 3.0])
    assert find_critical_points(objective, starts=np.empty((0, 3))) == []
    with pytest.raises(Cancelled, match="^$"):
        find_critical_points(objective, should_stop=lambda: True)
    with pytest.raises(LandscapeError, match="window must have shape 3; got 2"):
        find_critical_points(objective, window=((-1.0, 1.0), (-1.0, 1.0)))
