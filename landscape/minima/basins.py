"""Basins: how many minima a sampled surface shows, by persistence and by counting grid cells that are lower than their neighbors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from landscape.catalogue import Entry, Parameter
from landscape.data.datasets import make_dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled
from landscape.losses.losses import make_loss
from landscape.minima.persistence import Basins, find_basins, sampling_error, strict_minima
from landscape.minima.study import Report, ShouldStop, Study
from landscape.networks.models import make_model
from landscape.objective import Objective
from landscape.objectives.functions import functions, make_function
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane, Window
from landscape.planes.directions import random_plane
from landscape.sampling.surface import Surface, sample_surface

FUNCTIONS = ("rastrigin", "rosenbrock", "himmelblau", "mueller_brown", "styblinski_tang", "six_hump_camel")
# Six layers of 16 units on two moons, without and with skip connections, after so many steps of Adam; their slices reach to the norm of
# the weights.
NETS = {"plain_net": False, "skip_net": True}
LAYERS, WIDTH, POINTS, SPREAD, STEPS, RATE = 6, 16, 60, 0.2, 120, 0.01
SLICE: Window = (-1.0, 1.0), (-1.0, 1.0)
# Points a side of the first picture of a network's slice.
COARSE = 31
# The noise is a share of what nine tenths of the surface rise above its minimum.
MOST = 0.9


@dataclass(frozen=True, eq=False)
class Counted:
    """A surface with uniform noise of at most `amplitude`, its `error` (ny, nx) with that of the sampling between its points, its
    `basins`, the cells `naive` (k, 2) that are lower than all their neighbors, and the minima `known` (k, 2) in the window, None where
    that is not known of all.
    """

    surface: Surface
    amplitude: float
    error: np.ndarray
    basins: Basins
    naive: np.ndarray
    known: np.ndarray | None
    finished: bool

    @property
    def count(self) -> int:
        """How many basins are deeper than their error."""
        return int(self.basins.counted.sum())

    @property
    def overcounted(self) -> np.ndarray:
        """The naive minima (k, 2) that are no deeper than their error."""
        places = {*map(tuple, self.basins.places[self.basins.counted].tolist())}
        return np.array([cell for cell in self.naive.tolist() if tuple(cell) not in places], dtype=np.int64).reshape(-1, 2)


@dataclass(frozen=True)
class Persistence(Study):
    """The basins of `surface`, the name of a function or "plain_net" or "skip_net", on `resolution` points a side, under `noise`."""

    surface: str
    noise: float
    resolution: int
    neighbors: str
    seed: int

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[Counted]:
        for resolution in (COARSE, self.resolution) if self.surface in NETS and self.resolution > COARSE else (self.resolution,):
            report("surface", resolution / self.resolution / 3)
            exact = _sampled(self.surface, self.seed, resolution)
            if should_stop():
                raise Cancelled
            report("surface", 2 * resolution / self.resolution / 3)
            between = _between(self.surface, self.seed, resolution)
            if should_stop():
                raise Cancelled
            yield self._counted(exact, between, finished=resolution == self.resolution)

    def _counted(self, exact: Surface, between: np.ndarray, *, finished: bool) -> Counted:
        finite = exact.values[np.isfinite(exact.values)]
        amplitude = self.noise * float(np.quantile(finite, MOST) - finite.min())
        noisy = exact.values + np.random.default_rng(self.seed).uniform(-amplitude, amplitude, exact.values.shape)
        evaluations, neighbors = exact.evaluations + (len(exact.a) - 1) * (len(exact.b) - 1), int(self.neighbors)
        surface = Surface(exact.a, exact.b, noisy, between + amplitude, evaluations)
        basins, naive = find_basins(noisy, surface.error, neighbors=neighbors), strict_minima(noisy, neighbors=neighbors)
        _, _, window = _ground(self.surface, self.seed)
        return Counted(surface, amplitude, surface.error, basins, naive, _known(self.surface, window), finished)


@lru_cache(maxsize=16)
def _sampled(name: str, seed: int, resolution: int) -> Surface:
    objective, plane, window = _ground(name, seed)
    return sample_surface(objective, plane, window, resolution=resolution)


@lru_cache(maxsize=16)
def _between(name: str, seed: int, resolution: int) -> np.ndarray:
    objective, plane, _ = _ground(name, seed)
    return sampling_error(objective, plane, _sampled(name, seed, resolution))


def _ground(name: str, seed: int) -> tuple[Objective, Plane, Window]:
    if name in NETS:
        return _slice(NETS[name], seed)
    function = make_function(name)
    return function, Plane(np.zeros(2), *np.eye(2)), function.window


@lru_cache(maxsize=8)
def _slice(skip: bool, seed: int) -> tuple[Objective, Plane, Window]:
    """Return a trained network and a filter-normalized random plane through its weights."""
    data = make_dataset("moons", n=POINTS, noise=SPREAD, seed=seed)
    model = make_model("residual_mlp", data, width=WIDTH, depth=LAYERS, skip=skip, seed=seed)
    risk = EmpiricalRisk(model, make_loss("logistic"), data, check=False)
    theta = descend(risk, make_optimizer("adam", lr=RATE), steps=STEPS).thetas[-1]
    return risk, random_plane(risk, theta, seed=seed), SLICE


def _known(name: str, window: Window) -> np.ndarray | None:
    if name in NETS or not functions[name].traits["complete"]:
        return None
    minima = np.array([point.theta for point in make_function(name).known if point.kind == "minimum"])
    low, high = np.array(window).T
    return minima[((minima >= low) & (minima <= high)).all(axis=1)]


PERSISTENCE = Entry(
    "persistence",
    "Basins by persistence",
    Persistence,
    (
        Parameter("surface", "rastrigin", "surface", choices=(*FUNCTIONS, *NETS)),
        Parameter("noise", 0.07, "noise, as a share of the range", 0.0, 0.3),
        Parameter("resolution", 101, "points a side", 21, 141),
        Parameter("neighbors", "8", "neighbors of a grid point", choices=("4", "8")),
        Parameter("seed", 0, "random seed of noise and network", 0, 2**32 - 1),
    ),
    formula=r"\#\{i : d_i - b_i > \varepsilon(b_i) + \varepsilon(d_i)\}",
    source="Edelsbrunner, Letscher and Zomorodian 2002; Cohen-Steiner, Edelsbrunner and Harer 2007",
)
