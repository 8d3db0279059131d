import numpy as np
import pytest

from figures.heights import EvenHeight, LogHeight, height_of


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


@pytest.mark.parametrize(
    ("shows", "lowest", "kind", "signed"),
    [
        ("loss", -2.0, LogHeight, False),
        ("gradient_norm", 0.0, LogHeight, False),
        ("accuracy", 0.0, EvenHeight, False),
        ("test_accuracy", 0.0, EvenHeight, False),
        ("smallest_eigenvalue", -2.0, EvenHeight, True),
        ("smallest_eigenvalue", 0.5, EvenHeight, True),
        ("largest_eigenvalue", -2.0, EvenHeight, True),
        ("largest_eigenvalue", 0.5, LogHeight, False),
    ],
)
def test_what_has_a_sign_is_seen_by_it_and_shares_as_they_are(shows, lowest, kind, signed):
    height = height_of(shows, np.array([lowest, 3.0, np.nan, np.inf]))
    assert isinstance(height, kind) and height.signed == signed


def test_losses_of_a_path_do_not_move_the_scale_of_another_quantity():
    values, losses = np.array([1.0, 2.0, 5.0]), [np.array([-7.0])]
    assert height_of("loss", values, losses).floor == -7.0
    assert height_of("gradient_norm", values, losses).floor == 1.0


def test_zero_is_in_the_middle_of_what_has_a_sign():
    scale = EvenHeight.of(np.array([-1.0, np.nan, 4.0, -np.inf]), signed=True)
    assert (scale.low, scale.high, scale.sunk, scale.cut) == (-4.0, 4.0, False, False)
    places, labels = scale.ticks()
    assert (places[0], places[-1]) == (-4.0, 4.0) and labels[places.index(0.0)] == "0"
    assert scale.shown(np.array([-1.0, np.nan, 4.0])) == (-1.0, 4.0)


@pytest.mark.parametrize("sign", [-1, 1])
def test_one_huge_value_of_either_sign_is_cut_from_the_range_and_said_so(sign):
    values = np.append(np.linspace(-1, 1, 50), sign * 1e9)
    scale = EvenHeight.of(values, signed=True)
    assert scale.high == -scale.low < 5 and (scale.sunk, scale.cut) == (sign < 0, sign > 0)
    labels = scale.ticks()[1]
    assert (labels[0].startswith("≤ "), labels[-1].startswith("≥ ")) == (sign < 0, sign > 0)
    assert scale.shown(values) == ((scale.low, 1.0) if sign < 0 else (-1.0, scale.high))


def test_shares_are_shown_from_the_lowest_to_the_highest():
    scale = EvenHeight.of(np.append(np.linspace(0.1, 0.2, 30), 0.95))
    assert (scale.low, scale.high, scale.cut) == (0.1, 0.95, False)
    np.testing.assert_array_equal(scale.height(np.array([0.3, np.inf])), [0.3, np.nan])


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("values", [np.full((3, 4), -7.5), np.full((3, 4), np.nan), np.zeros((2, 2))])
def test_even_values_without_relief_have_a_scale(values, signed):
    scale = EvenHeight.of(values, signed)
    low, high = scale.shown(values)
    assert scale.high > scale.low and high > low and len(set(scale.ticks()[1])) >= 2
