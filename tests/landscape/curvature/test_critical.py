"""Critical points: known ones are found, with their kinds, and none where there are none."""

from collections import Counter

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from landscape.curvature.critical import CriticalPoints, classify, find_critical_points
from landscape.data.datasets import make_dataset
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.functions import make_function
from landscape.objectives.risk import EmpiricalRisk


def by_rows(objective):
    """The same objective, with many points in one batch: searches take a tenth of the time."""
    objective.of_rows = lambda: torch.func.vmap(objective.loss)
    return objective


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
    for (point,) in (find_critical_points(objective, starts=starts), find_critical_points(by_rows(objective), seed=2)):
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
    assert find_critical_points(by_rows(formula(FLAT[name], [0.0, 0.0])), window=((-1.0, 2.0), (-1.5, 1.0))) == []


def test_where_the_objective_overflows_nothing_is_claimed(formula):
    objective = by_rows(formula(lambda theta: torch.exp(1e3 * theta[0] ** 2) + theta[1] ** 2, [0.0, 0.0]))
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


def test_mueller_and_brown_have_three_minima_and_two_saddles_at_the_published_places():
    function = make_function("mueller_brown")
    found = find_critical_points(function, window=function.window)
    published = {(-0.558224, 1.441726), (0.623499, 0.028038), (-0.050011, 0.466694), (-0.822002, 0.624313), (0.212487, 0.292988)}
    assert {tuple(np.round(point.theta, 6).tolist()) for point in found} == published
    assert Counter(point.kind for point in found) == {"minimum": 3, "saddle": 2}


def test_of_many_ripples_nearly_all_points_are_found_and_the_lowest():
    """On each axis 2 x + 20 pi sin(2 pi x) has nine roots within 2.2: nine squared points, five squared minima, four squared maxima."""
    found = find_critical_points(make_function("rastrigin"), window=((-2.2, 2.2), (-2.2, 2.2)))
    assert found.starts > 64  # one grid of starts is not enough
    assert len(found) >= 79
    np.testing.assert_allclose(found[0].theta, [0.0, 0.0], atol=1e-12)
    assert Counter(point.kind for point in found)["minimum"] == 25


def test_the_pass_between_a_flat_and_a_sharp_minimum_is_found_from_the_segment_between_them():
    function = make_function("flat_sharp", T=0.02)
    found = find_critical_points(function, window=function.window)
    assert [point.kind for point in found] == ["minimum", "minimum", "saddle"]
    np.testing.assert_allclose(found[-1].theta, function.known[1].theta, atol=1e-9)
    assert found.visits[-1] == 0 and found.starts in (64, 128)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e4])
def test_a_shifted_turned_and_scaled_function_has_the_same_points(formula, size):
    turn = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    shift, bent = np.array([40.0, -25.0]), make_function("himmelblau")
    back, middle = torch.tensor(turn.T / size), torch.tensor(shift)
    objective = formula(lambda theta: 1e-5 * bent.loss(back @ (theta - middle)), shift)
    objective.of_rows = lambda: lambda rows: 1e-5 * bent.of_rows()((rows - middle) @ back.T)
    window = tuple((at - 6.5 * size, at + 6.5 * size) for at in shift)
    found = find_critical_points(objective, window=window)
    expected = {tuple(np.round(point.theta, 5)): point.kind for point in bent.known}
    assert {tuple(np.round(turn.T @ (point.theta - shift) / size, 5)): point.kind for point in found} == expected


def test_the_share_that_is_missing_is_that_of_points_seen_once():
    """Good and Turing by hand: visits 5, 1, 1, 2 leave 2 / 9 to the unseen; Chao's count is 2 * 1 / (2 * 2)."""
    found = CriticalPoints(starts=12, visits=(5, 1, 1, 2), arrivals=(5, 1, 1, 2))
    assert found.missing == pytest.approx(2 / 9) and found.unseen == pytest.approx(0.5)
    assert CriticalPoints(starts=3).missing == 1.0


def test_what_is_missing_is_what_more_starts_find():
    """From few starts on many ripples: the estimate is the share of new starts that lead to points which are not in the list."""
    function, rng = make_function("rastrigin"), np.random.default_rng(4)
    few, many = (rng.uniform(-2.2, 2.2, size=(count, 2)) for count in (60, 400))
    listed, other = find_critical_points(function, starts=few), find_critical_points(function, starts=many)
    places = np.array([point.theta for point in listed])
    new = [visits for point, visits in zip(other, other.visits, strict=True) if np.linalg.norm(places - point.theta, axis=1).min() > 1e-4]
    assert 0.2 < listed.missing < 0.8
    assert listed.missing == pytest.approx(sum(new) / sum(other.visits), abs=0.15)
    assert sum(listed.visits) <= listed.starts == 60


def tanh_net(inputs, targets, width):
    model = make_model("mlp", make_dataset("line", n=5), widths=(width,))
    return EmpiricalRisk(model, make_loss("mse"), (inputs, targets))


def test_saturated_units_are_not_critical_points_but_counted():
    """Targets that a unit fits exactly only as a step, w to infinity: at each finite theta there is a slope, below rounding from w = 20."""
    x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    risk = tanh_net(x, np.sign(x[:, 0]), 1)
    rng = np.random.default_rng(2)
    starts = np.column_stack([rng.uniform(8, 16, 30), rng.normal(0, 0.3, 30), rng.normal(1, 0.1, 30), rng.normal(0, 0.1, 30)])
    found = find_critical_points(risk, starts=starts)
    assert found.infinite >= 20
    assert not any(abs(point.theta[0]) > 6 for point in found)


def test_a_valley_that_the_origin_sees_along_its_floor_is_no_point_at_infinity(formula):
    """f = (xy - 1)^2 + z^2, and f = x^2 which y does not enter: degenerate points at finite places, flat on both sides or on none."""
    hyperbola = formula(lambda theta: (theta[0] * theta[1] - 1) ** 2 + theta[2] ** 2, [1.0, 1.0, 0.0])
    trough = formula(lambda theta: (theta[0] - 3) ** 2 + 0 * theta[1], [0.0, 20.0])
    for objective in (hyperbola, trough):
        found = find_critical_points(by_rows(objective))
        assert found.infinite == 0 and any(point.kind == "degenerate" for point in found)


def test_progress_rises_to_one_round_and_cancel_ends_within_it():
    heard = []
    find_critical_points(make_function("himmelblau"), starts=np.random.default_rng(0).normal(size=(20, 2)), report=heard.append)
    assert heard == sorted(heard) and heard[0] == 0.0 and heard[-1] == 1.0 and len(heard) > 5
    with pytest.raises(Cancelled, match="^$"):
        find_critical_points(make_function("himmelblau"), report=heard.append, should_stop=lambda: len(heard) > 30)
    assert len(heard) < 35


def test_in_a_deep_linear_net_the_origin_is_no_minimum_and_every_minimum_is_the_least_squares_fit():
    """Baldi & Hornik 1989: all points without negative eigenvalues have the least loss of y = w x; at 0 the Hessian couples the layers."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(30, 2)) @ np.diag([1.0, 2.0])
    y = x @ np.array([1.5, -0.5]) + 0.4 * rng.normal(size=30)
    model = make_model("deep_linear", make_dataset("moons", n=12), width=2)
    risk = EmpiricalRisk(model, make_loss("mse"), (x, y))
    found = find_critical_points(risk, starts=np.concatenate([np.zeros((1, 6)), 0.3 * rng.normal(size=(30, 6)), rng.normal(size=(30, 6))]))
    least = np.square(y - x @ np.linalg.lstsq(x, y, rcond=None)[0]).mean()
    assert {round(point.value / least, 6) for point in found if point.index == 0} == {1.0}
    (origin,) = [point for point in found if np.linalg.norm(point.theta) < 1e-6]
    coupling = 2 * np.linalg.norm(x.T @ y) / 30
    np.testing.assert_allclose(origin.eigenvalues, [coupling, coupling, 0, 0, -coupling, -coupling], atol=1e-5)
    assert origin.index == 2


def in_two(formula, of_both):
    """The objective f(x, y), with many points at once."""
    objective = formula(lambda theta: of_both(theta[0], theta[1]), [0.0, 0.0])
    objective.of_rows = lambda: lambda rows: of_both(rows[:, 0], rows[:, 1])
    return objective


def on_one_axis(slope, low, high):
    """The number of zeros of a function of one variable, by its changes of sign on a fine grid."""
    signs = np.sign(slope(np.linspace(low, high, 100_000)))
    return int((signs[1:] != signs[:-1]).sum())


COUNTED = {  # of (x, y), half the side of the window, and the number of its critical points there, found another way
    "bowls": (lambda x, y: (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2, 4.0, len(np.roots([4, 0, -32, 5])) ** 2),
    "camel": (
        lambda x, y: 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2,
        3.0,
        int((np.abs(np.roots([1, 0, -4.2, 0, 3.5, 0]).imag) < 1e-9).sum()),  # y = -x / 2
    ),
    "eggs": (
        lambda x, y: x**2 + y**2 + 25 * (torch.sin(x) ** 2 + torch.sin(y) ** 2),
        4.1,
        on_one_axis(lambda x: 2 * x + 25 * np.sin(2 * x), -4.1, 4.1) ** 2,
    ),
    "waves": (
        lambda x, y: torch.sin(x) * torch.cos(y),
        4.5,
        2 * 3 + 3 * 2,
    ),  # x = pi/2 + k pi and y = m pi, or x = k pi and y = pi/2 + m pi
}


@pytest.mark.parametrize("name", COUNTED)
def test_as_many_points_are_found_as_another_count_gives(formula, name):
    function, half, count = COUNTED[name]
    assert len(find_critical_points(in_two(formula, function), window=((-half, half),) * 2)) == count


def test_narrow_basins_that_starts_seldom_meet_are_found_downhill(formula):
    """Goldstein and Price 1971, in logarithms: of the nine points, a grid of 64 starts alone led to four."""

    def goldstein_price(x, y):
        one = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
        other = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
        return (one * other).log()

    found = find_critical_points(in_two(formula, goldstein_price), window=((-2.0, 2.0), (-2.0, 2.0)), seed=1)
    minima = {tuple(np.round(point.theta, 6).tolist()) for point in found if point.kind == "minimum"}
    assert {(abs(a), b) for a, b in minima} >= {(0.0, -1.0), (1.8, 0.2), (1.2, 0.8), (0.6, -0.4)}
    assert Counter(point.kind for point in found) == {"minimum": 4, "saddle": 4, "maximum": 1}


def test_the_least_minimum_of_a_small_network_is_found_with_its_copies(monkeypatch):
    """Quasi-Newton descents by SciPy know it; random starts for |gradient|^2 alone led to saddles only, and nothing seemed missing."""
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(-2, 2, 25))
    y = np.tanh(1.5 * x + 1) - 1.3 * np.tanh(x - 0.8) + 0.15 * rng.normal(size=25)
    risk = tanh_net(x[:, None], y, 2)
    monkeypatch.setattr("landscape.curvature.critical.MOST_ROUNDS", 3)
    found = find_critical_points(risk)
    descents = [minimize(risk.value, rng.normal(size=7), jac=risk.gradient, options={"gtol": 1e-8}) for _ in range(3)]
    least = min(descents, key=lambda descent: descent.fun)
    minima = [point for point in found if point.kind == "minimum" and point.value == pytest.approx(least.fun, rel=1e-6)]
    assert 4 <= len(minima) <= 8  # two units in either order, each with either sign
    assert min(np.linalg.norm(point.theta - least.x) for point in minima) < 1e-3
    assert found.lost == found.starts - sum(found.visits) - found.infinite > 0
