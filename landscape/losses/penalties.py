"""Penalties: scalar functions of theta that are added to the empirical risk; all parameters are penalized, biases included.

Traits: `smooth` (continuously differentiable).
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from landscape.catalogue import Catalogue, Parameter, Value

Penalty = Callable[[Tensor], Tensor]

penalties = Catalogue("penalties")

_STRENGTH = Parameter("strength", 0.01, "strength", low=1e-6, high=100.0, scale="log")


def make_penalty(name: str, **params: Value) -> Penalty:
    """Return the penalty `name`, a callable (theta) to a scalar tensor; raises `LandscapeError` for an unknown name, parameter or value."""
    return penalties.make(name, **params)


@penalties.entry(
    "l1",
    "L1",
    _STRENGTH,
    formula=r"\lambda \lVert\theta\rVert_1",
    source="Tibshirani 1996, section 2.1",
    smooth=False,
)
def _l1(strength: float) -> Penalty:
    return lambda theta: strength * theta.abs().sum()


@penalties.entry(
    "l2",
    "L2",
    _STRENGTH,
    formula=r"\tfrac{\lambda}{2} \lVert\theta\rVert_2^2",
    source="Hoerl & Kennard 1970; the factor 1/2: Krogh & Hertz 1992, section 1",
    smooth=True,
)
def _l2(strength: float) -> Penalty:
    return lambda theta: strength / 2 * theta.square().sum()


@penalties.entry(
    "elastic_net",
    "Elastic net",
    _STRENGTH,
    Parameter("l1_ratio", 0.5, "share of L1", low=0.0, high=1.0),
    formula=r"\lambda \left(\rho \lVert\theta\rVert_1 + \tfrac{1 - \rho}{2} \lVert\theta\rVert_2^2\right)",
    source="Zou & Hastie 2005, section 2.1; weights as in scikit-learn's ElasticNet",
    smooth=False,
)
def _elastic_net(strength: float, l1_ratio: float) -> Penalty:
    return lambda theta: strength * (l1_ratio * theta.abs().sum() + (1 - l1_ratio) / 2 * theta.square().sum())
