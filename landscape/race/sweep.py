"""Sweep: where an optimizer's runs end, by their learning rates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from landscape.descent.optimizers import Optimizer
from landscape.descent.trajectory import Trajectory

# Learning rates a decade, and how many decades on either side of the middle one are tried.
A_DECADE, DECADES = 4, 1.5
# Rates whose runs end as low, up to this share of the way down, are told apart by their losses on the way.
AS_LOW = 1e-6


@dataclass(frozen=True, eq=False)
class Sweep:
    """The ends of an optimizer's runs: learning `rates` (R,) ascending, the last `losses` (R,), the mean losses on the `way` (R,), whether
    each `left` for infinity (R,), the loss at the `start` of all, and the gradient `evaluations` that it took.
    """

    rates: np.ndarray
    losses: np.ndarray
    way: np.ndarray
    left: np.ndarray
    start: float
    evaluations: int

    @property
    def best(self) -> float | None:
        """The learning rate that ends lowest, of those as good the one that is lowest on the way; None where every run left."""
        stayed = ~self.left & np.isfinite(self.losses)
        if not stayed.any():
            return None
        lowest = self.losses[stayed].min()
        good = stayed & (self.losses <= lowest + AS_LOW * abs(self.start - lowest))
        return float(self.rates[good][self.way[good].argmin()])


def rates_around(middle: float, low: float, high: float) -> np.ndarray:
    """Return learning rates around a `middle` one, evenly spaced in the logarithm, within [low, high]."""
    side = int(DECADES * A_DECADE)
    rates = middle * 10.0 ** (np.arange(-side, side + 1) / A_DECADE)
    return rates[(rates >= low) & (rates <= high)]


def swept(run: Callable[[Optimizer], Trajectory], optimizers: Sequence[Optimizer], report: Callable[[float], None]) -> Sweep:
    """Return the ends of the runs of `optimizers`, which differ by their learning rates, ascending."""
    runs: list[Trajectory] = []
    for optimizer in optimizers:
        report(len(runs) / len(optimizers))
        runs.append(run(optimizer))
    rates, ends = (np.array(values) for values in ([method.lr for method in optimizers], [run.losses[-1] for run in runs]))
    with np.errstate(over="ignore"):  # a run that left may have losses near the largest number
        way = np.array([run.losses.mean() for run in runs])
    left, evaluations = np.array([run.ran_away for run in runs]), int(sum(run.spent[-1] for run in runs))
    return Sweep(rates, ends, way, left, float(runs[0].losses[0]), evaluations)
