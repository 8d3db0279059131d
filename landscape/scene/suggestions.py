"""Suggestions: the model, loss, learning rates, schedule and batch that suit a landscape, by what its parts declare and by curvature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from scipy.linalg import norm as length  # of any scale: its squares neither overflow nor vanish

from landscape.catalogue import Entry, Value
from landscape.data.datasets import Dataset
from landscape.data.fit import fits, task_of
from landscape.descent.matrices import is_matrix
from landscape.descent.optimizers import Optimizer, make_optimizer, optimizers, serves
from landscape.descent.schedules import Schedule
from landscape.descent.trajectory import ROUNDING, descend
from landscape.errors import SingularHessian
from landscape.networks.models import models
from landscape.objective import ArrayLike, Objective

STEPS = 150
USUAL_LOSSES = {"regression": "mse", "classification": "cross_entropy", "ranking": "ranknet"}
# Methods that scale every coordinate or matrix by themselves, or know the curvature, begin here whatever the landscape.
SELF_SCALED = {"adagrad": 0.2, "adadelta": 3.0, "rmsprop": 0.02, "rprop": 0.02}
SELF_SCALED |= {"adam": 0.05, "adamw": 0.05, "nadam": 0.05, "radam": 0.05, "muon": 0.05}
# Of these the rate is a share of a step whose length they know.
WHOLE_STEP = {"newton": 1.0, "damped_newton": 1.0, "saddle_free_newton": 1.0, "lbfgs": 1.0}
SELF_SCALED |= WHOLE_STEP
SMALLEST, LARGEST = 1e-5, 0.5
WITH_MOMENTUM = 0.2
PRODUCTS = 10
# Samples that tell a curvature or a run's end to one digit.
ENOUGH_SAMPLES = 128
# Where the loss has kinks its curvature says nothing: these shares of the step that would take a straight slope to zero are tried.
TRIED = (3.0, 1.0, 0.3, 0.1, 0.03, 0.01)
LARGEST_TRIED = 5.0
# Of two rates that end as good, up to this share of the way down, the smaller one goes the calmer way.
AS_GOOD = 0.02
# Samples a step where SGD is chosen for data that has more.
BATCH = 32
# A trial run is at most so many steps long, and multiplies at most so many weights and samples: about half a second. One that would have
# to be shorter than the least is not worth making.
LONGEST_TRIAL, SHORTEST_TRIAL, WORK = STEPS, 20, 3e8
# A rate whose run still bounces is halved so often at most.
HALVINGS = 6
# A run that rises by this share of its whole way down, in the last quarter of its steps, bounces.
BOUNCE = 0.05


def suits_model(name: str, dataset: Dataset) -> bool:
    """Return whether the model is one to keep for these data: it takes them, and is no toy made for a line through the origin."""
    alone = task_of(dataset) == "regression" and dataset.inputs[0].size == 1
    through_origin = alone and bool(dataset.inputs.min() <= 0 <= dataset.inputs.max())
    return fits(models[name], dataset) and (through_origin or not models[name].traits.get("toy", False))


def usual_model(dataset: Dataset) -> str:
    """Return the model that such data usually get."""
    return "mlp" if dataset.task == "classification" else "linear"


def suits_loss(loss: Entry, model: str, dataset: Dataset) -> bool:
    """Return whether the loss is one to keep for this model on these data: classes want a loss of classes, not of residuals."""
    of_residuals = "regression" in loss.traits["tasks"]
    if not fits(loss, dataset):
        return False
    return of_residuals == (dataset.task == "regression" or _wants_residuals(model))


def usual_loss(model: str, dataset: Dataset) -> str:
    """Return the loss that such data usually get."""
    return "mse" if _wants_residuals(model) else USUAL_LOSSES[dataset.task]


def _wants_residuals(model: str) -> bool:
    return models[model].traits.get("of_residuals", False)


def suggested_lr(sharpest: Callable[[], float], optimizer: str, *, largest: float = LARGEST, share: float = 1.0) -> float:
    """Return a learning rate to begin with, to one digit, where the `sharpest` direction, asked for only if it matters, curves so much.

    For gradient descent 1 / |lambda|, half of the largest stable one, but no more than `largest`, since networks sharpen as they learn
    (Cohen et al. 2021); a fifth of that with momentum, which adds up its steps. `share` is what a landscape wants of all that.
    """
    if optimizer in SELF_SCALED and not optimizers[optimizer].traits.get("plain_first", False):
        return SELF_SCALED[optimizer]
    largest = min(largest, SELF_SCALED.get(optimizer, largest))
    return _one_digit(share * _share(optimizer) / max(sharpest(), 1 / largest))


def sketched(dataset: Dataset) -> Dataset:
    """Return some samples, evenly picked, of many: enough to choose a learning rate by, and sooner done."""
    every = max(1, len(dataset.inputs) // ENOUGH_SAMPLES)
    some = {"inputs": dataset.inputs[::every], "targets": dataset.targets[::every], "row_names": (), "outliers": ()}
    return dataset if every == 1 else replace(dataset, **some)


def stand_in(optimizer: str, objective: Objective) -> str:
    """Return the optimizer, or the one that takes its place where there are too many parameters for it, or no matrix."""
    matrices = any(is_matrix(block) for block in objective.blocks)
    return optimizer if serves(optimizer, objective.dim, matrices=matrices) else "adam"


def sharpness(objective: Objective, theta: ArrayLike) -> float:
    """Return the Hessian's norm at `theta` by a few steps of the power method: enough for one digit, and quick enough for a click."""
    product = objective.curvature(theta)
    direction, norm = np.random.default_rng(0).standard_normal(objective.dim), 1.0
    for _ in range(PRODUCTS):
        direction = product(direction / length(direction))
        norm = float(length(direction, check_finite=False))
        if norm == 0 or not np.isfinite(norm):
            return 0.0
    return norm


def tried_lr(
    objective: Objective, optimizer: str, settings: Mapping[str, Value], start: ArrayLike | None, steps: int, schedule: Schedule
) -> float:
    """Return the learning rate, of some of one digit, whose run from `start` is as good as ends lowest: where curvature says nothing.

    The rates are shares of loss / |gradient|^2, the step that takes a straight slope to zero (Polyak 1987, section 5.3).
    """
    theta = objective.tensor(objective.theta if start is None else start)
    loss, gradient = objective.value_and_gradient(theta)
    slope, length = float(gradient.square().sum()), _affordable(objective, steps)
    if optimizer in WHOLE_STEP or not (slope > 0 and np.isfinite(slope)):
        return SELF_SCALED.get(optimizer, LARGEST)
    base = SELF_SCALED.get(optimizer, _share(optimizer) * loss / slope)
    rates = sorted({_one_digit(share * base) for share in TRIED})
    if length < SHORTEST_TRIAL:
        return rates[len(rates) // 2]

    def end(lr: float) -> float:
        last = _trial(objective, optimizer, settings, lr, theta, length, schedule)[-1]
        return float(last) if np.isfinite(last) else np.inf

    ends = [end(rate) for rate in rates]
    best = min(ends)
    if best < loss:
        return next(rate for rate, reached in zip(rates, ends, strict=True) if reached <= best + AS_GOOD * (loss - best))
    smaller = [_one_digit(rates[0] / 4**k) for k in range(1, HALVINGS)]  # all of them lead away from a minimum that is near
    return next((rate for rate in smaller if end(rate) <= loss), smaller[-1])


def calmed_lr(
    objective: Objective, optimizer: str, settings: Mapping[str, Value], lr: float, start: ArrayLike | None, steps: int, schedule: Schedule
) -> float:
    """Return `lr`, halved as long as its run from `start` bounces at the end or diverges, and with half of it gets lower there: curvature
    may be larger on the way.

    Methods that scale every coordinate by themselves keep it, and so do landscapes too large to be tried.
    """
    length = _affordable(objective, steps)
    if optimizer in SELF_SCALED or length < SHORTEST_TRIAL:
        return lr
    theta = objective.tensor(objective.theta if start is None else start)
    run = _trial(objective, optimizer, settings, lr, theta, length, schedule)
    for _ in range(HALVINGS):
        if not bounces(run):
            break
        calmer = _trial(objective, optimizer, settings, _one_digit(lr / 2), theta, length, schedule)
        if _late(calmer).mean() >= _late(run).mean():
            break
        lr, run = _one_digit(lr / 2), calmer
    return lr


def bounces(losses: np.ndarray) -> bool:
    """Return whether a run's losses still go up at its end, by more than a small share of the whole way down, or end in no number."""
    if not np.isfinite(losses[-1]):
        return not losses[-1] == -np.inf
    rises = np.maximum(np.diff(_late(losses)), 0.0).sum()
    return bool(rises > BOUNCE * max(float(losses[0] - losses.min()), ROUNDING * abs(float(losses[0]))))


def _late(losses: np.ndarray) -> np.ndarray:
    """Return the losses of the last quarter of a run."""
    return losses[-max(2, len(losses) // 4) :]


def _trial(
    objective: Objective, optimizer: str, settings: Mapping[str, Value], lr: float, theta: ArrayLike, steps: int, schedule: Schedule
) -> np.ndarray:
    """Return the losses of a run of gradients of all the samples."""
    return descend(objective, make_optimizer(optimizer, **{**settings, "lr": lr}), theta, steps=steps, schedule=schedule).losses


def _affordable(objective: Objective, steps: int) -> int:
    """Return how many steps a trial may take, of so many."""
    return min(steps, LONGEST_TRIAL, int(WORK / (objective.dim * max(1, objective.samples))))


def moves(objective: Objective, steppers: tuple[Optimizer, ...], start: ArrayLike | None = None) -> bool:
    """Return whether any optimizer leaves `start`: none does where the gradient is zero, and Newton's method not where it has no step."""
    theta = objective.theta if start is None else start
    for optimizer in steppers:
        descent = optimizer.start(objective, theta)
        before = descent.theta.clone()
        try:
            descent.step()
        except SingularHessian:
            continue
        if not bool((descent.theta == before).all()):
            return True
    return False


def suggested_schedule(current: str, *, kinks: bool, former_kinks: bool) -> str:
    """Return the schedule: at a kink steps of one length go back and forth, so that they must get shorter; elsewhere the current one.

    `kinks` says whether the landscape has any, `former_kinks` whether the one that a visitor just left had.
    """
    if kinks:
        return "cosine" if current == "constant" else current
    return "constant" if current == "cosine" and former_kinks else current


def suggested_batch(samples: int) -> int:
    """Return the samples that a step of SGD takes, of so many."""
    return min(BATCH, max(1, samples // 4))


def _share(optimizer: str) -> float:
    return WITH_MOMENTUM if optimizers[optimizer].traits.get("adds_up", False) else 1.0


def _one_digit(lr: float) -> float:
    return float(f"{min(max(lr, SMALLEST), LARGEST_TRIED):.0e}")
