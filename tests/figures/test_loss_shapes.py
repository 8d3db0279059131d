from dataclasses import dataclass, field

import numpy as np
import pytest

from figures import style
from figures.loss_maps import class_map, order_map, small_contour
from figures.loss_shapes import TRACES, change_of, loss_shapes, reach
from tests.figures.conftest import Mark, Surface

WORDS = {
    "across": "r",
    "part": "gradient",
    "delta": "delta",
    "a": "w",
    "b": "b",
    "loss": "loss",
    "minimum": "lowest",
    "class": "class {number}",
}


@dataclass
class Broken:
    x: np.ndarray
    y: np.ndarray
    deltas: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))


@dataclass
class Curve:
    parts: dict


@dataclass
class Line:
    name: str
    label: str
    curve: Curve


@dataclass
class LossMap:
    x: np.ndarray
    y: np.ndarray
    values: np.ndarray
    lowest: tuple | None


X = np.array([-2.0, -1.0, 0.5, 0.5, 0.5, 1.0, 2.0])
STEP = np.array([-1.0, -1.0, -1.0, np.nan, 1.0, 1.0, 1.0])


def kinked(weight=2.0):
    return Curve({"gradient": Broken(X, STEP), "curvature": Broken(X, 0 * X, np.array([[0.5, weight]]))})


def test_a_jump_is_a_gap_of_the_line():
    figure = loss_shapes([Line("mae", "MAE", kinked())], [kinked()], "gradient", words=WORDS)
    line, arrows = figure.data
    np.testing.assert_array_equal(line.x, X.astype(np.float32))
    np.testing.assert_array_equal(line.y, STEP.astype(np.float32))
    assert not line.connectgaps and len(arrows.x) == 0 and tuple(figure.layout.xaxis.range) == (-2.0, 2.0)


@pytest.mark.parametrize(("weight", "symbol"), [(2.0, "triangle-up"), (-1.0, "triangle-down")])
def test_a_delta_is_an_arrow_as_high_as_its_weight(weight, symbol):
    arrows = loss_shapes([Line("mae", "MAE", kinked(weight))], [kinked(weight)], "curvature", words=WORDS).data[1]
    assert list(arrows.x) == [0.5, 0.5, None] and list(arrows.y) == [0.0, weight, None]
    assert arrows.marker.symbol[1] == symbol and list(arrows.marker.size) == [0, 11, 0]


def test_a_change_names_what_the_traces_of_a_figure_have():
    lines = [Line("mae", "MAE", kinked()), Line("mse", "MSE", kinked())]
    figure = loss_shapes(lines, [kinked()], "curvature", words=WORDS)
    assert len(figure.data) == TRACES * len(lines)
    for trace, change in zip(figure.data[TRACES:], change_of(lines[1].curve, "curvature"), strict=True):
        for name, value in change.items():
            np.testing.assert_array_equal(list(trace[name]), list(value))


def test_one_steep_loss_does_not_flatten_the_others():
    x = np.linspace(-1, 1, 50)
    flat, steep = Broken(x, x), Broken(x, 100 * x)
    low, high = reach([flat, flat, steep])
    assert high < 2 and low == pytest.approx(-high) and reach([steep])[1] > 97
    assert reach([Broken(x, 0 * x)]) == (-1.0, 1.0)
    assert reach([flat, Broken(x, np.where(x > 0.5, np.inf, x))])[1] < 2
    assert reach([Broken(x, 0 * x + 0.5, np.array([[0.0, 2.0]]))])[1] > 2  # an arrow is seen whole


RESIDUAL = ("mse", "mae", "rmse", "huber", "log_cosh", "quantile", "tukey")
MARGIN = ("zero_one", "hinge", "squared_hinge", "perceptron", "exponential", "logistic")


@pytest.mark.parametrize("family", [RESIDUAL, MARGIN])
def test_the_losses_of_a_family_are_told_apart(family):
    looks = [style.loss_style(name) for name in family]
    assert len({look.color for look in looks}) == len(family)
    assert style.loss_style("unheard_of") == style.OTHER_STYLE


def test_small_maps_have_no_color_bar():
    values = np.add.outer(np.arange(4.0), np.arange(5.0)) + 1
    surface = Surface(np.arange(5.0), np.arange(4.0), values)
    figure = small_contour(surface, [Mark(1.0, 2.0, 3.0, "minimum")], words=WORDS)
    assert figure.data[0].showscale is False and tuple(figure.data[-1].x) == (1.0,)


def test_the_lowest_point_of_a_map_is_marked_where_there_is_one():
    side = np.linspace(-1, 1, 5)
    drawn = LossMap(side, side, np.add.outer(side**2, side**2) + 1, (0.25, -0.5))
    figure = order_map(drawn, words=WORDS)
    assert (figure.data[-1].x, figure.data[-1].y) == ((0.25,), (-0.5,))
    assert len(order_map(LossMap(side, side, drawn.values, None), words=WORDS).data) == len(figure.data) - 1


def test_a_simplex_has_three_named_corners_and_no_axes():
    side = np.linspace(0, 1, 9)
    figure = class_map(LossMap(side, side, np.add.outer(side, side) + 1, (0.5, 0.4)), words=WORDS)
    assert [note.text for note in figure.layout.annotations] == ["class 1", "class 2", "class 3"]
    assert [(note.x, round(note.y, 3)) for note in figure.layout.annotations] == [(0.5, 0.866), (0, 0), (1, 0)]
    assert figure.layout.xaxis.visible is False and figure.layout.yaxis.scaleanchor == "x"
