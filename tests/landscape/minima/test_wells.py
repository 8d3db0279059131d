"""Wells: both minima, and what gradient descent does at each rate, beside a loop of its own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from landscape.errors import Cancelled
from landscape.minima.wells import START, STEPS, Wells


def found(**settings):
    return list(Wells(**{"lr": 0.1, **settings}).stages(lambda stage, share: None, lambda: False))[-1]


@pytest.fixture(scope="module")
def default():
    return found()


def slope(x: float) -> float:
    """The derivative of -T log(exp(-(x + 2)^2 / 2T) + exp(-25 (x - 2)^2 / 2T)) for T = 0.2."""
    flat, sharp = (x + 2) ** 2 / 0.4, 25 * (x - 2) ** 2 / 0.4
    share = 1 / (1 + math.exp(min(flat - sharp, 700.0)))
    return share * (x + 2) + (1 - share) * 25 * (x - 2)


def test_two_minima_of_the_same_depth(default):
    flat, sharp = default.wells
    assert (flat.x, sharp.x) == pytest.approx((-2, 2), abs=1e-9) and (flat.value, sharp.value) == pytest.approx((0, 0), abs=1e-12)
    assert (flat.sharpness, sharp.sharpness, flat.trace, sharp.trace) == pytest.approx((1, 25, 2, 50), rel=1e-9)
    assert (flat.limit, sharp.limit) == pytest.approx((2, 0.08), rel=1e-9)


def test_every_run_is_plain_gradient_descent(default):
    for roll in default.rolls:
        xs = [START[0]]
        for _ in range(len(roll.xs) - 1):
            xs.append(xs[-1] - roll.lr * slope(xs[-1]))
        count = 30  # later, rounding errors of a bouncing run grow
        assert roll.xs[:count] == pytest.approx(xs[:count], rel=1e-9)
        assert len(roll.xs) == STEPS + 1


def test_where_each_rate_ends(default):
    ends = {roll.lr: (roll.end, roll.last_right) for roll in default.rolls}
    assert ends == {
        0.05: ("stays", None),
        0.079: ("stays", None),
        0.081: ("bounces", None),
        0.09: ("crosses", 24),
        0.1: ("crosses", 15),
        0.15: ("crosses", 6),
        2.1: ("diverges", None),
    }


def test_the_study_s_own_rate_comes_first_and_once():
    assert [roll.lr for roll in found(lr=0.1).rolls] == [0.1, 0.05, 0.079, 0.081, 0.09, 0.15, 2.1]
    rolls = found(lr=0.2).rolls
    assert [roll.lr for roll in rolls] == [0.2, 0.05, 0.079, 0.081, 0.09, 0.1, 0.15, 2.1]


def test_the_section_is_of_the_loss_itself(default):
    assert np.interp([-2.0, 2.0, -3.0, 2.2], default.x, default.train) == pytest.approx([0, 0, 0.5, 0.5], abs=1e-3)


def test_it_stops_when_asked():
    with pytest.raises(Cancelled, match="^$"):
        list(Wells(0.1).stages(lambda stage, share: None, lambda: True))
