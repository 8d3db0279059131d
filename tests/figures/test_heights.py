import numpy as np
import pytest

from figures.heights import LogHeight


def test_heights_are_the_log_of_the_loss_above_the_lowest(surface):
    scale = LogHeight.of(surface.values)
    rise = surface.values - surface.values.min()
    assert scale.floor == surface.values.min()
    assert scale.offset == pytest.approx(np.quantile(rise, 0.01))
    np.testing.assert_allclose(scale.height(surface.values), np.log10(rise + scale.offset))


def test_loss_undoes_height(surface):
    scale = LogHeight.of(surface.values)
    np.testing.assert_allclose(scale.loss(scale.height(surface.values)), surface.values, rtol=1e-12)


def test_a_path_below_the_surface_sets_the_floor(surface):
    scale = LogHeight.of(surface.values, [np.array([9.0, np.nan, -3.5, np.inf])])
    assert scale.floor == -3.5
    assert np.isfinite(scale.height(np.array([-3.5])))[0]


def test_what_is_not_finite_has_no_height(surface):
    heights = LogHeight.of(surface.values).height(np.array([np.nan, np.inf, -np.inf, 20.0]))
    np.testing.assert_array_equal(np.isnan(heights), [True, True, True, False])


def test_the_range_is_the_surfaces_own(surface):
    scale = LogHeight.of(surface.values)
    heights = scale.height(surface.values)
    assert (scale.low, scale.high, scale.cut) == (heights.min(), heights.max(), False)


def test_a_huge_finite_value_is_cut_from_the_range_and_said_so(surface):
    values = surface.values.copy()
    values[1, 2] = 1e200
    scale = LogHeight.of(values)
    assert scale.cut is True
    assert scale.high < 10
    assert scale.ticks()[1][-1].startswith("≥ ")


def test_the_largest_float_is_survived(surface):
    values = surface.values.copy()
    values[0, 0], values[4, 6] = np.finfo(float).max, -np.finfo(float).max
    scale = LogHeight.of(values)
    assert np.isfinite([scale.low, scale.high, scale.offset]).all()


def test_ticks_stand_at_the_height_of_the_loss_they_name(surface):
    scale = LogHeight.of(surface.values)
    places, labels = scale.ticks(7)
    assert 3 <= len(places) == len(labels) <= 7
    assert np.all(np.diff(places) > 0)
    np.testing.assert_allclose(scale.height(np.array([float(label) for label in labels])), places, atol=0.02 * (scale.high - scale.low))


@pytest.mark.parametrize("values", [np.full((3, 4), 7.5), np.full((3, 4), np.nan), np.zeros((2, 2))])
def test_a_surface_without_relief_has_a_scale(values):
    scale = LogHeight.of(values)
    places, labels = scale.ticks()
    assert scale.high > scale.low
    assert len(places) == len(labels) >= 1


def test_a_lowest_plateau_is_one_step_down_and_not_a_bottomless_well():
    scale = LogHeight.of(np.repeat([0.0, 0.25, 0.5, 0.75], 10))
    assert scale.offset == 0.25
    assert scale.high - scale.low == pytest.approx(np.log10(4))


def test_rounding_errors_of_a_flat_valley_are_no_relief():
    valley = np.concatenate([1.0 + 1e-16 * np.arange(20), np.linspace(2.0, 5.0, 20)])
    scale = LogHeight.of(valley)
    assert scale.high - scale.low < 4.5
