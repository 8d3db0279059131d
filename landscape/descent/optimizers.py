"""Optimizers: the catalogue of all families.

Traits: `order` of the derivatives used (1 or 2; the methods of order 2 decompose a dense Hessian); `full_batch`, where every step takes all
samples by definition; `adds_up`, where steps accumulate former gradients (momentum); `in_batches`, for the method that differs from
gradient descent by its batches only; `gradients` that a step evaluates, where that is not one; `searches`, where a line search may take
more of them; `plain_first`, where the first steps are not scaled by squares yet, so that steep ground bounds the rate; `matrices`, where
some parameter must be a matrix of weights.
"""

from __future__ import annotations

from landscape.catalogue import Catalogue, Value
from landscape.descent.adaptive import adaptive_methods
from landscape.descent.gradient import gradient_methods
from landscape.descent.matrices import matrix_methods
from landscape.descent.method import Descent as Descent
from landscape.descent.method import Optimizer as Optimizer
from landscape.descent.perturbed import perturbed_methods
from landscape.descent.quasi_newton import quasi_newton_methods
from landscape.descent.second_order import LARGEST_NEWTON as LARGEST_NEWTON
from landscape.descent.second_order import second_order_methods
from landscape.descent.sharpness_aware import sharpness_aware_methods

_FAMILIES = (
    gradient_methods,
    adaptive_methods,
    matrix_methods,
    second_order_methods,
    quasi_newton_methods,
    sharpness_aware_methods,
    perturbed_methods,
)

optimizers = Catalogue("optimizers").extended(*(entry for family in _FAMILIES for entry in family.values()))


def serves(name: str, dim: int, *, matrices: bool) -> bool:
    """Return whether the method can run on `dim` parameters; `matrices` says whether some of them are a matrix of weights."""
    traits = optimizers[name].traits
    return (traits["order"] == 1 or dim <= LARGEST_NEWTON) and (matrices or not traits.get("matrices", False))


def make_optimizer(name: str, **params: Value) -> Optimizer:
    """Return the optimizer `name` for `descend`; raises `LandscapeError` for an unknown name, parameter or value."""
    return optimizers.make(name, **params)
