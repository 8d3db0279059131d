import numpy as np
import pytest

from figures.heights import EvenHeight, LogHeight, height_of


def test_heights_are_the_log_of_the_loss_above_the_lowest(surface):
    scale = LogHeight.of(surface.values)
    rise = surface.values - surface.values.min()
    assert scale.floor == surface.values.min()
    assert np.quantile(rise, 0.01) <= scale.offset < np.quantile(rise, 0.9)
    np.testing.assert_allclose(scale.height(surface.values), np.log10(rise + scale.offset))


def test_loss_undoes_height(surface):
    scale = LogHeight.of(surface.values)
    np.testing.assert_allclose(scale.loss(scale.height(surface.values)), surface.values, rtol=1e-12)


def test_below_the_lowest_ground_heights_go_on_along_the_tangent(surface):
    scale = LogHeight.of(surface.values)
    below = scale.floor - scale.offset * np.array([0.0, 1e-6, 0.01, 0.5, 3.0])
    heights = scale.height(below)
    assert heights[0] == scale.low and np.all(np.diff(heights) < 0)
    slope = (scale.height(np.array(scale.floor + 1e-7 * scale.offset)) - scale.low) / (1e-7 * scale.offset)
    np.testing.assert_allclose((heights[1:] - scale.low) / (below[1:] - scale.floor), slope, rtol=1e-5)
    np.testing.assert_allclose(scale.loss(heights), below, rtol=1e-9)


@pytest.mark.parametrize("shift", [-300.0, 0.0, 7.5])
@pytest.mark.parametrize("factor", [1e-6, 1.0, 40.0])
def test_a_shifted_and_scaled_loss_has_the_same_picture(surface, shift, factor):
    """Heights move by log10 of the factor; the shift is the floor's alone."""
    scale, other = LogHeight.of(surface.values), LogHeight.of(factor * (surface.values + shift))
    assert other.offset == pytest.approx(factor * scale.offset, rel=1e-9)
    assert other.floor == pytest.approx(factor * (scale.floor + shift), rel=1e-9)
    losses = np.linspace(scale.floor - scale.offset, 1.3 * surface.values.max(), 40)
    np.testing.assert_allclose(other.height(factor * (losses + shift)), scale.height(losses) + np.log10(factor), atol=1e-6)
    assert (other.low - other.high, other.cut) == (pytest.approx(scale.low - scale.high, rel=1e-6), scale.cut)


def pits(heights):
    """How many inner points lie below all eight around them, by more than a fiftieth of the range."""
    inner = heights[1:-1, 1:-1]
    around = [heights[1 + i : heights.shape[0] - 1 + i, 1 + j : heights.shape[1] - 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    return int((inner < np.min(around, axis=0) - np.ptp(heights) / 50).sum())


@pytest.mark.parametrize("points", [31, 61, 101])
@pytest.mark.parametrize("valley", ["rosenbrock", "hyperbola", "ditch"])
def test_a_valley_narrower_than_the_grid_has_no_teeth(points, valley):
    """A valley without a single pit on its floor but its lowest point, hit and missed by the grid in turn."""
    a, b = np.meshgrid(np.linspace(-2, 2, points), np.linspace(-1, 3, points))
    losses = {
        "rosenbrock": (1 - a) ** 2 + 100 * (b - a**2) ** 2,
        "hyperbola": (a * (b - 1) - 1) ** 2 + 0.1,
        "ditch": (np.cos(0.3) * a + np.sin(0.3) * b) ** 2 + 1000 * (np.cos(0.3) * b - np.sin(0.3) * a) ** 2,
    }[valley]
    scale = LogHeight.of(losses)
    assert pits(scale.height(losses)) <= 1
    assert scale.high - scale.low > 1.0  # and yet decades are told apart


def test_a_smooth_basin_keeps_its_decades():
    a, b = np.meshgrid(np.linspace(-1, 1, 61), np.linspace(-1, 1, 61))
    rise = a**2 + b**2
    assert LogHeight.of(rise).offset == pytest.approx(np.quantile(rise, 0.01))


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
