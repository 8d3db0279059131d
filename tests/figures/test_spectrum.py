import numpy as np
import pytest

from figures.spectrum import spectrum
from figures.style import INK, OPTIMIZER_STYLES


@pytest.fixture
def eigen(make):
    return make["spectrum"](np.array([9.0, 4.0, 0.5, -0.25, -2.0]), np.array([0.1, 0.2, 0.3, 0.4, 0.5]))


def limited(make, optimizer, limit):
    return make["path"](optimizer, optimizer, np.zeros(2), np.zeros(2), np.ones(2), sharpness_limit=limit)


def heads(figure):
    return [trace for trace in figure.data if trace.mode == "markers"]


def test_eigenvalues_stand_in_order_with_their_residuals(eigen, words):
    positive, negative = heads(spectrum(eigen, words=words))
    assert (positive.x, positive.y) == ((1, 2, 3), (9.0, 4.0, 0.5))
    assert (negative.x, negative.y) == ((4, 5), (-0.25, -2.0))
    assert tuple(positive.error_y.array) + tuple(negative.error_y.array) == tuple(eigen.residuals)


def test_negative_ones_have_another_color(eigen, words):
    positive, negative = heads(spectrum(eigen, words=words))
    assert positive.marker.color != negative.marker.color


def test_stems_rise_from_zero(eigen, words):
    stem = spectrum(eigen, words=words).data[0]
    assert stem.x == (1, 1, None, 2, 2, None, 3, 3, None)
    assert stem.y == (0.0, 9.0, None, 0.0, 4.0, None, 0.0, 0.5, None)


def test_a_limit_in_reach_is_a_labelled_line(make, eigen, words):
    figure = spectrum(eigen, [limited(make, "adam", 6.25)], words=words)
    (line,), (label,) = figure.layout.shapes, figure.layout.annotations
    assert (line.y0, line.y1, line.line.color) == (6.25, 6.25, OPTIMIZER_STYLES["adam"].color)
    assert (label.text, label.y) == ("[stable_up_to] 6.25", 6.25)


def test_a_limit_far_above_is_a_label_and_does_not_squeeze_the_picture(make, eigen, words):
    figure = spectrum(eigen, [limited(make, "gd", 5000.0)], words=words)
    assert figure.layout.shapes == ()
    assert figure.layout.annotations[0].text == "[stable_up_to] 5000 ↑"
    assert figure.layout.yaxis.range[1] < 12


def test_limits_that_read_the_same_share_one_label_in_no_paths_color(make, eigen, words):
    figure = spectrum(eigen, [limited(make, "gd", 6.25), limited(make, "sgd", 6.25), limited(make, "adam", None)], words=words)
    (label,), (line,) = figure.layout.annotations, figure.layout.shapes
    assert label.font.color == line.line.color == INK


def test_labels_of_far_limits_do_not_cover_each_other(make, eigen, words):
    figure = spectrum(eigen, [limited(make, "gd", 400.0), limited(make, "sgd", 900.0)], words=words)
    assert [label.yshift for label in figure.layout.annotations] == [0, -14]


def test_a_limit_just_under_the_edge_leaves_the_edge_to_one_above_it(make, words):
    eigen = make["spectrum"](np.array([3.2, 1.0]), np.zeros(2))
    below, above = spectrum(eigen, [limited(make, "gd", 4.0), limited(make, "momentum", 38.0)], words=words).layout.annotations
    assert (below.y, below.yanchor) == (4.0, "top") and (above.y, above.yref, above.yanchor) == (1, "paper", "top")


def test_the_axis_holds_every_eigenvalue_and_zero(eigen, words):
    low, high = spectrum(eigen, words=words).layout.yaxis.range
    assert low < -2.0
    assert high > 9.0


@pytest.mark.usefixtures("poisoned")
def test_streamlits_template_stays_out(make, eigen, words):
    assert "#00001" not in spectrum(eigen, [limited(make, "gd", 3.0)], words=words).to_json()


def test_what_rounding_leaves_of_zero_is_no_negative_eigenvalue(make, words):
    figure = spectrum(make["spectrum"](np.array([5.0, 1e-16, -1e-16]), np.zeros(3)), words=words)
    assert [trace.name for trace in figure.data if trace.name] == ["[positive]"]
    figure = spectrum(make["spectrum"](np.array([5.0, 1e-16, -1e-3]), np.zeros(3)), words=words)
    assert [trace.name for trace in figure.data if trace.name] == ["[positive]", "[negative]"]


def test_labels_that_would_overprint_stand_apart(make, words):
    eigen = make["spectrum"](np.array([10.0, 1.0]), np.zeros(2))
    paths = [limited(make, "gd", 6.67), limited(make, "adam", 6.9), limited(make, "sgd", 2.0), limited(make, "momentum", 200.0)]
    notes = spectrum(eigen, paths, words=words).layout.annotations
    assert [(note.yanchor, note.xanchor) for note in notes] == [
        ("bottom", "right"),
        ("top", "right"),
        ("bottom", "right"),
        ("top", "right"),
    ]
