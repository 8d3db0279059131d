"""Optimizers: first-order methods by torch.optim, applied to the flat theta, and Newton's method.

Traits: `order` of the derivatives used (1 or 2); `full_batch`, where every step takes all samples by definition; `adds_up`, where steps
accumulate former gradients (momentum); `in_batches`, for the method that differs from gradient descent by its batches only.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.errors import LandscapeError, Phrase, SingularHessian
from landscape.objective import ArrayLike, Objective

optimizers = Catalogue("optimizers")

# Largest number of parameters for Newton's method, which decomposes a dense Hessian at every step: 0.3 s at this size.
LARGEST_NEWTON = 500


class Descent(ABC):
    """A run of an optimizer in progress: the current theta and the state of the method."""

    def __init__(self, optimizer: Optimizer, objective: Objective, theta: ArrayLike):
        self._optimizer, self._objective = optimizer, objective
        self._theta = objective.tensor(theta).clone()

    @property
    def theta(self) -> Tensor:
        """The current theta (D,), a view that the next step overwrites."""
        return self._theta.detach()

    def step(self, batch: ArrayLike | None = None, factor: float = 1.0) -> float:
        """Take one step, with the learning rate times `factor`, and return the loss BEFORE it, on the samples `batch` (None: all).

        Raises `LandscapeError` when a full-batch method gets a batch, and `SingularHessian` where the Newton step does not exist.
        """
        if batch is not None and self._optimizer.full_batch:
            raise LandscapeError("full_batch", owner=self._optimizer.name, got=Phrase("batch_of", count=len(batch)))
        loss, gradient = self._objective.value_and_gradient(self._theta, batch)
        self._move(gradient, self._optimizer.lr * factor)
        return loss

    @abstractmethod
    def _move(self, gradient: Tensor, lr: float) -> None:
        """Update `_theta` in place by one step."""


@dataclass(frozen=True)
class Optimizer:
    """A method with its hyperparameters; `start` begins a run."""

    name: str
    settings: Mapping[str, Value]
    descent: type[Descent]

    @property
    def lr(self) -> float:
        """The learning rate (for Newton's method: the share of the full step)."""
        return self.settings["lr"]

    @property
    def full_batch(self) -> bool:
        """Whether every step takes all samples."""
        return optimizers[self.name].traits["full_batch"]

    def largest_lr(self, sharpness: float) -> float | None:
        """Return the learning rate above which the method diverges on a quadratic whose largest eigenvalue is `sharpness` (lambda).

        2 / lambda for gradient descent, (2 + 2 beta) / lambda with momentum, (2 + 2 beta) / ((1 + 2 beta) lambda) with Nesterov's momentum
        (Goh 2017; Cohen et al. 2021, appendix B); weight decay adds to lambda. Infinite for lambda <= 0, None for methods without such a
        bound.
        """
        if self.descent not in (_Sgd, _Nesterov):
            return None
        beta, dampening = self.settings.get("momentum", 0.0), self.settings.get("dampening", 0.0)
        sharpness = sharpness + self.settings.get("weight_decay", 0.0)
        if sharpness <= 0:
            return math.inf
        gain = 1 + 2 * beta if self.descent is _Nesterov else 1 - dampening
        return (2 + 2 * beta) / (gain * sharpness) if gain > 0 else math.inf

    def start(self, objective: Objective, theta: ArrayLike) -> Descent:
        """Return a run from a copy of `theta` (D,); raises `LandscapeError` for a wrong shape, or too many parameters for the method."""
        return self.descent(self, objective, theta)


def make_optimizer(name: str, **params: Value) -> Optimizer:
    """Return the optimizer `name` for `descend`; raises `LandscapeError` for an unknown name, parameter or value."""
    return optimizers.make(name, **params)


class _TorchDescent(Descent):
    """A method of torch.optim on theta as one flat parameter; all of these methods act on each coordinate by itself."""

    method: type[torch.optim.Optimizer]
    fixed: Mapping[str, Value] = MappingProxyType({})

    def __init__(self, optimizer: Optimizer, objective: Objective, theta: ArrayLike):
        super().__init__(optimizer, objective, theta)
        self._theta.requires_grad_()
        arguments = {**optimizer.settings, **self.fixed}
        if "beta1" in arguments:
            arguments["betas"] = (arguments.pop("beta1"), arguments.pop("beta2"))
        # foreach is faster for many tensors only: for one it is 1.3 to 1.8 times slower.
        self._torch = self.method([self._theta], foreach=False, **arguments)

    def _move(self, gradient: Tensor, lr: float) -> None:
        self._theta.grad = gradient
        self._torch.param_groups[0]["lr"] = lr
        self._torch.step()


class _Sgd(_TorchDescent):
    method = torch.optim.SGD


class _Nesterov(_TorchDescent):
    method = torch.optim.SGD
    fixed = MappingProxyType({"nesterov": True})


class _Adagrad(_TorchDescent):
    method = torch.optim.Adagrad


class _RMSprop(_TorchDescent):
    method = torch.optim.RMSprop


class _Adam(_TorchDescent):
    method = torch.optim.Adam


class _AdamW(_TorchDescent):
    method = torch.optim.AdamW


class _Newton(Descent):
    """theta - lr H^-1 g with the dense Hessian; it converges to critical points of any kind, saddles included."""

    def __init__(self, optimizer: Optimizer, objective: Objective, theta: ArrayLike):
        if objective.dim > LARGEST_NEWTON:
            raise LandscapeError("too_many_for_newton", owner=optimizer.name, most=LARGEST_NEWTON, got=objective.dim)
        super().__init__(optimizer, objective, theta)

    def _move(self, gradient: Tensor, lr: float) -> None:
        eigenvalues, eigenvectors = self._hessian_decomposed()
        self._theta -= lr * (eigenvectors @ (eigenvectors.T @ gradient.double() / eigenvalues))

    def _hessian_decomposed(self) -> tuple[Tensor, Tensor]:
        """Return eigenvalues (D,) and eigenvectors (D, D) of the Hessian at theta, or raise `SingularHessian`."""
        hessian = torch.from_numpy(self._objective.hessian(self._theta))
        if not torch.isfinite(hessian).all():
            raise SingularHessian("the Hessian holds entries that are not finite")
        eigenvalues, eigenvectors = torch.linalg.eigh(hessian)
        sizes = eigenvalues.abs()
        # Eigenvalues below the rounding error of the largest count as zero (the rule of numpy.linalg.matrix_rank).
        if sizes.min() <= sizes.max() * len(sizes) * torch.finfo(self._objective.dtype).eps:
            raise SingularHessian(f"the smallest |eigenvalue| is {float(sizes.min()):.3g}, the largest {float(sizes.max()):.3g}")
        return eigenvalues, eigenvectors


def _lr(default: float) -> Parameter:
    return Parameter("lr", default, "learning rate", low=1e-6, high=100.0, scale="log")


def _eps(default: float) -> Parameter:
    return Parameter("eps", default, "epsilon", low=1e-16, high=1.0, scale="log")


def _weight_decay(default: float = 0.0) -> Parameter:
    return Parameter("weight_decay", default, "weight decay", low=0.0, high=10.0)


_BETA1 = Parameter("beta1", 0.9, "momentum beta 1", low=0.0, high=0.9999)
_BETA2 = Parameter("beta2", 0.999, "memory of squares beta 2", low=0.0, high=0.999999)


@optimizers.entry(
    "gd",
    "Gradient descent",
    _lr(1e-3),
    formula=r"\theta \leftarrow \theta - \eta\, g",
    source="Cauchy 1847; Nocedal & Wright 2006, section 2.2",
    order=1,
    full_batch=True,
)
def _gd(**settings: Value) -> Optimizer:
    return Optimizer("gd", MappingProxyType(settings), _Sgd)


@optimizers.entry(
    "sgd",
    "SGD",
    _lr(1e-3),
    _weight_decay(),
    formula=r"\theta \leftarrow \theta - \eta\, g_B",
    source="Robbins & Monro 1951; Bottou, Curtis & Nocedal 2018, section 3",
    order=1,
    full_batch=False,
    in_batches=True,
)
def _sgd(**settings: Value) -> Optimizer:
    return Optimizer("sgd", MappingProxyType(settings), _Sgd)


@optimizers.entry(
    "momentum",
    "Momentum",
    _lr(1e-3),
    Parameter("momentum", 0.9, "momentum", low=0.0, high=1.0),
    Parameter("dampening", 0.0, "dampening", low=0.0, high=1.0),
    _weight_decay(),
    formula=r"m \leftarrow \beta m + (1 - \tau) g,\quad \theta \leftarrow \theta - \eta\, m",
    source="Polyak 1964; Sutskever, Martens, Dahl & Hinton 2013, section 2",
    order=1,
    full_batch=False,
    adds_up=True,
)
def _momentum(**settings: Value) -> Optimizer:
    return Optimizer("momentum", MappingProxyType(settings), _Sgd)


@optimizers.entry(
    "nesterov",
    "Nesterov",
    _lr(1e-3),
    Parameter("momentum", 0.9, "momentum", low=0.01, high=1.0),  # torch refuses 0, where the method is plain SGD
    _weight_decay(),
    formula=r"m \leftarrow \beta m + g,\quad \theta \leftarrow \theta - \eta\, (g + \beta m)",
    source="Nesterov 1983; Sutskever, Martens, Dahl & Hinton 2013, section 2",
    order=1,
    full_batch=False,
    adds_up=True,
)
def _nesterov(**settings: Value) -> Optimizer:
    return Optimizer("nesterov", MappingProxyType(settings), _Nesterov)


@optimizers.entry(
    "adagrad",
    "AdaGrad",
    _lr(1e-2),
    _eps(1e-10),
    _weight_decay(),
    formula=r"s \leftarrow s + g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \epsilon}",
    source="Duchi, Hazan & Singer 2011, section 1",
    order=1,
    full_batch=False,
)
def _adagrad(**settings: Value) -> Optimizer:
    return Optimizer("adagrad", MappingProxyType(settings), _Adagrad)


@optimizers.entry(
    "rmsprop",
    "RMSProp",
    _lr(1e-2),
    Parameter("alpha", 0.99, "memory of squares alpha", low=0.0, high=0.999999),
    _eps(1e-8),
    Parameter("momentum", 0.0, "momentum", low=0.0, high=1.0),
    _weight_decay(),
    formula=r"s \leftarrow \alpha s + (1 - \alpha) g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \epsilon}",
    source="Tieleman & Hinton 2012, lecture 6.5",
    order=1,
    full_batch=False,
)
def _rmsprop(**settings: Value) -> Optimizer:
    return Optimizer("rmsprop", MappingProxyType(settings), _RMSprop)


@optimizers.entry(
    "adam",
    "Adam",
    _lr(1e-3),
    _BETA1,
    _BETA2,
    _eps(1e-8),
    _weight_decay(),
    formula=(
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g,\ v \leftarrow \beta_2 v + (1 - \beta_2) g^2,\quad"
        r" \theta \leftarrow \theta - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}"
    ),
    source="Kingma & Ba 2015, algorithm 1",
    order=1,
    full_batch=False,
)
def _adam(**settings: Value) -> Optimizer:
    return Optimizer("adam", MappingProxyType(settings), _Adam)


@optimizers.entry(
    "adamw",
    "AdamW",
    _lr(1e-3),
    _BETA1,
    _BETA2,
    _eps(1e-8),
    _weight_decay(1e-2),
    formula=(
        r"\theta \leftarrow (1 - \eta \lambda)\, \theta"
        r" - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}"
    ),
    source="Loshchilov & Hutter 2019, Decoupled Weight Decay, algorithm 2",
    order=1,
    full_batch=False,
)
def _adamw(**settings: Value) -> Optimizer:
    return Optimizer("adamw", MappingProxyType(settings), _AdamW)


@optimizers.entry(
    "newton",
    "Newton",
    Parameter("lr", 1.0, "step share", low=1e-6, high=100.0, scale="log"),
    formula=r"\theta \leftarrow \theta - \eta\, H^{-1} g",
    source="Nocedal & Wright 2006, section 2.2",
    order=2,
    full_batch=True,
)
def _newton(**settings: Value) -> Optimizer:
    return Optimizer("newton", MappingProxyType(settings), _Newton)
