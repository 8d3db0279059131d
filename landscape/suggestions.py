"""Suggestions: the model, loss, learning rates, schedule and batch that suit a landscape, by what its parts declare and by curvature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from landscape.catalogue import Value
from landscape.datasets import Dataset
from landscape.errors import SingularHessian
from landscape.losses import losses
from landscape.models import fits, models, task_of
from landscape.objective import ArrayLike, Objective
from landscape.optimizers import LARGEST_NEWTON, Optimizer, make_optimizer, optimizers
from landscape.schedules import Schedule
from landscape.trajectory import descend

STEPS = 150
# Methods that scale every coordinate by themselves, or know the curvature, begin here whatever the landscape.
SELF_SCALED = {"adagrad": 0.2, "rmsprop": 0.02, "adam": 0.05, "adamw": 0.05, "newton": 1.0}
SMALLEST, LARGEST = 1e-5, 0.5
WITH_MOMENTUM = 0.2
PRODUCTS = 10
# Samples that tell a curvature or a run's end to one digit.
ENOUGH_SAMPLES = 256
# Where the loss has kinks its curvature says nothing: these shares of the step that would take a straight slope to zero are tried.
TRIED = (3.0, 1.0, 0.3, 0.1, 0.03, 0.01)
LARGEST_TRIED = 5.0
# Of two rates that end as good, up to this share of the way down, the smaller one goes the calmer way.
AS_GOOD = 0.02
# Samples a step where SGD is chosen for data that has more.
BATCH = 32


def suits_model(name: str, dataset: Dataset) -> bool:
    """Return whether the model is one to keep for these data: it takes them, and is no toy made for a single input and output."""
    alone = task_of(dataset) == "regression" and dataset.inputs[0].size == 1
    return fits(models[name], dataset) and (alone or not models[name].traits.get("toy", False))


def usual_model(dataset: Dataset) -> str:
    """Return the model that such data usually get."""
    return "linear" if dataset.task == "regression" else "mlp"


def suits_loss(name: str, model: str, dataset: Dataset) -> bool:
    """Return whether the loss is one to keep for this model on these data: classes want a loss of classes, not of residuals."""
    of_residuals = "regression" in losses[name].traits["tasks"]
    if not fits(losses[name], dataset):
        return False
    return of_residuals == (dataset.task == "regression" or _wants_residuals(model))


def usual_loss(model: str, dataset: Dataset) -> str:
    """Return the loss that such data usually get."""
    return "mse" if dataset.task == "regression" or _wants_residuals(model) else "cross_entropy"


def _wants_residuals(model: str) -> bool:
    return models[model].traits.get("of_residuals", False)


def suggested_lr(sharpest: Callable[[], float], optimizer: str, *, largest: float = LARGEST, share: float = 1.0) -> float:
    """Return a learning rate to begin with, to one digit, where the `sharpest` direction, asked for only if it matters, curves so much.

    For gradient descent 1 / |lambda|, half of the largest stable one, but no more than `largest`, since networks sharpen as they learn
    (Cohen et al. 2021); a fifth of that with momentum, which adds up its steps. `share` is what a landscape wants of all that.
    """
    if optimizer in SELF_SCALED:
        return SELF_SCALED[optimizer]
    return _one_digit(share * _share(optimizer) / max(sharpest(), 1 / largest))


def sketched(dataset: Dataset) -> Dataset:
    """Return some samples, evenly picked, of many: enough to choose a learning rate by, and sooner done."""
    every = max(1, len(dataset.inputs) // ENOUGH_SAMPLES)
    return dataset if every == 1 else replace(dataset, inputs=dataset.inputs[::every], targets=dataset.targets[::every])


def stand_in(optimizer: str, dim: int) -> str:
    """Return the optimizer, or the one that takes its place where there are too many parameters for it."""
    return "adam" if optimizer == "newton" and dim > LARGEST_NEWTON else optimizer


def sharpness(objective: Objective, theta: ArrayLike) -> float:
    """Return the Hessian's norm at `theta` by a few steps of the power method: enough for one digit, and quick enough for a click."""
    product = objective.curvature(theta)
    direction, norm = np.random.default_rng(0).standard_normal(objective.dim), 1.0
    for _ in range(PRODUCTS):
        direction = product(direction / np.linalg.norm(direction))
        norm = float(np.linalg.norm(direction))
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
    slope = float(gradient.square().sum())
    if not (slope > 0 and np.isfinite(slope)):
        return SELF_SCALED.get(optimizer, LARGEST)
    base = SELF_SCALED.get(optimizer, _share(optimizer) * loss / slope)
    rates = sorted({_one_digit(share * base) for share in TRIED})

    def end(lr: float) -> float:
        last = descend(objective, make_optimizer(optimizer, **{**settings, "lr": lr}), theta, steps=steps, schedule=schedule).losses[-1]
        return float(last) if np.isfinite(last) else np.inf

    ends = [end(rate) for rate in rates]
    good = min(ends) + AS_GOOD * (loss - min(ends))
    return next(rate for rate, reached in zip(rates, ends, strict=True) if reached <= good)


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


def suggested_schedule(loss: str, current: str, former_loss: str | None) -> str:
    """Return the schedule: at a kink steps of one length go back and forth, so that they must get shorter; elsewhere the current one."""
    if has_kinks(loss):
        return "cosine" if current == "constant" else current
    return "constant" if current == "cosine" and former_loss is not None and has_kinks(former_loss) else current


def has_kinks(loss: str) -> bool:
    """Return whether the loss is not differentiable somewhere, so that its second derivative bounds no learning rate."""
    return not losses[loss].traits["smooth"]


def suggested_batch(samples: int) -> int:
    """Return the samples that a step of SGD takes, of so many."""
    return min(BATCH, max(1, samples // 4))


def _share(optimizer: str) -> float:
    return WITH_MOMENTUM if optimizers[optimizer].traits.get("adds_up", False) else 1.0


def _one_digit(lr: float) -> float:
    return float(f"{min(max(lr, SMALLEST), LARGEST_TRIED):.0e}")
