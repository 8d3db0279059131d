"""Losses of the margin m = y s of a score s and a label y = +-1, for two classes."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter
from landscape.losses.logarithms import softplus
from landscape.losses.shapes import Loss, margins
from landscape.networks.activations import heaviside

margin_losses = Catalogue("losses")

_OF_MARGIN = {"of": "margin", "tasks": ("binary",)}


def _of_margin(name: str, function: Callable[[Tensor], Tensor]) -> Loss:
    """Return the loss function(m) of the margins."""
    return lambda outputs, targets: function(margins(name, outputs, targets))


@margin_losses.entry(
    "hinge",
    "Hinge",
    formula=r"\ell = \max(0, 1 - m),\quad m = y s",
    source="Cortes & Vapnik 1995, section 3; as a loss: Hastie, Tibshirani & Friedman 2009, section 12.3.2",
    smooth=False,
    convex=True,
    **_OF_MARGIN,
)
def _hinge() -> Loss:
    return _of_margin("hinge", lambda margin: (1 - margin).clamp(min=0))


@margin_losses.entry(
    "squared_hinge",
    "Squared hinge",
    formula=r"\ell = \max(0, 1 - m)^2,\quad m = y s",
    source="Bartlett, Jordan & McAuliffe 2006, section 2 (truncated quadratic)",
    smooth=True,
    convex=True,
    **_OF_MARGIN,
)
def _squared_hinge() -> Loss:
    return _of_margin("squared_hinge", lambda margin: (1 - margin).clamp(min=0).square())


@margin_losses.entry(
    "perceptron",
    "Perceptron",
    formula=r"\ell = \max(0, -m),\quad m = y s",
    source="Rosenblatt 1958; Bishop 2006, section 4.1.7",
    smooth=False,
    convex=True,
    **_OF_MARGIN,
)
def _perceptron() -> Loss:
    # At m = 0 the derivative of clamp is -1, that of relu 0: the perceptron rule updates where m <= 0, and so leaves w = 0.
    return _of_margin("perceptron", lambda margin: (-margin).clamp(min=0))


@margin_losses.entry(
    "exponential",
    "Exponential",
    formula=r"\ell = e^{-m},\quad m = y s",
    source="Hastie, Tibshirani & Friedman 2009, section 10.4",
    smooth=True,
    convex=True,
    **_OF_MARGIN,
)
def _exponential() -> Loss:
    return _of_margin("exponential", lambda margin: torch.exp(-margin))


@margin_losses.entry(
    "logistic",
    "Logistic",
    Parameter("base", "e", "base of the logarithm", choices=("e", "2")),
    formula=r"\ell = \log_b(1 + e^{-m}),\quad m = y s,\quad b = e \text{ or } 2",
    source="Hastie, Tibshirani & Friedman 2009, table 12.1",
    smooth=True,
    convex=True,
    **_OF_MARGIN,
)
def _logistic(base: str) -> Loss:
    """In base 2 it is an upper bound of the 0-1 loss, 1 at m = 0; in base e it is cross-entropy."""
    if base == "2":
        return _of_margin("logistic", lambda margin: softplus(-margin) / math.log(2))
    return _of_margin("logistic", lambda margin: softplus(-margin))


@margin_losses.entry(
    "zero_one",
    "0-1",
    formula=r"\ell = \mathbf{1}[m \le 0],\quad m = y s",
    source="Bartlett, Jordan & McAuliffe 2006, section 1",
    smooth=False,
    convex=False,
    **_OF_MARGIN,
)
def _zero_one() -> Loss:
    return _of_margin("zero_one", lambda margin: heaviside(-margin))
