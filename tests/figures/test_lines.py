"""Measured lines: bands between the smallest and the largest, limits beside the picture, and axes that hold all of it."""

import numpy as np

from figures.lines import Limit, Line, lines

X = np.array([0.0, 1.0, 2.0])


def _figure(*series, **options):
    return lines(series, x="rho", y="sharpness", **options)


def test_a_band_goes_there_along_the_top_and_back_along_the_bottom():
    line = Line("a", X, np.array([2.0, 3.0, 4.0]), "#4c82d3", low=np.array([1.0, 2.0, 3.0]), high=np.array([5.0, 6.0, 7.0]), points=True)
    band, drawn = _figure(line).data
    np.testing.assert_array_equal(band.x, [0, 1, 2, 2, 1, 0])
    np.testing.assert_array_equal(band.y, [5, 6, 7, 3, 2, 1])
    assert band.fillcolor == "rgba(76,130,211,0.16)" and drawn.mode == "lines+markers"


def test_the_axis_holds_values_bands_and_limits():
    figure = _figure(Line("a", X, np.array([8.0, 9.0, np.nan]), "#4c82d3"), limits=[Limit(12.0, "2/lr", "#d1495b")])
    low, high = figure.layout.yaxis.range
    assert low < 8.0 and high > 12.0
    (rule,), (said,) = figure.layout.shapes, figure.layout.annotations
    assert rule.y0 == rule.y1 == 12.0 and said.text == "2/lr" and figure.layout.margin.r > 50


def test_a_share_is_written_in_percent_and_names_stand_for_places():
    figure = _figure(Line("a", X, np.array([0.5, 0.25, 1.0]), "#4c82d3"), percent=True, ticks=["0", "0.05", "0.1"])
    np.testing.assert_array_equal(figure.data[0].y, [50, 25, 100])
    assert figure.layout.xaxis.ticktext == ("0", "0.05", "0.1") and figure.layout.yaxis.ticksuffix == " %"


def test_a_logarithmic_axis_of_few_decades_has_ticks_within_them():
    few, many = (_figure(Line("a", X, np.array([1.0, 2.0, top]), "#4c82d3"), log=True) for top in (50.0, 5000.0))
    assert (few.layout.yaxis.dtick, many.layout.yaxis.dtick) == ("D2", 1)


def test_nothing_finite_is_an_empty_picture():
    assert _figure(Line("a", X, np.full(3, np.nan), "#4c82d3")).layout.yaxis.range == (0.0, 1.0)
