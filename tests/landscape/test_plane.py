"""Plane: exact least squares against numpy, for directions that are neither orthogonal nor of one size."""

import numpy as np
import pytest

from landscape.errors import LandscapeError
from landscape.plane import Plane


@pytest.fixture(params=[1.0, 1e-9, 1e150], ids=["even", "badly scaled", "huge"])
def skewed(request):
    """A plane of R^40 whose u is `scale` times longer than v, 1.3 degrees apart."""
    rng = np.random.default_rng(1)
    u, w = rng.normal(size=(2, 40))
    return Plane(rng.normal(5.0, 1.0, size=40), u * request.param, u / np.linalg.norm(u) + 0.02 * w)


def test_projecting_what_was_embedded_gives_the_coordinates_back():
    rng = np.random.default_rng(1)
    u, w = rng.normal(size=(2, 40))
    plane = Plane(rng.normal(5.0, 1.0, size=40), 1e4 * u, u + 1e-3 * w)
    a, b = rng.normal(size=(2, 3, 5))
    np.testing.assert_allclose(plane.project(plane.embed(a / 1e4, b)), [a / 1e4, b], rtol=1e-9, atol=1e-12)


def test_a_point_off_the_plane_is_placed_as_by_least_squares(skewed):
    theta = np.random.default_rng(2).normal(size=40)
    columns = np.stack([skewed.u, skewed.v], axis=1)
    size = np.abs(columns).max(axis=0)
    expected = np.linalg.lstsq(columns / size, theta - skewed.origin, rcond=None)[0] / size
    np.testing.assert_allclose(skewed.project(theta), expected, rtol=1e-9)
    off = np.linalg.norm(theta - skewed.origin - columns / size @ (expected * size))
    np.testing.assert_allclose(skewed.distance(theta), off, rtol=1e-10)


def test_points_of_the_plane_are_at_no_distance():
    plane = Plane(np.array([3.0, -1.0, 2.0, 8.0]), np.array([1.0, 2.0, 0.0, 0.0]), np.array([0.0, 1.0, -1.0, 4.0]))
    assert plane.distance(plane.embed([0.0, 3.0], [1.0, -7.0])).max() < 1e-13


def test_coordinates_broadcast_like_arrays():
    plane = Plane(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0]), np.array([0.0, 2.0, 0.0]))
    points = plane.embed(np.arange(5.0), np.arange(7.0)[:, None])
    assert points.shape == (7, 5, 3)
    np.testing.assert_array_equal(points[4, 3], [4.0, 10.0, 6.0])
    assert plane.project(points).shape == (2, 7, 5)
    assert plane.distance(points).shape == (7, 5)


def test_the_cosine_is_that_of_the_angle():
    assert Plane(np.ones(2), np.array([1e200, 0.0]), np.array([1e-200, np.sqrt(3) * 1e-200])).cosine == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize("factor", [3.0, -1e-30, 7e120])
def test_collinear_directions_are_refused_whatever_rounding_makes_of_them(factor):
    u = np.random.default_rng(0).normal(size=10_000)
    with pytest.raises(LandscapeError, match=r"u and v must not be collinear; got sin\(u, v\)"):
        Plane(np.zeros(10_000), u, factor * u)


def test_a_small_angle_is_still_a_plane():
    plane = Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([1.0, 1e-7, 0.0]))
    np.testing.assert_allclose(plane.project(np.array([0.0, 1.0, 5.0])), [-1e7, 1e7], rtol=1e-9)


def test_directions_that_make_no_plane_are_refused():
    with pytest.raises(LandscapeError, match="collinear; got a direction that is zero"):
        Plane(np.zeros(3), np.zeros(3), np.ones(3))
    with pytest.raises(LandscapeError, match="v must hold finite numbers only; got 1 that"):
        Plane(np.zeros(3), np.ones(3), np.array([1.0, np.nan, 0.0]))
    with pytest.raises(LandscapeError, match=r"u and v must have shape \(3,\); got \(3, 2, 3\)"):
        Plane(np.zeros(3), np.ones(2), np.ones(3))
    with pytest.raises(LandscapeError, match=r"origin must have shape .*got \(1, 3\)"):
        Plane(np.zeros((1, 3)), np.ones(3), np.ones(3))


def test_a_plane_keeps_its_own_read_only_arrays():
    u = np.array([1.0, 0.0])
    plane = Plane(np.zeros(2), u, np.array([0.0, 1.0]))
    u[0] = 9.0
    assert plane.u[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        plane.u[0] = 2.0
