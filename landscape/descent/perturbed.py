"""Perturbed descent: noise that leads away from saddles, whose slope is zero."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.descent.gradient import Sgd
from landscape.descent.method import Optimizer, Slope, rate
from landscape.objective import ArrayLike, Objective

perturbed_methods = Catalogue("optimizers")


class _PerturbedGd(Sgd):
    """Gradient descent with Gaussian noise, of standard deviation sigma a coordinate, on every gradient.

    The noise is scaled by the learning rate, as a batch's would be; with sigma = r / sqrt(D) it is the method of Jin et al.
    """

    ours = ("sigma",)

    def __init__(self, optimizer: Optimizer, objective: Objective, theta: ArrayLike, seed: int = 0):
        super().__init__(optimizer, objective, theta, seed)
        self._noise = np.random.default_rng(seed)

    def _move(self, gradient: Tensor, lr: float, slope: Slope) -> dict[str, Tensor]:
        copies = self._objective.copies  # which get the same noise, as runs of one seed do
        drawn = torch.from_numpy(self._noise.standard_normal(len(gradient) // copies)).to(gradient)
        noise = drawn.repeat(copies) * self._optimizer.settings["sigma"]
        super()._move(gradient + noise, lr, slope)
        return {r"\xi": noise}


@perturbed_methods.entry(
    "perturbed_gd",
    "Perturbed GD",
    rate(1e-3),
    Parameter("sigma", 0.1, "noise sigma", low=1e-6, high=10.0, scale="log"),
    formula=r"\theta \leftarrow \theta - \eta\, (g + \xi),\quad \xi \sim \mathcal{N}(0, \sigma^2 I)",
    source="Jin, Netrapalli, Ge, Kakade & Jordan 2021, algorithm 1",
    order=1,
    full_batch=True,
)
def _perturbed_gd(**settings: Value) -> Optimizer:
    return Optimizer(perturbed_methods["perturbed_gd"], MappingProxyType(settings), _PerturbedGd)
