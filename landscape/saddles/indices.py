"""Indices: the share of negative eigenvalues at critical points of a network, against their loss (Dauphin et al. 2014, figure 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.stats import pearsonr, spearmanr
from torch import Tensor, nn

from landscape.curvature.critical import CriticalPoint, CriticalPoints, find_critical_points
from landscape.errors import Cancelled, require_seed, require_whole
from landscape.objective import Objective, require_objective
from landscape.objectives.risk import EmpiricalRisk

INPUTS, TEACHER, STUDENT, SAMPLES = 3, 2, 4, 50
STARTS, STEPS = 400, 150
# Starts are Gaussian, with standard deviations between these.
SMALLEST, LARGEST = 0.1, 2.0
# A fifth of them surround the teacher. The others descend for a while first, as in the paper, at this rate and for at most so many steps,
# and are shaken by noise of at most this size.
AROUND_TEACHER, RATE, LONGEST, NOISE = 0.2, 0.1, 600, 0.1
# Losses are of one level if they agree to this share of the largest.
SAME_LEVEL = 1e-6
# How much of the work is the descents.
DESCENTS = 0.1


@dataclass(frozen=True, eq=False)
class IndexByLoss:
    """The critical points of a teacher-student problem with `dim` parameters, in which the student can reach loss 0."""

    points: CriticalPoints
    dim: int

    @cached_property
    def distinct(self) -> tuple[CriticalPoint, ...]:
        """One point of each loss and index: copies by symmetry and samples of a valley count once."""
        top = max((point.value for point in self.points), default=0.0)
        found = {(round(point.value / (SAME_LEVEL * top)) if top else 0, point.index): point for point in reversed(self.points)}
        return tuple(reversed(found.values()))

    @property
    def losses(self) -> np.ndarray:
        """The loss of each distinct point."""
        return np.array([point.value for point in self.distinct])

    @property
    def shares(self) -> np.ndarray:
        """The share of negative eigenvalues at each distinct point."""
        return np.array([point.index / self.dim for point in self.distinct])

    @property
    def pearson(self) -> float:
        """The correlation of share and loss."""
        return float(pearsonr(self.shares, self.losses).statistic)

    @property
    def spearman(self) -> float:
        """The rank correlation of share and loss."""
        return float(spearmanr(self.shares, self.losses).statistic)

    @property
    def highest_minimum(self) -> float:
        """The largest loss of a point without negative eigenvalues; NaN if there is none."""
        return float(max((point.value for point in self.distinct if point.index == 0), default=np.nan))


def teacher_student(
    *, inputs: int = INPUTS, teacher: int = TEACHER, student: int = STUDENT, samples: int = SAMPLES, seed: int = 0
) -> EmpiricalRisk:
    """Return the mean squared error of a tanh network with `student` hidden units, without biases, on Gaussian inputs with the outputs of
    another of `teacher` <= `student` units.

    At the risk's own `theta`, which is the teacher's with more units of output weight zero, it is 0.
    """
    generator = torch.Generator().manual_seed(seed)
    network = nn.Sequential(_drawn(inputs, student, generator), nn.Tanh(), _drawn(student, 1, generator))
    data = torch.randn(samples, inputs, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        network[-1].weight[:, teacher:] = 0.0
        targets = network(data)
    return EmpiricalRisk(network, _squared, (data, targets), check=False)


def index_by_loss(
    *,
    objective: Objective | None = None,
    starts: int = STARTS,
    seed: int = 0,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> IndexByLoss:
    """Return the critical points that Levenberg-Marquardt on |gradient|^2 reaches from `starts` points of many sizes.

    A search from one size alone finds few points: large starts lead to saturated units, small ones to the origin. Starts are therefore of
    many sizes; most follow gradient descent for a while, on which it passes saddles, and some lie around the teacher. The `objective` is
    by default that of `teacher_student`.
    """
    seed, starts = require_seed("index_by_loss", seed), require_whole("index_by_loss", "starts", starts, 1, None)
    risk = teacher_student(seed=seed) if objective is None else objective
    require_objective("index_by_loss", risk)

    def step(done: float) -> None:
        if should_stop is not None and should_stop():
            raise Cancelled
        if report is not None:
            report(done)

    thetas = _starts(risk, starts, np.random.default_rng(seed), lambda done: step(DESCENTS * done))
    found = find_critical_points(risk, starts=thetas, steps=STEPS, report=lambda done: step(DESCENTS + (1 - DESCENTS) * done))
    return IndexByLoss(found, risk.dim)


def _starts(risk: Objective, count: int, generator: np.random.Generator, step: Callable[[float], None]) -> np.ndarray:
    def sizes(low: float, high: float) -> np.ndarray:
        return np.exp(generator.uniform(np.log(low), np.log(high), (count, 1)))

    thetas = sizes(SMALLEST, LARGEST) * generator.standard_normal((count, risk.dim))
    around = np.arange(count) < AROUND_TEACHER * count
    thetas[around] += risk.theta
    lengths = np.where(around, 0, np.exp(generator.uniform(0, np.log(LONGEST), count)))
    for turn in range(LONGEST):
        step(turn / LONGEST)
        moving = lengths > turn
        if moving.any():
            thetas[moving] -= RATE * risk.gradients(thetas[moving])
    noise = sizes(NOISE / 20, NOISE) * generator.standard_normal(thetas.shape)
    return np.where(around[:, None], thetas, thetas + noise)


def _drawn(fan_in: int, fan_out: int, generator: torch.Generator) -> nn.Linear:
    """Return a linear layer with standard normal weights."""
    layer = nn.utils.skip_init(nn.Linear, fan_in, fan_out, bias=False, dtype=torch.float64)
    nn.init.normal_(layer.weight, generator=generator)
    return layer


def _squared(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs - targets).square().mean(-1)
