import colorsys
import itertools

import numpy as np
import pytest

from figures.style import (
    OPTIMIZER_STYLES,
    OTHER_STYLE,
    SIGNED_SCALE,
    SURFACE_SCALE,
    drawn,
    hover,
    round_ticks,
    shown_range,
    style_of,
)
from landscape.descent.optimizers import optimizers

# Machado, Oliveira and Fernandes 2009, severity 1, in linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}


def linear(color):
    channels = np.array([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(color):
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def lab(rgb):
    """CIE L*a*b* of linear RGB, white D65."""
    xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]) @ rgb
    x, y, z = np.cbrt(np.clip(xyz / [0.95047, 1.0, 1.08883], 0.008856, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(color, page):
    light, dark = sorted([luminance(color), luminance(page)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("part", ["color", "dash", "symbol"])
def test_every_optimizer_has_its_own(part):
    parts = [getattr(style, part) for style in [*OPTIMIZER_STYLES.values(), OTHER_STYLE]]
    assert len(set(parts)) == len(parts)


def test_every_optimizer_of_the_catalogue_has_a_style():
    assert set(OPTIMIZER_STYLES) == set(optimizers)


RELATIVES = {
    "perturbed_gd": "gd", "sam": "sgd", "muon": "momentum", "lbfgs": "nesterov", "adadelta": "adagrad", "rprop": "rmsprop",
    "nadam": "adam", "radam": "adam", "damped_newton": "newton", "saddle_free_newton": "newton",
}  # fmt: skip


@pytest.mark.parametrize("name", RELATIVES)
def test_relatives_have_a_hue_in_common_and_other_markers_on_the_relief(name):
    """Lines on the relief are solid, so that shade and marker have to tell them apart."""
    hues = [
        colorsys.rgb_to_hsv(*(int(OPTIMIZER_STYLES[one].color[k : k + 2], 16) for k in (1, 3, 5)))[0] for one in (name, RELATIVES[name])
    ]
    assert abs((hues[0] - hues[1] + 0.5) % 1 - 0.5) < 0.1
    assert OPTIMIZER_STYLES[name].symbol3d != OPTIMIZER_STYLES[RELATIVES[name]].symbol3d


@pytest.mark.parametrize("vision", VISIONS)
def test_optimizer_colors_differ_for_every_color_vision(vision):
    seen = {name: lab(np.clip(VISIONS[vision] @ linear(style.color), 0, 1)) for name, style in OPTIMIZER_STYLES.items()}
    closest = min(float(np.linalg.norm(seen[one] - seen[two])) for one, two in itertools.combinations(seen, 2))
    assert closest > 9  # about 2.3 is a just noticeable difference


@pytest.mark.parametrize("page", ["#ffffff", "#0e1117"])
@pytest.mark.parametrize("name", OPTIMIZER_STYLES)
def test_optimizer_colors_can_be_seen_on_both_pages(name, page):
    assert contrast(OPTIMIZER_STYLES[name].color, page) > 2


def test_relief_symbols_are_glyphs_that_every_font_has():
    glyphs = {f"{shape}{fill}" for shape in ("circle", "diamond", "square") for fill in ("", "-open")}
    assert {style.symbol3d for style in [*OPTIMIZER_STYLES.values(), OTHER_STYLE]} <= glyphs


def test_an_optimizer_without_a_style_still_gets_one():
    assert style_of("gd").color == OPTIMIZER_STYLES["gd"].color
    assert style_of("unheard-of") is OTHER_STYLE


def test_the_surface_scale_is_perceptually_uniform():
    steps = [lab(linear(color)) for color in SURFACE_SCALE]
    lightness = np.array([step[0] for step in steps])
    apart = np.array([np.linalg.norm(later - former) for former, later in itertools.pairwise(steps)])
    assert np.all(np.diff(lightness) > 2)
    assert apart.max() < 3 * apart.min()


@pytest.mark.parametrize("vision", VISIONS)
def test_the_surface_scale_stays_ordered_for_every_color_vision(vision):
    lightness = [lab(np.clip(VISIONS[vision] @ linear(color), 0, 1))[0] for color in SURFACE_SCALE]
    assert np.all(np.diff(lightness) > 0)


def test_drawn_keeps_finite_values_and_makes_the_rest_gaps():
    values = np.array([[1.5, np.nan], [np.inf, -2.25], [-np.inf, 7.0]])
    shown = drawn(values)
    assert shown.dtype == np.float32
    np.testing.assert_array_equal(shown, [[1.5, np.nan], [np.nan, -2.25], [np.nan, 7.0]])


def test_drawn_keeps_double_precision_where_single_would_make_steps():
    values = 1000 + np.linspace(0, 1e-3, 12)
    assert drawn(values).dtype == np.float64
    assert drawn(np.array([3.0, 1e300])).dtype == np.float64
    np.testing.assert_array_equal(drawn(np.array([3.0, 1e300])), [3.0, 1e300])


def test_nothing_finite_is_drawn_as_nothing():
    assert np.isnan(drawn(np.full((3, 2), np.inf))).all()
    assert shown_range(np.full((3, 2), np.nan)) == (0.0, 1.0, False)


def test_one_huge_value_does_not_set_the_range():
    values = np.concatenate([np.linspace(2.0, 3.0, 99), [1e12]])
    low, high, cut = shown_range(values)
    assert low == 2.0
    assert 3.0 < high < 6.0
    assert cut is True


def test_a_tame_range_is_shown_whole():
    assert shown_range(np.linspace(-4.0, 9.0, 50)) == (-4.0, 9.0, False)


def test_a_flat_surface_has_a_range():
    low, high, cut = shown_range(np.full(9, 5.0))
    assert low == 5.0 < high
    assert cut is False


def test_a_plateau_with_a_spike_is_shown_whole():
    assert shown_range(np.array([1.0] * 30 + [4.0])) == (1.0, 4.0, False)


@pytest.mark.parametrize(("low", "high"), [(-5.0, 5.0), (0.0, 880.0), (0.013, 0.0172), (-3e6, 1e6), (1.5, 4.0)])
def test_round_ticks_are_few_round_and_inside(low, high):
    ticks = round_ticks(low, high)
    assert 2 <= len(ticks) <= 5
    assert all(low < tick < high for tick in ticks)
    assert all(float(f"{tick:.3g}") == pytest.approx(tick, abs=1e-12 * (high - low)) for tick in ticks)


def test_a_hover_label_names_its_rows_and_not_the_trace():
    assert hover("one", "two", title="T") == "<b>T</b><br>one<br>two<extra></extra>"
    assert hover("one") == "one<extra></extra>"


@pytest.mark.parametrize("vision", VISIONS)
def test_colors_of_a_sign_are_as_light_on_both_sides_and_told_apart(vision):
    """By their hue, for every kind of color vision; each side darkens evenly from nearly white."""
    labs = [lab(np.clip(VISIONS[vision] @ linear(color), 0, 1)) for color in SIGNED_SCALE]
    half = len(labs) // 2
    negative, positive = labs[half::-1], labs[half:]
    for side in (negative, positive):
        assert all(3 < step < 16 for step in -np.diff([color[0] for color in side]))
    for low, high in zip(negative[2:], positive[2:], strict=True):
        assert np.linalg.norm(low - high) > 15
    if vision == "normal":
        assert all(abs(low[0] - high[0]) < 3 for low, high in zip(negative, positive, strict=True))
