"""Digits: small networks on the images of handwritten digits, on which training and curvature take seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from landscape.data.dataset import standardized
from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk

CLASSES = 10


@dataclass(frozen=True, eq=False)
class Task:
    """A network's risk on some of the digits, with the images that are kept back, `held` (inputs, classes)."""

    risk: EmpiricalRisk
    held: tuple[np.ndarray, np.ndarray]

    def accuracy(self, theta: np.ndarray) -> float:
        """Return the share of the images kept back that the network at `theta` (D,) tells right."""
        inputs, classes = self.held
        return float(np.mean(self.risk.outputs(theta, inputs).argmax(axis=1) == classes))


def half_squared(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return |y - y_hat|^2 / 2 of each sample, the squared error of Cohen et al. 2021."""
    return (outputs - targets).square().flatten(1).sum(1) / 2


def digits(
    samples: int,
    *,
    widths: tuple[int, ...],
    activation: str = "tanh",
    loss: Callable[[Tensor, Tensor], Tensor] | None = None,
    standardize: bool = False,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> Task:
    """Return a network of hidden `widths` on `samples` training images; data and weights are drawn by `seed`.

    With a `loss` the targets are one-hot vectors, else the loss is the cross-entropy. Single precision takes two thirds of the time, and
    sharpness along a run is the same within its spread (measured: 1.042 and 1.044 of the limit).
    """
    data = make_dataset("digits", seed=seed)
    model = make_model("mlp", data, seed=seed, widths=widths, activation=activation)
    inputs, held = data.inputs[:samples], data.test_inputs
    if standardize:
        inputs, held = standardized(inputs, inputs), standardized(held, inputs)
    classes = data.targets[:samples]
    targets = classes if loss is None else np.eye(CLASSES)[classes]
    risk = EmpiricalRisk(model, loss or make_loss("cross_entropy"), (inputs, targets), dtype=dtype, check=False)
    return Task(risk, (held, data.test_targets))
