"""Brittleness: how much a loss rises when its parameters, or the inputs of its data, are disturbed by noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from landscape.curvature.trace import Estimate
from landscape.objective import ArrayLike, Objective
from landscape.objectives.risk import EmpiricalRisk


def weight_noise(objective: Objective, theta: ArrayLike, scale: float, *, samples: int, seed: int = 0) -> Estimate:
    """Return the mean rise f(theta + scale z) - f(theta) over `samples` draws of z ~ N(0, I), with its standard error.

    To second order it is scale^2 tr(H) / 2.
    """
    theta = np.asarray(theta, dtype=np.float64)
    draws = np.random.default_rng(seed).standard_normal((samples, len(theta)))
    return _mean(objective.values(theta + scale * draws) - objective.value(theta))


def input_noise(
    risk: EmpiricalRisk,
    loss: Callable[[Tensor, Tensor], Tensor],
    data: tuple[np.ndarray, np.ndarray],
    theta: ArrayLike,
    scale: float,
    *,
    samples: int,
    seed: int = 0,
) -> Estimate:
    """Return the mean rise of the loss when each input x of `data`, (inputs (N, ...), targets (N, ...)), becomes x + scale z.

    There are `samples` draws of z ~ N(0, I) for the whole data, and the standard error is that over draws.
    """
    inputs, targets = data
    noise = np.random.default_rng(seed).standard_normal((samples, *inputs.shape))
    noisy = risk.outputs(theta, (inputs + scale * noise).reshape(-1, *inputs.shape[1:]))
    wanted = np.tile(targets, (samples, *[1] * (targets.ndim - 1)))
    losses = _losses(loss, noisy, wanted).reshape(samples, len(inputs)).mean(axis=1)
    return _mean(losses - _losses(loss, risk.outputs(theta, inputs), targets).mean())


def _losses(loss: Callable[[Tensor, Tensor], Tensor], outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return loss(torch.from_numpy(np.ascontiguousarray(outputs)), torch.from_numpy(np.ascontiguousarray(targets))).numpy(force=True)


def _mean(rises: np.ndarray) -> Estimate:
    return Estimate(float(rises.mean()), float(rises.std(ddof=1) / np.sqrt(len(rises))))
