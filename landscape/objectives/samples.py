"""Samples: the inputs and targets of an empirical risk, in memory, as tensors or as nested tuples and mappings of tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from landscape.data.datasets import Dataset
from landscape.errors import LandscapeError, Phrase

# A tensor, or nested tuples and mappings of tensors.
Tree = object
# Keys of the targets in a batch that is a mapping.
TARGETS = ("targets", "labels")


@dataclass(frozen=True, eq=False)
class Samples:
    """N samples: `inputs`, a tensor of shape (N, ...) or a tuple or mapping of such tensors, and `targets` likewise.

    A tuple of inputs is passed as `model(*inputs)`, a mapping as `model(**inputs)`.
    """

    inputs: Tree
    targets: Tree

    @classmethod
    def of(cls, data: Dataset | tuple[Tree, Tree] | Iterable, dtype: torch.dtype, device: torch.device) -> Samples:
        """Return the samples of the training part of a `Dataset`, of a pair (inputs, targets), or of all batches of a DataLoader.

        A batch is a pair, or a mapping with its targets under "targets" or "labels". Values are copied, floating-point ones as `dtype`.
        Raises `LandscapeError` when there are no samples, inputs and targets differ in number, or a value is not finite.
        """
        if isinstance(data, Dataset):
            inputs, targets = data.inputs, data.targets
        elif isinstance(data, tuple) and len(data) == 2:
            inputs, targets = data
        else:
            inputs, targets = _gathered(data)
        samples = cls(*(tensors(name, part, dtype, device) for name, part in (("inputs", inputs), ("targets", targets))))
        counts = {len(leaf) for part in (samples.inputs, samples.targets) for leaf in leaves(part)}
        if len(counts) != 1 or counts == {0}:
            got = " and ".join(f"{_count(part)} {name}" for name, part in (("inputs", samples.inputs), ("targets", samples.targets)))
            raise LandscapeError("unpaired_data", owner="empirical risk", got=got)
        return samples

    def __len__(self) -> int:
        return len(next(leaves(self.inputs)))

    def __getitem__(self, chosen: Tensor | slice) -> Samples:
        """Return the samples of these indices."""
        return Samples(*(mapped(part, lambda leaf: leaf[chosen]) for part in (self.inputs, self.targets)))

    def parts(self, length: int) -> list[Samples]:
        """Return the fewest consecutive parts of at most `length` samples, of about equal length, as views."""
        count = max(1, -(-len(self) // length))
        bounds = [len(self) * k // count for k in range(count + 1)]
        return [self[slice(*pair)] for pair in pairwise(bounds)] if count > 1 else [self]

    def through(self, model: nn.Module) -> object:
        """Return the model's outputs for the inputs."""
        if isinstance(self.inputs, Mapping):
            return model(**self.inputs)
        return model(*self.inputs) if isinstance(self.inputs, tuple) else model(self.inputs)


def mapped(tree: Tree, change: Callable[[object], object]) -> Tree:
    """Return the tree with `change` applied to every leaf."""
    if isinstance(tree, Mapping):
        return {key: mapped(branch, change) for key, branch in tree.items()}
    if isinstance(tree, tuple):
        return tuple(mapped(branch, change) for branch in tree)
    return change(tree)


def leaves(tree: Tree) -> Iterable[object]:
    """Yield the leaves of a tree in order."""
    if isinstance(tree, Mapping | tuple):
        for branch in tree.values() if isinstance(tree, Mapping) else tree:
            yield from leaves(branch)
    else:
        yield tree


def tensors(name: str, tree: Tree, dtype: torch.dtype, device: torch.device) -> Tree:
    """Return a tree of copies as tensors, floating-point ones as `dtype`; raises `LandscapeError` for values that are not finite."""

    def tensor(values: object) -> Tensor:
        values = torch.as_tensor(np.array(values) if isinstance(values, np.ndarray) else values).detach()
        if not values.is_floating_point():
            return values.to(device, copy=True)
        if not torch.isfinite(values).all():
            bad = int((~torch.isfinite(values)).sum())
            raise LandscapeError("not_finite", owner="empirical risk", name=name, got=Phrase("not_finite_numbers", count=bad))
        return values.to(device, dtype, copy=True)

    return mapped(tree, tensor)


def _count(tree: Tree) -> str:
    return " / ".join(dict.fromkeys(str(len(leaf)) for leaf in leaves(tree)))


def _gathered(batches: Iterable) -> tuple[Tree, Tree]:
    """Return the concatenated inputs and targets of all batches."""
    pairs = [_pair(batch) for batch in batches]
    if not pairs:
        raise LandscapeError("unpaired_data", owner="empirical risk", got="no batch at all")
    return _joined([inputs for inputs, _ in pairs]), _joined([targets for _, targets in pairs])


def _pair(batch: object) -> tuple[Tree, Tree]:
    if isinstance(batch, Mapping):
        key = next((key for key in TARGETS if key in batch), None)
        if key is not None:
            return {name: part for name, part in batch.items() if name != key}, batch[key]
    elif isinstance(batch, tuple | list) and len(batch) == 2:
        return batch[0], batch[1]
    raise LandscapeError("no_targets", owner="empirical risk", got=f"a batch of type {type(batch).__name__}")


def _joined(parts: list[Tree]) -> Tree:
    first = parts[0]
    if isinstance(first, Mapping):
        return {key: _joined([part[key] for part in parts]) for key in first}
    if isinstance(first, tuple | list):
        return tuple(_joined([part[k] for part in parts]) for k in range(len(first)))
    return torch.cat([torch.as_tensor(part) for part in parts])
