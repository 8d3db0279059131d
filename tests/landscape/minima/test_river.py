"""Rides down a valley: noise holds a ride up as the theory of a quadratic says, decay lets it down, and a large rate goes further."""

import numpy as np
import pytest

from landscape.errors import Cancelled
from landscape.minima import river
from landscape.minima.digits import digits
from landscape.minima.river import Ride, Rides, down_the_loss, down_the_valley, river_rides
from landscape.objectives.functions import make_function


def test_a_ride_down_a_straight_valley_goes_and_hovers_as_the_theory_of_a_quadratic_says():
    """With noise k xi in the gradient across, y has the variance lr k xi^2 / (2 - lr k); along, nothing is random."""
    slope, k, lr = 0.2, 20.0, 0.06
    rides = down_the_valley(make_function("river_valley", slope=slope, k=k, bend=0.0), lr, draws=64)
    steps = np.arange(river.STEPS)
    shares = np.minimum(np.minimum((steps + 1) / round(0.05 * river.STEPS), 1), (river.STEPS - steps) / round(0.2 * river.STEPS))
    for ride, rates in zip(rides, (lr + 0 * steps, lr * shares, lr / river.SMALLER + 0 * steps), strict=True):
        x = -5.0
        for rate in rates:
            x -= rate * slope * (x - 4) / np.hypot(1, x - 4)
        assert ride.paths[:, -1, 0] == pytest.approx(x, abs=1e-9)
    x = rides.constant.paths[0, :, 0]
    late = (rides.constant.losses - slope * (np.hypot(1, x - 4) - 1))[:, river.STEPS // 2 :]
    theory = k / 2 * lr * k * river.SHIFT**2 / (2 - lr * k)
    assert late.mean() == pytest.approx(theory, rel=0.05)
    assert np.median(rides.decayed.above) < 0.2 * theory and rides.further


def test_on_the_function_decay_drops_into_the_river_and_the_large_rate_went_further():
    valley = next(river_rides(seeds=(0,), samples=60, widths=(4,))).valley
    assert valley.dropped and valley.further and (valley.drops > 0).all()
    assert np.median(valley.constant.above) > 5 * np.median(valley.decayed.above)
    assert np.median(valley.constant.floors) < np.median(valley.decayed.floors) < np.median(valley.small.floors)


def test_the_network_grows_seed_by_seed(monkeypatch):
    monkeypatch.setattr(river, "NET_STEPS", 60)
    grown = list(river_rides(seeds=(3, 4), samples=60, widths=(4,), net_lr=0.3))
    assert [None if found.net is None else found.net.small.losses.shape for found in grown] == [None, (1, 7), (2, 7)]
    assert [found.finished for found in grown] == [False, False, True]
    task = digits(60, widths=(4,), seed=4)
    np.testing.assert_array_equal(grown[-1].net.decayed.losses[1], down_the_loss(task, 0.3, seed=4).decayed.losses[0])
    assert (grown[-1].net.constant.losses[:, 0] == grown[-1].net.small.losses[:, 0]).all()


def test_what_is_said_of_the_rides_holds_for_every_one_of_them():
    def ride(losses, floors):
        return Ride("", 1.0, 10, np.arange(11), np.array(losses), np.array(floors), np.empty((0, 0, 2)))

    high = [np.r_[np.full(9, 5.0), 4.0, 4.0], np.r_[np.full(9, 5.0), 4.5, 4.5]]
    low = [np.r_[np.full(9, 5.0), 2.0, 1.0], np.r_[np.full(9, 5.0), 2.0, 1.5]]
    rides = Rides(ride(high, [1.0, 1.0]), ride(low, [1.2, 1.2]), ride(high, [2.0, 0.9]))
    np.testing.assert_allclose(rides.drops, [4.0, 3.5])
    np.testing.assert_allclose(rides.constant.ending, [4.0, 4.5])
    assert rides.dropped and not rides.further and rides.typical == 1
    assert Rides(ride(low, [1.0, 1.0]), ride(high, [1.2, 1.2]), ride(high, [2.0, 3.0])).further
    assert not Rides(ride(low, [1.0, 1.0]), ride(high, [1.2, 1.2]), ride(high, [2.0, 3.0])).dropped


def test_it_stops_when_asked():
    with pytest.raises(Cancelled, match="^$"):
        list(river_rides(samples=40, widths=(4,), should_stop=lambda: True))


def test_the_noise_on_the_function_is_of_the_first_seed():
    one, other = (next(river_rides(seeds=(seed,), samples=60, widths=(4,))).valley.constant for seed in (0, 4))
    assert (one.losses[:, -1] != other.losses[:, -1]).all()
