"""Method: an optimizer with its hyperparameters, and a run of it in progress."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from landscape.catalogue import Entry, Parameter, Value
from landscape.errors import LandscapeError, Phrase
from landscape.objective import ArrayLike, Objective

# theta (D,) -> the loss and its gradient (D,) there, on the samples of the current step.
Slope = Callable[[Tensor], tuple[float, Tensor]]


class Descent(ABC):
    """A run of an optimizer in progress: the current theta and the state of the method.

    `spent` is what the run has cost so far, in gradient evaluations; a Hessian-vector product counts as one (Pearlmutter 1994).
    """

    def __init__(self, optimizer: Optimizer, objective: Objective, theta: ArrayLike, seed: int = 0):
        self._optimizer, self._objective, self._seed = optimizer, objective, seed
        self._theta = objective.tensor(theta).clone()
        self._state: dict[str, Tensor] = {}
        self.spent = 0

    @property
    def theta(self) -> Tensor:
        """The current theta (D,), a view that the next step overwrites."""
        return self._theta.detach()

    def state(self) -> dict[str, np.ndarray]:
        """Return the vectors (D,) that made the last step, by their symbols in the entry's formula (LaTeX); empty before the first."""
        return {symbol: vector.detach().double().numpy(force=True).copy() for symbol, vector in self._state.items()}

    def step(self, batch: ArrayLike | None = None, factor: float = 1.0) -> float:
        """Take one step, with the learning rate times `factor`, and return the loss BEFORE it, on the samples `batch` (None: all).

        Raises `LandscapeError` when a full-batch method gets a batch, and `SingularHessian` where the Newton step does not exist.
        """
        if batch is not None and self._optimizer.full_batch:
            raise LandscapeError("full_batch", owner=self._optimizer.name, got=Phrase("batch_of", count=len(batch)))

        def slope(theta: Tensor) -> tuple[float, Tensor]:
            return self._evaluate(theta, batch)

        loss, gradient = slope(self._theta)
        self._state = {"g": gradient, **self._move(gradient, self._optimizer.lr * factor, slope)}
        return loss

    def _evaluate(self, theta: Tensor, batch: ArrayLike | None) -> tuple[float, Tensor]:
        self.spent += 1
        return self._objective.value_and_gradient(theta, batch)

    @staticmethod
    def gain(settings: Mapping[str, Value]) -> float | None:
        """Return c of the largest stable learning rate (2 + 2 beta) / (c lambda) on a quadratic, None for methods without such a bound."""
        return None

    @abstractmethod
    def _move(self, gradient: Tensor, lr: float, slope: Slope) -> dict[str, Tensor]:
        """Update `_theta` in place by one step and return the vectors that made it, by symbol; `slope` evaluates at further points."""


@dataclass(frozen=True)
class Optimizer:
    """A method, an `entry` of the catalogue, with its hyperparameters; `start` begins a run."""

    entry: Entry
    settings: Mapping[str, Value]
    descent: type[Descent]

    @property
    def name(self) -> str:
        """The method's id."""
        return self.entry.name

    @property
    def lr(self) -> float:
        """The learning rate (for Newton's method: the share of the full step)."""
        return self.settings["lr"]

    @property
    def full_batch(self) -> bool:
        """Whether every step takes all samples."""
        return self.entry.traits["full_batch"]

    def cost(self, dim: int) -> int:
        """Return the gradient evaluations that a step on `dim` parameters takes, where no line search needs more of them.

        A dense Hessian counts as `dim` of them, one a Hessian-vector product (Pearlmutter 1994).
        """
        return self.entry.traits.get("gradients", 1) + (dim if self.entry.traits["order"] == 2 else 0)

    def largest_lr(self, sharpness: float) -> float | None:
        """Return the learning rate above which the method diverges on a quadratic whose largest eigenvalue is `sharpness` (lambda).

        2 / lambda for gradient descent, (2 + 2 beta) / lambda with momentum, (2 + 2 beta) / ((1 + 2 beta) lambda) with Nesterov's momentum
        (Goh 2017; Cohen et al. 2021, appendix B); weight decay adds to lambda. A perturbation of bounded size changes none of these: below
        them SAM and perturbed descent stay near the minimum, though they do not settle. Infinite for lambda <= 0, None for methods without
        such a bound, whose steps do not grow with lambda; decay that acts apart from the gradient, as AdamW's w does, holds them to 2 / w.
        """
        gain = self.descent.gain(self.settings)
        if gain is None:
            return None
        sharpness = sharpness + self.settings.get("weight_decay", 0.0)
        beta = self.settings.get("momentum", 0.0)
        return (2 + 2 * beta) / (gain * sharpness) if sharpness > 0 and gain > 0 else math.inf

    def start(self, objective: Objective, theta: ArrayLike, seed: int = 0) -> Descent:
        """Return a run from a copy of `theta` (D,), whose noise, of methods that draw any, comes from a generator seeded by `seed`.

        Raises `LandscapeError` for a wrong shape, and for an objective that the method cannot serve: too many parameters for a dense
        Hessian, or none that is a matrix.
        """
        return self.descent(self, objective, theta, seed)


class TorchDescent(Descent):
    """A method of torch.optim on theta as one flat parameter; all of these methods act on each coordinate by itself.

    `symbols` names what `state` shows of the method's memory: the symbol in the formula, and torch's key. `ours` are settings of an entry
    that torch's class does not have.
    """

    method: type[torch.optim.Optimizer]
    fixed: Mapping[str, Value] = MappingProxyType({})
    symbols: Mapping[str, str] = MappingProxyType({})
    ours: tuple[str, ...] = ()

    def __init__(self, optimizer: Optimizer, objective: Objective, theta: ArrayLike, seed: int = 0):
        super().__init__(optimizer, objective, theta, seed)
        self._theta.requires_grad_()
        settings = paired({name: value for name, value in optimizer.settings.items() if name not in self.ours})
        # foreach is faster for many tensors only: for one it is 1.3 to 1.8 times slower.
        self._torch = self.method([self._theta], foreach=False, **settings, **self.fixed)

    def _move(self, gradient: Tensor, lr: float, slope: Slope) -> dict[str, Tensor]:
        self._theta.grad = gradient
        self._torch.param_groups[0]["lr"] = lr
        self._torch.step()
        memory = self._torch.state[self._theta]
        return {symbol: memory[key] for symbol, key in self.symbols.items() if memory.get(key) is not None}


# torch takes these hyperparameters as pairs.
_PAIRS = {"betas": ("beta1", "beta2"), "etas": ("etaminus", "etaplus"), "step_sizes": ("step_size_min", "step_size_max")}


def paired(settings: Mapping[str, Value]) -> dict[str, object]:
    """Return the settings as torch's arguments."""
    arguments: dict[str, object] = dict(settings)
    for pair, names in _PAIRS.items():
        if names[0] in arguments:
            arguments[pair] = tuple(arguments.pop(name) for name in names)
    return arguments


def rate(default: float, meaning: str = "learning rate") -> Parameter:
    """Return the parameter `lr`."""
    return Parameter("lr", default, meaning, low=1e-6, high=100.0, scale="log")


def epsilon(default: float) -> Parameter:
    """Return the parameter `eps`."""
    return Parameter("eps", default, "epsilon", low=1e-16, high=1.0, scale="log")


def decay(default: float = 0.0) -> Parameter:
    """Return the parameter `weight_decay`."""
    return Parameter("weight_decay", default, "weight decay", low=0.0, high=10.0)
