"""The study of basins: counts beside what is known of functions, and of networks the slice they are of."""

from __future__ import annotations

import numpy as np
import pytest

from landscape.errors import Cancelled
from landscape.minima.basins import FUNCTIONS, Persistence
from landscape.minima.studies import studies

DEFAULTS = studies["persistence"].settings({})


def found(**settings):
    return list(Persistence(**{**DEFAULTS, **settings}).stages(lambda stage, share: None, lambda: False))[-1]


def test_under_noise_persistence_counts_the_minima_and_the_grid_its_noise():
    counted = found()
    assert counted.count == len(counted.known) == 121 and len(counted.naive) > 160
    assert len(counted.overcounted) == len(counted.naive) - 121
    assert counted.basins.labels.max() == 120
    minima = np.array([(counted.surface.a[i], counted.surface.b[j]) for j, i in counted.basins.places[counted.basins.counted]])
    nearest = np.linalg.norm(minima[:, None] - counted.known, axis=2)
    assert sorted(nearest.argmin(axis=1)) == list(range(121)) and nearest.min(axis=1).max() < 0.45


@pytest.mark.parametrize("name", FUNCTIONS)
def test_without_noise_every_minimum_is_a_basin(name):
    counted = found(surface=name, noise=0.0, resolution=81)
    assert counted.count == len(counted.known) and counted.amplitude == 0.0
    assert counted.error.max() > 0  # between the points


def test_noise_is_a_share_of_the_range_and_is_in_the_error():
    quiet, loud = found(surface="himmelblau", noise=0.0, resolution=31), found(surface="himmelblau", noise=0.1, resolution=31)
    moved = loud.surface.values - quiet.surface.values
    rise = np.quantile(quiet.surface.values, 0.9) - quiet.surface.values.min()
    assert loud.amplitude == pytest.approx(0.1 * rise) and np.abs(moved).max() <= loud.amplitude
    assert np.abs(moved).max() > 0.95 * loud.amplitude and loud.error - quiet.error == pytest.approx(loud.amplitude)
    assert (found(surface="himmelblau", noise=0.1, resolution=31, seed=1).surface.values != loud.surface.values).any()


@pytest.mark.parametrize("name", ["plain_net", "skip_net"])
def test_a_network_s_basins_are_those_of_its_slice(name):
    counted = found(surface=name, noise=0.0, resolution=21)
    assert counted.known is None and 1 <= counted.count <= len(counted.naive)
    middle = counted.surface.values[10, 10]
    assert middle < 0.05 and middle <= np.quantile(counted.surface.values, 0.1)  # trained there


def test_a_network_s_slice_is_coarse_first():
    coarse, fine = Persistence(**{**DEFAULTS, "surface": "skip_net", "resolution": 35}).stages(lambda stage, share: None, lambda: False)
    assert (coarse.finished, fine.finished) == (False, True)
    assert (coarse.surface.values.shape, fine.surface.values.shape) == ((31, 31), (35, 35))
    assert fine.surface.evaluations == 35**2 + 34**2


def test_it_stops_when_asked():
    with pytest.raises(Cancelled, match="^$"):
        list(Persistence(**DEFAULTS).stages(lambda stage, share: None, lambda: True))
