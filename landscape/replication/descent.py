"""Descent: the same small network on digits, trained by SGD from several starts, which two claims about paths are measured on."""

from __future__ import annotations

from collections.abc import Iterator

from landscape.data.datasets import make_dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import Trajectory, descend
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.replication.claim import Run

WIDTHS, LR, BATCH = (32, 32), 0.5, 64
STEPS, SEEDS = 250, 3
# A run whose loss is still above this share of its first one has not come far.
TRAINED = 0.1


def descents(run: Run) -> Iterator[tuple[int, EmpiricalRisk, Trajectory]]:
    """Yield the seed, the risk and the path of each start."""
    data = make_dataset("digits")
    for k in range(SEEDS):
        run.turn(k / SEEDS)
        seed = run.seed + k
        risk = EmpiricalRisk(make_model("mlp", data, widths=WIDTHS, seed=seed), make_loss("cross_entropy"), data, check=False)
        told = {"report": run.part(k, SEEDS), "should_stop": run.should_stop}
        yield seed, risk, descend(risk, make_optimizer("sgd", lr=LR), steps=STEPS, batch_size=BATCH, seed=seed, **told)


def trained(path: Trajectory) -> bool:
    """Whether a path has come far enough for a claim about training to be about it."""
    return bool(path.losses[-1] < TRAINED * path.losses[0])
