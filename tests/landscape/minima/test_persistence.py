"""Basins by persistence, beside flooding level by level and surfaces whose basins are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from landscape.errors import LandscapeError
from landscape.minima.persistence import NOWHERE, find_basins, sampling_error, strict_minima
from landscape.objectives.functions import make_function
from landscape.plane import Plane
from landscape.sampling.surface import sample_surface

SHAPES = {4: ndimage.generate_binary_structure(2, 1), 8: ndimage.generate_binary_structure(2, 2)}


def rough(seed: int, shape: tuple[int, int] = (11, 14)) -> np.ndarray:
    """Smoothed noise: some basins within others."""
    return ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 0.9)


def flooded(values: np.ndarray, neighbors: int) -> set[tuple[float, float]]:
    """Birth and death of every basin, by looking at the pools of each level, one after another."""
    finite = np.isfinite(values)
    found, alive = set(), {}
    for level in np.unique(values[finite]):
        pools, count = ndimage.label(finite & (values <= level), structure=SHAPES[neighbors])
        lowest = {}
        for pool in range(1, count + 1):
            cells = np.argwhere(pools == pool)
            lowest[min((values[j, i], j, i) for j, i in cells)] = pool
        found |= {(minimum[0], level) for minimum in alive if minimum not in lowest and minimum[0] < level}
        alive = lowest
    return found | {(minimum[0], np.inf) for minimum in alive}


def bars(values: np.ndarray, **how: object) -> set[tuple[float, float]]:
    basins = find_basins(values, **how)
    return set(zip(basins.births.tolist(), basins.deaths.tolist(), strict=True))


@pytest.mark.parametrize("neighbors", [4, 8])
@pytest.mark.parametrize("seed", range(4))
def test_the_bars_are_those_of_flooding_level_by_level(seed, neighbors):
    values = rough(seed)
    assert bars(values, neighbors=neighbors) == flooded(values, neighbors)
    walled = np.where(np.random.default_rng(seed + 9).random(values.shape) < 0.25, np.nan, values)
    walled[0, :3] = np.inf
    assert bars(walled, neighbors=neighbors) == flooded(walled, neighbors)


@pytest.mark.parametrize("neighbors", [4, 8])
def test_of_rounded_values_too_which_are_full_of_ties(neighbors):
    for seed in range(4):
        values = np.round(2 * rough(seed))
        basins = find_basins(values, neighbors=neighbors)
        expected = sorted((birth, death) for birth, death in _multiset(values, neighbors))
        assert sorted(zip(basins.births.tolist(), basins.deaths.tolist(), strict=True)) == expected


def _multiset(values: np.ndarray, neighbors: int) -> list[tuple[float, float]]:
    """The same bars with their number, ties broken by tilting the grid by less than any difference."""
    tilted = values + 1e-6 * np.arange(values.size).reshape(values.shape) / values.size
    exact = [(round(birth), death if np.isinf(death) else round(death)) for birth, death in flooded(tilted, neighbors)]
    return [bar for bar in exact if bar[1] > bar[0]]


def test_the_elder_survives_and_bars_tell_where():
    #           ridge at 3         ridge at 5
    values = np.array([[9.0, 1.0, 3.0, 2.0, 5.0, 0.0, 9.0]])
    basins = find_basins(values)
    assert basins.births.tolist() == [0, 1, 2] and basins.deaths.tolist() == [np.inf, 5, 3]
    assert basins.places.tolist() == [[0, 5], [0, 1], [0, 3]] and basins.merges.tolist() == [[-1, -1], [0, 4], [0, 2]]
    assert basins.parents.tolist() == [-1, 0, 1]
    assert basins.labels.tolist() == [[1, 1, 1, 2, 0, 0, 0]]


def test_what_is_no_deeper_than_its_error_flows_into_its_elder():
    values = np.array([[9.0, 1.0, 3.0, 2.0, 5.0, 0.0, 9.0]])
    basins = find_basins(values, 0.5)  # a depth of 1 is as large as the errors of both of its levels
    assert basins.counted.tolist() == [True, True, False] and basins.doubts.tolist() == [0.5, 1, 1]
    assert basins.labels.tolist() == [[1, 1, 1, 1, 0, 0, 0]]
    one_a_cell = np.array([[0.0, 0.1, 0.6, 0.2, 0, 0, 0]])
    assert find_basins(values, one_a_cell).doubts.tolist() == pytest.approx([0, 0.1, 0.8])
    assert find_basins(values, 3.0).labels.max() == 0


def test_equal_minima_are_told_apart_by_their_order_and_a_plateau_is_one():
    twins = find_basins(np.array([[1.0, 2.0, 1.0]]))
    assert twins.places.tolist() == [[0, 0], [0, 2]] and twins.deaths.tolist() == [np.inf, 2]
    plateau = np.array([[5.0, 5, 5, 5], [5, 1, 1, 5], [5, 5, 5, 5]])
    assert len(find_basins(plateau).births) == 1 and len(strict_minima(plateau)) == 0
    assert len(find_basins(np.full((4, 5), 2.0)).births) == 1


def test_corners_join_only_for_eight_neighbors():
    crossed = np.array([[0.0, 9.0], [9.0, 1.0]])
    assert bars(crossed, neighbors=8) == {(0.0, np.inf)} and bars(crossed, neighbors=4) == {(0.0, np.inf), (1.0, 9.0)}


def test_cells_without_a_value_are_walls():
    values = np.array([[0.0, np.nan, 1.0], [0.5, np.nan, 2.0]])
    basins = find_basins(values)
    assert basins.deaths.tolist() == [np.inf, np.inf] and basins.labels.tolist() == [[0, NOWHERE, 1], [0, NOWHERE, 1]]
    nothing = find_basins(np.full((3, 3), np.nan))
    assert len(nothing.births) == 0 and (nothing.labels == NOWHERE).all()


def test_the_rim_is_known():
    values = np.full((5, 6), 9.0)
    values[2, 2], values[0, 4], values[4, 0] = 1.0, 2.0, 3.0
    assert find_basins(values).at_edge.tolist() == [False, True, True]
    values[1, 1] = np.nan
    assert find_basins(values).at_edge.tolist() == [True, True, True]


def test_the_naive_count_is_that_of_all_bars():
    values = rough(7, (20, 25))
    for neighbors in (4, 8):
        minima = strict_minima(values, neighbors=neighbors)
        assert sorted(map(tuple, minima.tolist())) == sorted(map(tuple, find_basins(values, neighbors=neighbors).places.tolist()))
    inner = ndimage.minimum_filter(values, size=3)[1:-1, 1:-1] == values[1:-1, 1:-1]
    seen = {(j, i) for j, i in strict_minima(values).tolist() if 0 < j < 19 and 0 < i < 24}
    assert seen == {(j + 1, i + 1) for j, i in np.argwhere(inner).tolist()}


def test_noise_within_the_error_changes_no_count():
    """Bars move by at most the noise at either end: those of more than twice as much stay."""
    function, plane = make_function("rastrigin"), Plane(np.zeros(2), *np.eye(2))
    surface = sample_surface(function, plane, function.window, resolution=(71, 73))
    noise = 3.0
    noisy = surface.values + np.random.default_rng(5).uniform(-noise, noise, surface.values.shape)
    assert len(strict_minima(noisy)) > 121
    assert find_basins(noisy, noise).counted.sum() == 121 == find_basins(surface.values).counted.sum()


def test_the_error_between_the_points_of_a_bowl():
    """Of (x^2 + 3 y^2) / 2 the middle of a cell of sides h, k is h^2 / 8 + 3 k^2 / 8 below the mean of its corners."""
    bowl, plane = make_function("quadratic", kappa=3.0), Plane(np.zeros(2), *np.eye(2))
    surface = sample_surface(bowl, plane, ((-1.0, 1.0), (-2.0, 1.0)), resolution=(5, 7))
    off = sampling_error(bowl, plane, surface)
    assert off.shape == (7, 5) and off == pytest.approx(np.full((7, 5), 0.5**2 / 8 + 3 * 0.5**2 / 8))


def test_a_narrow_valley_is_one_basin_though_the_grid_has_many():
    function, plane = make_function("rosenbrock"), Plane(np.zeros(2), *np.eye(2))
    surface = sample_surface(function, plane, function.window, resolution=61)
    assert len(strict_minima(surface.values)) > 20
    assert find_basins(surface.values, sampling_error(function, plane, surface)).counted.sum() == 1


def test_other_neighborhoods_are_refused():
    with pytest.raises(LandscapeError, match="4, 8"):
        find_basins(np.zeros((3, 3)), neighbors=6)
