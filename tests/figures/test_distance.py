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


def test_rounding_errors_are_not_blown_up(make, words):
    flat = make["path"]("gd", "GD", np.array([3.0, 2.0]), np.array([1.0, 1.0]), np.ones(2), None, np.array([1e-16, 3e-15]))
    assert distance([flat], words=words).layout.yaxis.range == (0, 1)


def test_a_small_true_distance_is_shown_to_scale(make, words):
    near = make["path"]("gd", "GD", np.array([3.0, 2.0]), np.array([1.0, 1.0]), np.ones(2), None, np.array([0.0, 1e-4]))
    low, high = distance([near], words=words).layout.yaxis.range
    assert low == 0 and 1e-4 < high < 1.2e-4


@pytest.mark.parametrize("status", ["diverged", "unbounded"])
def test_a_path_that_left_is_followed_for_a_little(make, words, status):
    away = np.concatenate([np.linspace(0, 0.3, 10), 2.0 ** np.arange(900), [np.inf, np.nan]])
    side = np.linspace(0, 1, len(away))
    gone = make["path"]("gd", "GD", side, side, side, None, away, None, status, 9)
    figure = distance([gone], words=words)
    assert 0.3 < figure.layout.yaxis.range[1] < 2
    assert figure.layout.annotations[0].text == f"[{status}] [step] 9 ↑"
    assert figure.layout.xaxis.autorange is figure.layout.yaxis.autorange is False


@pytest.mark.usefixtures("poisoned")
def test_streamlits_template_stays_out(path, words):
    assert "#00001" not in distance([path], words=words).to_json()
