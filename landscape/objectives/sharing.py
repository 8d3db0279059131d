"""Sharing: layers whose outputs are affine in the coordinates (a, b) of a plane, with the products computed once for all points.

A linear layer applied to the data X gives X W(a, b)^T + c(a, b), which is affine in (a, b) because the weights are; so does a convolution.
Its outputs at the origin and along u and v therefore determine its outputs at every point of the plane. In a multilayer perceptron on
images, this layer is most of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor, nn

from landscape.networks.torch_internals import has_hooks

# The most bytes of shared products, with the sum that all points of one grid row share.
MOST_BYTES = 2**28
# Layers whose outputs are linear in their parameters.
KINDS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
PARTS = 3  # at the origin, along u and along v

# A view of the data: its address, shape and strides.
Place = tuple[int, tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Entry:
    """A layer applied to views of the data: `products` maps each view to the layer's outputs at the origin, along u and along v."""

    layer: nn.Module
    products: dict[Place, list[Tensor]]

    @property
    def serves(self) -> bool:
        """Whether for some view there is one output from each of the three passes; not if the model branches or calls the layer twice."""
        return any(len(parts) == PARTS for parts in self.products.values())


def find_entries(model: nn.Module, forward: Callable[[], object], data: Iterable[Tensor], moving: Collection[int]) -> list[Entry]:
    """Return the layers of `model` whose inputs, while `forward` runs it, are views of tensors in `data`; their products are still empty.

    `moving` holds the ids of the parameters that vary on the plane.
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
    """Run `forward` and append each layer's outputs to its products, for the views found before."""

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
    """Within the context, the layers compute their outputs from the shared products, at the coordinates [a, b] in the list yielded."""
    at = [0.0, 0.0]
    try:
        for entry in entries:
            entry.layer.forward = _stand_in(entry, at)
        yield at
    finally:
        for entry in entries:
            vars(entry.layer).pop("forward", None)


def _stand_in(entry: Entry, at: list[float]) -> Callable[[Tensor], Tensor]:
    rows: dict[Place, tuple[float, Tensor]] = {}  # for each view, b and origin + b v, which one grid row shares

    def forward(input: Tensor) -> Tensor:  # noqa: A002 - the name that a model may call it by
        place = _place(input)
        products = entry.products.get(place, ())
        if len(products) != PARTS or input.requires_grad:  # no view with shared products, or the model differentiates by it
            return type(entry.layer).forward(entry.layer, input)
        (origin, u, v), (a, b) = products, at
        if place not in rows or rows[place][0] != b:
            rows[place] = b, origin.add(v, alpha=b)
        return rows[place][1].add(u, alpha=a)

    return forward


def _plain(layer: nn.Module, moving: Collection[int]) -> bool:
    """Return whether a layer's output is linear in the varying parameters: it is not of a subclass, has no replaced forward, no hooks
    (weight normalization is one), and no fixed parameter.
    """
    own = dict(layer.named_parameters(recurse=False))
    changed = has_hooks(layer) or "forward" in vars(layer)
    return type(layer) in KINDS and not changed and "weight" in own and all(id(p) in moving for p in own.values())


def _place(tensor: Tensor) -> Place:
    return tensor.data_ptr(), tuple(tensor.shape), tuple(tensor.stride())
