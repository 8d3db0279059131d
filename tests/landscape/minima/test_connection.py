"""Curves between minima: against closed forms of curves and barriers, and against the saddles that every path must cross."""

from itertools import combinations

import numpy as np
import pytest
from scipy.interpolate import BPoly

from landscape import Cancelled, LandscapeError, connect, make_function
from landscape.minima.connection import WEIGHTS, barrier_of, bernstein, hats
from landscape.objective import Objective


class Formula(Objective):
    """A function of theta given by its formula."""

    def __init__(self, formula, dim):
        self._formula, self.dim, self.theta, self.blocks = formula, dim, np.zeros(dim), ()

    def loss(self, theta, batch=None):
        return self._formula(theta)


DOUBLE_WELL = Formula(lambda w: (w[0] ** 2 - 1) ** 2, 2)
# Minima at (-1, 0) and (1, 0) with a hill of height 1 between them; around it the valley is the unit circle, of loss zero.
RING = Formula(lambda w: (w[0] ** 2 + w[1] ** 2 - 1) ** 2, 2)
ENDS = np.array([[-1.0, 0.0], [1.0, 0.0]])


def test_the_weights_of_a_bezier_curve_are_those_of_scipy():
    t, nodes = np.linspace(0, 1, 23), np.random.default_rng(0).standard_normal((4, 3))
    np.testing.assert_allclose(bernstein(t, 2) @ nodes, BPoly(nodes[:, None], [0, 1])(t), rtol=0, atol=1e-14)


def test_the_weights_of_a_polyline_interpolate_its_corners():
    t, nodes = np.linspace(0, 1, 23), np.random.default_rng(0).standard_normal((5, 3))
    along = np.stack([np.interp(t, np.linspace(0, 1, 5), column) for column in nodes.T], axis=1)
    np.testing.assert_allclose(hats(t, 3) @ nodes, along, rtol=0, atol=1e-14)


@pytest.mark.parametrize("kind", WEIGHTS)
def test_a_curve_begins_and_ends_where_it_was_asked_to_and_its_losses_are_those_of_its_points(kind):
    start, end = np.array([0.3, -1.2]), np.array([1.4, 0.9])
    function = make_function("rosenbrock")
    found = connect(function, start, end, kind=kind, bends=2, steps=20, resolution=17)
    np.testing.assert_array_equal(found.points[[0, -1]], [start, end])
    np.testing.assert_array_equal(found.losses, [function.value(point) for point in found.points])
    line = start + found.t[:, None] * (end - start)
    np.testing.assert_allclose(found.straight, [function.value(point) for point in line], rtol=1e-12)
    assert found.kind == kind


def test_the_barrier_is_the_largest_height_above_the_chord_of_the_end_losses():
    t = np.linspace(0, 1, 5)
    assert barrier_of(t, np.array([1.0, 2.0, 5.0, 3.0, 3.0])) == pytest.approx(5.0 - 2.0)
    assert barrier_of(t, np.array([1.0, 0.0, -2.0, 1.0, 3.0])) == 0.0
    assert np.isnan(barrier_of(t, np.array([1.0, np.nan, 2.0, 1.0, 3.0])))


def test_a_convex_loss_has_no_barrier_and_its_line_is_the_parabola():
    function = make_function("quadratic")
    found = connect(function, (1.0, 2.0), (-3.0, 0.5), kind="line", resolution=21)
    middle = (found.straight[0] + found.straight[-1]) / 2 - found.straight[10]
    step = np.array([-4.0, -1.5])
    assert middle == pytest.approx(step @ function.hessian_vector((0.0, 0.0), step) / 8)
    assert found.barrier == found.straight_barrier == 0.0


def test_no_curve_crosses_a_ridge_below_its_height():
    """Between the two wells of (x^2 - 1)^2 every path meets x = 0, at a loss of 1: bends help nothing."""
    for kind in ("line", "bezier", "polyline"):
        found = connect(DOUBLE_WELL, *ENDS, kind=kind, steps=60, resolution=101)
        assert found.height <= 1.0
        assert found.barrier == pytest.approx(1.0, abs=1e-2)


def test_a_curve_goes_around_a_hill_although_the_straight_line_is_stationary_by_symmetry():
    found = connect(RING, *ENDS)
    assert found.straight_barrier == pytest.approx(1.0)
    assert found.barrier < 0.1
    # The best quadratic Bezier curve bends by about as much as the circle; a finer polyline lies on it.
    assert connect(RING, *ENDS, kind="polyline", bends=7).barrier < 0.02


def test_no_curve_between_the_minima_of_himmelblau_is_lower_than_the_lowest_pass():
    """The minimax bound: the height of the pass between two minima is the smallest largest loss of all paths between them."""
    known = make_function("himmelblau").known
    minima = [point.theta for point in known if point.kind == "minimum"]
    saddles = sorted(point.value for point in known if point.kind == "saddle")
    # The three lowest of the four saddles join the four minima as a tree: the path from the first to the third minimum crosses the third.
    highest = {(0, 3): 0, (0, 1): 1, (1, 3): 1, (0, 2): 2, (1, 2): 2, (2, 3): 2}
    for pair in combinations(range(4), 2):
        found = connect(make_function("himmelblau"), *(minima[k] for k in pair), steps=150)
        assert found.height >= saddles[highest[pair]] - 0.05
        assert found.barrier <= found.straight_barrier + 0.5
    around = connect(make_function("himmelblau"), minima[1], minima[3])
    assert around.straight_barrier > 140
    assert around.barrier == pytest.approx(saddles[1], rel=0.01)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    first, again, other = (connect(RING, *ENDS, steps=20, seed=seed) for seed in (3, 3, 4))
    assert first.losses.tobytes() == again.losses.tobytes()
    assert first.losses.tobytes() != other.losses.tobytes()


def test_the_record_is_read_only_and_progress_is_told():
    heard = []
    found = connect(RING, *ENDS, steps=4, report=heard.append)
    assert heard == [0.25, 0.5, 0.75, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        found.points[0, 0] = 1.0
    with pytest.raises(Cancelled, match="^$"):
        connect(RING, *ENDS, should_stop=lambda: True)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [({"kind": "spline"}, "kind"), ({"bends": 0}, "bends"), ({"resolution": 2}, "resolution"), ({"start": (1.0, 2.0, 3.0)}, "theta")],
)
def test_what_cannot_be_connected_is_refused(changes, complaint):
    with pytest.raises(LandscapeError, match=complaint):
        connect(**{"objective": RING, "start": ENDS[0], "end": ENDS[1], **changes})
