import numpy as np
import pytest

from figures.fit import confusion_matrix, decision_boundary, fitted_curve, predicted_against_true, ranked_queries
from figures.style import OPTIMIZER_STYLES

POINTS = np.array([[1.0, 2.0], [3.0, -1.0], [2.0, 0.5], [0.5, 4.0]])
TARGETS = np.array([0, 1, 2, 0])
GRID_X, GRID_Y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([-1.0, 2.0, 5.0])
CLASSES = np.array([[1, 1, 2, 2], [0, 1, 2, 2], [0, 0, 0, 1]])


def boundary(words):
    return decision_boundary(POINTS, TARGETS, GRID_X, GRID_Y, CLASSES, words=words, labels=("red wine", "white wine"))


def test_each_class_has_its_region_at_its_own_places(words):
    regions = [trace for trace in boundary(words).data if trace.type == "contour"]
    assert [region.meta["class"] for region in regions] == [0, 1, 2]
    for kind, region in enumerate(regions):
        np.testing.assert_array_equal(region.z, CLASSES == kind)
        np.testing.assert_array_equal(region.x, GRID_X)
        np.testing.assert_array_equal(region.y, GRID_Y)


def test_points_have_their_classs_color_symbol_and_name(words):
    dots = [trace for trace in boundary(words).data if trace.type == "scatter"]
    assert [dot.name for dot in dots] == ["red wine", "white wine", "2"]
    assert (dots[0].x, dots[0].y) == ((1.0, 0.5), (2.0, 4.0))
    assert len({dot.marker.color for dot in dots}) == len({dot.marker.symbol for dot in dots}) == 3


def test_a_fitted_curve_lies_over_the_data(words):
    grid = np.linspace(0, 2, 3)
    figure = fitted_curve(np.array([0.1, 1.7]), np.array([5.0, 6.0]), grid, [("GD", "gd", np.array([1.0, np.inf, 3.0]))], words=words)
    data, curve = figure.data
    assert (data.x, data.y, data.mode) == ((0.1, 1.7), (5.0, 6.0), "markers")
    assert curve.x == (0.0, 1.0, 2.0)
    assert curve.y == (1.0, None, 3.0)
    assert (curve.name, curve.line.color) == ("GD", OPTIMIZER_STYLES["gd"].color)


def test_predictions_stand_against_truth_with_the_line_of_equality(words):
    line, dots = predicted_against_true(np.array([1.0, 4.0, 2.0]), np.array([1.5, 3.0, -0.5]), words=words).data
    assert (dots.x, dots.y) == ((1.0, 4.0, 2.0), (1.5, 3.0, -0.5))
    assert line.x == line.y and line.x[0] < -0.5 < 4.0 < line.x[1]


def test_several_targets_have_a_color_and_a_name_each(words):
    targets, predictions = np.arange(6.0).reshape(3, 2), np.arange(6.0).reshape(3, 2) + [0.5, -0.5]
    _, *dots = predicted_against_true(targets, predictions, words=words, labels=("waist", "pulse")).data
    assert [(dot.name, dot.x, dot.y) for dot in dots] == [("waist", (0, 2, 4), (0.5, 2.5, 4.5)), ("pulse", (1, 3, 5), (0.5, 2.5, 4.5))]
    assert dots[0].marker.color != dots[1].marker.color


def test_ranked_queries_are_rows_of_grades_from_the_first_place_on(words):
    figure = ranked_queries(np.array([[4.0, 1.0, 0.0], [2.0, 3.0, 1.0]]), words=words)
    (tiles,) = figure.data
    assert tiles.z.tolist() == [[4, 1, 0], [2, 3, 1]] and tiles.x.tolist() == [1, 2, 3] and tiles.y.tolist() == [1, 2]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("[rank]", "[query]")
    assert figure.layout.yaxis.range == (2.5, 0.5)


def test_the_confusion_matrix_has_true_rows_and_predicted_columns(words):
    figure = confusion_matrix(np.array([[8, 2, 0], [1, 1, 2], [0, 0, 0]]), ["a", "b", "c"], words=words)
    heat = figure.data[0]
    np.testing.assert_allclose(heat.z, [[0.8, 0.2, 0.0], [0.25, 0.25, 0.5], [0.0, 0.0, 0.0]])
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("[predicted]", "[true]")
    assert (figure.layout.xaxis.range, figure.layout.yaxis.range) == ((-0.5, 2.5), (2.5, -0.5))
    written = {(y, x): text for trace in figure.data[1:] for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)}
    assert written["a", "b"] == "2"
    assert written["b", "a"] == "1"
    assert len(written) == 9


def test_the_counts_of_many_classes_are_left_to_the_hover(words):
    assert len(confusion_matrix(np.eye(20, dtype=int), [str(k) for k in range(20)], words=words).data) == 1


def test_a_model_that_diverged_leaves_the_picture_to_the_data(words):
    inputs, targets, grid = np.linspace(-1, 1, 9), np.linspace(2, 5, 9), np.linspace(-1, 1, 21)
    curves = [("GD", "gd", 1e30 * (2 + grid)), ("Adam", "adam", 3.5 + 2 * grid), ("Newton", "newton", -1e9 + grid)]
    figure = fitted_curve(inputs, targets, grid, curves, words=words)
    assert figure.layout.yaxis.range == pytest.approx((0.5 - 0.18, 6.5 + 0.18))  # half a range wider at most
    assert [note.text for note in figure.layout.annotations] == ["GD [beyond] ↑", "Newton [beyond] ↓"]
    assert figure.data[1].y == tuple(curves[0][2])
    figure = predicted_against_true(targets, np.append(targets[:-2], [1e12, np.inf]), words=words)
    assert figure.layout.yaxis.range == pytest.approx((2 - 0.18, 6.5 + 0.18))
    assert [note.text for note in figure.layout.annotations] == ["2 [beyond] ↑"]


def test_every_axis_names_its_range(words):
    nothing = np.full(4, np.nan)
    figures = [
        boundary(words),
        fitted_curve(GRID_X, nothing, GRID_X, [("GD", "gd", nothing)], words=words),
        fitted_curve(GRID_X, GRID_X, GRID_X, [], words=words),
        predicted_against_true(nothing, nothing, words=words),
        predicted_against_true(np.ones(3), np.ones(3), words=words),
        confusion_matrix(np.eye(2, dtype=int), ["a", "b"], words=words),
    ]
    for figure in figures:
        for axis in (figure.layout.xaxis, figure.layout.yaxis):
            assert np.isfinite(axis.range).all() and axis.range[0] != axis.range[1]


@pytest.mark.usefixtures("poisoned")
def test_streamlits_template_stays_out(words):
    figures = [
        boundary(words),
        fitted_curve(GRID_X, GRID_X, GRID_X, [], words=words),
        predicted_against_true(GRID_X, GRID_X, words=words),
        ranked_queries(CLASSES, words=words),
        confusion_matrix(np.eye(2, dtype=int), ["a", "b"], words=words),
    ]
    assert not any("#00001" in figure.to_json() for figure in figures)
