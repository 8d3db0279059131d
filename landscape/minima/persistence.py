"""Persistence: the basins of a sampled surface by how deep they are, and the tree in which they merge as the level rises.

Flood a surface from below. A basin is born at a local minimum and dies where its water first meets that of a basin with a deeper minimum
(the elder rule); the difference of the two levels is its persistence. Errors of the values move births and deaths, so that a basin that is
no deeper than those is no finding (Cohen-Steiner, Edelsbrunner and Harer 2007).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from landscape.errors import LandscapeError
from landscape.plane import Plane, Window
from landscape.sampling.surface import Surface, sample_surface

# Which of the eight cells around one are its neighbors.
NEIGHBORS = {
    4: ((-1, 0), (0, -1), (0, 1), (1, 0)),
    8: ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)),
}
NOWHERE = -1


@dataclass(frozen=True, eq=False)
class Basins:
    """The k basins of values (ny, nx), the deepest first: `births` and `deaths` (k,) are the levels, `places` and `merges` (k, 2) the cells
    (j, i) of minimum and merging, `parents` (k,) the basin that it merges into.

    A basin that never merges, as the deepest, dies at infinity, with no merging cell and no parent (-1). `doubts` (k,) are the errors of
    birth and death together, `at_edge` (k,) says whether the minimum is on the rim of the grid, where the surface may go on falling, or
    beside a cell without a value. `labels` (ny, nx) is the basin of each cell among those that count, -1 where there is no finite value.
    """

    births: np.ndarray
    deaths: np.ndarray
    places: np.ndarray
    merges: np.ndarray
    parents: np.ndarray
    doubts: np.ndarray
    at_edge: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        for f in fields(self):
            getattr(self, f.name).setflags(write=False)

    @property
    def depths(self) -> np.ndarray:
        """How deep each is: its persistence (k,)."""
        return self.deaths - self.births

    @property
    def counted(self) -> np.ndarray:
        """Whether each is deeper than the error of its depth (k,)."""
        return self.depths > self.doubts


def find_basins(values: np.ndarray, error: np.ndarray | float = 0.0, *, neighbors: int = 8) -> Basins:
    """Return the basins of a grid of `values` (ny, nx), which are known up to `error`, a number or one a cell.

    Cells that are not finite are walls; cells at one level are flooded in the order of the grid, and a basin of depth 0, which a plateau
    would be full of, is none. `neighbors` are 8, by edges and corners, or 4, by edges alone. Raises `LandscapeError` for another number.
    """
    if neighbors not in NEIGHBORS:
        raise LandscapeError("unknown_name", noun="neighbors", got=repr(neighbors)[:60], known="4, 8")
    values = np.asarray(values, dtype=np.float64)
    errors = np.broadcast_to(np.asarray(error, dtype=np.float64), values.shape)
    lake, bars = _flooded(values, NEIGHBORS[neighbors])
    depths = np.array([death - birth for birth, death, *_ in bars])
    order = [k for k in np.lexsort((np.arange(len(bars)), -depths)) if depths[k] > 0]
    rank = {k: place for place, k in enumerate(order)}
    births, deaths, cells, merges, parents = (list(part) for part in zip(*(bars[k] for k in order), strict=True)) if order else [[]] * 5
    flat = errors.ravel()
    doubts = np.array([flat[cell] + (flat[merge] if merge != NOWHERE else 0.0) for cell, merge in zip(cells, merges, strict=True)])
    counted = np.array(deaths) - np.array(births) > doubts
    survivors = {k: _survivor(k, bars, rank, counted) for k in range(len(bars))}
    labels = np.array([NOWHERE if k == NOWHERE else survivors[k] for k in lake]).reshape(values.shape)
    return Basins(
        np.array(births), np.array(deaths), _cells(cells, values.shape), _cells(merges, values.shape),
        np.array([NOWHERE if parent == NOWHERE else rank[parent] for parent in parents], dtype=np.int64),
        doubts, _at_edge(values, cells), labels,
    )  # fmt: skip


Bar = tuple[float, float, int, int, int]  # birth, death, cells of minimum and merging, and the bar that it merges into


def _flooded(values: np.ndarray, around: tuple[tuple[int, int], ...]) -> tuple[np.ndarray, list[Bar]]:
    """Return the bar whose water reaches each cell first, of all bars in the order of their births, and these."""
    height, width = values.shape
    levels = values.ravel().tolist()
    finite = np.flatnonzero(np.isfinite(values.ravel()))
    order = finite[np.argsort(values.ravel()[finite], kind="stable")].tolist()
    lake, roots, bars = [NOWHERE] * len(levels), [], []

    def root(k: int) -> int:
        while roots[k] != k:
            roots[k] = k = roots[roots[k]]
        return k

    for cell in order:
        j, i = divmod(cell, width)
        wet = [(j + dj) * width + i + di for dj, di in around if 0 <= j + dj < height and 0 <= i + di < width]
        wet = [other for other in wet if lake[other] != NOWHERE]
        if not wet:
            lake[cell] = len(bars)
            roots.append(len(bars))
            bars.append((levels[cell], np.inf, cell, NOWHERE, NOWHERE))
            continue
        lake[cell] = lake[min(wet, key=lambda other: (levels[other], other))]  # it flows to the lowest of its neighbors
        elder, *younger = sorted({root(lake[other]) for other in wet})  # bars are in the order of their births
        for k in younger:
            roots[k] = elder
            bars[k] = (bars[k][0], levels[cell], bars[k][2], cell, elder)
    return np.array(lake), bars


def _survivor(k: int, bars: list[Bar], rank: dict[int, int], counted: np.ndarray) -> int:
    """Return the first basin that counts, going up the tree from bar `k`; the last one where none does."""
    while k not in rank or (not counted[rank[k]] and bars[k][4] != NOWHERE):
        k = bars[k][4]
    return rank[k]


def _cells(cells: list[int], shape: tuple[int, int]) -> np.ndarray:
    places = np.array(cells, dtype=np.int64)
    return np.where(places[:, None] == NOWHERE, NOWHERE, np.stack(np.divmod(places, shape[1]), axis=1))


def _at_edge(values: np.ndarray, cells: list[int]) -> np.ndarray:
    known = np.pad(np.isfinite(values), 1)
    shifts = [known[1 + dj : known.shape[0] - 1 + dj, 1 + di : known.shape[1] - 1 + di] for dj, di in NEIGHBORS[8]]
    return ~np.logical_and.reduce(shifts).ravel()[np.array(cells, dtype=np.int64)]


def strict_minima(values: np.ndarray, *, neighbors: int = 8) -> np.ndarray:
    """Return the cells (k, 2), (j, i), that are lower than every neighbor, which is how basins are counted naively; values that are not
    finite are no neighbors.
    """
    known = np.where(np.isfinite(values), values, np.inf)
    padded = np.pad(known, 1, constant_values=np.inf)
    height, width = values.shape
    lower = [known < padded[1 + dj : 1 + dj + height, 1 + di : 1 + di + width] for dj, di in NEIGHBORS[neighbors]]
    return np.argwhere(np.logical_and.reduce(lower) & np.isfinite(known))


def sampling_error(objective: object, plane: Plane, surface: Surface, **hooks: object) -> np.ndarray:
    """Return how far the surface is off between its points, (ny, nx): the loss in the middle of each cell, less the mean of the four
    corners, in absolute value; at a point, the largest of the cells around it.
    """
    (a, b), values = (surface.a, surface.b), surface.values
    middles = (a[:-1] + a[1:]) / 2, (b[:-1] + b[1:]) / 2
    window: Window = tuple((float(side[0]), float(side[-1])) for side in middles)
    true = sample_surface(objective, plane, window, resolution=(len(a) - 1, len(b) - 1), **hooks).values
    corners = (values[:-1, :-1] + values[1:, :-1] + values[:-1, 1:] + values[1:, 1:]) / 4
    with np.errstate(invalid="ignore"):
        off = np.abs(true - corners)
    padded = np.pad(np.where(np.isfinite(off), off, 0.0), 1)
    height, width = values.shape
    return np.maximum.reduce([padded[dj : dj + height, di : di + width] for dj in (0, 1) for di in (0, 1)])
