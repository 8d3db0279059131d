"""Basins: a batch of starts ends where each start alone does, and symmetric functions have symmetric basins."""

import numpy as np
import pytest

from landscape.descent.optimizers import make_optimizer, optimizers
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled
from landscape.objectives.functions import make_function
from landscape.race.basins import LEFT, UNSETTLED, basins, ends_of, in_one_batch, reached

RATES = {"gd": 0.01, "sgd": 0.01, "momentum": 0.004, "nesterov": 0.004, "sam": 0.01, "perturbed_gd": 0.01}
GRID = np.stack(np.meshgrid(np.linspace(-3.7, 3.6, 4), np.linspace(-3.4, 3.3, 3)), axis=-1).reshape(-1, 2)
STEPS = 25


@pytest.mark.parametrize("name", [name for name in optimizers if name != "muon"])
def test_a_batch_of_starts_ends_where_each_start_alone_does(name):
    function = make_function("styblinski_tang")
    method = make_optimizer(name, lr=RATES.get(name, optimizers[name].parameter("lr").default))
    alone = np.array([descend(function, method, start, steps=STEPS, seed=3).thetas[-1] for start in GRID])
    np.testing.assert_allclose(ends_of(function, method, GRID, steps=STEPS, seed=3), alone, rtol=1e-12, atol=1e-12)
    assert in_one_batch(method) == (name != "lbfgs")


def test_the_schedule_counts_for_each_start():
    function, method = make_function("himmelblau"), make_optimizer("momentum", lr=0.002)
    how = {"steps": STEPS, "schedule": lambda step, steps: 1 - step / steps}
    alone = np.array([descend(function, method, start, **how).thetas[-1] for start in GRID])
    np.testing.assert_allclose(ends_of(function, method, GRID, **how), alone, rtol=1e-12, atol=1e-12)


def test_a_symmetric_function_has_symmetric_basins():
    """f(-x, -y) = f(x, y): the map turned by half is the map with each critical point replaced by its opposite."""
    function = make_function("six_hump_camel")
    places = np.array([point.theta for point in function.known])
    opposite = np.array([int(np.linalg.norm(places + place, axis=1).argmin()) for place in places] + [LEFT, UNSETTLED])
    found = basins(function, make_optimizer("gd", lr=0.01), function.known, function.window, 24, steps=400).reached
    np.testing.assert_array_equal(found[::-1, ::-1], opposite[found])
    assert (found >= 0).all() and all(function.known[k].kind == "minimum" for k in np.unique(found))


def test_newton_is_attracted_by_every_kind_and_gradient_descent_by_minima_alone():
    function = make_function("himmelblau")
    kinds = {}
    for name, lr in (("gd", 0.005), ("newton", 1.0)):
        found = basins(function, make_optimizer(name, lr=lr), function.known, function.window, 20, steps=150)
        assert found.share(UNSETTLED) == 0
        kinds[name] = {function.known[k].kind for k in np.unique(found.reached) if k >= 0}
    assert kinds == {"gd": {"minimum"}, "newton": {"minimum", "saddle", "maximum"}}


def test_saddle_descent_leaves_from_everywhere_but_the_ridge():
    function = make_function("saddle")
    found = basins(function, make_optimizer("gd", lr=0.1), function.known, function.window, 9, steps=150)
    ridge = found.reached[4]
    assert (ridge == 0).all() and (np.delete(found.reached, 4, axis=0) == LEFT).all()


def test_what_is_neither_near_a_point_nor_far_outside_is_not_settled():
    function = make_function("himmelblau")
    ends = np.array([[3.0, 2.1], [2.0, 2.0], [900.0, 0.0], [np.nan, 0.0]])
    assert reached(ends, function.known, function.window).tolist() == [0, UNSETTLED, LEFT, LEFT]


def test_it_may_be_cancelled():
    function, asked = make_function("himmelblau"), iter([False, False, True])
    with pytest.raises(Cancelled, match="^$"):
        ends_of(function, make_optimizer("adam", lr=0.1), GRID, steps=STEPS, should_stop=lambda: next(asked))
