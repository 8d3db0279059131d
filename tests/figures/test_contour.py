import json

import numpy as np
import pytest

from figures.contour import MOST_CROSSINGS, contour, crossings
from figures.heights import LogHeight
from figures.style import OPTIMIZER_STYLES, SIGNED_SCALE


def traces(figure, role):
    return [trace for trace in figure.data if trace.meta["role"] == role]


def test_the_ground_is_the_surface_at_its_own_places(surface, words):
    (ground,) = traces(contour(surface, words=words), "ground")
    np.testing.assert_array_equal(ground.x, surface.a)
    np.testing.assert_array_equal(ground.y, surface.b)
    assert ground.z.shape == (5, 7)
    np.testing.assert_array_equal(ground.customdata, surface.values.astype(np.float32))
    np.testing.assert_array_equal(ground.z, LogHeight.of(surface.values).height(surface.values).astype(np.float32))


def test_levels_are_log_spaced_between_lowest_and_highest(surface, words):
    (ground,) = traces(contour(surface, words=words), "ground")
    scale = LogHeight.of(surface.values)
    assert (ground.contours.start, ground.contours.end) == (scale.low, scale.high)
    assert (ground.zmin, ground.zmax) == (scale.low, scale.high)
    assert ground.contours.size == pytest.approx((scale.high - scale.low) / 18)


def test_the_colorbar_reads_true_losses(surface, words):
    (ground,) = traces(contour(surface, words=words), "ground")
    places = LogHeight.of(surface.values).height(np.array([float(text) for text in ground.colorbar.ticktext]))
    np.testing.assert_allclose(places, ground.colorbar.tickvals, atol=0.03)


def test_the_axes_are_the_window_whatever_the_path_does(surface, path, words):
    layout = contour(surface, [path], words=words).layout
    assert (layout.xaxis.range, layout.yaxis.range) == ((1.5, 4.0), (-3.0, 5.0))


def test_nan_and_infinity_stay_gaps(make, surface, words):
    values = surface.values.copy()
    values[3, 1], values[0, 6] = np.nan, np.inf
    (ground,) = traces(contour(make["surface"](surface.a, surface.b, values), words=words), "ground")
    for shown in (ground.z, ground.customdata):
        assert np.argwhere(~np.isfinite(shown)).tolist() == [[0, 6], [3, 1]]
        assert np.isnan(shown[0, 6])
    assert ground.connectgaps is False


def test_a_huge_value_moves_the_colors_end_but_not_the_data(make, surface, words):
    values = surface.values.copy()
    values[2, 2] = 1e30
    (ground,) = traces(contour(make["surface"](surface.a, surface.b, values), words=words), "ground")
    assert ground.customdata[2, 2] == np.float32(1e30)
    assert ground.z[2, 2] == pytest.approx(30)
    assert ground.zmax < 10
    assert ground.colorbar.ticktext[-1].startswith("≥")


def test_paths_are_plain_lists_marked_for_the_playhead(surface, path, words):
    figure = contour(surface, [path, path], words=words)
    assert [trace.meta["path"] for trace in traces(figure, "path")] == [0, 0, 1, 1]
    assert [trace.meta["path"] for trace in traces(figure, "head")] == [0, 1]
    sent = json.loads(figure.to_json())["data"]
    assert sent[1]["x"] == sent[2]["x"] == path.a.tolist()
    assert sent[2]["y"] == path.b.tolist()
    assert (sent[3]["x"], sent[3]["y"]) == ([3.0], [0.5])


def test_a_path_hovers_with_its_true_losses(surface, path, words):
    line = traces(contour(surface, [path], words=words), "path")[1]
    assert line.customdata == ("30", "22", "15", "12", "11")
    assert line.line.color == OPTIMIZER_STYLES["adam"].color


def test_a_diverged_point_is_a_gap(make, surface, words):
    bad = make["path"]("gd", "GD", np.array([2.0, np.inf, np.nan]), np.array([0.0, 1.0, 2.0]), np.array([5.0, np.inf, np.nan]))
    line = traces(contour(surface, [bad], words=words), "path")[1]
    assert (line.x, line.y) == ((2.0, None, None), (0.0, None, None))
    assert line.customdata == ("5", "∞", "NaN")


def test_marks_are_grouped_by_kind_and_those_of_the_slice_are_hollow(make, surface, words):
    marks = [
        make["mark"](2.0, 1.0, 4.5, "minimum"),
        make["mark"](3.0, 0.0, 9.0, "saddle", "λ = 1, -1", slice_only=True),
        make["mark"](2.5, 2.0, 5.0, "minimum"),
    ]
    minima, saddles = traces(contour(surface, marks=marks, words=words), "mark")
    assert (minima.name, minima.x, minima.y) == ("[minimum]", (2.0, 2.5), (1.0, 2.0))
    assert saddles.name == "[slice_saddle]"
    assert saddles.marker.color == "rgba(0,0,0,0)" != minima.marker.color
    assert list(saddles.customdata) == [["λ = 1, -1<br>", "9"]]


def test_every_word_is_the_callers(surface, path, words):
    layout = contour(surface, [path], words=words).layout
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("[a]", "[b]")


@pytest.mark.usefixtures("poisoned")
def test_streamlits_template_stays_out(surface, path, words):
    assert "#00001" not in contour(surface, [path], words=words).to_json()


def test_a_path_that_leaves_for_good_is_drawn_to_a_place_that_a_browser_can_draw(make, surface, words):
    a, b = np.array([2.0, 3.0, -50.0, 1e40, -1e300]), np.array([0.0, 1.0, 80.0, 1e39, 2e299])
    path = make["path"]("gd", "GD", a, b, np.ones(5))
    for trace in traces(contour(surface, [path], words=words), "path"):
        np.testing.assert_array_equal(trace.x[:3], a[:3])
        np.testing.assert_array_equal(trace.y[:3], b[:3])
        assert np.abs(trace.x).max() < 2e3 * np.ptp(surface.a) and np.abs(trace.y).max() < 2e3 * np.ptp(surface.b)
        assert trace.x[3] > 1e3 and trace.x[4] < -1e3


def test_a_path_that_runs_away_changes_no_color_and_no_tick(make, surface, path, words):
    steps = 2.0 ** np.arange(500)
    away = make["path"]("gd", "GD", steps, -steps, -(steps**1.5), None, None, None, "unbounded", 3)
    alone, other = (contour(surface, paths, words=words).data[0].to_plotly_json() for paths in ([path], [path, away]))
    assert json.dumps(alone, default=str) == json.dumps(other, default=str)


def test_a_lowest_color_that_only_rounding_keeps_off_zero_is_called_zero(make, words):
    side = np.linspace(-1.0, 1.0, 9)
    bowl = make["surface"](side, side, side[None, :] ** 2 + side[:, None] ** 2 - 8.9e-16)
    assert contour(bowl, words=words).data[0].colorbar.ticktext[0] == "0"


def test_a_line_crosses_the_grid_as_often_as_counted():
    heights = np.array([[0.0, 0.5, 1.0], [0.0, np.nan, 1.0]])  # of 18 levels: 9 and 9 along a, none known along b but at the ends
    scale = LogHeight(0.0, 1.0, 0.0, 1.0, False)
    assert crossings(heights, scale) == 18
    assert crossings(heights.T + 5.0, scale) == 0  # above the highest level there is none


@pytest.mark.parametrize(("rough", "kind"), [(0.0, "contour"), (0.05, "contour"), (10.0, "heatmap")])
def test_noise_is_drawn_in_the_same_colors_without_lines(make, words, path, rough, kind):
    """Plotly would follow them for most of a minute."""
    a, b = np.linspace(-1.0, 2.0, 201), np.linspace(-3.0, 1.0, 151)
    values = 1.0 + a[None, :] ** 2 + 3 * b[:, None] ** 2 + rough * np.random.default_rng(0).random((151, 201))
    values[3, 1] = np.nan
    (ground,) = traces(contour(make["surface"](a, b, values), [path], words=words), "ground")
    scale = LogHeight.of(values)
    assert ground.type == kind
    np.testing.assert_array_equal(ground.z, scale.height(values).astype(np.float32))
    np.testing.assert_array_equal(ground.customdata, values.astype(np.float32))
    assert (ground.zmin, ground.zmax, ground.connectgaps) == (scale.low, scale.high, False)
    assert (crossings(scale.height(values), scale) <= MOST_CROSSINGS) == (kind == "contour")


def test_the_waves_of_a_function_keep_their_lines(make, words):
    a = np.linspace(-5.12, 5.12, 201)
    wave = a**2 - 10 * np.cos(2 * np.pi * a) + 10
    (ground,) = traces(contour(make["surface"](a, a, wave[:, None] + wave), words=words), "ground")
    assert ground.type == "contour" and ground.contours.coloring == "fill"


def test_another_quantity_is_called_so_and_the_path_keeps_its_losses(surface, path, words):
    figure = contour(surface, [path], words=words, shows="gradient_norm")
    (ground,) = traces(figure, "ground")
    assert ground.colorbar.title.text == "[gradient_norm]" and "[gradient_norm] %{customdata" in ground.hovertemplate
    assert "[loss] %{customdata}" in traces(figure, "path")[1].hovertemplate
    assert (ground.zmin, ground.zmax) == (lambda scale: (scale.low, scale.high))(LogHeight.of(surface.values))


def test_zero_is_a_line_and_the_middle_of_the_colors_where_a_sign_matters(make, surface, words):
    values = surface.values - 9.0
    values[3, 1] = np.nan
    signed = make["surface"](surface.a, surface.b, values)
    ground, zero = contour(signed, words=words, shows="smallest_eigenvalue").data
    assert ground.zmin == -ground.zmax and [color for _, color in ground.colorscale] == list(SIGNED_SCALE)
    assert (zero.contours.start, zero.contours.end, zero.contours.coloring, zero.showscale) == (0, 0, "none", False)
    np.testing.assert_array_equal(zero.z, values.astype(np.float32))
    np.testing.assert_array_equal(ground.z, values.astype(np.float32))
    assert zero.meta["role"] == "zero" and ground.connectgaps is zero.connectgaps is False
    assert not traces(contour(signed, words=words), "zero")


def test_a_crowd_of_critical_points_is_drawn_smaller_and_the_start_as_ever(make, surface, words):
    def sizes(count):
        marks = [make["mark"](2.0, 1.0, 4.5, "start"), *(make["mark"](2.0 + k / count, 1.0, 4.5, "saddle") for k in range(count))]
        return [trace.marker.size for trace in traces(contour(surface, marks=marks, words=words), "mark")]

    assert sizes(40) == sizes(1) == [10, 10]
    assert sizes(160) == [10, 5] and sizes(4000) == [10, 4]
