"""Symmetry: critical points of a network that are copies of one, by permutations of hidden units and by their sign flips."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn

from landscape.curvature.critical import CriticalPoint
from landscape.errors import require_made

# Copies agree to this share of the size of theta.
SAME = 1e-6
# Values of copies, and of degenerate points on one level, agree to this share, or to what that distance makes with their curvature.
SAME_VALUE = 1e-9
# Rounds in which the layers of a deep network are matched, each in the light of the others.
ROUNDS = 20


@dataclass(frozen=True, eq=False)
class HiddenLayer:
    """The indices in theta of h hidden units: `incoming` (h, m), weights and bias, and `outgoing` (h, n); permuting units leaves the
    network's function unchanged, and if the activation is `odd` so does a change of all signs of a unit.
    """

    incoming: np.ndarray
    outgoing: np.ndarray
    odd: bool

    @property
    def units(self) -> np.ndarray:
        """All indices of each unit, (h, m + n)."""
        return np.concatenate([self.incoming, self.outgoing], axis=1)

    @property
    def symmetries(self) -> int:
        """The order of the group: h!, times 2^h where the activation is odd."""
        return math.factorial(len(self.incoming)) * (2 ** len(self.incoming) if self.odd else 1)


@dataclass(frozen=True, eq=False)
class Orbit:
    """Critical points that are one: `point` stands for those at `members`, places in the list.

    `copies` is how many there are by symmetry, found or not: the order of the group over that of the subgroup that leaves the point where
    it is. It is None for degenerate points of one value, which are samples of a valley.
    """

    point: CriticalPoint
    members: tuple[int, ...]
    copies: int | None


def hidden_layers(model: nn.Module) -> tuple[HiddenLayer, ...]:
    """Return the hidden layers of a chain of linear layers and activations that treat units alike; none of other models.

    An activation treats units alike if it commutes with permutations, and is odd if it commutes with a change of sign, which is tried out
    on numbers. Without an activation, as in a deep linear network, a layer is odd.
    """
    linear: list[nn.Linear] = []
    between: list[list[nn.Module]] = [[]]
    for module in _chain(model):
        if isinstance(module, nn.Linear):
            linear.append(module)
            between.append([])
        elif not isinstance(module, nn.Flatten):
            between[-1].append(module)
    if any(next(module.children(), None) is not None for part in between for module in part):
        return ()
    places = _places(model)
    found = []
    for before, after, activation in zip(linear, linear[1:], between[1:-1], strict=False):
        trial = torch.linspace(-1.5, 2.0, before.out_features, dtype=before.weight.dtype)[None]
        if before.out_features != after.in_features or not _agree(activation, trial.flip(-1), lambda x: x.flip(-1), trial):
            continue
        incoming = [places[id(before.weight)], *([places[id(before.bias)][:, None]] if before.bias is not None else [])]
        odd = _agree(activation, -trial, torch.neg, trial)
        found.append(HiddenLayer(np.concatenate(incoming, axis=1), places[id(after.weight)].T, odd))
    return tuple(found)


def nearest_copy(layers: Sequence[HiddenLayer], theta: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the symmetric copy of `theta` nearest to `target`, both (D,).

    It is the nearest for one hidden layer, by optimal assignment of units. Several layers are matched one after another, by the weights
    that come in and then by all, until nothing changes: exact for copies, a local optimum otherwise.
    """
    found = theta.copy()
    for layer in layers:
        _match(found, target, layer, layer.incoming if len(layers) > 1 else layer.units)
    for _ in range(ROUNDS if len(layers) > 1 else 0):
        before = found.copy()
        for layer in layers:
            _match(found, target, layer, layer.units)
        if (found == before).all():
            break
    return found


def copies(layers: Sequence[HiddenLayer], theta: np.ndarray) -> int:
    """Return how many different points the symmetries make of `theta`; units of a layer that are equal, up to the sign where the
    activation is odd, make them fewer.
    """
    return math.prod(layer.symmetries // _fixing(layer, theta) for layer in layers)


def orbits(points: Sequence[CriticalPoint], model: nn.Module) -> list[Orbit]:
    """Return the critical points grouped into one representative of each set of symmetric copies, in the order of the list.

    Isolated points are copies if a permutation or sign flip takes one to the other. Degenerate points of one value are grouped too: they
    are samples of a valley, whose parts symmetries and flat directions connect.
    """
    require_made("orbits", "model", model, nn.Module, "torch.nn")
    for point in points:
        require_made("orbits", "points", point, CriticalPoint, "find_critical_points")
    layers, groups = hidden_layers(model), list[list[int]]()
    for k, point in enumerate(points):
        same = (group for group in groups if _same(points[group[0]], point, layers))
        group = next(same, None)
        if group is None:
            groups.append([k])
        else:
            group.append(k)
    return [
        Orbit(points[group[0]], tuple(group), None if points[group[0]].kind == "degenerate" else copies(layers, points[group[0]].theta))
        for group in groups
    ]


def _same(one: CriticalPoint, other: CriticalPoint, layers: Sequence[HiddenLayer]) -> bool:
    near = SAME * (1 + np.linalg.norm(one.theta))
    if one.kind != other.kind or abs(one.value - other.value) > SAME_VALUE * abs(one.value) + np.abs(one.eigenvalues).max() * near**2:
        return False
    if one.kind == "degenerate":
        return True
    return bool(np.linalg.norm(nearest_copy(layers, other.theta, one.theta) - one.theta) <= near)


def _match(theta: np.ndarray, target: np.ndarray, layer: HiddenLayer, compared: np.ndarray) -> None:
    """Permute the units of a layer of `theta`, and flip their signs, to bring the entries at `compared` (h, n) closest to the target's."""
    ours, theirs = theta[compared], target[compared]
    apart = np.square(theirs[:, None] - ours[None]).sum(-1)
    if layer.odd:
        flipped = np.square(theirs[:, None] + ours[None]).sum(-1)
        signs = np.where(flipped < apart, -1.0, 1.0)
        apart = np.minimum(apart, flipped)
    rows, columns = linear_sum_assignment(apart)
    moved = theta[layer.units[columns]]
    theta[layer.units] = moved * signs[rows, columns][:, None] if layer.odd else moved


def _fixing(layer: HiddenLayer, theta: np.ndarray) -> int:
    """Return how many symmetries of the layer leave `theta` where it is."""
    units, near = theta[layer.units], SAME * (1 + np.linalg.norm(theta))
    zero = np.linalg.norm(units, axis=1) <= near
    order = math.factorial(int(zero.sum())) * (2 ** int(zero.sum()) if layer.odd else 1)
    left = list(units[~zero])
    while left:
        first = left[0]
        alike = [np.linalg.norm(unit - first) <= near or (layer.odd and np.linalg.norm(unit + first) <= near) for unit in left]
        order *= math.factorial(sum(alike))
        left = [unit for unit, same in zip(left, alike, strict=True) if not same]
    return order


def _chain(model: nn.Module) -> Iterator[nn.Module]:
    """Yield the modules of nested `nn.Sequential`s in order."""
    if isinstance(model, nn.Sequential):
        for module in model:
            yield from _chain(module)
    else:
        yield model


def _agree(
    activation: Sequence[nn.Module], changed: torch.Tensor, change: Callable[[torch.Tensor], torch.Tensor], trial: torch.Tensor
) -> bool:
    """Return whether changing the input changes the activation's output likewise."""

    def apply(x: torch.Tensor) -> torch.Tensor:
        for module in activation:
            x = module(x)
        return x

    with torch.no_grad():
        return torch.allclose(apply(changed), change(apply(trial)), rtol=1e-12, atol=1e-12)


def _places(model: nn.Module) -> dict[int, np.ndarray]:
    """Return the indices in theta of each trainable parameter, in its shape."""
    found, start = {}, 0
    for parameter in model.parameters():
        if parameter.requires_grad:
            found[id(parameter)] = np.arange(start, start + parameter.numel()).reshape(tuple(parameter.shape))
            start += parameter.numel()
    return found
