import json

import numpy as np
import pytest

from figures.density import density
from figures.style import COOL, WARM

DIM = 40


@pytest.fixture
def found(make):
    """A bulk of 38 eigenvalues at zero and one each at -1 and 3, as kernels of width 0.1 see them."""
    grid = np.linspace(-1.6, 3.6, 261)
    kernel = np.exp(-(((grid[:, None] - [-1.0, 0.0, 3.0]) / 0.1) ** 2) / 2) / (0.1 * np.sqrt(2 * np.pi))
    values = kernel @ [1 / DIM, 38 / DIM, 1 / DIM]
    return make["density"](grid, values, 0.2 * values, 0.1)


def traces(figure, role):
    return [trace for trace in figure.data if trace.meta["role"] == role]


def test_the_curve_is_the_density_on_a_log_axis(found, words):
    figure = density(found, dim=DIM, words=words)
    (curve,) = traces(figure, "density")
    high = found.values > 1e-3
    np.testing.assert_array_equal(np.array(curve.x), found.grid)
    np.testing.assert_array_equal(np.array(curve.y)[high], found.values[high])
    assert figure.layout.yaxis.type == "log"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("[eigenvalue]", "[density]")
    assert np.min(curve.y) > 0  # zero has no logarithm


def test_the_picture_reaches_down_to_a_tenth_of_one_eigenvalue_alone(found, words):
    low, high = density(found, dim=DIM, words=words).layout.yaxis.range
    alone = found.values[np.argmin(np.abs(found.grid - 3.0))]
    assert 10**low == pytest.approx(alone / 10)
    assert found.values.max() < 10**high < 3 * found.values.max()


def test_where_the_number_of_eigenvalues_is_not_known_six_decades_are_drawn(found, words):
    low, _ = density(found, words=words).layout.yaxis.range
    assert 10**low == pytest.approx(1e-6 * found.values.max())


def test_the_band_is_one_standard_error_on_each_side(found, words):
    lower, upper = traces(density(found, dim=DIM, words=words), "band")
    high = found.values > 1e-2
    np.testing.assert_allclose(np.array(lower.y)[high], 0.8 * found.values[high])
    np.testing.assert_allclose(np.array(upper.y)[high], 1.2 * found.values[high])
    assert upper.fill == "tonexty" and lower.fill is None


@pytest.mark.parametrize(("error", "said"), [(np.nan, ""), (0.0, " ± 0")])
def test_an_error_that_is_unknown_or_zero_has_no_band(make, found, words, error, said):
    figure = density(make["density"](found.grid, found.values, np.full(261, error), 0.1), words=words)
    assert not traces(figure, "band")
    assert {row[1] for row in traces(figure, "density")[0].customdata} == {said}


def test_known_eigenvalues_are_strokes_with_their_residuals_in_the_color_of_their_sign(make, found, words):
    eigen = make["spectrum"](np.array([5.0, 3.0, -1.0]), np.array([0.1, 0.2, 0.3]))
    figure = density(found, eigen, dim=DIM, words=words)
    (strokes,) = traces(figure, "eigenvalue")
    assert (list(strokes.x), list(strokes.customdata)) == ([5.0, 3.0, -1.0], [0.1, 0.2, 0.3])
    assert list(strokes.marker.line.color) == [COOL, COOL, WARM]
    low, high = figure.layout.yaxis.range
    assert all(low < np.log10(y) < low + 0.1 * (high - low) for y in strokes.y)
    assert figure.layout.xaxis.range[0] < -1.6 and figure.layout.xaxis.range[1] > 5.0


@pytest.mark.parametrize("value", [np.nan, 0.0, -1.0, np.inf])
def test_a_density_of_nothing_is_an_empty_frame(make, words, value):
    nothing = make["density"](np.full(5, value), np.full(5, value), np.full(5, value), value)
    layout = json.loads(density(nothing, dim=3, words=words).to_json())["layout"]
    assert np.isfinite(layout["xaxis"]["range"] + layout["yaxis"]["range"]).all()


@pytest.mark.usefixtures("poisoned")
def test_streamlits_template_stays_out(found, words):
    assert "#00001" not in density(found, words=words).to_json()
