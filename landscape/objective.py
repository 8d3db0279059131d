"""Objective: a scalar function of one flat parameter vector theta in R^D, the only thing the rest of the package sees."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from landscape.errors import LandscapeError

ArrayLike = np.ndarray | Tensor

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
    `samples`; and it defines `loss`. `at_once` is how many points `values` evaluates together, 1 where each takes its time. Every public
    method takes numpy or torch and gives numpy float64.
    """

    dim: int
    theta: np.ndarray
    blocks: tuple[Block, ...]
    dtype: torch.dtype = torch.float64
    device: torch.device = torch.device("cpu")
    samples: int = 1
    at_once: int = 256

    @abstractmethod
    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the differentiable scalar at `theta` (a tensor of this objective's dtype), on the samples `batch` (None: all)."""

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
        theta = theta.detach().requires_grad_()
        with torch.enable_grad():
            loss = self.loss(theta, None if batch is None else torch.as_tensor(batch))
            slope = _slope(loss, theta)
        return float(loss.detach()), torch.zeros_like(theta) if slope is None else slope

    def hessian_vector(self, theta: ArrayLike, v: ArrayLike) -> np.ndarray:
        """Return the Hessian at `theta` times `v`, shape (D,). For many products at one point use `curvature`."""
        return self.curvature(theta)(v)

    def curvature(self, theta: ArrayLike) -> Callable[[ArrayLike], np.ndarray]:
        """Return v -> H v at `theta`, with the graph of the gradient built once and kept (Pearlmutter 1994)."""
        theta = self.tensor(theta).clone().requires_grad_()
        with torch.enable_grad():
            slope = _slope(self.loss(theta), theta, create_graph=True)

        def product(v: ArrayLike) -> np.ndarray:
            v = self.tensor(v)
            if slope is None or not slope.requires_grad:
                return np.zeros(self.dim)  # the loss is (piecewise) linear in theta: no second derivative anywhere on this piece
            (image,) = torch.autograd.grad(slope, theta, v, retain_graph=True, allow_unused=True)
            return np.zeros(self.dim) if image is None else image.double().numpy(force=True)

        return product

    def hessian(self, theta: ArrayLike) -> np.ndarray:
        """Return the dense Hessian at `theta`, symmetric, shape (D, D), from batched products with the same kept graph."""
        point = self.tensor(theta).clone().requires_grad_()
        with torch.enable_grad():
            slope = _slope(self.loss(point), point, create_graph=True)
        rows = [_rows(slope, point, part) for part in torch.eye(self.dim, dtype=self.dtype, device=self.device).split(ROWS_AT_ONCE)]
        hessian = torch.cat(rows).double().numpy(force=True)
        return (hessian + hessian.T) / 2

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


def _slope(loss: Tensor, theta: Tensor, *, create_graph: bool = False) -> Tensor | None:
    """Return the gradient of `loss`, or None where theta does not enter it (an error rate counts and has no graph)."""
    if not loss.requires_grad:
        return None
    return torch.autograd.grad(loss, theta, create_graph=create_graph, allow_unused=True)[0]


def _rows(slope: Tensor | None, point: Tensor, directions: Tensor) -> Tensor:
    """Return the Hessian's products with the rows of `directions`; zero where the slope is constant."""
    if slope is None or not slope.requires_grad:
        return torch.zeros_like(directions)
    if len(directions) <= FEW_ROWS:
        rows = [torch.autograd.grad(slope, point, row, retain_graph=True, allow_unused=True)[0] for row in directions]
        return torch.stack([torch.zeros_like(point) if row is None else row for row in rows])
    (rows,) = torch.autograd.grad(slope, point, directions, retain_graph=True, is_grads_batched=True, allow_unused=True)
    return torch.zeros_like(directions) if rows is None else rows


def _tensor(values: ArrayLike, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return values detached, as a tensor; a numpy array's memory is shared where it can be written to: nothing here writes to it."""
    if not isinstance(values, Tensor):
        values = np.asarray(values)
        values = torch.from_numpy(values) if values.flags.writeable else torch.tensor(values)
    return values.detach().to(device, dtype)
