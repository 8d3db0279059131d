"""Matching: the hidden units of a network put in the order, and given the signs, of those of another that they resemble most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from landscape.errors import LandscapeError, Phrase
from landscape.objective import ArrayLike, Block, Objective, require_objective

# Sweeps over the layers: each raises the inner product of the two networks, which has an upper bound; a few are enough.
MOST_SWEEPS = 100
# Gains below this share of the inner product are rounding errors.
ROUNDING = 1e-12
# Largest change of the loss, as a share of it, that is taken for rounding.
SAME_LOSS = 1e-9


@dataclass(frozen=True, eq=False)
class Matching:
    """A network `theta` (D,) with its hidden units moved, which computes the same function as before.

    For each hidden layer: unit i of `theta` was unit `permutations[l][i]`, times `signs[l][i]`.
    """

    theta: np.ndarray
    permutations: tuple[np.ndarray, ...]
    signs: tuple[np.ndarray, ...]

    def __post_init__(self) -> None:
        for array in (self.theta, *self.permutations, *self.signs):
            array.setflags(write=False)


def match(objective: Objective, theta: ArrayLike, reference: ArrayLike, *, odd: bool = True) -> Matching:
    """Return the network `theta` (D,), a multilayer perceptron, with its hidden units matched to those of `reference` (D,).

    Weight matching (Ainsworth, Hayase and Srinivasa 2023, algorithm 1): layer after layer, the permutation that maximizes the inner
    product of the two parameter vectors given those of the other layers, an assignment problem, until none gains; for one hidden layer it
    is the best there is. With `odd` a unit may change its sign too, which leaves the function the same for an odd activation (tanh).
    Positive factors, which a ReLU unit could exchange between its input and its output, are not matched. Raises `LandscapeError` when the
    parameters are not those of dense layers one after another, or when the loss changes, as by a sign that the activation does not
    bear, or by moving units that skip connections tie to others.
    """
    require_objective("match", objective)
    blocks = dense_layers(objective)
    own, other = (objective.tensor(point).double().numpy(force=True) for point in (theta, reference))
    layers, goals = _matrices(own, blocks), _matrices(other, blocks)
    moved = [(np.arange(len(layer)), np.ones(len(layer))) for layer in layers[:-1]]
    least = ROUNDING * float(np.linalg.norm(own) * np.linalg.norm(other))
    for _ in range(MOST_SWEEPS):
        gains = [_match_layer(layers, goals, moved, place, odd) for place in range(len(moved))]
        if not sum(gains) > least:
            break
    matched = _vector(own, layers, blocks)
    before, after = objective.value(own), objective.value(matched)
    if abs(after - before) > SAME_LOSS * max(abs(before), 1e-3):
        raise LandscapeError("no_symmetry", owner="matching", got=Phrase("from_to", first=f"{before:.6g}", last=f"{after:.6g}"))
    return Matching(matched, tuple(order for order, _ in moved), tuple(signs for _, signs in moved))


def dense_layers(objective: Objective) -> list[tuple[Block, Block | None]]:
    """Return the weights and biases (None: none) of the dense layers whose parameters are all of theta, in the order of the layers."""
    layers: list[tuple[Block, Block | None]] = []
    for block in objective.blocks:
        follows = bool(layers) and layers[-1][1] is None and block.shape == layers[-1][0].shape[:1]
        if block.kind == "vector" and follows:
            layers[-1] = (layers[-1][0], block)
        elif block.kind == "filters" and len(block.shape) == 2 and (not layers or block.shape[1] == layers[-1][0].shape[0]):
            layers.append((block, None))
        else:
            raise LandscapeError("not_layered", owner="matching", got=f"{block.name} {block.shape}")
    return layers


def _match_layer(
    layers: list[np.ndarray], goals: Sequence[np.ndarray], moved: list[tuple[np.ndarray, np.ndarray]], place: int, odd: bool
) -> float:
    """Match the units of one hidden layer, in place, and return by how much the inner product with the goals grows."""
    width = len(layers[place])
    alike = goals[place] @ layers[place].T + goals[place + 1][:, :width].T @ layers[place + 1][:, :width]
    rows, order = linear_sum_assignment(np.abs(alike) if odd else alike, maximize=True)
    signs = np.where(odd & (alike[rows, order] < 0), -1.0, 1.0)
    gain = float((signs * alike[rows, order]).sum() - np.trace(alike))
    layers[place] = signs[:, None] * layers[place][order]
    layers[place + 1] = np.concatenate([signs * layers[place + 1][:, order], layers[place + 1][:, width:]], axis=1)
    before, flips = moved[place]
    moved[place] = (before[order], signs * flips[order])
    return gain


def _matrices(theta: np.ndarray, blocks: Sequence[tuple[Block, Block | None]]) -> list[np.ndarray]:
    """Return each layer's weights with its biases as a last column, (outputs, inputs + 1)."""
    found = []
    for weight, bias in blocks:
        matrix = theta[weight.start : weight.stop].reshape(weight.shape)
        found.append(matrix if bias is None else np.column_stack([matrix, theta[bias.start : bias.stop]]))
    return found


def _vector(like: np.ndarray, layers: Sequence[np.ndarray], blocks: Sequence[tuple[Block, Block | None]]) -> np.ndarray:
    """Return theta from its layers: the inverse of `_matrices`."""
    theta = like.copy()
    for layer, (weight, bias) in zip(layers, blocks, strict=True):
        theta[weight.start : weight.stop] = layer[:, : weight.shape[1]].ravel()
        if bias is not None:
            theta[bias.start : bias.stop] = layer[:, -1]
    return theta
