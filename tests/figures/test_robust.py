"""Figures of the outliers page: what they hold is what they were given."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from figures.robust import MOST_DRAWN, breaking, drawn_points, landscape, look_of, of_each_point, points_and_lines
from tests.figures.conftest import Surface

WORDS = dict.fromkeys(("x", "y", "a", "b", "loss", "point", "outlier", "mse", "lts", "share", "bend", "local_minimum"), "word")


@dataclass
class Points:
    x: np.ndarray
    y: np.ndarray
    number: np.ndarray
    rows: int
    labels: tuple = ()
    outliers: frozenset = frozenset()


@dataclass
class Line:
    name: str
    slope: float
    intercept: float

    def at(self, x):
        return self.slope * x + self.intercept


@dataclass
class Sweep:
    shares: np.ndarray = field(default_factory=lambda: np.array([0.0, 0.25, 0.5]))
    biases: np.ndarray = field(default_factory=lambda: np.array([0.0, 9.0, np.inf]))


POINTS = Points(np.array([3.0, 1.0, 2.0]), np.array([5.0, -1.0, 0.5]), np.array([0, 2, 7]), 4, ("cow", "dog", "ape"), frozenset({2}))


def trace(figure, role):
    return next(trace for trace in figure.data if (trace.meta or {}).get("role") == role)


def test_points_can_be_dragged_by_their_numbers_and_known_outliers_are_hollow():
    figure = points_and_lines(POINTS, ((0, 4), (-2, 6)), [Line("mse", 2.0, -1.0)], words=WORDS)
    handle = trace(figure, "handle")
    assert (list(handle.x), list(handle.y)) == ([3.0, 1.0, 2.0], [5.0, -1.0, 0.5])
    assert handle.meta["samples"] == [0, 2, 7] and handle.meta["editable"]
    assert list(handle.marker.symbol) == ["circle", "circle-open", "circle"]
    assert list(handle.customdata) == ["cow", "ape · word", "word 8"]
    line = trace(figure, "line")
    assert (list(line.x), list(line.y)) == ([0, 4], [-1.0, 7.0]) and line.line.color == look_of("mse").color


def test_of_many_points_some_are_drawn_and_all_of_the_hand():
    many = Points(np.arange(5000.0), np.zeros(5000), np.append(np.arange(4999), 6000), 6000)
    at = drawn_points(many)
    assert MOST_DRAWN <= len(at) <= MOST_DRAWN + 1 and at[0] == 0 and at[-1] == 4999


def test_every_line_has_its_place_in_the_landscape():
    surface = Surface(np.linspace(0, 3, 5), np.linspace(-2, 2, 4), np.arange(20.0).reshape(4, 5) + 1)
    figure = landscape(surface, 10.0, [Line("mse", 2.0, -20.5), Line("lts", 1.0, -10.0)], [Line("", 0.5, -4.0)], words=WORDS)
    signs = [(trace.x[0], trace.y[0], trace.marker.color) for trace in figure.data if (trace.meta or {}).get("role") == "mark"]
    assert [sign[:2] for sign in signs] == [(0.5, 1.0), (2.0, -0.5), (1.0, 0.0)]
    assert [sign[2] for sign in signs[1:]] == [look_of("mse").color, look_of("lts").color]


def test_what_each_point_has_stands_over_its_x_in_order():
    figure = of_each_point(POINTS, [Line("mse", 2.0, -1.0)], [np.array([0.3, np.nan, -2.0])], quantity="weight", words=WORDS)
    (drawn,) = figure.data
    assert (list(drawn.x), list(drawn.y)) == ([1.0, 2.0, 3.0], [None, -2.0, 0.3]) and drawn.meta["samples"] == [2, 7, 0]


def test_where_a_line_breaks_is_drawn_in_tenfold_steps():
    (drawn,) = breaking({"mse": Sweep()}, words=WORDS).data
    assert list(drawn.y) == [0.0, pytest.approx(1.0), None]


def test_no_two_estimators_look_alike():
    looks = [look_of(name) for name in ("mse", "mae", "huber", "log_cosh", "quantile", "tukey", "lts", "mm")]
    assert len({look.color for look in looks}) == len({look.dash for look in looks}) == len(looks)
