"""Workers: data-parallel SGD with so many local steps between two averages, beside other numbers of them, and beside one large batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from landscape.descent.optimizers import make_optimizer
from landscape.descent.parallel import ParallelRun, descend_in_parallel
from landscape.descent.trajectory import descend
from landscape.objective import Objective

# Further local steps, as a multiple of the ones asked for, that are run beside them.
MORE = 4
# Below this largest difference of two runs they are the same.
SAME = 1e-12


@dataclass(frozen=True, eq=False)
class Team:
    """A run of workers with the `losses` (T+1, k) of each on all samples, and the same with other numbers of local steps, `others` by that
    number, the run's own among them. `equal` says whether the workers' parts are; `off_batch` is then, and only then, rounding (None: not
    known yet, see `off_one_batch`).
    """

    run: ParallelRun
    losses: np.ndarray
    others: Mapping[int, ParallelRun]
    equal: bool
    off_batch: float | None = None


def beside(local: int, steps: int) -> list[int]:
    """Return the numbers of local steps that are worth a look beside `local`."""
    return [count for count in sorted({1, min(MORE * local, steps)}) if count != local]


def rounds(run: ParallelRun) -> tuple[np.ndarray, np.ndarray]:
    """Return how often the workers had averaged, 0 first, and the loss of the average then."""
    at = np.flatnonzero(run.averaged)
    return np.arange(len(at)), run.mean.losses[at]


def team(objective: Objective, start: np.ndarray, *, local: int, **how: object) -> Team:
    """Return the run of the workers; `how`, and what is refused, is `descend_in_parallel`'s."""
    run = descend_in_parallel(objective, start, local=local, **how)
    losses = objective.values(run.workers.reshape(-1, objective.dim)).reshape(run.workers.shape[:2])
    return Team(run, losses, {local: run}, objective.samples % how["workers"] == 0)


def off_one_batch(objective: Objective, start: np.ndarray, *, lr: float, steps: int, **how: object) -> float:
    """Return the largest difference, over all steps, of the average of workers with one local step and all their samples from gradient
    descent with all samples: rounding where their parts are equal.
    """
    together = descend_in_parallel(objective, start, lr=lr, steps=steps, **how).mean.thetas
    alone = descend(objective, make_optimizer("gd", lr=lr), start, steps=steps, should_stop=how.get("should_stop")).thetas
    both = min(len(together), len(alone))
    with np.errstate(invalid="ignore"):
        return float(np.nanmax(np.abs(together[:both] - alone[:both])))
