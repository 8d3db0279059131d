"""Axis ranges of the small panels: the large values of a diverged run must not compress the curves of other runs."""

from types import SimpleNamespace

import numpy as np
import pytest

from figures.reach import AWAY, LARGEST, before, linear_reach, loss_reach
from landscape.descent import trajectory

STAYED = SimpleNamespace(status="completed", step=60)


def away(losses, step, status="diverged"):
    return SimpleNamespace(status=status, step=step), np.array(losses)


def test_the_runs_that_left_are_those_that_landscape_says_left():
    assert AWAY == trajectory.AWAY


def test_the_step_that_leads_away_is_no_longer_before_it():
    path, losses = away([1.0, 2.0, 1e93], 1)
    assert before(path, losses).tolist() == [1.0]
    assert before(*away([3.0, 1e93], 0)).tolist() == [3.0]


@pytest.mark.parametrize("leap", [1e4, 1e93])
def test_a_leap_does_not_squeeze_the_run_that_stayed(leap):
    sound = np.linspace(1.7, -0.04, 61)
    low, high, log = loss_reach([away([1.7, -30.0, -leap, leap], 1), (STAYED, sound)])
    assert not log and -4 < low < sound.min() and sound.max() < high < 4


def test_a_run_down_to_rounding_does_not_let_another_one_go_up_as_many_decades():
    low, high, log = loss_reach([away([180.0, 6e3, 1e12, 1e40], 1), (STAYED, np.geomspace(180.0, 7e-30, 61))])
    assert log and low < 1e-29 and 180 < high < 1e7


def test_an_axis_ends_at_a_number():
    assert np.isfinite(loss_reach([away([-1.0, 1.7e308, 1.7e308], 1)])[:2]).all()
    assert linear_reach(-1.7e308, 1.7e308) == (-LARGEST, LARGEST)
