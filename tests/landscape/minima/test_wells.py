"""Wells: both minima, and what gradient descent does at each rate, beside a loop of its own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from landscape.errors import Cancelled
from landscape.minima.studies import studies
from landscape.minima.wells import DRAWS, PIT_RATE, RATES, START, STEPS, Wells, rolled, usual

DEFAULTS = studies["wells"].settings({})


def found(**settings):
    return list(Wells(**{**DEFAULTS, **settings}).stages(lambda stage, share: None, lambda: False))[-1]


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


def test_a_shifted_test_curve_costs_the_sharp_minimum_25_times_as_much(default):
    assert default.shifts[default.at] == 0.3
    assert default.rises[default.at] == pytest.approx([0.045, 1.125], abs=1e-9)
    assert default.rises[0] == pytest.approx([0, 0], abs=1e-12)
    odd = found(shift=0.33)
    assert odd.shifts[odd.at] == 0.33 and odd.rises[odd.at] == pytest.approx([0.33**2 / 2, 25 * 0.33**2 / 2], abs=1e-9)
    assert list(odd.shifts) == sorted(odd.shifts) and len(odd.shifts) == len(default.shifts) + 1


def test_noise_costs_half_the_trace_and_of_the_data_half_the_curvature(default):
    for well, trace, curvature in zip(default.wells, (2, 50), (1, 25), strict=True):
        assert abs(well.under_weights.value - trace * 0.01 / 2) < 4 * well.under_weights.standard_error
        assert abs(well.under_inputs.value - curvature * 0.01 / 2) < 4 * well.under_inputs.standard_error
        # of 1/2 k s^2 z^2 along one direction
        assert well.under_inputs.standard_error == pytest.approx(curvature * 0.01 / math.sqrt(2 * DRAWS), rel=0.1)


def test_each_well_is_a_parabola_up_to_the_ridge(default):
    flat, sharp = default.wells
    ridge = brentq(slope, 1.0, 1.6)
    for well, toward in ((flat, 1), (sharp, -1)):
        assert well.model.radius == pytest.approx(abs(ridge - well.x), rel=0.02)
        end = well.x + toward * well.model.radius
        parabola = well.sharpness * well.model.radius**2 / 2
        loss = -0.2 * np.logaddexp(-((end + 2) ** 2) / 0.4, -25 * (end - 2) ** 2 / 0.4)
        assert abs(loss - parabola) == pytest.approx(0.1 * parabola, rel=1e-6)


def test_without_walls_the_ball_ends_on_the_plateau(default):
    pits, x = default.pits, 2.01
    assert pits.xs[-1] == pytest.approx(3.085, abs=5e-4) and abs(pits.slope) < 1e-4
    slope_there = (np.interp(2.2, pits.x, pits.losses) - np.interp(2.1, pits.x, pits.losses)) / 0.1
    assert slope_there == pytest.approx(25 * 0.15 * math.exp(-25 * 0.15**2 / 2), rel=0.05)
    for step in range(3):
        assert pits.xs[step] == pytest.approx(x)
        x -= PIT_RATE * ((x + 2) * math.exp(-((x + 2) ** 2) / 2) + 25 * (x - 2) * math.exp(-25 * (x - 2) ** 2 / 2))


def test_the_batch_of_usual_rates_is_what_each_alone_is():
    for together, alone in zip(usual(), map(rolled, RATES), strict=True):
        assert together.end == alone.end and together.last_right == alone.last_right and together.lr == alone.lr
        near = 40 if alone.end in ("bounces", "crosses", "diverges") else None  # rounding grows where a run does not settle
        assert together.xs[:near] == pytest.approx(alone.xs[:near], rel=1e-9)
        assert together.losses[:10] == pytest.approx(alone.losses[:10], rel=1e-9)


def test_the_section_is_of_the_loss_itself(default):
    assert np.interp([-2.0, 2.0, -3.0, 2.2], default.x, default.train) == pytest.approx([0, 0, 0.5, 0.5], abs=1e-3)


def test_it_stops_when_asked():
    with pytest.raises(Cancelled, match="^$"):
        list(Wells(**DEFAULTS).stages(lambda stage, share: None, lambda: True))
