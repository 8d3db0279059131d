"""Samples: the inputs and targets of an empirical risk, in memory, as tensors or as nested tuples and mappings of tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset
from torch.utils.data import Dataset as TorchDataset

from landscape.data.datasets import Dataset
from landscape.errors import LandscapeError, Phrase, listed
from landscape.objectives.answers import described, place

# A tensor, or nested tuples and mappings of tensors.
Tree = object
# Keys of the targets in a batch that is a mapping.
TARGETS = ("targets", "labels")
# Samples of a torch data set that are put together at once.
AT_ONCE = 256
# Types of numbers that numpy and torch both compute with; others are widened.
_KNOWN = tuple(map(np.dtype, "? b B h i q e f d F D".split()))


@dataclass(frozen=True, eq=False)
class Samples:
    """N samples: `inputs`, a tensor of shape (N, ...) or a tuple or mapping of such tensors, and `targets` likewise.

    A tuple of inputs is passed as `model(*inputs)`, a mapping as `model(**inputs)`.
    """

    inputs: Tree
    targets: Tree

    @classmethod
    def of(cls, data: Dataset | tuple[Tree, Tree] | Iterable, dtype: torch.dtype, device: torch.device) -> Samples:
        """Return the samples of the training part of a `Dataset`, of a pair (inputs, targets), of a torch data set of pairs, or of all
        batches of a DataLoader, from one pass over them.

        A batch is a pair, or a mapping with its targets under "targets" or "labels". Values are copied, floating-point ones as `dtype`.
        Raises `LandscapeError` when there are no samples, inputs and targets differ in number, a value is not finite or no number at all,
        or a loader leaves samples out.
        """
        if isinstance(data, Dataset):
            inputs, targets = data.inputs, data.targets
        elif isinstance(data, tuple) and len(data) == 2:
            inputs, targets = data
        elif isinstance(data, Mapping):
            inputs, targets = _pair(data)
        else:
            inputs, targets = _gathered(data)
        samples = cls(*(tensors(name, part, dtype, device) for name, part in (("inputs", inputs), ("targets", targets))))
        counts = {len(leaf) for part in (samples.inputs, samples.targets) for leaf in leaves(part)}
        if len(counts) != 1 or counts == {0}:
            got = Phrase("inputs_and_targets", inputs=_count(samples.inputs), targets=_count(samples.targets))
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
        try:
            if isinstance(self.inputs, Mapping):
                return model(**self.inputs)
            return model(*self.inputs) if isinstance(self.inputs, tuple) else model(self.inputs)
        except Exception as error:
            place(error, Phrase("while_model", name=type(model).__name__, inputs=described(self.inputs)))
            raise


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
    """Return a tree of copies as tensors, floating-point ones as `dtype`; raises `LandscapeError` for values that are not finite, and for
    what is no dense array of numbers with an entry for each sample.
    """

    def tensor(values: object) -> Tensor:
        values = _tensor(name, values)
        if values.ndim == 0:
            raise _refused(name, Phrase("one_number"))
        if not (values.is_floating_point() or values.is_complex()):
            return values.to(device, copy=True)
        if not torch.isfinite(values).all():
            bad = int((~torch.isfinite(values)).sum())
            raise LandscapeError("not_finite", owner="empirical risk", name=name, got=Phrase("not_finite_numbers", count=bad))
        return values.to(device, dtype.to_complex() if values.is_complex() else dtype, copy=True)

    return mapped(tree, tensor)


def _tensor(name: str, values: object) -> Tensor:
    """Return values as a dense tensor, Python's own numbers in double precision."""
    if isinstance(values, Tensor):
        return _dense(name, values.detach())
    if hasattr(values, "to_numpy"):  # a table or a column of one
        values = values.to_numpy()
    if isinstance(values, list) and values and all(isinstance(value, Tensor) for value in values):
        return _stacked(name, values)
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):  # what stands under a mask is no sample's number
        raise LandscapeError(
            "not_finite", owner="empirical risk", name=name, got=Phrase("not_finite_numbers", count=int(values.mask.sum()))
        )
    if hasattr(values, "toarray"):
        raise LandscapeError("not_dense", owner="empirical risk", name=name, got=Phrase("object_of", name=type(values).__name__))
    try:
        array = np.array(values)
    except ValueError as error:  # lists of different lengths
        raise _refused(name, Phrase("rows_of_lengths")) from error
    if array.dtype.kind not in "fiubc" or (array.dtype == np.uint64 and array.max(initial=0) > np.iinfo(np.int64).max):
        raise _refused(name, Phrase("dtype", name=array.dtype))
    widest = {"f": np.float64, "c": np.complex128, "u": np.int64}.get(array.dtype.kind)
    known = array.dtype.isnative and array.dtype in _KNOWN
    return torch.from_numpy(array if known else array.astype(widest or array.dtype.newbyteorder("=")))


def _dense(name: str, values: Tensor) -> Tensor:
    if values.is_meta:
        raise LandscapeError("on_meta", owner="empirical risk", got=Phrase("without_numbers", name=name))
    if values.layout != torch.strided or values.is_nested or values.is_quantized:
        kind = "nested" if values.is_nested else "quantized" if values.is_quantized else values.layout
        raise LandscapeError("not_dense", owner="empirical risk", name=name, got=Phrase("tensor_of", kind=kind))
    return values


def _stacked(name: str, rows: list[Tensor]) -> Tensor:
    if len({row.shape for row in rows}) > 1:
        raise _refused(name, Phrase("rows_of_lengths"))
    return torch.stack([_dense(name, row.detach()) for row in rows])


def _refused(name: str, got: Phrase) -> LandscapeError:
    return LandscapeError("not_an_array", owner="empirical risk", name=name, got=got)


def _count(tree: Tree) -> str:
    return " / ".join(dict.fromkeys(str(len(leaf)) for leaf in leaves(tree)))


def _gathered(data: Iterable) -> tuple[Tree, Tree]:
    """Return the concatenated inputs and targets of all batches; the global random stream, from which a loader draws, is left as it was."""
    loader = DataLoader(data, batch_size=AT_ONCE) if isinstance(data, TorchDataset) else data
    if not isinstance(loader, Iterable):
        raise LandscapeError("no_targets", owner="empirical risk", got=Phrase("object_of", name=type(data).__name__))
    with torch.random.fork_rng(devices=[]):
        pairs = [_pair(batch) for batch in loader]
    if not pairs:
        raise LandscapeError("unpaired_data", owner="empirical risk", got=Phrase("no_batch"))
    inputs, targets = (_joined(name, list(parts)) for name, parts in zip(("inputs", "targets"), zip(*pairs, strict=True), strict=True))
    if isinstance(loader, DataLoader) and loader.drop_last:
        _require_all(len(next(leaves(targets))), loader)
    return inputs, targets


def _require_all(given: int, loader: DataLoader) -> None:
    """Raise `LandscapeError` where the last, smaller batch was dropped: which samples it held is another matter at each pass."""
    if not isinstance(loader.dataset, IterableDataset) and given < len(loader.sampler):
        raise LandscapeError("dropped_samples", owner="empirical risk", got=given, count=len(loader.sampler))


def _pair(batch: object) -> tuple[Tree, Tree]:
    if isinstance(batch, Mapping):
        key = next((key for key in TARGETS if key in batch), None)
        if key is not None:
            return {name: part for name, part in batch.items() if name != key}, batch[key]
    elif isinstance(batch, tuple | list) and len(batch) == 2:
        return batch[0], batch[1]
    got = Phrase("batch_parts", count=len(batch)) if isinstance(batch, tuple | list) else Phrase("batch_kind", name=type(batch).__name__)
    raise LandscapeError("no_targets", owner="empirical risk", got=got)


def _joined(name: str, parts: list[Tree]) -> Tree:
    first = parts[0]
    if isinstance(first, Mapping):
        return {key: _joined(name, [part[key] for part in parts]) for key in first}
    if isinstance(first, tuple) or (isinstance(first, list) and all(getattr(part, "ndim", 0) for part in first)):
        return tuple(_joined(name, [part[k] for part in parts]) for k in range(len(first)))
    found = [_tensor(name, part) for part in parts]
    if any(part.ndim == 0 for part in found):
        raise LandscapeError("no_targets", owner="empirical risk", got=Phrase("single_samples"))
    shapes = dict.fromkeys(tuple(part.shape[1:]) for part in found)
    if len(shapes) > 1:
        raise LandscapeError(
            "ragged_batches", owner="empirical risk", name=name, got=listed(Phrase("shape", shape=one) for one in [*shapes][:2])
        )
    return torch.cat(found)
