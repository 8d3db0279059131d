import json

import numpy as np
import pytest

from figures.heights import LogHeight
from figures.relief import relief
from figures.style import SIGNED_SCALE


def traces(figure, role):
    return [trace for trace in figure.data if trace.meta["role"] == role]


def test_the_ground_is_the_surface_at_its_own_places(surface, words):
    (ground,) = traces(relief(surface, words=words), "ground")
    np.testing.assert_array_equal(ground.x, surface.a)
    np.testing.assert_array_equal(ground.y, surface.b)
    np.testing.assert_array_equal(ground.z, surface.values.astype(np.float32))
    np.testing.assert_array_equal(ground.customdata, surface.values.astype(np.float32))


def test_log_heights_keep_true_losses_for_the_hover(surface, words):
    (ground,) = traces(relief(surface, words=words, log=True), "ground")
    scale = LogHeight.of(surface.values)
    np.testing.assert_array_equal(ground.z, scale.height(surface.values).astype(np.float32))
    np.testing.assert_array_equal(ground.customdata, surface.values.astype(np.float32))


@pytest.mark.parametrize("log", [False, True])
def test_colors_are_those_of_the_contour(surface, words, log):
    (ground,) = traces(relief(surface, words=words, log=log), "ground")
    scale = LogHeight.of(surface.values)
    color = ground.z if ground.surfacecolor is None else ground.surfacecolor
    np.testing.assert_array_equal(color, scale.height(surface.values).astype(np.float32))
    assert (ground.cmin, ground.cmax) == (scale.low, scale.high)


@pytest.mark.parametrize("log", [False, True])
def test_nan_and_infinity_stay_gaps(make, surface, words, log):
    values = surface.values.copy()
    values[3, 1], values[0, 6] = np.nan, np.inf
    (ground,) = traces(relief(make["surface"](surface.a, surface.b, values), words=words, log=log), "ground")
    assert np.argwhere(np.isnan(ground.z)).tolist() == [[0, 6], [3, 1]]
    assert ground.connectgaps is False


def test_a_surface_with_nothing_finite_is_an_empty_frame(make, surface, path, words):
    nothing = make["surface"](surface.a, surface.b, np.full(surface.values.shape, np.inf))
    figure = relief(nothing, [path], words=words)
    assert np.isnan(figure.data[0].z).all()


def test_a_path_is_drawn_at_its_true_losses_beyond_the_window_too(surface, path, words):
    """WebGL cuts its line at the frame: a gap would leave it hanging at the last point inside."""
    line = traces(relief(surface, [path], words=words), "path")[1]
    assert (line.x, line.y, line.z) == (tuple(path.a), tuple(path.b), tuple(path.losses))


def test_a_log_path_is_drawn_at_the_heights_of_its_true_losses(surface, path, words):
    line = traces(relief(surface, [path], words=words, log=True), "path")[1]
    np.testing.assert_allclose(line.z, LogHeight.of(surface.values).height(path.losses))


@pytest.mark.parametrize("log", [False, True])
def test_a_path_that_runs_away_changes_neither_colors_nor_heights(make, surface, path, words, log):
    steps = 2.0 ** np.arange(500)
    away = make["path"]("gd", "GD", steps, -steps, -(steps * steps) / 4, None, None, None, "unbounded", 3)
    up = make["path"]("gd", "GD", 2.2 + 0 * steps, 0.4 + 0 * steps, steps * steps, None, None, None, "diverged", 1)
    down = make["path"]("gd", "GD", 2.2 + 0 * steps, 0.4 + 0 * steps, -(steps * steps), None, None, None, "unbounded", 1)
    alone = relief(surface, [path], words=words, log=log)
    with_them = relief(surface, [path, away, up, down], words=words, log=log)
    for name in ("z", "surfacecolor", "cmin", "cmax", "colorscale"):
        np.testing.assert_array_equal(getattr(with_them.data[0], name), getattr(alone.data[0], name))
    one, other = (np.ptp(figure.layout.scene.zaxis.range) for figure in (alone, with_them))
    assert one <= other < 1.7 * one  # two thirds of the height are the ground's, whatever comes
    for trace in traces(with_them, "path"):
        drawn = np.array((trace.x, trace.y, trace.z), dtype=float)
        assert np.nanmax(np.abs(drawn)) < 1e6 * max(1.0, np.abs(surface.values).max())


@pytest.mark.parametrize("log", [False, True])
def test_a_path_that_leaves_goes_on_in_its_own_direction(make, surface, words, log):
    """Where its line crosses the frame is where the true line does, to a thousandth of the window."""
    a, b, losses = np.array([2.0, 1e9]), np.array([0.0, 3e9]), np.array([20.0, 25.0])
    line = traces(relief(surface, [make["path"]("gd", "GD", a, b, losses)], words=words, log=log), "path")[1]
    share = (5.0 - line.y[0]) / (line.y[1] - line.y[0])  # where it crosses b = 5, the window's edge
    assert line.x[0] + share * (line.x[1] - line.x[0]) == pytest.approx(2.0 + 5.0 / 3.0, abs=2.5e-3)


@pytest.mark.parametrize("log", [False, True])
def test_a_path_a_little_below_the_lowest_grid_point_is_drawn_in_the_frame(make, surface, words, log):
    low, scale = surface.values.min(), LogHeight.of(surface.values)
    losses = np.array([20.0, low, low - 0.1 * scale.offset])
    deep = make["path"]("gd", "GD", np.array([2.0, 2.1, 2.2]), np.array([0.0, 0.1, 0.2]), losses)
    figure = relief(surface, [deep], words=words, log=log)
    z, (bottom, top) = traces(figure, "path")[1].z, figure.layout.scene.zaxis.range
    assert all(bottom < height < top for height in z) and z[2] < z[1] < z[0]


def test_the_frame_holds_a_path_that_floats_above_the_surface(make, surface, words):
    top = surface.values.max()
    floating = make["path"]("gd", "GD", np.array([2.0, 2.1]), np.array([0.0, 0.1]), np.array([1.2 * top, top / 2]))
    assert relief(surface, [floating], words=words).layout.scene.zaxis.range[1] > 1.2 * top


def test_a_path_far_above_the_frame_leaves_it_the_ground(make, surface, words):
    flying = make["path"]("gd", "GD", np.array([2.0, 2.1]), np.array([0.0, 0.1]), np.array([1e9, 5.0]))
    figure = relief(surface, [flying], words=words)
    assert traces(figure, "path")[1].z[0] > figure.layout.scene.zaxis.range[1] < 1.5 * surface.values.max()


def test_what_is_not_finite_is_a_gap_of_the_path(make, surface, words):
    bad = make["path"]("gd", "GD", np.array([2.0, 2.1, np.nan]), np.zeros(3), np.array([9.0, -np.inf, 3.0]))
    line = traces(relief(surface, [bad], words=words), "path")[1]
    assert (line.x, line.z) == ((2.0, None, None), (9.0, None, None))


def test_a_saddle_has_the_cross_of_the_legend_and_no_mark_hides_the_path(make, surface, words):
    marks = [make["mark"](2.0, 1.0, 9.0, kind) for kind in ("start", "minimum", "saddle", "maximum", "degenerate")]
    drawn = {trace.name: trace for trace in traces(relief(surface, marks=marks, words=words), "mark")}
    letters = {name: trace.text if "text" in trace.mode else "" for name, trace in drawn.items()}
    assert letters == {"[start]": "", "[minimum]": "", "[saddle]": "×", "[maximum]": "+", "[degenerate]": "×"}
    assert all(letter.encode("latin-1") is not None for letter in letters.values())
    assert max(trace.marker.size for trace in drawn.values()) < 5


def test_the_scene_is_fixed_to_the_window(surface, path, words):
    scene = relief(surface, [path], words=words).layout.scene
    assert (scene.xaxis.range, scene.yaxis.range) == ((1.5, 4.0), (-3.0, 5.0))


def test_a_huge_value_leaves_the_frame_and_is_announced(make, surface, words):
    values = np.tile(surface.values, (3, 2))
    values[2, 2] = 1e30
    tall = make["surface"](np.linspace(0, 1, 14), np.linspace(0, 2, 15), values)
    figure = relief(tall, words=words)
    (ground,) = traces(figure, "ground")
    top = figure.layout.scene.zaxis.range[1]
    assert top < 4 * surface.values.max()
    assert 100 * top < ground.z[2, 2] < 1e5 * top  # out of sight, yet low enough for the graphics card to resolve the rest
    assert ground.customdata[2, 2] == np.float32(1e30)
    axis = figure.layout.scene.zaxis
    assert axis.ticktext[-1].startswith("≥")
    assert axis.tickvals[-1] == top
    assert len(axis.tickvals) == len(axis.ticktext)
    np.testing.assert_array_equal(np.delete(ground.z, 2, axis=0), np.delete(values, 2, axis=0).astype(np.float32))


def test_log_ticks_read_true_losses(surface, words):
    axis = relief(surface, words=words, log=True).layout.scene.zaxis
    places = LogHeight.of(surface.values).height(np.array([float(text) for text in axis.ticktext]))
    np.testing.assert_allclose(places, axis.tickvals, atol=0.03)


def test_paths_are_plain_lists_marked_for_the_playhead(surface, path, words):
    figure = relief(surface, [path, path], words=words)
    assert [trace.meta["path"] for trace in traces(figure, "path")] == [0, 0, 1, 1]
    assert [trace.meta["path"] for trace in traces(figure, "head")] == [0, 1]
    sent = json.loads(figure.to_json())["data"]
    assert all(isinstance(sent[k][side], list) for k in (1, 2, 3) for side in "xyz")
    assert sent[2]["customdata"] == [[0, "30"], [1, "22"], [2, "15"], [3, "12"], [4, "11"]]


def test_marks_stand_at_their_values_and_only_in_the_frame(make, surface, words):
    marks = [
        make["mark"](2.0, 1.0, 4.5, "minimum"),
        make["mark"](8.0, 1.0, 4.5, "minimum"),
        make["mark"](2.0, 0.0, 6.0, "saddle", slice_only=True),
    ]
    minima, saddles = traces(relief(surface, marks=marks, words=words), "mark")
    assert (minima.x, minima.y, minima.z) == ((2.0, None), (1.0, None), (4.5, None))
    assert saddles.marker.opacity < 1 == minima.marker.opacity


@pytest.mark.usefixtures("poisoned")
@pytest.mark.parametrize("log", [False, True])
def test_streamlits_template_stays_out(surface, path, words, log):
    assert "#00001" not in relief(surface, [path], words=words, log=log).to_json()


def test_another_quantity_stands_at_its_values_and_is_called_so(make, surface, words):
    values = surface.values - 9.0
    figure = relief(make["surface"](surface.a, surface.b, values), words=words, log=True, shows="smallest_eigenvalue")
    (ground,) = figure.data
    np.testing.assert_array_equal(ground.z, values.astype(np.float32))
    assert ground.cmin == -ground.cmax and [color for _, color in ground.colorscale] == list(SIGNED_SCALE)
    assert figure.layout.scene.zaxis.title.text == "[smallest_eigenvalue]"
    low, high = figure.layout.scene.zaxis.range
    assert low < values.min() and high > values.max() and high - low < 1.05 * np.ptp(values)
    assert all(low < place < high for place in figure.layout.scene.zaxis.tickvals)  # a sign has no logarithm


def test_the_height_has_the_short_word_for_it_where_there_is_one(surface, words):
    short = {**words, "gradient_norm.short": "‖g‖"}
    titles = [relief(surface, words=some, shows="gradient_norm").layout.scene.zaxis.title.text for some in (words, short)]
    assert titles == ["[gradient_norm]", "‖g‖"]


def test_a_value_far_below_zero_does_not_flatten_the_rest(make, surface, words):
    values = surface.values - 9.0
    values[0, 0] = -1e9
    low, high = relief(make["surface"](surface.a, surface.b, values), words=words, shows="smallest_eigenvalue").layout.scene.zaxis.range
    assert high - low < 10 * np.ptp(surface.values)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("low", [(-1, -1), (1, -1), (-1, 1), (1, 1)])
def test_a_slope_is_looked_at_from_its_low_corner(make, words, low, log):
    """From the high one it would hide itself: mirrored ground has a mirrored camera, and a bowl the usual one."""
    a, b = np.linspace(-1, 1, 9), np.linspace(-2, 2, 11)
    slope = np.exp(-0.8 * low[0] * a[None, :] - 0.4 * low[1] * b[:, None])
    eye = relief(make["surface"](a, b, slope), words=words, log=log).layout.scene.camera.eye
    assert (np.sign(eye.x), np.sign(eye.y)) == low
    bowl = relief(make["surface"](a, b, a[None, :] ** 2 + b[:, None] ** 2), words=words, log=log).layout.scene.camera.eye
    assert (bowl.x, bowl.y, bowl.z) == (-abs(eye.x), -abs(eye.y), eye.z)
    slope[3:, 4:] = np.nan
    assert relief(make["surface"](a, b, slope), words=words, log=log).layout.scene.camera.eye.z == eye.z
