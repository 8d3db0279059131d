"""Arrows: their directions are true on the map, and they are drawn under the paths."""

from types import SimpleNamespace

import numpy as np
import pytest

from figures.field import arrows
from figures.indices import eigenvalues_of_points


def test_each_arrow_goes_through_its_place_in_its_direction():
    field = SimpleNamespace(a=np.array([0.0, 2.0]), b=np.array([1.0, 1.0]), da=np.array([0.5, 0.0]), db=np.array([0.5, -0.8]))
    trace = arrows(field, ((-1.0, 3.0), (0.0, 2.0)))
    assert trace["meta"] == {"role": "field"} and len(trace["x"]) == 14 and trace["x"][2] is None
    for k, (a, b, way) in enumerate(((0.0, 1.0, (1, 1)), (2.0, 1.0, (0, -1)))):
        tail, tip = (np.array([trace["x"][7 * k + end], trace["y"][7 * k + end]]) for end in (0, 1))
        assert (tail + tip) / 2 == pytest.approx([a, b], abs=1e-4)
        assert (tip - tail) / np.linalg.norm(tip - tail) == pytest.approx(np.array(way) / np.linalg.norm(way), abs=1e-3)


def test_eigenvalues_below_zero_have_a_sign_of_their_own_and_rounding_does_not_count():
    points = [SimpleNamespace(eigenvalues=np.array([2.0, 1e-12, -1e-12, -1.0]), zero=1e-9)]
    words = dict.fromkeys(("positive", "negative", "eigenvalue", "number"), "w")
    others, below, _ = eigenvalues_of_points(points, words=words).data
    assert (list(others.y), list(below.y)) == ([2.0, 1e-12, -1e-12], [-1.0])
