"""Objective: a scalar function of a flat parameter vector theta in R^D, the interface on which all other computations rest."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction

from landscape.arrays import array_of
from landscape.errors import LandscapeError, Phrase, shown

ArrayLike = np.ndarray | Tensor
Term = Callable[[Tensor], Tensor]

# Hessian rows computed by one batched backward pass.
ROWS_AT_ONCE = 64
# Up to this many rows are computed one by one: batching has a fixed cost.
FEW_ROWS = 4
# Many Hessians in one batch take a backward pass a column; with more columns, one Hessian after another, in fewer passes, is as fast.
MOST_COLUMNS = 64
# What torch says of an operator without the derivative asked for.
LACKING = re.compile(r"derivative for '?(?:aten::)?_*(\w+?)(?:_backward\w*)?(?:: \w+)?'? is not implemented")


class Embedding(Protocol):
    """The part of `landscape.plane.Plane` that `Objective.along` uses."""

    origin: np.ndarray
    u: np.ndarray
    v: np.ndarray

    def embed(self, a: ArrayLike, b: ArrayLike) -> np.ndarray:
        """Return origin + a u + b v, shape (k, D)."""


@dataclass(frozen=True)
class Block:
    """The slice theta[start:stop] that holds one parameter tensor of `shape`.

    `kind` says how filter normalization treats it: "filters" (the slices along `axis` are the filters), "vector" (a 1-D parameter such as a
    bias or a BatchNorm scale) or "whole" (coordinates of an analytic function, a single filter).
    """

    name: str
    shape: tuple[int, ...]
    start: int
    stop: int
    kind: str = "filters"
    axis: int = 0


class Objective(ABC):
    """A scalar function f of theta, shape (D,), with its first two derivatives by automatic differentiation.

    A subclass sets `dim` (D), `theta` (the initial point, float64, shape (D,)), `blocks`, `dtype` and, where f is a mean over data, the
    number of `samples`; `copies` of one function may stand side by side in theta, each with its own part of it. It defines `loss`, and
    overrides `terms` where the autograd graph of f as a whole would not fit in memory. `at_once` is the number of points that `values`
    evaluates in one batch (1: one after another); `keeps_graphs` says whether the graphs of all terms fit in memory together, so that
    Hessian-vector products at one point reuse them. Public methods take numpy arrays or torch tensors and return float64 numpy arrays,
    except where they say otherwise.
    """

    dim: int
    theta: np.ndarray
    blocks: tuple[Block, ...]
    dtype: torch.dtype = torch.float64
    device: torch.device = torch.device("cpu")
    samples: int = 1
    copies: int = 1
    at_once: int = 256
    keeps_graphs: bool = True

    @abstractmethod
    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return f at `theta`, a tensor (D,) of this objective's dtype, as a differentiable scalar, on the samples of indices `batch`."""

    def terms(self, batch: Tensor | None = None) -> Sequence[Term]:
        """Return functions of theta whose sum is f; derivatives are summed term by term, with the graph of one term in memory at a time."""
        return [partial(self.loss, batch=batch)]

    def held(self, theta: Tensor) -> AbstractContextManager[object]:
        """Return a context, which may be entered again, for backward passes through graphs of f at `theta`: f may compute a part of itself
        again there (activation checkpointing), and must do so at the same point. Without such an f it does nothing.
        """
        return nullcontext()

    def value(self, theta: ArrayLike) -> float:
        """Return f(theta)."""
        with torch.no_grad():
            return float(self.loss(self.tensor(theta)))

    def values(self, thetas: ArrayLike) -> np.ndarray:
        """Return f at each row of `thetas`, shape (k, D) to (k,)."""
        rows = self.tensors(thetas)
        with torch.no_grad():
            return np.array([float(self.loss(row)) for row in rows], dtype=np.float64)

    def along(self, plane: Embedding) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Return the function (a, b) -> f(origin + a u + b v) on `plane`, from shapes (k,) and (k,) to (k,)."""
        return lambda a, b: self.values(plane.embed(a, b))

    def gradient(self, theta: ArrayLike, batch: ArrayLike | None = None) -> np.ndarray:
        """Return the gradient at `theta`, shape (D,), on the samples `batch` (indices; None: all)."""
        return self.value_and_gradient(self.tensor(theta), self._chosen(batch))[1].double().numpy(force=True)

    def _chosen(self, batch: ArrayLike | None) -> ArrayLike | None:
        """Return the indices of samples `batch`; refuse what are none."""
        if batch is None:
            return None
        indices = array_of("objective", "batch", batch)
        if indices.ndim != 1:
            raise LandscapeError("wrong_shape", owner="objective", name="batch", expected=("n",), got=indices.shape)
        if indices.size and (indices.dtype.kind not in "iu" or not -self.samples <= indices.min() <= indices.max() < self.samples):
            raise LandscapeError("no_indices", owner="objective", name="batch", most=self.samples - 1, got=shown(indices.tolist()))
        return torch.as_tensor(indices)

    def value_and_gradient(self, theta: Tensor, batch: ArrayLike | None = None) -> tuple[float, Tensor]:
        """Return f and its gradient, a tensor (D,), at the tensor `theta`, from one forward and one backward pass."""
        theta, value = theta.detach().requires_grad_(), 0.0

        def slopes() -> Iterator[Tensor | None]:
            nonlocal value
            for term in self.terms(None if batch is None else torch.as_tensor(batch)):
                with torch.enable_grad():
                    loss = term(theta)
                    slope = slope_of(loss, theta)
                value = value + loss.detach()
                yield slope

        with self.held(theta):
            gradient = _total(slopes(), theta)
        return float(value), gradient

    def of_rows(self) -> Callable[[Tensor], Tensor] | None:
        """Return f of each row of a tensor (k, D) as one differentiable tensor (k,), or None where points are evaluated one by one."""
        return None

    def gradients(self, thetas: ArrayLike) -> np.ndarray:
        """Return the gradient at each row of `thetas`, shape (k, D) to (k, D), in batches of `at_once` rows where f has such."""
        rows = self.tensors(thetas)
        losses = self.of_rows() if len(rows) else None
        if losses is None:
            return np.array([self.gradient(row) for row in rows], dtype=np.float64).reshape(len(rows), self.dim)
        parts = [_row_slopes(losses, part)[0] for part in rows.split(self.at_once)]
        return torch.cat(parts).detach().double().numpy(force=True)

    def hessians(self, thetas: ArrayLike) -> np.ndarray:
        """Return the dense Hessian at each row of `thetas`, shape (k, D) to (k, D, D), symmetrized; in batches as `gradients`, if D is
        small.
        """
        rows = self.tensors(thetas)
        losses = self.of_rows() if len(rows) else None
        if losses is None or self.dim > MOST_COLUMNS:
            return np.array([self.hessian(row) for row in rows], dtype=np.float64).reshape(len(rows), self.dim, self.dim)
        hessians = torch.cat([_row_hessians(losses, part) for part in rows.split(self.at_once)]).double().numpy(force=True)
        return (hessians + hessians.transpose(0, 2, 1)) / 2

    def hessian_vector(self, theta: ArrayLike, v: ArrayLike) -> np.ndarray:
        """Return the Hessian at `theta` times `v`, shape (D,). For many products at one point use `curvature`."""
        return self.curvature(theta)(v)

    def curvature(self, theta: ArrayLike) -> Callable[[ArrayLike], np.ndarray]:
        """Return v -> H v at `theta` by double backpropagation (Pearlmutter 1994), keeping the gradient's graph if it fits."""
        point = self.tensor(theta).clone().requires_grad_()
        held = self.held(point)
        with held:
            slopes = self._slopes(point)

        def product(v: ArrayLike) -> np.ndarray:
            v = self.tensor(v)
            with held:
                return _total((_image(slope(), point, v) for slope in slopes), point).double().numpy(force=True)

        return product

    def hessian(self, theta: ArrayLike) -> np.ndarray:
        """Return the dense Hessian at `theta`, symmetrized, shape (D, D), from batched backward passes through the gradient's graph."""
        point = self.tensor(theta).clone().requires_grad_()
        identity = torch.eye(self.dim, dtype=self.dtype, device=self.device)
        hessian = torch.zeros_like(identity)
        with self.held(point):
            for slope in self._slopes(point):
                hessian += _rows(slope(), point, identity)
        hessian = hessian.double().numpy(force=True)
        return (hessian + hessian.T) / 2

    def own_hessians(self, theta: ArrayLike) -> np.ndarray:
        """Return the dense Hessian of each copy at its part of `theta`, shape (copies, D / copies, D / copies)."""
        return self.hessian(theta)[None]

    def _slopes(self, point: Tensor) -> list[Callable[[], Tensor | None]]:
        """Return, for each term, a function that returns its differentiable gradient at the leaf `point`, kept or computed at each call."""
        terms = self.terms()

        def slope(term: Term) -> Tensor | None:
            with torch.enable_grad():
                return slope_of(term(point), point, create_graph=True)

        if not self.keeps_graphs and len(terms) > 1:
            return [partial(slope, term) for term in terms]
        return [partial(_given, slope(term)) for term in terms]

    def tensor(self, theta: ArrayLike) -> Tensor:
        """Return `theta` as a tensor of this objective's dtype and device; raise `LandscapeError` unless its shape is (D,)."""
        theta = _tensor("theta", theta, self.dtype, self.device)
        if theta.shape != (self.dim,):
            raise LandscapeError("wrong_shape", owner="objective", name="theta", expected=(self.dim,), got=tuple(theta.shape))
        return theta

    def tensors(self, thetas: ArrayLike) -> Tensor:
        """Return `thetas` as a tensor of this objective's dtype and device; raise `LandscapeError` unless its shape is (k, D)."""
        thetas = _tensor("thetas", thetas, self.dtype, self.device)
        if thetas.ndim != 2 or thetas.shape[1] != self.dim:
            raise LandscapeError("wrong_shape", owner="objective", name="thetas", expected=("k", self.dim), got=tuple(thetas.shape))
        return thetas


class Derived(Objective):
    """An objective made from another, `source`: attributes, `loss` and `terms` are those of `source` unless a subclass replaces them."""

    def __init__(self, source: Objective):
        require_objective(type(self).__name__, source)
        self.source = source
        self.dim, self.theta, self.blocks, self.samples = source.dim, source.theta, source.blocks, source.samples
        self.dtype, self.device, self.at_once, self.keeps_graphs = source.dtype, source.device, source.at_once, source.keeps_graphs

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        return self.source.loss(theta, batch)

    def terms(self, batch: Tensor | None = None) -> Sequence[Term]:
        return self.source.terms(batch)

    def held(self, theta: Tensor) -> AbstractContextManager[object]:
        return self.source.held(theta)


class StandIn(Derived):
    """The same function as `source`, evaluated in another way; other attributes, such as `EmpiricalRisk.on`, are looked up in `source`."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("_") or name == "source":  # `source` is not set yet while an instance is unpickled
            raise AttributeError(name)
        return getattr(self.source, name)


def shaken(theta: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return `theta` plus Gaussian noise of a tenth of its root mean square: a generic point, without the zeros of an initialization."""
    size = float(np.sqrt(np.mean(np.square(theta)))) or 1.0
    return theta + 0.1 * size * np.random.default_rng(seed).standard_normal(theta.shape)


def _row_hessians(losses: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """Return the Hessian at each row of `rows` (k, D) of `losses`, shape (k, D, D), from one backward pass a column."""
    slopes, points = _row_slopes(losses, rows, create_graph=True)
    columns = [slope_of(slope, points, retain_graph=True) for slope in slopes.sum(0)]
    return torch.stack([torch.zeros_like(rows) if column is None else column for column in columns], dim=1)


def _row_slopes(losses: Callable[[Tensor], Tensor], rows: Tensor, *, create_graph: bool = False) -> tuple[Tensor, Tensor]:
    """Return the gradients of `losses` (k,), each of which depends on its own row alone, and the leaf that holds the rows."""
    points = rows.detach().clone().requires_grad_()
    with torch.enable_grad():
        slopes = slope_of(losses(points).sum(), points, create_graph=create_graph)
    return torch.zeros_like(rows) if slopes is None else slopes, points


def slope_of(loss: Tensor, theta: Tensor, **graph: bool) -> Tensor | None:
    """Return the gradient of `loss`, or None where it has no graph of theta, such as an error rate.

    Raises `LandscapeError` where torch has no derivative of an operator in it, and, if a graph is made of the gradient, where a part
    of that graph ends: `once_differentiable` cuts it off, and torch would take its share of a second derivative for zero.
    """
    slope = _pulled_back(loss, theta, **graph) if loss.requires_grad else None
    if graph.get("create_graph") and slope is not None and _ends(loss, slope):
        raise LandscapeError("no_derivative", owner="objective", got=Phrase("lacks_derivative", name="once_differentiable"))
    return slope


def _ends(loss: Tensor, slope: Tensor) -> bool:
    """Return whether a part of the graph of `slope` ends in an error; only somebody's own function in that of `loss` can make it end."""
    own = any(isinstance(node, BackwardCFunction) for node in nodes_of(loss))
    return own and any(type(node).__name__ == "Error" for node in nodes_of(slope))


def nodes_of(tensor: Tensor) -> set[object]:
    """Return the nodes of the tensor's autograd graph."""
    found = {tensor.grad_fn} - {None}
    waiting = list(found)
    while waiting:
        for node, _ in waiting.pop().next_functions:
            if node is not None and node not in found:
                found.add(node)
                waiting.append(node)
    return found


def _pulled_back(value: Tensor, theta: Tensor, *weights: Tensor, **graph: bool) -> Tensor | None:
    """Return the derivative of `value`, weighted where it is no scalar, or None where it does not depend on theta."""
    try:
        return torch.autograd.grad(value, theta, *weights, allow_unused=True, **graph)[0]
    except RuntimeError as error:
        lacking = LACKING.search(str(error))
        if lacking is None:
            raise
        got = Phrase("lacks_derivative", name=lacking[1])
        raise LandscapeError("no_derivative", owner="objective", got=got) from error


def _total(parts: Iterable[Tensor | None], like: Tensor) -> Tensor:
    """Return the sum of the tensors that are not None, zeros if there is none; of an iterator, one part is held in memory at a time."""
    total = None
    for part in parts:
        if part is not None:
            total = part if total is None else total + part
    return torch.zeros_like(like) if total is None else total


def _given(slope: Tensor | None) -> Tensor | None:
    return slope


def _image(slope: Tensor | None, point: Tensor, v: Tensor) -> Tensor | None:
    """Return the Hessian-vector product of the gradient `slope`, or None where that is constant: f is (piecewise) linear there."""
    if slope is None or not slope.requires_grad:
        return None
    return _pulled_back(slope, point, v, retain_graph=True)


def _rows(slope: Tensor | None, point: Tensor, directions: Tensor) -> Tensor:
    """Return the Hessian's products with the rows of `directions`, in batches; zero where the gradient `slope` is constant."""
    if slope is None or not slope.requires_grad:
        return torch.zeros_like(directions)
    if len(directions) > FEW_ROWS:
        try:
            rows = [_pulled_back(slope, point, part, retain_graph=True, is_grads_batched=True) for part in directions.split(ROWS_AT_ONCE)]
        except RuntimeError:  # an operator that torch cannot evaluate in batches, such as a sparse product; one by one it can, or raises
            pass
        else:
            return torch.zeros_like(directions) if rows[0] is None else torch.cat(rows)
    rows = [_image(slope, point, row) for row in directions]
    return torch.stack([torch.zeros_like(point) if row is None else row for row in rows])


def require_objective(owner: str, objective: object) -> None:
    """Refuse what is no objective, such as a model alone."""
    if not isinstance(objective, Objective):
        raise LandscapeError("no_objective_given", owner=owner, got=f"a {type(objective).__name__}")


def _tensor(name: str, values: ArrayLike, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return `values` as a detached tensor, which shares a writable numpy array's memory but is not written to (torch warns of others)."""
    if not isinstance(values, Tensor) or values.is_complex():
        values = array_of("objective", name, values)
        values = torch.from_numpy(values) if values.flags.writeable else torch.tensor(values)
    return values.detach().to(device, dtype)
