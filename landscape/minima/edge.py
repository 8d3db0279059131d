"""Edge: the sharpness along full-batch gradient descent, which rises to 2 / lr and stays there (Cohen et al. 2021)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from landscape.catalogue import Entry, Parameter
from landscape.data.dataset import SEED
from landscape.descent.optimizers import Descent, make_optimizer
from landscape.descent.sharpness_along import Follower
from landscape.errors import Cancelled
from landscape.minima.digits import digits, half_squared
from landscape.minima.study import Report, ShouldStop, Study
from landscape.objective import Objective
from landscape.sculpting.sculpture import read_only

# Learning rates, the length of each run in lr * steps, and how often the sharpness is measured on it.
RATES, LENGTH, MEASURED = (0.6, 0.4, 0.25), 600.0, 150
# The last share of a run, over which sharpness * lr / 2 is averaged, and where that must lie.
TAIL, BAND = 0.25, (0.95, 1.08)
# Residual of a measured sharpness, relative to it.
TOLERANCE = 1e-3
# All runs grow together, in so many parts.
PARTS = 30


@dataclass(frozen=True, eq=False)
class EdgeRun:
    """A run of `planned` steps at the rate `lr`, so far: the `losses` (t,) before each step, and at `steps` (n,) the `sharpness` (n,), the
    largest eigenvalue of the full Hessian, each within its residual (n,) of an exact one.
    """

    lr: float
    planned: int
    losses: np.ndarray
    steps: np.ndarray
    sharpness: np.ndarray
    residuals: np.ndarray

    def __post_init__(self) -> None:
        for name in ("losses", "steps", "sharpness", "residuals"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def limit(self) -> float:
        """The sharpness above which a step on a quadratic overshoots ever farther: 2 / lr."""
        return 2 / self.lr

    @property
    def tail(self) -> np.ndarray:
        """Sharpness over limit in the last quarter of the planned run."""
        return self.sharpness[self.steps >= (1 - TAIL) * self.planned] / self.limit

    @property
    def hover(self) -> float:
        """The mean of `tail`, NaN before the run is that far and where it diverged."""
        return float(self.tail.mean()) if self.ended and not self.diverged else np.nan

    @property
    def diverged(self) -> bool:
        """Whether the loss left for infinity."""
        return not np.isfinite(self.losses[-1:]).all()

    @property
    def ended(self) -> bool:
        """Whether all planned steps were taken, or the run diverged."""
        return len(self.losses) >= self.planned or self.diverged

    @property
    def holds(self) -> bool:
        """Whether the sharpness hovers at the limit: `hover` lies within `BAND`."""
        return BAND[0] <= self.hover <= BAND[1]


@dataclass(frozen=True, eq=False)
class Edge:
    """The runs of all rates, as far as they are; `dim` parameters."""

    runs: tuple[EdgeRun, ...]
    dim: int

    @property
    def finished(self) -> bool:
        return all(run.ended for run in self.runs)


def edge_of_stability(
    rates: tuple[float, ...] = RATES,
    *,
    objective: Objective | None = None,
    samples: int = 500,
    widths: tuple[int, ...] = (40, 40),
    seed: int = 0,
    length: float = LENGTH,
    measured: int = MEASURED,
    report: Callable[[float], None] = lambda share: None,
    should_stop: ShouldStop = lambda: False,
) -> Iterator[Edge]:
    """Yield what gradient descent at each of `rates` does to the sharpness, all runs together as they grow: length / lr steps each.

    The objective is by default the squared error of a tanh network on `samples` standardized digits. `report` hears the finished share;
    where `should_stop` answers True, `Cancelled` is raised. A rate that is too small for its length shows the rise alone.
    """
    if objective is None:
        objective = digits(samples, widths=widths, loss=half_squared, standardize=True, seed=seed).risk
    runs = [_Running(objective, rate, length, measured, should_stop) for rate in rates]
    for part in range(1, PARTS + 1):
        for k, run in enumerate(runs):
            run.go_to(round(run.planned * part / PARTS))
            report((part - 1 + (k + 1) / len(runs)) / PARTS)
        yield Edge(tuple(run.so_far() for run in runs), objective.dim)


class _Running:
    """Gradient descent at one rate, in progress."""

    def __init__(self, objective: Objective, lr: float, length: float, measured: int, should_stop: ShouldStop):
        self._descent: Descent = make_optimizer("gd", lr=lr).start(objective, objective.theta)
        self._lr, self.planned, self._should_stop = lr, max(1, round(length / lr)), should_stop
        self._every = max(1, self.planned // measured)
        self._sharpness = Follower(objective, should_stop=should_stop, tolerance=TOLERANCE)
        self._losses: list[float] = []
        self._found: list[tuple[int, float, float]] = []

    def go_to(self, step: int) -> None:
        """Take the steps up to `step`, unless the loss is not finite any more."""
        while len(self._losses) < step and np.isfinite(self._losses[-1:]).all():
            if self._should_stop():
                raise Cancelled
            if len(self._losses) % self._every == 0:
                self._measure(self._descent.theta)
            self._losses.append(self._descent.step())

    def _measure(self, theta: torch.Tensor) -> None:
        if theta.isfinite().all():
            values, residuals = self._sharpness(theta.double().numpy(force=True))
            if len(values):
                self._found.append((len(self._losses), float(values[0]), float(residuals[0])))

    def so_far(self) -> EdgeRun:
        steps, sharpness, residuals = np.array(self._found).reshape(-1, 3).T
        return EdgeRun(self._lr, self.planned, np.array(self._losses), steps, sharpness, residuals)


@dataclass(frozen=True)
class EdgeStudy(Study):
    """Gradient descent at the learning rate `lr`, beside the usual ones, on `samples` digits."""

    lr: float
    samples: int
    length: float
    seed: int

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[Edge]:
        rates = (self.lr, *(rate for rate in RATES if rate != self.lr))
        told = {"report": partial(report, "training"), "should_stop": should_stop}
        return edge_of_stability(rates, samples=self.samples, length=self.length, seed=self.seed, **told)


EDGE = Entry(
    "edge",
    "Edge of stability",
    EdgeStudy,
    (
        Parameter("lr", 0.6, "learning rate", 0.1, 1.0, "log"),
        Parameter("samples", 500, "images", 50, 1400),
        Parameter("length", LENGTH, "learning rate times steps", 30.0, 1000.0),
        SEED,
    ),
    formula=r"\lambda_{\max}\big(\nabla^2 L(\theta_t)\big) \to \frac{2}{\eta}",
    source="Cohen, Kaur, Li, Kolter and Talwalkar 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability",
)
