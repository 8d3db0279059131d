"""Slices of deep networks: their measures against functions whose shape is known, and both kinds beside each other."""

import numpy as np
import pytest

from landscape import Cancelled, Plane, make_function
from landscape.minima import depth
from landscape.minima.depth import Depths, Layers, deep_risk, negative_share, rise_radius, strict_minima

X, Y = np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-1, 1, 17))


def test_minima_are_below_all_eight_neighbors_and_inside():
    assert strict_minima(X**2 + Y**2) == 1
    assert strict_minima(X + Y) == 0  # the lowest point is on the edge
    assert strict_minima(np.zeros_like(X)) == 0  # not strict
    assert strict_minima(np.cos(5 * np.pi * X) * np.cos(4 * np.pi * Y)) == 32
    saddle = X**2 - Y**2
    assert strict_minima(saddle) == 0


def test_second_differences_are_negative_where_a_function_is_concave():
    assert negative_share(X**2 + 3 * Y**2) == 0.0
    assert negative_share(-(X**2) - Y**2) == 1.0
    rows, columns = (21 - 2) * 17, 21 * (17 - 2)
    assert negative_share(X**2 - Y**2) == columns / (rows + columns)


def test_the_radius_of_a_rise_of_a_quadratic_is_the_root_of_twice_one_over_its_curvature():
    bowl = make_function("quadratic")
    unit = Plane(np.zeros(2), 4 * np.eye(2)[0], 4 * np.eye(2)[1])
    along = [np.sqrt(2 / np.diag(bowl.hessian(np.zeros(2)))[k]) / 4 for k in (0, 1)]
    assert rise_radius(bowl, np.zeros(2), unit) == pytest.approx(np.mean(along), abs=0.021)
    near = Plane(np.zeros(2), 1e-3 * np.eye(2)[0], 1e-3 * np.eye(2)[1])
    assert rise_radius(bowl, np.zeros(2), near) == np.inf


@pytest.fixture(scope="module")
def stages():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depth, "STEPS", 30)
        patch.setattr(depth, "SEEDS", 2)
        patch.setattr(depth, "RESOLUTION", 7)
        return list(Layers(4, "torch", 5, 1).stages(lambda stage, share: None, lambda: False))


def test_the_first_stage_is_one_network_of_each_kind_and_the_last_has_all(stages):
    first, last = stages
    assert (len(first.plain), len(first.skip), first.finished) == (1, 1, False)
    assert (len(last.plain), len(last.skip), last.finished) == (2, 2, True)
    assert [one.seed for one in last.skip] == [1, 2]
    assert last.plain[0] is first.plain[0]
    assert last.medians("highest")[0] == pytest.approx(np.mean([one.highest for one in last.plain]))


def test_a_slice_has_the_loss_of_its_network_in_the_middle(stages):
    for one in (*stages[-1].plain, *stages[-1].skip):
        assert one.surface.values[3, 3] == pytest.approx(one.loss, rel=1e-9)
        assert one.highest == one.surface.values.max()
        assert one.largest > one.smallest
        assert one.ratio == abs(one.smallest) / one.largest


def test_both_kinds_begin_with_the_same_weights():
    np.testing.assert_array_equal(deep_risk(5, False, "xavier", 3).theta, deep_risk(5, True, "xavier", 3).theta)
    assert not np.array_equal(deep_risk(5, True, "xavier", 3).theta, deep_risk(5, True, "xavier", 4).theta)


def test_only_the_order_of_what_is_known_is_compared(stages):
    plain, skip = stages[-1].plain, stages[-1].skip
    rough, calm = (plain, skip) if np.median([p.negative for p in plain]) > np.median([s.negative for s in skip]) else (skip, plain)
    assert Depths(20, rough, calm).agrees("negative") is True
    assert Depths(20, calm, rough).agrees("negative") is False
    assert Depths(20, plain, skip).agrees("ratio") is None
    assert Depths(7, plain, skip).agrees("negative") is None


def test_it_can_be_cancelled():
    with pytest.raises(Cancelled, match="^$"):
        next(Layers(4, "own", 0, 0).stages(lambda stage, share: None, lambda: True))
