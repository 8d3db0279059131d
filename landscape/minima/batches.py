"""Batches: batch size and learning rate against sharpness, at the same training loss, by two measures that may disagree.

Keskar et al. 2017 found large batches to end in sharper minima. That holds or not by what is held fixed: here all runs end where the
training loss first falls to the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from landscape.catalogue import Entry, Parameter
from landscape.curvature.sharpness import box_sharpness
from landscape.curvature.spectrum import top_eigenpairs
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import shuffled
from landscape.errors import Cancelled
from landscape.minima.digits import Task, digits
from landscape.minima.study import Report, ShouldStop, Study

# The usual rate and batch size, and those they are compared with; None is all samples.
RATE, BATCH = 0.3, 32
BATCHES, RATES = (8, 32, None), (0.2, 0.3, 0.6)
# The training loss that all runs end at, how many steps apart it is looked at, and the most steps to it.
MATCHED, LOOKED_AT, MOST = 0.01, 25, 20_000

Setting = tuple[int, float]


@dataclass(frozen=True)
class Trained:
    """What SGD of a `batch` size and rate `lr` ended in: where the training `loss` was first seen below the one asked for, after `steps`.

    `sharpness` is the largest eigenvalue of the Hessian, within `residual`; `box` is Keskar's measure in percent, `box_sharpness`; the
    `accuracy` is that on images kept back. A run that does not come down ends after `MOST` steps, with `arrived` false.
    """

    batch: int
    lr: float
    seed: int
    steps: int
    loss: float
    sharpness: float
    residual: float
    box: float
    accuracy: float
    arrived: bool


@dataclass(frozen=True, eq=False)
class AtOneLoss:
    """All runs so far. `batches` are settings of one rate by batch size, `rates` settings of one batch size by rate."""

    loss: float
    batches: tuple[Setting, ...]
    rates: tuple[Setting, ...]
    runs: tuple[Trained, ...]
    finished: bool

    def of(self, setting: Setting) -> tuple[Trained, ...]:
        """Return the runs of a setting (batch, lr), one a seed."""
        return tuple(run for run in self.runs if (run.batch, run.lr) == setting)

    def medians(self, settings: tuple[Setting, ...], measure: str) -> np.ndarray:
        """Return the median over seeds of a measure, such as "sharpness", for each setting; NaN where there is no run yet."""
        found = ([getattr(run, measure) for run in self.of(setting)] for setting in settings)
        return np.array([np.median(values) if values else np.nan for values in found])

    @property
    def grows(self) -> bool:
        """Whether the sharpness grows with the batch, in the median."""
        return bool((np.diff(self.medians(self.batches, "sharpness")) > 0).all())

    @property
    def disagrees(self) -> bool:
        """Whether Keskar's measure says the opposite of the largest eigenvalue about the smallest and the largest batch."""
        signs = [np.sign(np.diff(self.medians(self.batches, measure)[[0, -1]]))[0] for measure in ("sharpness", "box")]
        return bool(signs[0] * signs[1] == -1)


def sharpness_at_one_loss(
    batches: tuple[int | None, ...] = BATCHES,
    rates: tuple[float, ...] = RATES,
    *,
    seeds: tuple[int, ...] = (0, 1, 2),
    loss: float = MATCHED,
    samples: int = 600,
    widths: tuple[int, ...] = (32,),
    rate: float = RATE,
    batch: int = BATCH,
    report: Callable[[float], None] = lambda share: None,
    should_stop: ShouldStop = lambda: False,
) -> Iterator[AtOneLoss]:
    """Yield, run by run, what SGD ends in at each of `batches` (None: all samples) with `rate`, and at each of `rates` with `batch`.

    A tanh network on `samples` digits; each of `seeds` draws images, weights and batches. `report` hears the finished share; where
    `should_stop` answers True, `Cancelled` is raised.
    """
    by_batch = tuple((min(size or samples, samples), rate) for size in batches)
    by_rate = tuple((min(batch, samples), lr) for lr in rates)
    settings, runs = tuple(dict.fromkeys((*by_batch, *by_rate))), []
    total = len(settings) * len(seeds)
    for seed in seeds:
        task = digits(samples, widths=widths, seed=seed)
        for size, lr in settings:
            report(len(runs) / total)
            runs.append(trained(task, size, lr, seed=seed, loss=loss, should_stop=should_stop))
            yield AtOneLoss(loss, by_batch, by_rate, tuple(runs), len(runs) == total)


def trained(task: Task, batch: int, lr: float, *, seed: int, loss: float, should_stop: ShouldStop = lambda: False) -> Trained:
    """Return what SGD on the task's risk ends in where the training loss is first seen at or below `loss`."""
    risk, batches = task.risk, shuffled(task.risk.samples, batch, seed)
    descent = make_optimizer("sgd", lr=lr).start(risk, risk.theta)
    for steps in range(1, MOST + 1):
        if should_stop():
            raise Cancelled
        descent.step(next(batches))
        if steps % LOOKED_AT == 0:
            reached = risk.value(descent.theta)
            if not reached > loss:  # also where it is not a number any more
                break
    theta = descent.theta.double().numpy(force=True).copy()
    top = top_eigenpairs(risk, theta, 1, should_stop=should_stop)
    return Trained(
        batch,
        lr,
        seed,
        steps,
        reached,
        float(top.eigenvalues[0]),
        float(top.residuals[0]),
        box_sharpness(risk, theta, should_stop=should_stop).value,
        task.accuracy(theta),
        reached <= loss,
    )


@dataclass(frozen=True)
class BatchStudy(Study):
    """SGD at several batch sizes and rates to one training `loss`, on `samples` digits, over so many `seeds`."""

    loss: float
    samples: int
    seeds: int

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[AtOneLoss]:
        told = {"report": partial(report, "training"), "should_stop": should_stop}
        return sharpness_at_one_loss(seeds=tuple(range(self.seeds)), loss=self.loss, samples=self.samples, **told)


BATCH_STUDY = Entry(
    "batches",
    "Batch size and sharpness",
    BatchStudy,
    (
        Parameter("loss", MATCHED, "training loss that all runs end at", 0.005, 0.5, "log"),
        Parameter("samples", 600, "images", 100, 1400),
        Parameter("seeds", 3, "seeds", 1, 5),
    ),
    formula=r"\phi = 100\,\frac{\max_{|d_i| \le \epsilon(|\theta_i| + 1)} L(\theta + d) - L(\theta)}{1 + L(\theta)}",
    source="Keskar et al. 2017, On Large-Batch Training, metric 2.1; Andriushchenko et al. 2023, A Modern Look at the Relationship between "
    "Sharpness and Generalization",
)
