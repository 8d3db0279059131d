"""Sharpness-aware minimization: the gradient is taken where the loss is about highest in a small ball around theta."""

from __future__ import annotations

from types import MappingProxyType

import torch
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.descent.gradient import Sgd
from landscape.descent.method import Optimizer, Slope, decay, rate

sharpness_aware_methods = Catalogue("optimizers")


class _Sam(Sgd):
    """SGD with the gradient at theta + rho g / |g|, both gradients on the same batch; where g is zero, nothing is added."""

    ours = ("rho",)

    def _move(self, gradient: Tensor, lr: float, slope: Slope) -> dict[str, Tensor]:
        own = gradient.view(self._objective.copies, -1)
        norms = torch.linalg.vector_norm(own, dim=1, keepdim=True)
        reach = torch.where(norms > 0, own * (self._optimizer.settings["rho"] / norms), 0.0).view(-1)
        ahead = slope(self._theta.detach() + reach)[1]
        return {r"\epsilon": reach, r"\hat g": ahead, **super()._move(ahead, lr, slope)}


@sharpness_aware_methods.entry(
    "sam",
    "SAM",
    rate(1e-3),
    Parameter("rho", 0.05, "radius rho", low=1e-6, high=10.0, scale="log"),
    Parameter("momentum", 0.0, "momentum", low=0.0, high=1.0),
    decay(),
    formula=(
        r"\epsilon = \rho\, \frac{g}{\lVert g \rVert},\ \hat g = \nabla f(\theta + \epsilon),\quad"
        r" \theta \leftarrow \theta - \eta\, \hat g"
    ),
    source="Foret, Kleiner, Mobahi & Neyshabur 2021, algorithm 1",
    order=1,
    full_batch=False,
    gradients=2,
)
def _sam(**settings: Value) -> Optimizer:
    return Optimizer(sharpness_aware_methods["sam"], MappingProxyType(settings), _Sam)
