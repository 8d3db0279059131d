"""Wells: one loss with a flat and a sharp minimum of the same depth: which learning rates stay, and what disturbs each of them.

The loss is the test function `flat_sharp`. At learning rates above 2 / lambda of a minimum gradient descent leaves it; a shifted test curve
or noise raises the loss by half of lambda times its square.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from landscape.catalogue import Entry, Parameter
from landscape.curvature.trace import Estimate
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import Fall, Trajectory, descend, judged
from landscape.errors import Cancelled
from landscape.minima.brittleness import weight_noise
from landscape.minima.quadratic import Quadratic, quadratic_model
from landscape.minima.rescaled import Twin, twin, valley
from landscape.minima.study import Report, ShouldStop, Study
from landscape.objectives.functions import AnalyticFunction, make_function
from landscape.plane import Plane
from landscape.sampling.surface import Surface, sample_surface

# Where all runs start, how long they are, and the rates that are always shown.
START, STEPS = np.array([2.01, 0.0]), 200
RATES = (0.05, 0.079, 0.081, 0.09, 0.1, 0.15, 2.1)
# The last steps on the sharp minimum's side of x = 0 that are known of some of them.
KNOWN_STEPS = {0.09: 24, 0.1: 15, 0.15: 6}
# Points of the section through both minima, and a side of the surface.
FINE, RESOLUTION = 401, 61
SECTION = (-4.2, 3.4)
# A run has settled where its last steps are this near to a minimum.
NEAR = 0.02
# Shifts of the test curve that a hand may dial, and draws of noise.
SHIFTS = tuple(round(0.05 * k, 2) for k in range(21))
DRAWS = 4096
# How far the quadratic models are searched.
REACH = 8.0
# The same wells as two Gaussian pits in a plateau, at a rate far above 2 / 25: where the ball is after so many steps.
PIT_RATE, PIT_STEPS = 0.5, 2000


@dataclass(frozen=True, eq=False)
class Well:
    """A minimum at x, its curvature, how far it is a parabola, and its rise under noise of its weights and of the data.

    Gradient descent is stable up to the rate `limit` = 2 / `sharpness`. Noise of the data shifts the loss along x.
    """

    name: str
    x: float
    value: float
    sharpness: float
    trace: float
    model: Quadratic
    under_weights: Estimate
    under_inputs: Estimate

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
class Pits:
    """Two Gaussian pits of the same depth, `losses` (n,) at `x` (n,), and gradient descent `xs` (T+1,), which ends on the plateau."""

    x: np.ndarray
    losses: np.ndarray
    xs: np.ndarray

    @property
    def slope(self) -> float:
        """The slope where it is at the end."""
        return _pit_slope(float(self.xs[-1]))


@dataclass(frozen=True, eq=False)
class FlatAndSharp:
    """The section `x` (n,), `train` (n,) through the two `wells`, the surface around them, runs at several rates, the first at that of the
    study, and the rises (2,) of both minima for each of the `shifts` (s,) of the test curve, of which the study's is number `at`.

    `twins` are one function with balanced and with unbalanced weights on the `valley` of their risk, `pits` a warning.
    """

    x: np.ndarray
    train: np.ndarray
    surface: Surface
    wells: tuple[Well, Well]
    rolls: tuple[Roll, ...]
    shifts: np.ndarray
    rises: np.ndarray
    at: int
    twins: tuple[Twin, Twin]
    valley: Surface
    pits: Pits
    finished: bool = True


@dataclass(frozen=True)
class Wells(Study):
    """Gradient descent at the learning rate `lr`, beside the usual ones; a test curve shifted by `shift`, `noise` of weights and inputs, a
    twin with weights (factor, 1 / factor), and the quadratic `model` of a minimum, "none", "flat" or "sharp".
    """

    lr: float
    shift: float
    noise: float
    factor: float
    model: str

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[FlatAndSharp]:
        report("paths", 0.0)
        rolls = (_found(self.lr), *(roll for roll in usual() if roll.lr != self.lr))
        if should_stop():
            raise Cancelled
        report("surface", 0.5)
        x, train, surface = ground()
        function, shifts = make_function("flat_sharp"), np.array(sorted({*SHIFTS, self.shift}))
        wells = tuple(well(name, self.noise) for name in ("flat", "sharp"))
        places = np.array([well.x for well in wells])
        moved = places - shifts[:, None]
        rises = function.values(np.stack([moved.ravel(), 0 * moved.ravel()], axis=1)).reshape(moved.shape) - [well.value for well in wells]
        twins = (twin(1.0, self.noise, DRAWS), twin(self.factor, self.noise, DRAWS))
        at = int(np.searchsorted(shifts, self.shift))
        yield FlatAndSharp(x, train, surface, wells, rolls, shifts, rises, at, twins, valley(), pits())


@lru_cache(maxsize=1)
def ground() -> tuple[np.ndarray, np.ndarray, Surface]:
    """Return the section through both minima and the surface around them."""
    function, x = make_function("flat_sharp"), np.linspace(*SECTION, FINE)
    surface = sample_surface(function, Plane(np.zeros(2), *np.eye(2)), function.window, resolution=RESOLUTION)
    return x, function.values(np.stack([x, 0 * x], axis=1)), surface


@lru_cache(maxsize=32)
def well(name: str, noise: float) -> Well:
    """Return the "flat" or the "sharp" minimum of `flat_sharp`, under noise of that scale."""
    function = make_function("flat_sharp")
    place = _minima(function)[name]
    model = quadratic_model(function, place, reach=REACH)
    eigenvalues = np.linalg.eigvalsh(model.hessian)
    shifts = noise * np.random.default_rng(1).standard_normal(DRAWS)
    rises = function.values(np.stack([place[0] - shifts, np.full(DRAWS, place[1])], axis=1)) - model.value
    moved = Estimate(float(rises.mean()), float(rises.std(ddof=1) / np.sqrt(DRAWS)))
    shaken = weight_noise(function, place, noise, samples=DRAWS)
    return Well(name, float(place[0]), model.value, float(eigenvalues[-1]), float(eigenvalues.sum()), model, shaken, moved)


def _minima(function: AnalyticFunction) -> dict[str, np.ndarray]:
    return {"flat" if point.theta[0] < 0 else "sharp": point.theta for point in function.known if point.kind == "minimum"}


@lru_cache(maxsize=64)
def rolled(lr: float) -> Roll:
    """Return gradient descent at the rate `lr` from beside the sharp minimum."""
    return _roll(lr, descend(make_function("flat_sharp"), make_optimizer("gd", lr=lr), START, steps=STEPS))


@lru_cache(maxsize=1)
def usual() -> tuple[Roll, ...]:
    """Return gradient descent at each of `RATES`, in one batch: the first picture waits for it."""
    function, rates, points = make_function("flat_sharp"), np.array(RATES)[:, None], [np.tile(START, (len(RATES), 1))]
    for _ in range(STEPS):
        points.append(points[-1] - rates * function.gradients(points[-1]))
    losses = function.values(np.concatenate(points)).reshape(len(points), -1)
    thetas = np.array(points)
    return tuple(_roll(lr, judged(thetas[:, k], losses[:, k], "completed", Fall())) for k, lr in enumerate(RATES))


def _found(lr: float) -> Roll:
    return next((roll for roll in usual() if roll.lr == lr), None) or rolled(lr)


def _roll(lr: float, run: Trajectory) -> Roll:
    xs = run.thetas[:, 0]
    end = _end(run, xs)
    return Roll(lr, xs, run.losses, end, int(np.nonzero(xs > 0)[0].max()) if end == "crosses" else None)


def _end(run: Trajectory, xs: np.ndarray) -> str:
    if run.ran_away:
        return "diverges"
    if np.abs(xs[-2:] - 2.0).max() < NEAR:
        return "stays"
    return "crosses" if np.abs(xs[-2:] + 2.0).max() < NEAR else "bounces"


@lru_cache(maxsize=1)
def pits() -> Pits:
    """Return gradient descent on -exp(-(x + 2)^2 / 2) - exp(-25 (x - 2)^2 / 2), which has the same curvatures and no walls."""
    x, xs = np.linspace(*SECTION, FINE), [float(START[0])]
    for _ in range(PIT_STEPS):
        xs.append(xs[-1] - PIT_RATE * _pit_slope(xs[-1]))
    return Pits(x, -np.exp(-((x + 2) ** 2) / 2) - np.exp(-25 * (x - 2) ** 2 / 2), np.array(xs))


def _pit_slope(x: float) -> float:
    return float((x + 2) * np.exp(-((x + 2) ** 2) / 2) + 25 * (x - 2) * np.exp(-25 * (x - 2) ** 2 / 2))


WELLS = Entry(
    "wells",
    "Flat and sharp minimum",
    Wells,
    (
        Parameter("lr", 0.1, "learning rate", 0.01, 3.0, "log"),
        Parameter("shift", 0.3, "shift of the test curve", 0.0, 1.0),
        Parameter("noise", 0.1, "standard deviation of the noise", 0.01, 0.5, "log"),
        Parameter("factor", 10.0, "factor between the weights", 1.0, 12.0),
        Parameter("model", "sharp", "quadratic model of", choices=("none", "flat", "sharp")),
    ),
    formula=r"f(x,y)=-T\log\left(e^{-\frac{(x+2)^2+y^2}{2T}}+e^{-k\frac{(x-2)^2+y^2}{2T}}\right)",
    source="Hochreiter and Schmidhuber 1997, Flat minima; Keskar et al. 2017, section 2; Dinh et al. 2017, section 4",
    traits={"ticks": {"lr": (2 / 25, 2.0)}, "dials": ("shift",)},
)
