"""Shapes: what a loss is, and how it reads outputs and targets.

A score (N,) or (N, 1) goes with labels in {-1, +1} or {0, 1}, logits (N, K) with class indices (N,). No reader branches on the values of
outputs, so that `torch.func.vmap` applies to all losses.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

import torch
from torch import Tensor

from landscape.errors import LandscapeError, Phrase
from landscape.networks.torch_internals import transforms_active, version_of

Loss = Callable[[Tensor, Tensor], Tensor]

# By its id, a tensor of labels that has been looked at, with its version then and the range of its labels: a small model is evaluated in
# the time of some looks.
_looked_at: dict[int, tuple[weakref.ref[Tensor], int, tuple]] = {}


def column(values: Tensor) -> Tensor:
    """Return values of shape (N, 1) as (N,), others as they are."""
    return values.squeeze(1) if values.ndim == 2 and values.shape[1] == 1 else values


def refuse(name: str, what: str, expected: object, got: Tensor) -> LandscapeError:
    """Return the refusal of the "outputs" or "targets" of the loss `name`, which have another shape."""
    return LandscapeError("wrong_shape", owner=name, name=what, expected=expected, got=tuple(got.shape))


def margins(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    """Return m = y s (N,) of scores s and labels y."""
    scores, positive = _scores(name, outputs, targets)
    return torch.where(positive, scores, -scores)


def indices(name: str, outputs: Tensor, targets: Tensor, *, left_out: int | None = None) -> Tensor:
    """Return the true classes (N,) of logits (N, K); the label `left_out` is none of them."""
    given, targets = targets, column(targets)
    if outputs.ndim != 2 or targets.shape != outputs.shape[:1]:
        raise refuse(name, "targets", tuple(outputs.shape[:1]), targets)
    _require_labels(name, given, 0, outputs.shape[1] - 1, left_out)
    return targets.long()


def class_logits(name: str, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits (N, K) and true classes (N,); a score s stands for the two logits 0 and s."""
    if column(outputs).ndim > 1:
        return outputs, indices(name, outputs, targets)
    scores, positive = _scores(name, outputs, targets)
    return torch.stack([torch.zeros_like(scores), scores], 1), positive.long()


def _scores(name: str, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return scores (N,), and whether each label is the positive one."""
    given, scores, targets = targets, column(outputs), column(targets)
    if scores.ndim != 1 or scores.shape != targets.shape:
        raise refuse(name, "outputs", "(N,) or (N, 1)", outputs)
    _require_labels(name, given, -1, 1)
    return scores, targets > 0  # the sign alone: a batch of ones does not show whether labels are {0, 1} or {-1, +1}


def _require_labels(name: str, targets: Tensor, low: int, high: int, left_out: int | None = None) -> None:
    """Raise `LandscapeError` for labels that are not whole or out of range, looking at each tensor once. Inside `torch.func.vmap` labels
    may have no values: the first evaluation of a loss, which is outside, has looked at them.
    """
    if transforms_active():
        return
    if targets.is_inference():  # it has no version that says whether it has changed
        return _look(name, targets, low, high, left_out)
    key, version, asked = id(targets), version_of(targets), (low, high, left_out)
    seen = _looked_at.get(key)
    if seen is None or seen[0]() is not targets or seen[1:] != (version, asked):
        _look(name, targets, low, high, left_out)
        _looked_at[key] = weakref.ref(targets, lambda _: _looked_at.pop(key, None)), version, asked


def _look(name: str, targets: Tensor, low: int, high: int, left_out: int | None) -> None:
    if not targets.numel() or targets.dtype == torch.bool:
        return
    least, largest = (float(end) for end in targets.aminmax())
    if left_out is not None and least == left_out:
        return _look(name, targets[targets != left_out], low, high, None)
    if least < low or largest > high:
        raise LandscapeError(
            "out_of_range", owner=name, name="targets", got=Phrase("from_to", first=f"{least:g}", last=f"{largest:g}"), low=low, high=high
        )
    if targets.is_floating_point() and not torch.equal(targets, targets.trunc()):
        raise LandscapeError("not_whole", owner=name, name="targets", got=float(targets[targets != targets.trunc()][0]), example=high)
