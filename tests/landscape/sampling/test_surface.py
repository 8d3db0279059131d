"""Surface: the order of values on non-square grids, with NaN and infinity."""

import numpy as np
import pytest
import torch

from landscape.errors import Cancelled, LandscapeError
from landscape.plane import Plane
from landscape.planes.directions import coordinate_plane, random_plane
from landscape.sampling.surface import sample_surface

WINDOW = ((-2.0, 1.0), (3.0, 3.5))


def test_reading_theta_out_gives_the_grid_itself(formula):
    for read, along in ((0, "a"), (1, "b")):
        objective = formula(lambda theta, read=read: theta[read] * 1.0, [0.0, 0.0])
        surface = sample_surface(objective, coordinate_plane(np.zeros(2), 0, 1), WINDOW, resolution=(7, 5))
        assert surface.values.shape == (5, 7)
        grid = surface.a[None, :] if along == "a" else surface.b[:, None]
        np.testing.assert_array_equal(surface.values, np.broadcast_to(grid, (5, 7)))
    np.testing.assert_array_equal(surface.a, np.linspace(-2.0, 1.0, 7))
    np.testing.assert_array_equal(surface.b, np.linspace(3.0, 3.5, 5))


def test_more_points_than_one_turn_takes_are_all_where_they_belong(quadratic):
    objective, center, axes = quadratic([1.0, 5.0, 30.0])
    plane = Plane(objective.theta, np.array([1.0, 2.0, 0.5]), np.array([0.3, -1.0, 4.0]))
    surface = sample_surface(objective, plane, ((-1.0, 2.0), (-0.5, 0.25)), resolution=(23, 31))
    assert surface.evaluations == 23 * 31
    for i, j in ((0, 0), (22, 0), (0, 30), (11, 17), (5, 29)):
        offset = axes.T @ (objective.theta + surface.a[i] * plane.u + surface.b[j] * plane.v - center)
        assert surface.values[j, i] == pytest.approx((offset**2) @ [1.0, 5.0, 30.0] / 2 - 1.5, rel=1e-12)
    assert not surface.error.any()


def test_the_middle_is_the_loss_at_the_origin(quadratic):
    objective, _, _ = quadratic(np.linspace(1.0, 9.0, 12))
    surface = sample_surface(objective, random_plane(objective, objective.theta, seed=4), ((-1.0, 1.0), (-3.0, 3.0)), resolution=(11, 5))
    assert surface.values[2, 5] == pytest.approx(objective.value(objective.theta), rel=1e-12)


def test_nan_and_infinity_are_kept(formula):
    objective = formula(lambda theta: torch.log(theta[0]) + 1 / theta[1] ** 2, [1.0, 1.0])
    values = sample_surface(objective, coordinate_plane(np.zeros(2), 0, 1), ((-1.0, 2.0), (0.0, 1.0)), resolution=(4, 3)).values
    assert np.isnan(values[1:, 0]).all()
    assert np.isneginf(values[1:, 1]).all()
    assert np.isposinf(values[0, 2:]).all()
    assert np.isfinite(values[1:, 2:]).all()


def test_progress_is_heard_to_its_end_and_cancel_ends_it(formula):
    objective, plane, heard = formula(lambda theta: theta.sum(), [0.0, 0.0]), coordinate_plane(np.zeros(2), 0, 1), []
    sample_surface(objective, plane, WINDOW, resolution=40, report=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    with pytest.raises(Cancelled, match="^$"):
        sample_surface(objective, plane, WINDOW, resolution=40, should_stop=lambda: True)


@pytest.mark.parametrize(
    "window", [((0.0, 0.0), (0.0, 1.0)), ((1.0, -1.0), (0.0, 1.0)), ((0.0, np.inf), (0.0, 1.0)), ((0.0, 1.0), (np.nan, 1.0))]
)
def test_a_window_that_is_none_is_refused(formula, window):
    with pytest.raises(LandscapeError, match="from a smaller to a larger finite number"):
        sample_surface(formula(lambda theta: theta.sum(), [0.0, 0.0]), coordinate_plane(np.zeros(2), 0, 1), window)


def test_one_point_a_side_is_refused(formula):
    with pytest.raises(LandscapeError, match="ny must be between 2 and"):
        sample_surface(formula(lambda theta: theta.sum(), [0.0, 0.0]), coordinate_plane(np.zeros(2), 0, 1), WINDOW, resolution=(5, 1))


def test_a_surface_cannot_be_written_to(formula):
    surface = sample_surface(
        formula(lambda theta: theta.sum(), [0.0, 0.0]), coordinate_plane(np.zeros(2), 0, 1), WINDOW, resolution=np.int64(4)
    )
    with pytest.raises(ValueError, match="read-only"):
        surface.values[0, 0] = 1.0
