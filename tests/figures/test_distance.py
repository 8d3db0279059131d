import numpy as np
import pytest

from figures.distance import distance
from figures.style import OPTIMIZER_STYLES


def test_the_distance_of_each_step_in_the_optimizers_style(path, words):
    figure = distance([path], words=words)
    (line,) = figure.data
    assert line.y == tuple(path.distance)
    assert (line.line.color, line.line.dash) == (OPTIMIZER_STYLES["adam"].color, OPTIMIZER_STYLES["adam"].dash)
    assert figure.layout.xaxis.range == (0, 4)
    assert figure.layout.meta == {"role": "cursor"}


def test_rounding_errors_are_not_blown_up(make, words):
    flat = make["path"]("gd", "GD", np.array([3.0, 2.0]), np.array([1.0, 1.0]), np.ones(2), None, np.array([1e-16, 3e-15]))
    assert distance([flat], words=words).layout.yaxis.range == (0, 1)


def test_a_small_true_distance_is_shown_to_scale(make, words):
    near = make["path"]("gd", "GD", np.array([3.0, 2.0]), np.array([1.0, 1.0]), np.ones(2), None, np.array([0.0, 1e-4]))
    assert distance([near], words=words).layout.yaxis.range is None


@pytest.mark.usefixtures("poisoned")
def test_streamlits_template_stays_out(path, words):
    assert "#00001" not in distance([path], words=words).to_json()
