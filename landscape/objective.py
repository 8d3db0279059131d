"""Objective: a scalar function of one flat parameter vector theta in R^D, the only thing the rest of the package sees."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from landscape.errors import LandscapeError

ArrayLike = np.ndarray | Tensor
Term = Callable[[Tensor], Tensor]

# Hessian rows that one batched backward pass computes.
ROWS_AT_ONCE = 64
# So few rows take less time one by one than the batching itself.
FEW_ROWS = 4


class Embedding(Protocol):
    """What an objective needs of a plane: its vectors, and the points at coordinates."""

    origin: np.ndarray
    u: np.ndarray
    v: np.ndarray

    def embed(self, a: ArrayLike, b: ArrayLike) -> np.ndarray:
        """Return origin + a u + b v, shape (k, D)."""


@dataclass(frozen=True)
class Block:
    """A run theta[start:stop] that belongs together, such as one parameter tensor of a network.

    `kind` says how filter normalization treats it: "filters" (the slices along `axis` of an array of `shape` are the filters), "vector" (a
    1-D parameter such as a bias or a BatchNorm scale) or "whole" (coordinates of an analytic function, one filter in all).
    """

    name: str
    shape: tuple[int, ...]
    start: int
    stop: int
    kind: str = "filters"
    axis: int = 0


class Objective(ABC):
    """A scalar function of theta, shape (D,), with its first two derivatives by automatic differentiation.

    A subclass sets `dim`, `theta` (the point of departure, float64, shape (D,)), `blocks`, `dtype` and, where it is a mean over data,
    `samples`; and it defines `loss`, and `terms` where one graph of it all would be too large. `at_once` is how many points `values`
    evaluates together, 1 where each takes its time; `keeps_graphs` is whether the graphs of all terms together fit in memory, so that
    products with the Hessian need not make them anew. Every public method takes numpy or torch and gives numpy float64.
    """

    dim: int
    theta: np.ndarray
    blocks: tuple[Block, ...]
    dtype: torch.dtype = torch.float64
    device: torch.device = torch.device("cpu")
    samples: int = 1
    at_once: int = 256
    keeps_graphs: bool = True

    @abstractmethod
    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the differentiable scalar at `theta` (a tensor of this objective's dtype), on the samples `batch` (None: all)."""

    def terms(self, batch: Tensor | None = None) -> Sequence[Term]:
        """Return functions of the tensor theta whose sum is f: derivatives take them one by one, with the graph of one alone in memory."""
        return [partial(self.loss, batch=batch)]

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
        """Return (a, b) -> f at those coordinates of `plane`, shapes (k,) and (k,) to (k,): the values of many points of one plane."""
        return lambda a, b: self.values(plane.embed(a, b))

    def gradient(self, theta: ArrayLike, batch: ArrayLike | None = None) -> np.ndarray:
        """Return the gradient at `theta`, shape (D,), on the samples `batch` (indices; None: all)."""
        return self.value_and_gradient(self.tensor(theta), batch)[1].double().numpy(force=True)

    def value_and_gradient(self, theta: Tensor, batch: ArrayLike | None = None) -> tuple[float, Tensor]:
        """Return f and its gradient at the tensor `theta` from one forward and one backward pass."""
        theta, value = theta.detach().requires_grad_(), 0.0

        def slopes() -> Iterator[Tensor | None]:
            nonlocal value
            for term in self.terms(None if batch is None else torch.as_tensor(batch)):
                with torch.enable_grad():
                    loss = term(theta)
                    slope = _slope(loss, theta)
                value = value + loss.detach()
                yield slope

        gradient = _total(slopes(), theta)
        return float(value), gradient

    def hessian_vector(self, theta: ArrayLike, v: ArrayLike) -> np.ndarray:
        """Return the Hessian at `theta` times `v`, shape (D,). For many products at one point use `curvature`."""
        return self.curvature(theta)(v)

    def curvature(self, theta: ArrayLike) -> Callable[[ArrayLike], np.ndarray]:
        """Return v -> H v at `theta`, with the graph of the gradient built once and kept, where memory allows (Pearlmutter 1994)."""
        slopes, point = self._slopes(theta)

        def product(v: ArrayLike) -> np.ndarray:
            v = self.tensor(v)
            return _total((_image(slope(), point, v) for slope in slopes), point).double().numpy(force=True)

        return product

    def hessian(self, theta: ArrayLike) -> np.ndarray:
        """Return the dense Hessian at `theta`, symmetric, shape (D, D), from batched products with the same kept graph."""
        slopes, point = self._slopes(theta)
        identity = torch.eye(self.dim, dtype=self.dtype, device=self.device)
        hessian = torch.zeros_like(identity)
        for slope in slopes:
            hessian += _rows(slope(), point, identity)
        hessian = hessian.double().numpy(force=True)
        return (hessian + hessian.T) / 2

    def _slopes(self, theta: ArrayLike) -> tuple[list[Callable[[], Tensor | None]], Tensor]:
        """Return one function a term that gives its differentiable gradient, kept or made anew, and the point that it is at."""
        point, terms = self.tensor(theta).clone().requires_grad_(), self.terms()

        def slope(term: Term) -> Tensor | None:
            with torch.enable_grad():
                return _slope(term(point), point, create_graph=True)

        if not self.keeps_graphs and len(terms) > 1:
            return [partial(slope, term) for term in terms], point
        return [partial(_given, slope(term)) for term in terms], point

    def tensor(self, theta: ArrayLike) -> Tensor:
        """Return one vector as a tensor of this objective's dtype, or refuse a wrong shape."""
        theta = _tensor(theta, self.dtype, self.device)
        if theta.shape != (self.dim,):
            raise LandscapeError("wrong_shape", owner="objective", name="theta", expected=(self.dim,), got=tuple(theta.shape))
        return theta

    def tensors(self, thetas: ArrayLike) -> Tensor:
        """Return rows of vectors as a tensor of this objective's dtype, or refuse a wrong shape."""
        thetas = _tensor(thetas, self.dtype, self.device)
        if thetas.ndim != 2 or thetas.shape[1] != self.dim:
            raise LandscapeError("wrong_shape", owner="objective", name="thetas", expected=("k", self.dim), got=tuple(thetas.shape))
        return thetas


class Derived(Objective):
    """A function made of another objective, `source`, whose attributes it has until it sets its own; `loss` and `terms` are that one's."""

    def __init__(self, source: Objective):
        self.source = source
        self.dim, self.theta, self.blocks, self.samples = source.dim, source.theta, source.blocks, source.samples
        self.dtype, self.device, self.at_once, self.keeps_graphs = source.dtype, source.device, source.at_once, source.keeps_graphs

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        return self.source.loss(theta, batch)

    def terms(self, batch: Tensor | None = None) -> Sequence[Term]:
        return self.source.terms(batch)


class StandIn(Derived):
    """The very function of `source`, answered in another way; what that one alone can do, such as a risk's `on`, it does by itself."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("_") or name == "source":  # not there yet, as while it is unpickled
            raise AttributeError(name)
        return getattr(self.source, name)


def shaken(theta: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return a place near `theta`, a tenth of its root mean square away in each coordinate, where nothing is zero or at rest by design."""
    size = float(np.sqrt(np.mean(np.square(theta)))) or 1.0
    return theta + 0.1 * size * np.random.default_rng(seed).standard_normal(theta.shape)


def _slope(loss: Tensor, theta: Tensor, *, create_graph: bool = False) -> Tensor | None:
    """Return the gradient of `loss`, or None where theta does not enter it (an error rate counts and has no graph)."""
    if not loss.requires_grad:
        return None
    return torch.autograd.grad(loss, theta, create_graph=create_graph, allow_unused=True)[0]


def _total(parts: Iterable[Tensor | None], like: Tensor) -> Tensor:
    """Return the sum of the tensors, zero where there is none; each may be dropped before the next one is made."""
    total = None
    for part in parts:
        if part is not None:
            total = part if total is None else total + part
    return torch.zeros_like(like) if total is None else total


def _given(slope: Tensor | None) -> Tensor | None:
    return slope


def _image(slope: Tensor | None, point: Tensor, v: Tensor) -> Tensor | None:
    """Return the Hessian's product with v; None where the slope is constant: f is (piecewise) linear, without second derivative here."""
    if slope is None or not slope.requires_grad:
        return None
    return torch.autograd.grad(slope, point, v, retain_graph=True, allow_unused=True)[0]


def _rows(slope: Tensor | None, point: Tensor, directions: Tensor) -> Tensor:
    """Return the Hessian's products with the rows of `directions`, many at once; zero where the slope is constant."""
    if slope is None or not slope.requires_grad:
        return torch.zeros_like(directions)
    if len(directions) <= FEW_ROWS:
        rows = [_image(slope, point, row) for row in directions]
        return torch.stack([torch.zeros_like(point) if row is None else row for row in rows])
    batched = partial(torch.autograd.grad, slope, point, retain_graph=True, is_grads_batched=True, allow_unused=True)
    rows = [batched(part)[0] for part in directions.split(ROWS_AT_ONCE)]
    return torch.zeros_like(directions) if rows[0] is None else torch.cat(rows)


def _tensor(values: ArrayLike, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return values detached, as a tensor; a numpy array's memory is shared where it can be written to: nothing here writes to it."""
    if not isinstance(values, Tensor):
        values = np.asarray(values)
        values = torch.from_numpy(values) if values.flags.writeable else torch.tensor(values)
    return values.detach().to(device, dtype)
