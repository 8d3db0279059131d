"""Answers: what a caller's model, loss and penalty must return, and the place that their own errors are given on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from landscape.errors import LandscapeError, Phrase


@dataclass(frozen=True, eq=False)
class Losses:
    """A caller's loss: (outputs, targets) to a tensor of floating-point numbers, whole and boolean ones as `dtype`."""

    loss: Callable[[object, object], Tensor]
    dtype: torch.dtype

    def __call__(self, outputs: object, targets: object) -> Tensor:
        try:
            losses = self.loss(outputs, targets)
        except Exception as error:
            place(error, Phrase("while_loss", name=named(self.loss), outputs=described(outputs), targets=described(targets)))
            raise
        if not isinstance(losses, Tensor) or losses.is_complex():
            raise LandscapeError("no_real_tensor", owner="empirical risk", name=Phrase("loss"), got=described(losses))
        return losses if losses.is_floating_point() else losses.to(self.dtype)


def require_penalty(penalty: Callable[[Tensor], Tensor] | None, theta: Tensor) -> None:
    """Raise `LandscapeError` unless `penalty` is None, or a function that returns a scalar tensor at `theta`."""
    if penalty is None:
        return
    if not callable(penalty):
        raise LandscapeError("no_scalar", owner="empirical risk", got=described(penalty))
    with torch.no_grad():
        value = penalty(theta)
    if not isinstance(value, Tensor) or value.is_complex() or value.ndim:
        raise LandscapeError("no_scalar", owner="empirical risk", got=described(value))


def place(error: Exception, where: Phrase) -> None:
    """Add to an error of a caller's code what was being computed; a refusal says that itself."""
    if not isinstance(error, LandscapeError):
        error.add_note(where)


def named(function: Callable) -> str:
    """Return the name of a function, or of the class of another callable."""
    function = function.func if isinstance(function, partial) else function
    return getattr(function, "__name__", type(function).__name__)


def described(values: object) -> str | Phrase:
    """Return the shape and dtype of a tensor, or those of the tensors in a mapping, tuple or list, or the class of anything else."""
    if isinstance(values, Tensor):
        return Phrase("shape_of", shape=tuple(values.shape), dtype=values.dtype)
    if isinstance(values, Mapping):
        return Phrase("several", several=", ".join(f"{key}: {described(part)}" for key, part in values.items()))
    if isinstance(values, tuple | list):
        return Phrase("several", several=", ".join(str(described(part)) for part in values[:9]))
    return Phrase("object_of", name=type(values).__name__)
