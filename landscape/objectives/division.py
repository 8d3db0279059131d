"""Division: whether samples may pass through the model in parts, because the loss of each depends on no other.

A loss may couple its samples (weights divided by their mean over the batch, pairs, ranks), and so may a model (statistics of the batch).
Data may be sorted, so that the first samples show nothing of it; and groups of samples may stand together, so that a cut between two
groups shows nothing either.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor

from landscape.objectives.samples import Samples

# The order in which samples are mixed; any other would do.
SEED = 0
# Fewer samples are cut behind the first one, more of them at two primes, which no group's size divides both.
FEW = 9

Losses = Callable[[Samples], Tensor | None]


def mixed(count: int, most: int) -> Tensor:
    """Return the indices of at most `most` of `count` samples, taken from everywhere and mixed."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(SEED))[:most]


def cut(data: Samples) -> list[Samples]:
    """Return parts of `data` whose bounds are multiples of no common number: a group of samples of any size stands across one of them."""
    count = len(data)
    bounds = [1] if count < FEW else [_prime(count // 3), _prime(2 * count // 3)]
    return [data[slice(*pair)] for pair in pairwise([0, *bounds, count])]


def adds_up(losses: Losses, data: Samples, parts: list[Samples], near: float) -> bool:
    """Return whether the losses of `data` are those of its `parts`, one after another, up to the relative error `near`.

    `losses` returns the losses (N,) of samples, or None where they cannot be computed.
    """
    whole, divided = losses(data), [losses(part) for part in parts]
    if whole is None or any(each is None or each.shape != (len(part),) for each, part in zip(divided, parts, strict=True)):
        return False
    finite = whole[whole.isfinite()].abs()
    scale = float(finite.mean()) if len(finite) else 0.0
    return whole.shape == (len(data),) and torch.allclose(torch.cat(divided), whole, rtol=near, atol=near * scale, equal_nan=True)


def rows_of(outputs: object, chosen: Tensor, count: int) -> object:
    """Return the `chosen` ones of a model's `outputs` for `count` samples, in the same containers.

    Raises `TypeError` for outputs that are neither tensors nor made of them.
    """
    if isinstance(outputs, Tensor):
        return outputs[chosen.to(outputs.device)] if outputs.ndim and len(outputs) == count else outputs
    if outputs is None or isinstance(outputs, bool | int | float | str):
        return outputs
    if isinstance(outputs, Mapping):
        found = copy.copy(outputs)
        for key, part in outputs.items():
            found[key] = rows_of(part, chosen, count)
        return found
    if isinstance(outputs, tuple | list):
        parts = [rows_of(part, chosen, count) for part in outputs]
        return type(outputs)(parts) if type(outputs) in (tuple, list) else type(outputs)(*parts)
    if is_dataclass(outputs):
        return replace(outputs, **{field.name: rows_of(getattr(outputs, field.name), chosen, count) for field in fields(outputs)})
    raise TypeError(f"outputs of type {type(outputs).__name__}")


def _prime(most: int) -> int:
    """Return the largest prime that is at most `most`, 2 or more."""
    return next(k for k in range(most, 1, -1) if all(k % d for d in range(2, int(k**0.5) + 1)))
