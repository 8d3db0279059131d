"""Sharp-aware: what sharpness-aware minimization (Foret et al. 2021) does to the largest eigenvalue of the minimum it finds, by its rho."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from landscape.catalogue import Entry, Parameter
from landscape.curvature.spectrum import top_eigenpairs
from landscape.descent.optimizers import Optimizer, make_optimizer
from landscape.descent.trajectory import shuffled
from landscape.errors import Cancelled
from landscape.minima.digits import Task, digits
from landscape.minima.study import Report, ShouldStop, Study

# Radii of the ball whose highest point is lowered; 0 is plain SGD.
RADII = (0.0, 0.05, 0.1, 0.2)
RATE, BATCH, STEPS = 0.3, 32, 1500


@dataclass(frozen=True)
class Aware:
    """The minimum that a run with `rho` ended in: its `sharpness`, the largest eigenvalue of the Hessian within `residual`, its training
    `loss`, and the `accuracy` on images kept back.
    """

    rho: float
    seed: int
    sharpness: float
    residual: float
    loss: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class ByRadius:
    """All runs so far, over `radii` and `seeds`."""

    radii: tuple[float, ...]
    seeds: tuple[int, ...]
    runs: tuple[Aware, ...]

    @property
    def finished(self) -> bool:
        return len(self.runs) == len(self.radii) * len(self.seeds)

    def table(self, measure: str) -> np.ndarray:
        """Return a measure, such as "sharpness", by seed and radius (n, R); NaN where there is no run yet."""
        found = {(run.seed, run.rho): getattr(run, measure) for run in self.runs}
        return np.array([[found.get((seed, rho), np.nan) for rho in self.radii] for seed in self.seeds])

    @property
    def falls(self) -> bool:
        """Whether the sharpness falls with every larger radius, for each seed."""
        return bool((np.diff(self.table("sharpness"), axis=1) < 0).all())

    @property
    def within_noise(self) -> bool | None:
        """Whether the mean accuracies of the radii differ by less than twice their standard error; None where there is but one seed."""
        accuracy = self.table("accuracy")
        if len(accuracy) < 2:
            return None
        error = np.sqrt((accuracy.var(axis=0, ddof=1) / len(accuracy)).mean())
        return bool(np.ptp(accuracy.mean(axis=0)) < 2 * error)


def sharpness_by_radius(
    radii: tuple[float, ...] = RADII,
    *,
    seeds: tuple[int, ...] = (0, 1, 2),
    samples: int = 600,
    widths: tuple[int, ...] = (32,),
    steps: int = STEPS,
    lr: float = RATE,
    batch: int = BATCH,
    report: Callable[[float], None] = lambda share: None,
    should_stop: ShouldStop = lambda: False,
) -> Iterator[ByRadius]:
    """Yield, run by run, the minima that SAM ends in after the same number of `steps` at each of `radii`, those of the first seed first.

    A tanh network on `samples` digits, in batches; each of `seeds` draws images, weights and batches. A step of SAM takes two gradients.
    `report` hears the finished share; where `should_stop` answers True, `Cancelled` is raised.
    """
    runs: list[Aware] = []
    for seed in seeds:
        task = digits(samples, widths=widths, seed=seed)
        for rho in radii:
            report(len(runs) / (len(seeds) * len(radii)))
            runs.append(_found(task, method(rho, lr), rho, seed, batch, steps, should_stop))
            yield ByRadius(tuple(radii), tuple(seeds), tuple(runs))


def method(rho: float, lr: float) -> Optimizer:
    """Return SAM with the radius `rho`, plain SGD for none."""
    return make_optimizer("sam", lr=lr, rho=rho) if rho else make_optimizer("sgd", lr=lr)


def _found(task: Task, optimizer: Optimizer, rho: float, seed: int, batch: int, steps: int, should_stop: ShouldStop) -> Aware:
    risk, batches = task.risk, shuffled(task.risk.samples, batch, seed)
    descent = optimizer.start(risk, risk.theta)
    for _ in range(steps):
        if should_stop():
            raise Cancelled
        descent.step(next(batches))
    theta = descent.theta.double().numpy(force=True).copy()
    top = top_eigenpairs(risk, theta, 1, should_stop=should_stop)
    return Aware(rho, seed, float(top.eigenvalues[0]), float(top.residuals[0]), risk.value(theta), task.accuracy(theta))


@dataclass(frozen=True)
class SamStudy(Study):
    """SAM at several radii, `steps` steps at the rate `lr` on `samples` digits, over so many `seeds`."""

    lr: float
    steps: int
    samples: int
    seeds: int

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[ByRadius]:
        told = {"report": partial(report, "training"), "should_stop": should_stop}
        return sharpness_by_radius(seeds=tuple(range(self.seeds)), lr=self.lr, steps=self.steps, samples=self.samples, **told)


SAM = Entry(
    "sam",
    "Sharpness-aware minimization",
    SamStudy,
    (
        Parameter("lr", RATE, "learning rate", 0.05, 0.5, "log"),
        Parameter("steps", STEPS, "steps", 100, 5000, "log"),
        Parameter("samples", 600, "images", 100, 1400),
        Parameter("seeds", 3, "seeds", 1, 5),
    ),
    formula=r"\theta \leftarrow \theta - \eta\, \nabla L_B\Big(\theta + \rho\, \frac{\nabla L_B(\theta)}{|\nabla L_B(\theta)|}\Big)",
    source="Foret, Kleiner, Mobahi and Neyshabur 2021, Sharpness-Aware Minimization, equations 2 and 3; Agarwala and Dauphin 2023",
)
