"""The stages of a network's critical points."""

import numpy as np

from landscape.saddles.networks import small_network
from landscape.scene.saddle_networks import network_stages
from landscape.scene.saddles import SaddlesScene


def stages(query):
    told = []
    return list(network_stages(SaddlesScene.from_query(query), lambda stage, share: told.append(stage), lambda: False)), told


def test_the_linear_network_s_origin_is_a_saddle_and_a_maximum_of_the_slice():
    found, told = stages("part=networks&net=deep_linear&decay=0.0")
    last = found[-1]
    assert last.finished and not found[0].finished and {*told} == {"critical", "slice"} and last.dim == 4
    kinds = {orbit.point.kind: orbit for orbit in last.orbits}
    assert kinds.keys() == {"saddle", "degenerate"} and kinds["degenerate"].copies is None
    assert np.abs(kinds["saddle"].point.theta).max() < 1e-9 and kinds["saddle"].copies == 1
    (origin,) = (point for point in last.sliced if np.abs(point.theta).max() < 1e-6)
    assert (origin.point.kind, origin.full.kind, origin.slice_only) == ("maximum", "saddle", True)


def test_three_layers_have_four_minima_that_are_one_and_the_plane_goes_through_three_points():
    (*_, last), _ = stages("part=networks&net=deep_linear&units=1&depth=3&decay=0.1")
    lowest = last.orbits[0]
    assert (lowest.point.kind, lowest.copies) == ("minimum", 4) and lowest.point.theta.prod() > 0
    risk = small_network("deep_linear", units=1, depth=3, decay=0.1).risk
    for corner in last.corners:
        assert np.linalg.norm(risk.gradient(corner)) < 1e-8
        assert last.plane.distance(corner) < 1e-9
    assert last.surface.values.min() >= lowest.point.value - 1e-9
