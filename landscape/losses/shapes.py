"""Shapes: what a loss is, and how it reads outputs and targets.

A score (N,) or (N, 1) goes with labels in {-1, +1} or {0, 1}, logits (N, K) with class indices (N,). No reader branches on values, so that
`torch.func.vmap` applies to all losses.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from landscape.errors import LandscapeError

Loss = Callable[[Tensor, Tensor], Tensor]


def column(values: Tensor) -> Tensor:
    """Return values of shape (N, 1) as (N,), others as they are."""
    return values.squeeze(1) if values.ndim == 2 and values.shape[1] == 1 else values


def margins(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    """Return m = y s (N,) of scores s and labels y."""
    scores, targets = column(outputs), column(targets)
    if scores.ndim != 1 or scores.shape != targets.shape:
        raise LandscapeError("wrong_shape", owner=name, name="outputs", expected="(N,) or (N, 1)", got=tuple(outputs.shape))
    # The sign alone: a batch of ones does not show whether labels are {0, 1} or {-1, +1}.
    return torch.where(targets > 0, scores, -scores)


def indices(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the true classes (N,) of logits (N, K)."""
    targets = column(targets)
    if outputs.ndim != 2 or targets.shape != outputs.shape[:1]:
        raise LandscapeError("wrong_shape", owner=name, name="targets", expected=tuple(outputs.shape[:1]), got=tuple(targets.shape))
    return targets.long()
