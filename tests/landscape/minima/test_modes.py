"""Two networks and the ways between them: barriers, the plane, and what several pairs say."""

import numpy as np
import pytest

from landscape import Cancelled
from landscape.minima import modes
from landscape.minima.modes import KNOWN, Barriers, Modes, level_plane, moons_risk


@pytest.fixture(scope="module", params=["bend", "network"])
def joined(request):
    with pytest.MonkeyPatch.context() as patch:  # small: what holds for well trained networks is measured elsewhere
        patch.setattr(modes, "STEPS", 150)
        patch.setattr(modes, "RATE", 0.1)
        patch.setattr(modes, "RESOLUTION", 9)
        patch.setattr(modes, "PAIRS", 2)
        patch.setattr(modes, "connect", lambda *points, **options: connect(*points, **{**options, "steps": 60}))
        return list(Modes(8, "bezier", 1, request.param, 3).stages(lambda stage, share: None, lambda: False))


connect = modes.connect


def test_the_networks_the_line_and_a_flat_curve_lie_where_they_are_drawn(joined):
    first = joined[0]
    np.testing.assert_allclose(first.plane.embed(*first.places), first.thetas, atol=1e-9)
    np.testing.assert_allclose(first.places[:, :2], [[0, 1], [0, 0]], atol=1e-12)
    assert first.plane.cosine == pytest.approx(0, abs=1e-12)
    for (i, j), line, connection in zip(first.pairs, first.lines, first.connections, strict=True):
        along = first.thetas[i] + connection.t[:, None] * (first.thetas[j] - first.thetas[i])
        np.testing.assert_allclose(first.plane.embed(*line), along, atol=1e-9)
    if len(first.thetas) == 2:
        assert first.distances[0].max() < 1e-9
    else:
        assert first.pairs == ((0, 1), (0, 2), (1, 2))


def test_matching_lowers_the_barrier_and_moves_no_loss(joined):
    first = joined[0]
    assert first.changed < 1e-12
    assert first.matched.losses[-1] == pytest.approx(first.losses[1], abs=1e-12)
    assert first.matched.barrier < 0.2 * first.connections[0].straight_barrier
    assert first.connections[0].barrier < 0.5 * first.connections[0].straight_barrier


def test_the_average_is_the_loss_of_the_mean_of_the_weights(joined):
    first, risk = joined[0], moons_risk(8, 3)
    assert first.averages[0] == pytest.approx(risk.value(first.thetas[:2].mean(axis=0)), rel=1e-12)


def test_the_last_stage_has_the_barriers_of_all_pairs_and_the_first_is_the_one_that_is_drawn(joined):
    first, last = joined
    assert first.barriers is None
    assert not first.finished
    assert last.finished
    assert len(last.barriers.straight) == 2
    assert last.barriers.straight[0] == first.connections[0].straight_barrier
    assert last.barriers.curve[0] == first.connections[0].barrier
    assert last.barriers.matched[0] == first.matched.barrier
    assert last.barriers.straight[1] != last.barriers.straight[0]


def test_sizes_agree_within_a_factor_of_the_straight_line_and_far_below_it():
    def of(straight, matched, curve):
        return Barriers(*(np.array([value]) for value in (straight, matched, curve, 0.0)))

    assert of(0.6, 1e-4, 1e-3).agree(KNOWN[20])
    assert not of(0.2, 1e-4, 1e-3).agree(KNOWN[20])
    assert not of(0.6, 1e-2, 1e-3).agree(KNOWN[20])
    assert not of(0.6, 1e-4, 1e-2).agree(KNOWN[20])


def test_the_plane_is_level():
    origin, along, third = np.random.default_rng(0).standard_normal((3, 7))
    plane = level_plane(origin, along, third)
    assert np.linalg.norm(plane.u) == pytest.approx(np.linalg.norm(plane.v))
    np.testing.assert_allclose(plane.project(along), [1, 0], atol=1e-12)
    assert plane.distance(third) < 1e-12
    assert plane.project(third)[1] > 0


def test_it_can_be_cancelled():
    with pytest.raises(Cancelled, match="^$"):
        next(Modes(8, "bezier", 1, "bend", 0).stages(lambda stage, share: None, lambda: True))
