"""Losses of the probability of the true class, by logits (N, K) and class indices (N,), or scores (N,) and labels."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from landscape.catalogue import Catalogue, Parameter
from landscape.losses.logarithms import softplus
from landscape.losses.shapes import Loss, column, indices, margins

class_losses = Catalogue("losses")

# The label that torch's cross-entropy leaves out, with loss 0.
LEFT_OUT = -100
_OF_CLASSES = {"of": "classes", "tasks": ("binary", "multiclass")}


@class_losses.entry(
    "cross_entropy",
    "Cross-entropy",
    formula=r"\ell = -\log p_y,\quad p = \mathrm{softmax}(z)",
    source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.2.2",
    smooth=True,
    convex=True,
    **_OF_CLASSES,
)
def _cross_entropy() -> Loss:
    return partial(_surprise, "cross_entropy")


@class_losses.entry(
    "focal",
    "Focal",
    Parameter("gamma", 2.0, "focusing gamma", low=0.0, high=10.0),
    Parameter("alpha", 0.0, "foreground weight alpha (0: off)", low=0.0, high=1.0),
    formula=r"\ell = -\alpha_t (1 - p_t)^\gamma \log p_t",
    source="Lin, Goyal, Girshick, He & Dollar 2017, section 3.2",
    smooth=True,
    convex=False,
    **_OF_CLASSES,
)
def _focal(gamma: float, alpha: float) -> Loss:
    """Class 0 is the background, of weight 1 - alpha; every other class has weight alpha. With `alpha` 0 all weights are 1."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        margin = _log_odds("focal", outputs, targets)
        focal = torch.exp(-gamma * softplus(margin)) * softplus(-margin)  # 1 - p and -log p of p = 1 / (1 + e^-margin)
        return _balanced(alpha, targets, focal) if alpha else focal

    return loss


@class_losses.entry(
    "balanced_cross_entropy",
    "Balanced cross-entropy",
    Parameter("alpha", 0.75, "foreground weight alpha", low=0.0, high=1.0),
    formula=r"\ell = -\alpha_t \log p_t,\quad \alpha_0 = 1 - \alpha,\quad \alpha_{t > 0} = \alpha",
    source="Lin, Goyal, Girshick, He & Dollar 2017, equation 3",
    smooth=True,
    convex=True,
    **_OF_CLASSES,
)
def _balanced_cross_entropy(alpha: float) -> Loss:
    """Class 0 is the background, of weight 1 - alpha; every other class has weight alpha."""
    return lambda outputs, targets: _balanced(alpha, targets, _surprise("balanced_cross_entropy", outputs, targets))


def _surprise(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    """Return -log p_y."""
    if column(outputs).ndim == 1:
        return softplus(-margins(name, outputs, targets))
    return functional.cross_entropy(outputs, indices(name, outputs, targets, left_out=LEFT_OUT), reduction="none")


def _balanced(alpha: float, targets: Tensor, each: Tensor) -> Tensor:
    return torch.where(column(targets) > 0, alpha * each, (1 - alpha) * each)


def _log_odds(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    """Return log(p_t / (1 - p_t)) of each sample's true class from the logits, without computing p_t."""
    if column(outputs).ndim == 1:
        return margins(name, outputs, targets)
    true = indices(name, outputs, targets).unsqueeze(1) == torch.arange(outputs.shape[1], device=outputs.device)
    own = torch.where(true, outputs, 0).sum(1)
    return own - outputs.masked_fill(true, -math.inf).logsumexp(1)
