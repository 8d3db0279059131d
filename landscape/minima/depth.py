"""Depth: the slice around trained weights of a deep network with and without skip connections, and its curvature in all directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from landscape.catalogue import Entry, Parameter
from landscape.curvature.spectrum import top_eigenpairs
from landscape.data.datasets import make_dataset
from landscape.errors import Cancelled
from landscape.losses.losses import make_loss
from landscape.minima.ensemble import train
from landscape.minima.study import Report, ShouldStop, Study
from landscape.networks.models import make_model
from landscape.objective import Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane
from landscape.planes.directions import random_plane
from landscape.planes.window import filter_window
from landscape.sampling.surface import Surface, sample_surface

KINDS = ("plain", "skip")
# The initial weights from which each kind trains: with torch's, most plain networks of 20 layers stay where they are; with Xavier's, the
# outputs of skip connections add up to thousands.
OWN_INIT = {"plain": "xavier", "skip": "torch"}
# The data, the networks, and their training by Adam.
SAMPLES, NOISE = 100, 0.1
WIDTH, STEPS, RATE = 16, 400, 0.002
# Networks of each kind, points a side of a slice, and points of a half-axis on which the radius of a rise is sought.
SEEDS, RESOLUTION, POINTS = 5, 21, 50
# Medians of five networks of that depth that are known, plain and skip; of other trainings, so that only their order is compared.
KNOWN = {20: {"minima": (12.0, 1.0), "highest": (5e4, 126.0), "negative": (0.30, 0.11)}, 6: {"minima": (4.0, 1.0)}}
# A radius is that at which the loss has risen by this much.
RISE = 1.0


@dataclass(frozen=True, eq=False)
class Slice:
    """A filter-normalized random slice, [-1, 1] x [-1, 1], around trained weights, and what is known of it.

    `minima` is the number of strict minima of the grid, `highest` its largest loss, `negative` the share of its second differences below
    zero. `radius` is the median over the four half-axes of where the loss has risen by 1, infinite beyond 1. `largest` and `smallest`
    are the ends of the Hessian's spectrum, of all parameters.
    """

    seed: int
    loss: float
    surface: Surface
    minima: int
    highest: float
    negative: float
    radius: float
    largest: float
    smallest: float

    @property
    def ratio(self) -> float:
        """|smallest / largest|: how far from convex the loss is at the weights themselves (Li et al. 2018, section 6)."""
        return abs(self.smallest / self.largest)


@dataclass(frozen=True, eq=False)
class Depths:
    """Slices of networks of `depth` layers without ("plain") and with ("skip") skip connections, from the same seeds."""

    depth: int
    plain: tuple[Slice, ...]
    skip: tuple[Slice, ...]
    finished: bool = False

    def medians(self, measure: str) -> tuple[float, float]:
        """Return the medians over the seeds of a measure of `Slice`, plain and skip."""
        plain, skip = (float(np.median([getattr(one, measure) for one in slices])) for slices in (self.plain, self.skip))
        return plain, skip

    def agrees(self, measure: str) -> bool | None:
        """Return whether the medians are in the order that is known of this depth, None where none is known."""
        if measure not in KNOWN.get(self.depth, {}):
            return None
        plain, skip = self.medians(measure)
        return plain > skip


@dataclass(frozen=True)
class Layers(Study):
    """Networks of `depth` ReLU layers, from `seed` on, each in a slice along random directions drawn from `directions` plus its number.

    Initial weights are those of `init`, or, with "own", those from which each kind trains.
    """

    depth: int
    init: str
    directions: int
    seed: int

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[Depths]:
        def turn(stage: str, first: float, length: float, share: float) -> None:
            report(stage, first + length * share)
            if should_stop():
                raise Cancelled

        def sliced(offsets: range, stage: str) -> list[tuple[Slice, ...]]:
            found = []
            for k, kind in enumerate(KINDS):
                seeds = [self.seed + offset for offset in offsets]
                turns = partial(turn, stage, k / 2, 0.25), partial(turn, stage, k / 2 + 0.25, 0.25)
                found.append(self.slices(kind, seeds, *turns))
            return found

        first = Depths(self.depth, *sliced(range(1), "fitting"))
        yield first
        plain, skip = sliced(range(1, SEEDS), "seeds")
        yield replace(first, plain=first.plain + plain, skip=first.skip + skip, finished=True)

    def slices(self, kind: str, seeds: list[int], training: Callable[[float], None], drawing: Callable[[float], None]) -> tuple[Slice, ...]:
        """Return the slices of networks of a `kind` trained from the `seeds`; the callbacks hear the shares of both parts."""
        init = OWN_INIT[kind] if self.init == "own" else self.init
        risks = [deep_risk(self.depth, kind == "skip", init, seed) for seed in seeds]
        risk, starts = risks[0], np.array([risk.theta for risk in risks])
        found = []
        for k, (seed, theta) in enumerate(zip(seeds, train(risk, starts, steps=STEPS, lr=RATE, turn=training), strict=True)):
            drawing(k / len(seeds))
            found.append(slice_at(risk, theta, seed, random_plane(risk, theta, seed=self.directions + seed)))
        return tuple(found)


def deep_risk(depth: int, skip: bool, init: str = "torch", seed: int = 0) -> EmpiricalRisk:
    """Return the risk of a network of `depth` ReLU layers on two moons; with the same `init` and seed both kinds begin alike."""
    data = make_dataset("moons", n=SAMPLES, noise=NOISE)
    model = make_model("residual_mlp", data, seed=seed, width=WIDTH, depth=depth, activation="relu", skip=skip, init=init)
    return EmpiricalRisk(model, make_loss("logistic"), data, check=False)


def slice_at(risk: Objective, theta: np.ndarray, seed: int, plane: Plane) -> Slice:
    """Return the slice along `plane` around `theta`, with all its measures."""
    surface = sample_surface(risk, plane, filter_window(), resolution=RESOLUTION)
    ends = top_eigenpairs(risk, theta, k=2, which="BE").eigenvalues
    return Slice(
        seed,
        risk.value(theta),
        surface,
        strict_minima(surface.values),
        float(surface.values.max()),
        negative_share(surface.values),
        rise_radius(risk, theta, plane),
        float(ends[0]),
        float(ends[-1]),
    )


def strict_minima(values: np.ndarray) -> int:
    """Return at how many inner points of a grid (ny, nx) the value is below those of all eight neighbors."""
    ny, nx = values.shape
    around = [values[j : ny - 2 + j, i : nx - 2 + i] for j in range(3) for i in range(3) if (j, i) != (1, 1)]
    return int((values[1:-1, 1:-1] < np.min(around, axis=0)).sum())


def negative_share(values: np.ndarray) -> float:
    """Return the share of the second differences along rows and columns of a grid (ny, nx) that are negative; of a convex loss, none."""
    second = np.concatenate([np.diff(values, 2, axis=axis).ravel() for axis in (0, 1)])
    return float((second < 0).mean())


def rise_radius(objective: Objective, theta: np.ndarray, plane: Plane) -> float:
    """Return the median distance, over the half-axes along u and v, at which the loss is `RISE` above that at `theta`, in units of u and
    v; infinite where it is beyond 1.
    """
    shares, level = np.arange(1, POINTS + 1) / POINTS, objective.value(theta) + RISE
    found = []
    for arm in (plane.u, -plane.u, plane.v, -plane.v):
        over = np.flatnonzero(objective.values(theta + shares[:, None] * arm) >= level)
        found.append(shares[over[0]] if len(over) else np.inf)
    return float(np.median(found))


DEPTH = Entry(
    "depth",
    "Skip connections",
    Layers,
    (
        Parameter("depth", 20, "hidden layers", 2, 24),
        Parameter("init", "own", "initial weights", choices=("own", "torch", "xavier", "he")),
        Parameter("directions", 0, "seed of the directions", 0, 2**31),
        Parameter("seed", 0, "seed of the first network", 0, 2**31),
    ),
    formula=r"h_l = \varphi(W_l h_{l-1} + b_l)\quad\text{or}\quad h_l = h_{l-1} + \varphi(W_l h_{l-1} + b_l)",
    source="Li, Xu, Taylor, Studer & Goldstein 2018, sections 5 and 6",
)
