"""Small networks: what they are to learn, and planes through three of their critical points."""

import numpy as np
import pytest

from landscape.curvature.critical import CriticalPoints, classify
from landscape.saddles.networks import FREQUENCY, critical_orbits, plane_of, small_network, three_points
from landscape.saddles.symmetry import orbits


def test_the_tanh_network_s_risk_is_that_of_a_sine_with_a_penalty():
    network = small_network("tanh", units=2, decay=0.05)
    theta = np.array([0.3, -1.2, 0.1, 0.4, 0.9, -0.5, 0.2])
    x = np.linspace(-2, 2, 21)
    outputs = np.tanh(np.outer(x, theta[:2]) + theta[2:4]) @ theta[4:6] + theta[6]
    plain = small_network("tanh", units=2, decay=0.0).risk
    assert plain.value(theta) == pytest.approx(np.mean((outputs - np.sin(FREQUENCY * x)) ** 2))
    penalty = network.risk.value(theta) - plain.value(theta)
    assert penalty == pytest.approx(network.risk.value(2 * theta) / 4 - plain.value(2 * theta) / 4) and penalty > 0


def test_the_linear_network_is_a_product():
    risk = small_network("deep_linear", units=1, depth=3, decay=0.0).risk
    x = np.linspace(-1, 1, 21)
    assert risk.value(np.array([2.0, -0.5, 1.5])) == pytest.approx(np.mean((-1.5 * x - 2 * x) ** 2))


def test_points_on_one_line_span_no_plane_and_others_do():
    network = small_network("deep_linear", units=1, depth=2, decay=0.1)
    points, groups = critical_orbits(network)
    kinds = [(group.point.kind, group.copies) for group in groups]
    assert kinds == [("minimum", 2), ("saddle", 1)]
    assert three_points(network, points, groups) is None  # both minima lie on one line with the saddle between them
    deeper = small_network("deep_linear", units=1, depth=3, decay=0.1)
    corners = three_points(deeper, *critical_orbits(deeper))
    plane, window = plane_of(corners)
    for corner, (a, b) in zip(corners, ((0, 0), (1, 0), (0, 1)), strict=True):
        assert plane.embed(np.array([float(a)]), np.array([float(b)]))[0] == pytest.approx(corner, abs=1e-9)
        assert window[0][0] < a < window[0][1] and window[1][0] < b < window[1][1]


def test_no_point_is_no_plane():
    network = small_network("deep_linear")
    assert three_points(network, CriticalPoints(), []) is None
    alone = CriticalPoints([classify(network.risk, np.zeros(4))])
    assert three_points(network, alone, orbits(alone, network.model)) is None
