"""Wells: one loss with a flat and a sharp minimum of the same depth, and where gradient descent from beside the sharp one ends.

The loss is the test function `flat_sharp`. At learning rates above 2 / lambda of a minimum gradient descent leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from landscape.catalogue import Entry, Parameter
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import Trajectory, descend
from landscape.errors import Cancelled
from landscape.minima.study import Report, ShouldStop, Study
from landscape.objective import Objective
from landscape.objectives.functions import AnalyticFunction, KnownPoint, make_function
from landscape.plane import Plane
from landscape.sampling.surface import Surface, sample_surface

# Where all runs start, how long they are, and the rates that are always shown.
START, STEPS = np.array([2.01, 0.0]), 200
RATES = (0.05, 0.079, 0.081, 0.09, 0.1, 0.15, 2.1)
# Points of the section through both minima, and a side of the surface.
FINE, RESOLUTION = 801, 61
# A run has settled where its last steps are this near to a minimum.
NEAR = 0.02


@dataclass(frozen=True, eq=False)
class Well:
    """A minimum at x, and its curvature there: gradient descent is stable up to the rate `limit` = 2 / `sharpness`."""

    name: str
    x: float
    value: float
    sharpness: float
    trace: float

    @property
    def limit(self) -> float:
        return 2.0 / self.sharpness


@dataclass(frozen=True, eq=False)
class Roll:
    """Gradient descent at one rate: `xs` and `losses` (T+1,). `end` says what became of it: it "stays", "bounces", "crosses" to the flat
    minimum or "diverges"; `last_right` is its last step to the right of x = 0, None where it never leaves that side or always comes back.
    """

    lr: float
    xs: np.ndarray
    losses: np.ndarray
    end: str
    last_right: int | None


@dataclass(frozen=True, eq=False)
class FlatAndSharp:
    """The section `x` (n,), `train` (n,) through the two `wells`, the surface around them, and runs at several rates, the first at that
    of the study.
    """

    x: np.ndarray
    train: np.ndarray
    surface: Surface
    wells: tuple[Well, Well]
    rolls: tuple[Roll, ...]
    finished: bool = True


@dataclass(frozen=True)
class Wells(Study):
    """Gradient descent at the learning rate `lr`, beside the usual ones."""

    lr: float

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[FlatAndSharp]:
        function = make_function("flat_sharp")
        rates = (self.lr, *(rate for rate in RATES if rate != self.lr))
        rolls = []
        for k, rate in enumerate(rates):
            report("paths", k / len(rates))
            if should_stop():
                raise Cancelled
            rolls.append(rolled(function, rate))
        x = np.linspace(-4.0, 4.0, FINE)
        surface = sample_surface(function, Plane(np.zeros(2), *np.eye(2)), function.window, resolution=RESOLUTION, should_stop=should_stop)
        yield FlatAndSharp(x, function.values(np.stack([x, 0 * x], axis=1)), surface, wells_of(function), tuple(rolls))


def wells_of(function: AnalyticFunction) -> tuple[Well, Well]:
    """Return the flat minimum of `flat_sharp` and the sharp one."""
    minima = [point for point in function.known if point.kind == "minimum"]
    flat, sharp = sorted((_well(function, point) for point in minima), key=lambda well: well.sharpness)
    return flat, sharp


def _well(function: Objective, point: KnownPoint) -> Well:
    eigenvalues = np.linalg.eigvalsh(function.hessian(point.theta))
    name = "flat" if point.theta[0] < 0 else "sharp"
    return Well(name, float(point.theta[0]), point.value, float(eigenvalues[-1]), float(eigenvalues.sum()))


def rolled(function: Objective, lr: float) -> Roll:
    """Return gradient descent at the rate `lr` from beside the sharp minimum."""
    run = descend(function, make_optimizer("gd", lr=lr), START, steps=STEPS)
    xs = run.thetas[:, 0]
    end = _end(run, xs)
    return Roll(lr, xs, run.losses, end, int(np.nonzero(xs > 0)[0].max()) if end == "crosses" else None)


def _end(run: Trajectory, xs: np.ndarray) -> str:
    if run.ran_away:
        return "diverges"
    if np.abs(xs[-2:] - 2.0).max() < NEAR:
        return "stays"
    return "crosses" if np.abs(xs[-2:] + 2.0).max() < NEAR else "bounces"


WELLS = Entry(
    "wells",
    "Flat and sharp minimum",
    Wells,
    (Parameter("lr", 0.1, "learning rate", 0.01, 3.0, "log"),),
    formula=r"f(x,y)=-T\log\left(e^{-\frac{(x+2)^2+y^2}{2T}}+e^{-k\frac{(x-2)^2+y^2}{2T}}\right)",
    source="Hochreiter and Schmidhuber 1997, Flat minima; Keskar et al. 2017, section 2",
)
