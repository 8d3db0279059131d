"""Sharing: the part of a forward pass that is affine in the coordinates of a plane, done once for all of its points.

A linear layer that sees the data themselves gives X W(a, b)^T + c(a, b), which is affine in (a, b) as the weights are, and so does a
convolution: three products with the data, at the origin and along u and v, serve every point. In a multilayer perceptron on images that
is most of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor, nn

from landscape.networks.torch_internals import has_hooks

# More than this many bytes of shared products, and of the row that they make, are not kept.
MOST_BYTES = 2**28
# The layers whose outputs are linear in their parameters.
KINDS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
PARTS = 3  # at the origin, along u and along v

# A view of resident data: where it starts, its shape and its strides.
Place = tuple[int, tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Entry:
    """A layer that sees views of the resident data: `products` holds, by view, its outputs at the origin, along u and along v."""

    layer: nn.Module
    products: dict[Place, list[Tensor]]

    @property
    def serves(self) -> bool:
        """Whether a view was seen exactly once each time: not so where a model branches, or uses its layer twice."""
        return any(len(parts) == PARTS for parts in self.products.values())


def find_entries(model: nn.Module, forward: Callable[[], object], data: Iterable[Tensor], moving: Collection[int]) -> list[Entry]:
    """Return the layers of `model` that see views of tensors of `data` when `forward` runs it, without their outputs yet.

    `moving` holds the ids of the parameters that the plane moves.
    """
    starts = {leaf.untyped_storage().data_ptr() for leaf in data}
    found: dict[nn.Module, Entry] = {}
    kept = 0

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal kept
        size = (PARTS + 1) * output.numel() * output.element_size()
        if inputs and inputs[0].untyped_storage().data_ptr() in starts and kept + size <= MOST_BYTES:
            kept += size
            found.setdefault(layer, Entry(layer, {})).products[_place(inputs[0])] = []

    layers = [layer for layer in model.modules() if _plain(layer, moving)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    try:
        forward()
    finally:
        for hook in hooks:
            hook.remove()
    return list(found.values())


def keep_outputs(entries: list[Entry], forward: Callable[[], object]) -> None:
    """Run `forward` and add each entry's outputs to its products, where it sees these views this time too."""

    def keep(entry: Entry) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def note(_layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            if inputs and (place := _place(inputs[0])) in entry.products:
                entry.products[place].append(output.clone())

        return note

    hooks = [entry.layer.register_forward_hook(keep(entry)) for entry in entries]
    try:
        forward()
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def standing_in(entries: list[Entry]) -> Iterator[list[float]]:
    """Let the shared products stand in for the entries' own, at the coordinates that are put into the list given."""
    at = [0.0, 0.0]
    try:
        for entry in entries:
            entry.layer.forward = _stand_in(entry, at)
        yield at
    finally:
        for entry in entries:
            vars(entry.layer).pop("forward", None)


def _stand_in(entry: Entry, at: list[float]) -> Callable[[Tensor], Tensor]:
    rows: dict[Place, tuple[float, Tensor]] = {}  # by view, b and what all points of that row of the grid share

    def forward(input: Tensor) -> Tensor:  # noqa: A002 - the name that a model may call it by
        place = _place(input)
        products = entry.products.get(place, ())
        if len(products) != PARTS:  # a model that branches may show its layer something else, or a view more than once
            return type(entry.layer).forward(entry.layer, input)
        (origin, u, v), (a, b) = products, at
        if place not in rows or rows[place][0] != b:
            rows[place] = b, origin.add(v, alpha=b)
        return rows[place][1].add(u, alpha=a)

    return forward


def _plain(layer: nn.Module, moving: Collection[int]) -> bool:
    """Say whether a layer's output is linear in what the plane moves: no subclass, no forward of its own, no hooks (weight normalization is
    one), and no parameter that stays.
    """
    own = dict(layer.named_parameters(recurse=False))
    changed = has_hooks(layer) or "forward" in vars(layer)
    return type(layer) in KINDS and not changed and "weight" in own and all(id(p) in moving for p in own.values())


def _place(tensor: Tensor) -> Place:
    return tensor.data_ptr(), tuple(tensor.shape), tuple(tensor.stride())
