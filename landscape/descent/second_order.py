"""Second-order methods: Newton's with the dense Hessian, and two that mend what it does where the curvature is negative."""

from __future__ import annotations

from abc import abstractmethod
from types import MappingProxyType

import torch
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.descent.method import Descent, Optimizer, Slope, rate
from landscape.errors import LandscapeError, SingularHessian
from landscape.objective import ArrayLike, Objective

second_order_methods = Catalogue("optimizers")

# Largest number of parameters of these methods, which decompose a dense Hessian at every step: 0.3 s at this size.
LARGEST_NEWTON = 500


class _Curved(Descent):
    """theta - lr c(H)^-1 g, where c acts on the eigenvalues of the Hessian; `symbol` is that of the direction c(H)^-1 g."""

    symbol: str

    def __init__(self, optimizer: Optimizer, objective: Objective, theta: ArrayLike, seed: int = 0):
        own = objective.dim // objective.copies
        if own > LARGEST_NEWTON:
            raise LandscapeError("too_many_for_newton", owner=optimizer.name, most=LARGEST_NEWTON, got=own)
        super().__init__(optimizer, objective, theta, seed)

    def _move(self, gradient: Tensor, lr: float, slope: Slope) -> dict[str, Tensor]:
        hessians = torch.from_numpy(self._objective.own_hessians(self._theta))
        self.spent += hessians.shape[1]
        finite = torch.isfinite(hessians).all(-1).all(-1)
        if not finite.any():
            raise SingularHessian("the Hessian holds entries that are not finite")
        eigenvalues, eigenvectors = torch.linalg.eigh(torch.where(finite[:, None, None], hessians, 0.0))
        divisors = self._divisors(eigenvalues)
        sizes = divisors.abs()
        # Eigenvalues below the rounding error of the largest count as zero (the rule of numpy.linalg.matrix_rank).
        least, most = sizes.min(1).values, sizes.max(1).values
        able = finite & (least > most * sizes.shape[1] * torch.finfo(self._objective.dtype).eps)
        if not able.any():
            raise SingularHessian(f"the smallest |eigenvalue| is {float(least.min()):.3g}, the largest {float(most.max()):.3g}")
        own = gradient.double().view(len(hessians), -1, 1)
        directions = (eigenvectors @ (eigenvectors.mT @ own / divisors[:, :, None]))[:, :, 0]
        direction = torch.where(able[:, None], directions, 0.0).view(-1)  # of copies side by side, some may have no step
        self._theta -= lr * direction
        return {self.symbol: direction}

    @abstractmethod
    def _divisors(self, eigenvalues: Tensor) -> Tensor:
        """Return c of the eigenvalues (D,): what the gradient's components along the eigenvectors are divided by."""


class _Newton(_Curved):
    """theta - lr H^-1 g; it converges to critical points of any kind, saddles included."""

    symbol = r"H^{-1} g"

    def _divisors(self, eigenvalues: Tensor) -> Tensor:
        return eigenvalues


class _DampedNewton(_Curved):
    """theta - lr (H + mu I)^-1 g: between Newton's method (mu = 0) and short steps of gradient descent, of 1 / mu.

    Along a curvature below -mu it still ascends; above, it descends.
    """

    symbol = r"(H + \mu I)^{-1} g"

    def _divisors(self, eigenvalues: Tensor) -> Tensor:
        return eigenvalues + self._optimizer.settings["damping"]


class _SaddleFreeNewton(_Curved):
    """theta - lr (|H| + mu I)^-1 g, which descends along negative curvature, too, and so leaves saddles instead of being attracted."""

    symbol = r"(|H| + \mu I)^{-1} g"

    def _divisors(self, eigenvalues: Tensor) -> Tensor:
        return eigenvalues.abs() + self._optimizer.settings["damping"]


@second_order_methods.entry(
    "newton",
    "Newton",
    rate(1.0, "step share"),
    formula=r"\theta \leftarrow \theta - \eta\, H^{-1} g",
    source="Nocedal & Wright 2006, section 2.2",
    order=2,
    full_batch=True,
)
def _newton(**settings: Value) -> Optimizer:
    return Optimizer(second_order_methods["newton"], MappingProxyType(settings), _Newton)


@second_order_methods.entry(
    "damped_newton",
    "Damped Newton",
    rate(1.0, "step share"),
    Parameter("damping", 0.1, "damping mu", low=1e-8, high=1e4, scale="log"),
    formula=r"\theta \leftarrow \theta - \eta\, (H + \mu I)^{-1} g",
    source="Levenberg 1944; Nocedal & Wright 2006, section 3.4",
    order=2,
    full_batch=True,
)
def _damped_newton(**settings: Value) -> Optimizer:
    return Optimizer(second_order_methods["damped_newton"], MappingProxyType(settings), _DampedNewton)


@second_order_methods.entry(
    "saddle_free_newton",
    "Saddle-free Newton",
    rate(1.0, "step share"),
    Parameter("damping", 0.0, "damping mu", low=0.0, high=10.0),
    formula=r"\theta \leftarrow \theta - \eta\, (|H| + \mu I)^{-1} g,\quad |H| = Q\, |\Lambda|\, Q^\top",
    source="Dauphin et al. 2014, algorithm 1",
    order=2,
    full_batch=True,
)
def _saddle_free_newton(**settings: Value) -> Optimizer:
    return Optimizer(second_order_methods["saddle_free_newton"], MappingProxyType(settings), _SaddleFreeNewton)
