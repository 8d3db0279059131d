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


def test_a_path_is_drawn_at_its_true_losses_and_gaps_outside_the_window(surface, path, words):
    line = traces(relief(surface, [path], words=words), "path")[1]
    assert line.x == (1.6, 2.0, 2.5, None, 3.0)
    assert line.y == (4.0, 3.0, 2.0, None, 0.5)
    assert line.z == (30.0, 22.0, 15.0, None, 11.0)


def test_a_log_path_is_drawn_at_the_heights_of_its_true_losses(surface, path, words):
    line = traces(relief(surface, [path], words=words, log=True), "path")[1]
    heights = LogHeight.of(surface.values, [path.losses]).height(path.losses)
    np.testing.assert_allclose([z for z in line.z if z is not None], heights[[0, 1, 2, 4]])


def test_the_frame_holds_a_path_that_floats_above_the_surface(make, surface, words):
    top = surface.values.max()
    floating = make["path"]("gd", "GD", np.array([2.0, 2.1]), np.array([0.0, 0.1]), np.array([1.2 * top, top / 2]))
    figure = relief(surface, [floating], words=words)
    assert figure.layout.scene.zaxis.range[1] > 1.2 * top
    assert None not in traces(figure, "path")[1].z


def test_a_path_far_above_the_frame_has_a_gap_there(make, surface, words):
    flying = make["path"]("gd", "GD", np.array([2.0, 2.1]), np.array([0.0, 0.1]), np.array([1e9, 5.0]))
    figure = relief(surface, [flying], words=words)
    assert traces(figure, "path")[1].z == (None, 5.0)
    assert figure.layout.scene.zaxis.range[1] < 3 * surface.values.max()


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
