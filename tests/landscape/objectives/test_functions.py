"""Test functions against formulas written another way, finite differences and the published critical points."""

from collections import Counter

import numpy as np
import pytest
import scipy.optimize

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import LandscapeError
from landscape.objective import Objective
from landscape.objectives.functions import functions, make_function

MUELLER_BROWN = (  # height, center, and M of -(x - c)' M (x - c)
    (-200.0, (1.0, 0.0), ((1.0, 0.0), (0.0, 10.0))),
    (-100.0, (0.0, 0.5), ((1.0, 0.0), (0.0, 10.0))),
    (-170.0, (-0.5, 1.5), ((6.5, -5.5), (-5.5, 6.5))),
    (15.0, (-1.0, 1.0), ((-0.7, -0.3), (-0.3, -0.7))),
)


def mueller_brown(x, y):
    total = 0.0
    for height, center, matrix in MUELLER_BROWN:
        d = np.array([x, y]) - center
        total += height * np.exp(-d @ np.array(matrix) @ d)
    return total


def quadratic(kappa, angle):
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    turn = np.array([[c, -s], [s, c]])
    matrix = turn @ np.diag([1.0, kappa]) @ turn.T
    return lambda x, y: np.array([x, y]) @ matrix @ np.array([x, y]) / 2


def flat_sharp(temperature, k):
    def soft(x, y):
        bowls = np.array([(x + 2) ** 2 + y**2, k * ((x - 2) ** 2 + y**2)]) / 2
        return bowls.min() - temperature * np.log(np.exp((bowls.min() - bowls) / temperature).sum())

    return soft


CASES = {
    "himmelblau": ({}, lambda x, y: x**4 + y**4 + 2 * x * x * y + 2 * x * y * y - 21 * x * x - 13 * y * y - 14 * x - 22 * y + 170),
    "rosenbrock": ({}, lambda x, y: scipy.optimize.rosen([x, y])),
    "rosenbrock bent": ({"a": -0.7, "b": 3.0}, lambda x, y: 3 * x**4 - 6 * x * x * y + 3 * y * y + x * x + 1.4 * x + 0.49),
    "beale": ({}, lambda x, y: sum((c - x * (1 - y ** (k + 1))) ** 2 for k, c in enumerate((1.5, 2.25, 2.625)))),
    "booth": ({}, lambda x, y: 5 * x * x + 8 * x * y + 5 * y * y - 34 * x - 38 * y + 74),
    "six_hump_camel": ({}, lambda x, y: 4 * x**2 - 2.1 * x**4 + x**6 / 3 + x * y - 4 * y**2 + 4 * y**4),
    "rastrigin": ({}, lambda x, y: x**2 + y**2 + 20 * (np.sin(np.pi * x) ** 2 + np.sin(np.pi * y) ** 2)),
    "rastrigin low": ({"amplitude": 1.5}, lambda x, y: x**2 + y**2 + 3 * (np.sin(np.pi * x) ** 2 + np.sin(np.pi * y) ** 2)),
    "styblinski_tang": ({}, lambda x, y: sum(np.polyval([0.5, 0, -8, 2.5, 0], t) for t in (x, y))),
    "ackley": (
        {},
        lambda x, y: 20 * (1 - np.exp(-np.hypot(x, y) / np.sqrt(50))) + np.e - np.exp(np.cos(2 * np.pi * np.array([x, y])).mean()),
    ),
    "monkey_saddle": ({}, lambda x, y: ((x + 1j * y) ** 3).real),
    "saddle": ({}, lambda x, y: (x - y) * (x + y)),
    "saddle walled": ({"scale": 0.5, "quartic": 0.25}, lambda x, y: x**2 / 2 - y**2 / 2 + y**4 / 4),
    "mueller_brown": ({}, mueller_brown),
    "quadratic": ({}, quadratic(10.0, 0.0)),
    "quadratic turned": ({"kappa": 37.0, "angle": 28.0}, quadratic(37.0, 28.0)),
    "flat_sharp": ({}, flat_sharp(0.2, 25.0)),
    "flat_sharp warm": ({"T": 0.9, "k": 12.0}, flat_sharp(0.9, 12.0)),
    "river_valley": ({}, lambda x, y: 0.2 * np.hypot(1, x - 4) - 0.2 + 10 * (y - np.sin(x) / 2) ** 2),
    "river_valley wild": (
        {"slope": 3.0, "k": 7.0, "bend": 2.0},
        lambda x, y: 3 * (np.cosh(np.arcsinh(x - 4)) - 1) + 3.5 * y * y - 14 * y * np.sin(x) + 7 * (1 - np.cos(2 * x)),
    ),
}

COUNTS = {  # minima, saddles, maxima, degenerate
    "himmelblau": (4, 4, 1, 0),
    "rosenbrock": (1, 0, 0, 0),
    "rosenbrock bent": (1, 0, 0, 0),
    "beale": (1, 2, 0, 0),
    "booth": (1, 0, 0, 0),
    "six_hump_camel": (6, 7, 2, 0),
    "rastrigin": (121, 220, 100, 0),
    "rastrigin low": (81, 144, 64, 0),
    "styblinski_tang": (4, 4, 1, 0),
    "ackley": (9, 0, 0, 0),
    "monkey_saddle": (0, 0, 0, 1),
    "saddle": (0, 1, 0, 0),
    "saddle walled": (2, 1, 0, 0),
    "mueller_brown": (3, 2, 0, 0),
    "quadratic": (1, 0, 0, 0),
    "quadratic turned": (1, 0, 0, 0),
    "flat_sharp": (2, 1, 0, 0),
    "flat_sharp warm": (2, 1, 0, 0),
    "river_valley": (1, 0, 0, 0),
    "river_valley wild": (1, 0, 0, 0),
}


def build(case):
    return make_function(case.split()[0], **CASES[case][0])


def oracle_hessian(oracle, theta, h=2e-4):
    x, y = theta
    xx = oracle(x + h, y) - 2 * oracle(x, y) + oracle(x - h, y)
    yy = oracle(x, y + h) - 2 * oracle(x, y) + oracle(x, y - h)
    xy = (oracle(x + h, y + h) - oracle(x + h, y - h) - oracle(x - h, y + h) + oracle(x - h, y - h)) / 4
    return np.array([[xx, xy], [xy, yy]]) / h**2


def oracle_gradient(oracle, theta, h=1e-5):
    x, y = theta
    return np.array([oracle(x + h, y) - oracle(x - h, y), oracle(x, y + h) - oracle(x, y - h)]) / (2 * h)


def points_of(function, count=7, seed=3):
    (x_low, x_high), (y_low, y_high) = function.window
    return np.random.default_rng(seed).uniform((x_low, y_low), (x_high, y_high), size=(count, 2))


def test_the_catalogue_holds_these_functions_in_this_order():
    expected = (
        "himmelblau rosenbrock beale booth six_hump_camel rastrigin styblinski_tang ackley monkey_saddle saddle mueller_brown quadratic "
        "flat_sharp river_valley"
    )
    assert list(functions) == expected.split()
    assert {case.split()[0] for case in CASES} == set(functions)
    assert all(entry.formula and entry.source and isinstance(entry.traits["complete"], bool) for entry in functions.values())


@pytest.mark.parametrize("case", CASES)
def test_value_is_the_formula_written_another_way(case):
    function = build(case)
    for theta in points_of(function):
        assert function.value(theta) == pytest.approx(CASES[case][1](*theta), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("case", CASES)
def test_values_of_many_points_are_those_of_one_point_at_a_time(case):
    function = build(case)
    thetas = points_of(function, count=5)
    np.testing.assert_allclose(function.values(thetas), [function.value(theta) for theta in thetas], rtol=1e-13)
    assert function.values(thetas).dtype == np.float64 and function.values(thetas).shape == (5,)


@pytest.mark.parametrize("case", CASES)
def test_gradient_and_hessian_are_the_finite_differences_of_the_formula(case):
    function, oracle = build(case), CASES[case][1]
    for theta in points_of(function, count=3, seed=8):
        hessian = oracle_hessian(oracle, theta)
        columns = np.column_stack([function.hessian_vector(theta, axis) for axis in np.eye(2)])
        np.testing.assert_allclose(columns, hessian, rtol=1e-4, atol=1e-5 * np.abs(hessian).max() + 1e-6)
        slope = oracle_gradient(oracle, theta)
        np.testing.assert_allclose(function.gradient(theta), slope, rtol=1e-5, atol=1e-6 * np.abs(slope).max() + 1e-8)


@pytest.mark.parametrize("case", CASES)
def test_every_known_point_is_critical_and_of_its_kind(case):
    function, oracle = build(case), CASES[case][1]
    for point in function.known:
        hessian = oracle_hessian(oracle, point.theta)
        steepest = max(np.abs(hessian).max(), 1.0)
        assert np.abs(function.gradient(np.array(point.theta))).max() < 1e-13 * steepest
        assert np.abs(oracle_gradient(oracle, point.theta)).max() < 1e-7 * steepest
        assert point.value == pytest.approx(oracle(*point.theta), rel=1e-12, abs=1e-12)
        low, high = np.linalg.eigvalsh(hessian)
        if point.kind == "degenerate":
            assert abs(low) < 1e-3 > abs(high)
        else:
            assert {"minimum": low > 0.1, "saddle": low < -0.1 and high > 0.1, "maximum": high < -0.1}[point.kind]


@pytest.mark.parametrize("case", CASES)
def test_known_points_are_counted_by_kind_distinct_and_inside_the_window(case):
    function = build(case)
    found = Counter(point.kind for point in function.known)
    assert tuple(found[kind] for kind in ("minimum", "saddle", "maximum", "degenerate")) == COUNTS[case]
    assert len({tuple(np.round(point.theta, 4)) for point in function.known}) == len(function.known)
    for point in function.known:
        assert all(low <= t <= high for t, (low, high) in zip(point.theta, function.window, strict=True))


@pytest.mark.parametrize("case", [case for case in CASES if functions[case.split()[0]].traits["complete"]])
def test_newton_from_all_over_the_window_finds_no_critical_point_that_is_not_known(case):
    function, oracle = build(case), CASES[case][1]
    known = np.array([point.theta for point in function.known])
    for start in points_of(function, count=12, seed=5):
        found = scipy.optimize.root(lambda theta: oracle_gradient(oracle, theta), start)
        inside = all(low <= t <= high for t, (low, high) in zip(found.x, function.window, strict=True))
        if found.success and inside and np.abs(found.fun).max() < 1e-6:
            assert np.linalg.norm(known - found.x, axis=1).min() < (0.1 if case == "monkey_saddle" else 1e-3)


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("himmelblau", "maximum", [181.616522]),
        ("six_hump_camel", "minimum", [-1.031628, -1.031628, -0.215464, -0.215464, 2.104250, 2.104250]),
        ("styblinski_tang", "minimum", [-78.332331, -64.195612, -64.195612, -50.058893]),
        ("mueller_brown", "minimum", [-146.699517, -108.166724, -80.767818]),
        ("mueller_brown", "saddle", [-72.248940, -40.664844]),
        ("booth", "minimum", [0.0]),
    ],
)
def test_known_values_are_the_published_ones(name, kind, values):
    found = sorted(point.value for point in make_function(name).known if point.kind == kind)
    np.testing.assert_allclose(found, values, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_the_start_is_inside_the_window_and_not_critical(case):
    function = build(case)
    assert isinstance(function, Objective) and function.dim == 2
    assert [(block.kind, block.start, block.stop) for block in function.blocks] == [("whole", 0, 2)]
    assert all(low < t < high for t, (low, high) in zip(function.theta, function.window, strict=True))
    assert np.linalg.norm(function.gradient(np.array(function.theta))) > 0.1
    with pytest.raises(ValueError, match="read-only"):
        function.theta[0] = 0.0


@pytest.mark.parametrize("case", CASES)
def test_derivatives_of_many_points_are_those_of_one_point_at_a_time(case):
    function = build(case)
    thetas = points_of(function, count=5)
    for many, one in ((function.gradients, function.gradient), (function.hessians, function.hessian)):
        alone = np.array([one(theta) for theta in thetas])
        np.testing.assert_allclose(many(thetas), alone, rtol=1e-12, atol=1e-13 * np.abs(alone).max())


def test_ackley_has_a_finite_gradient_and_curvature_at_the_tip_of_its_cone():
    ackley = make_function("ackley")
    assert ackley.value(np.zeros(2)) == pytest.approx(0.0, abs=1e-14)
    np.testing.assert_array_equal(ackley.gradient(np.zeros(2)), [0.0, 0.0])
    assert np.isfinite(ackley.hessian_vector(np.zeros(2), np.array([1.0, 2.0]))).all()
    assert np.linalg.norm(ackley.gradient(np.array([1e-9, 0.0]))) == pytest.approx(20 * 0.2 / np.sqrt(2), rel=1e-6)


def test_the_walled_saddle_has_the_eigenvalues_of_the_lecture():
    eigenvalues = {}
    saddle = make_function("saddle", scale=0.5, quartic=0.25)
    for point in saddle.known:
        columns = [saddle.hessian_vector(np.array(point.theta), axis) for axis in np.eye(2)]
        eigenvalues[tuple(point.theta)] = sorted(np.linalg.eigvalsh(np.array(columns)))
    assert eigenvalues == {(0.0, 0.0): [-1.0, 1.0], (0.0, 1.0): [1.0, 2.0], (0.0, -1.0): [1.0, 2.0]}
    assert min(point.value for point in saddle.known) == -0.25


@pytest.mark.parametrize("angle", [0.0, 28.0, -135.0])
def test_gradient_descent_on_the_bowl_takes_as_many_steps_at_every_angle(angle):
    bowl = make_function("quadratic", kappa=10.0, angle=angle)
    theta, steps = np.array(bowl.theta), 0
    assert bowl.value(theta) == pytest.approx(5.5)  # (1, 1) in the bowl's own axes
    while np.linalg.norm(theta) > 1e-6 * np.sqrt(2):
        theta, steps = theta - 2 / 11 * bowl.gradient(theta), steps + 1
    assert steps == 69  # ln 1e-6 / ln (9/11)


def test_rosenbrock_moves_its_window_with_its_minimum():
    function = make_function("rosenbrock", a=3.0, b=10.0)
    np.testing.assert_array_equal(function.known[0].theta, [3.0, 9.0])
    assert function.window == ((-3.5, 3.5), (-1.0, 10.0))


def test_ripples_too_low_to_hold_a_ball_leave_rastrigin_one_minimum():
    known = make_function("rastrigin", amplitude=0.04).known  # 2 x + 2 pi A sin 2 pi x rises everywhere below A = 1 / (2 pi^2) = 0.0507
    assert [(tuple(point.theta), point.kind) for point in known] == [((0.0, 0.0), "minimum")]


@pytest.mark.parametrize("temperature", [0.01, 0.2, 1.0])
@pytest.mark.parametrize("k", [1.0, 5.0, 100.0])
def test_two_bowls_have_their_minima_and_a_pass_between_whatever_their_sharpness(temperature, k):
    function, oracle = make_function("flat_sharp", T=temperature, k=k), flat_sharp(temperature, k)
    flat, between, sharp = function.known
    assert [point.kind for point in function.known] == ["minimum", "saddle", "minimum"]
    np.testing.assert_array_equal([point.theta[1] for point in function.known], 0.0)
    assert -2.01 < flat.theta[0] < between.theta[0] < sharp.theta[0] < 2.01
    ridge = scipy.optimize.minimize_scalar(lambda x: -oracle(x, 0.0), bounds=(-1.9, 1.95), method="bounded", options={"xatol": 1e-9})
    assert between.theta[0] == pytest.approx(ridge.x, abs=1e-4) and between.value == pytest.approx(-ridge.fun, rel=1e-6)
    if temperature < 1.0:  # the other bowl is out of reach
        np.testing.assert_allclose([np.linalg.eigvalsh(function.hessian(p.theta)) for p in (flat, sharp)], [[1, 1], [k, k]], rtol=1e-4)


def test_two_bowls_are_numbers_far_away_too():
    function = make_function("flat_sharp", T=0.01, k=100.0)
    for far in ([1e6, -3.0], [-1e6, 5.0], [0.0, 1e5]):
        assert np.isfinite([function.value(np.array(far)), *function.gradient(np.array(far))]).all()
        assert np.isfinite(function.hessian(np.array(far))).all()


@pytest.mark.parametrize("name", ["saddle", "monkey_saddle"])
@pytest.mark.parametrize("optimizer", ["gd", "momentum"])
def test_a_suggested_run_slows_down_at_the_saddle_and_leaves_it_inside_the_window(name, optimizer):
    """Steps and learning rates as declared: a share of 1 / |lambda| at the start, a fifth of it with momentum, in one digit."""
    function, traits = make_function(name), functions[name].traits
    sharpest = np.abs(np.linalg.eigvalsh(function.hessian(np.array(function.theta)))).max()
    lr = float(f"{traits['lr_share'] * (0.2 if optimizer == 'momentum' else 1) / sharpest:.0e}")
    run = descend(function, make_optimizer(optimizer, lr=lr), steps=traits["steps"])
    distance = np.linalg.norm(run.thetas, axis=1)
    length = np.linalg.norm(np.diff(run.thetas, axis=0), axis=1)
    nearest = int(distance.argmin())
    assert run.status == "completed" and len(run) == traits["steps"] + 1
    assert distance[nearest] < 0.35 and 5 < nearest < len(length) - 10
    assert length.min() < 0.1 * length.max() and length[-1] > 3 * length.min()  # it hesitates, then hurries on
    assert all(low < t < high for point in run.thetas for t, (low, high) in zip(point, function.window, strict=True))
    assert distance[-1] > 0.4


def test_known_points_are_polished_once():
    function = make_function("six_hump_camel")
    assert function.known is function.known
    with pytest.raises(ValueError, match="read-only"):
        function.known[0].theta[0] = 0.0


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("banana", {}, r"functions: the name must be one of himmelblau, .*; got 'banana'"),
        ("booth", {"a": 1.0}, r"booth: its parameters are none; got 'a'"),
        ("quadratic", {"kappa": 0.5}, r"kappa must be between 1.0 and 10000.0; got 0.5"),
        ("rosenbrock", {"b": float("nan")}, r"b must be a finite number"),
    ],
)
def test_what_no_function_has_is_refused(name, params, message):
    with pytest.raises(LandscapeError, match=message):
        make_function(name, **params)


def test_points_of_another_dimension_are_refused():
    with pytest.raises(LandscapeError, match=r"thetas must have shape \('k', 2\); got \(4, 3\)"):
        make_function("booth").values(np.ones((4, 3)))
