"""Modes: networks trained from different seeds, each in a minimum of its own, and the ways between them.

The straight line between two of them climbs over a barrier; a trained curve does not, nor does the line to the same network with its
hidden units matched. One pair is drawn, several are measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

import numpy as np

from landscape.catalogue import Entry, Parameter
from landscape.data.datasets import make_dataset
from landscape.errors import Cancelled
from landscape.losses.losses import make_loss
from landscape.minima.connection import Connection, connect
from landscape.minima.ensemble import train
from landscape.minima.matching import match
from landscape.minima.study import Report, ShouldStop, Study
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane
from landscape.planes.window import window_around
from landscape.sampling.surface import Surface, sample_surface

# The data, and the training of every network by Adam.
NOISE, STEPS, RATE = 0.05, 1000, 0.02
# Pairs of networks that are measured; pair k has the seeds 2k and 2k + 1 after that of the study.
PAIRS = 5
# Points a side of the surface, and the room around the networks and the curves, as a share of their extent.
RESOLUTION, MARGIN = 41, 0.25
# Medians over five pairs that are known of hidden layers of these widths: on the straight line, matched, and on the quadratic Bezier
# curve. The pairs differ by far more than rounding, so that only sizes can agree: the first within a factor of 2, and the others below a
# hundredth of it.
KNOWN = {8: (0.817, 0.0068, 0.0031), 20: (0.548, 1e-4, 3e-4), 64: (0.387, 1e-4, 1e-4)}
FACTOR, LOW = 2.0, 0.01


@dataclass(frozen=True, eq=False)
class Barriers:
    """The barriers (n,) of n pairs of networks: on the `straight` line, on the line after matching (`matched`), on the `curve`.

    `changed` (n,) is by how much matching changed the loss of the second network, which is rounding.
    """

    straight: np.ndarray
    matched: np.ndarray
    curve: np.ndarray
    changed: np.ndarray

    @property
    def medians(self) -> tuple[float, float, float]:
        """The medians over the pairs: straight, matched, curve."""
        straight, matched, curve = (float(np.median(values)) for values in (self.straight, self.matched, self.curve))
        return straight, matched, curve

    def agree(self, known: tuple[float, float, float]) -> bool:
        """Return whether the medians are of the sizes that are known."""
        straight, matched, curve = self.medians
        return known[0] / FACTOR <= straight <= known[0] * FACTOR and max(matched, curve) <= LOW * straight


@dataclass(frozen=True, eq=False)
class Joined:
    """A `plane` through networks `thetas` (k, D), two with the bend of the curve between them, or three, and its `surface`.

    `connections` are the curves of all pairs, `pairs` says of which; `places` (2, k) are the networks' coordinates, `curves` and `lines`
    those (2, n) of each curve and of each straight line, `distances` (n,) how far each curve is off the plane. `matched` is the line from
    the first network to the second one with its units matched, which lies in another plane. `averages` are the losses at the middle of
    the first straight line and at the middle of `matched`. `barriers` are those of several pairs, None before they are known.
    """

    kind: str
    width: int
    thetas: np.ndarray
    losses: np.ndarray
    plane: Plane
    surface: Surface
    pairs: tuple[tuple[int, int], ...]
    connections: tuple[Connection, ...]
    matched: Connection
    places: np.ndarray
    curves: tuple[np.ndarray, ...]
    lines: tuple[np.ndarray, ...]
    distances: tuple[np.ndarray, ...]
    changed: float
    barriers: Barriers | None = None
    finished: bool = False

    @property
    def averages(self) -> tuple[float, float]:
        """The loss of the first two networks' mean, as they are and after matching."""
        middle = len(self.matched.t) // 2
        return float(self.connections[0].straight[middle]), float(self.matched.losses[middle])


@dataclass(frozen=True)
class Modes(Study):
    """Networks with one hidden layer of `width` tanh units, on two moons; a curve of a `kind` with so many `bends` between them, on the
    plane `through` its bend or a third network.
    """

    width: int
    kind: str
    bends: int
    through: str
    seed: int

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[Joined]:
        def turn(stage: str, share: float) -> None:
            report(stage, share)
            if should_stop():
                raise Cancelled

        risk = moons_risk(self.width, self.seed)
        count = 3 if self.through == "network" else 2
        thetas = self.trained(range(count), partial(turn, "fitting"))
        join = partial(connect, risk, kind=self.kind, bends=self.bends, should_stop=should_stop)
        pairs = tuple(combinations(range(count), 2))
        connections = []
        for k, (first, second) in enumerate(pairs):
            connections.append(join(thetas[first], thetas[second], report=lambda share, k=k: turn("paths", (k + share) / len(pairs))))
        other = match(risk, thetas[1], thetas[0]).theta
        changed = abs(risk.value(other) - risk.value(thetas[1]))
        plane = level_plane(thetas[0], thetas[1], thetas[2] if count == 3 else connections[0].nodes[1])
        curves = tuple(plane.project(connection.points) for connection in connections)
        places = plane.project(thetas)
        window = window_around(np.concatenate([places, *curves], axis=1), MARGIN)
        surface = sample_surface(risk, plane, window, resolution=RESOLUTION, should_stop=should_stop)
        t = connections[0].t
        joined = Joined(
            self.kind,
            self.width,
            thetas,
            risk.values(thetas),
            plane,
            surface,
            pairs,
            tuple(connections),
            connect(risk, thetas[0], other, kind="line"),
            places,
            curves,
            tuple(places[:, [first]] * (1 - t) + places[:, [second]] * t for first, second in pairs),
            tuple(plane.distance(connection.points) for connection in connections),
            changed,
        )
        yield joined
        yield replace(joined, barriers=self.measured(joined, turn, join), finished=True)

    def trained(self, offsets: range, turn: Callable[[float], None]) -> np.ndarray:
        """Return the parameters (k, D) of the networks trained from the study's seed plus each of the `offsets`."""
        starts = np.array([moons_risk(self.width, self.seed, self.seed + offset).theta for offset in offsets])
        return train(moons_risk(self.width, self.seed), starts, steps=STEPS, lr=RATE, turn=turn)

    def measured(self, joined: Joined, turn: Callable[[str, float], None], join: Callable[..., Connection]) -> Barriers:
        """Return the barriers of `PAIRS` pairs, of which the first is that of `joined`."""
        risk, known = moons_risk(self.width, self.seed), len(joined.thetas)
        thetas = np.concatenate([joined.thetas, self.trained(range(known, 2 * PAIRS), lambda share: turn("seeds", share / 2))])
        found = []
        for k in range(PAIRS):
            turn("seeds", (1 + k / PAIRS) / 2)
            first, second = thetas[2 * k], thetas[2 * k + 1]
            if k == 0:
                curve, matched, changed = joined.connections[0], joined.matched, joined.changed
            else:
                other = match(risk, second, first).theta
                curve, matched = join(first, second), connect(risk, first, other, kind="line")
                changed = abs(risk.value(other) - risk.value(second))
            found.append((curve.straight_barrier, matched.barrier, curve.barrier, changed))
        columns = np.array(found).T.copy()
        columns.setflags(write=False)
        return Barriers(*columns)


def moons_risk(width: int, seed: int, model_seed: int = 0) -> EmpiricalRisk:
    """Return the risk of a tanh network with one hidden layer on two moons."""
    data = make_dataset("moons", seed=seed, noise=NOISE)
    return EmpiricalRisk(
        make_model("mlp", data, seed=model_seed, widths=(width,), activation="tanh"), make_loss("logistic"), data, check=False
    )


def level_plane(origin: np.ndarray, along: np.ndarray, third: np.ndarray) -> Plane:
    """Return the plane through three points with the second at (1, 0), and axes that are orthogonal and of equal length."""
    u = along - origin
    v = third - origin
    v = v - (v @ u) / (u @ u) * u
    return Plane(origin, u, v * np.linalg.norm(u) / np.linalg.norm(v))


CONNECTION = Entry(
    "connection",
    "Ways between minima",
    Modes,
    (
        Parameter("width", 20, "hidden units", 4, 64),
        Parameter("kind", "bezier", "curve", choices=("bezier", "polyline")),
        Parameter("bends", 1, "bends of the curve", 1, 5),
        Parameter("through", "bend", "plane through both and", choices=("bend", "network")),
        Parameter("seed", 0, "random seed", 0, 2**31),
    ),
    formula=r"\min_{\theta_1}\ \mathbb{E}_{t\sim U[0,1]}\ L\big((1-t)^2\theta_0+2t(1-t)\,\theta_1+t^2\theta_2\big)",
    source="Garipov et al. 2018, section 3; Frankle et al. 2020, section 2; Ainsworth, Hayase and Srinivasa 2023, section 3",
)
