"""Gradient descent, with batches and with momentum: one learning rate for all coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import torch

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.descent.method import Optimizer, TorchDescent, decay, rate

gradient_methods = Catalogue("optimizers")


class Sgd(TorchDescent):
    """torch.optim.SGD, with the settings that an entry has."""

    method = torch.optim.SGD
    symbols = MappingProxyType({"m": "momentum_buffer"})

    @staticmethod
    def gain(settings: Mapping[str, Value]) -> float:
        return 1 - settings.get("dampening", 0.0) if settings.get("momentum", 0.0) else 1.0  # without momentum torch dampens nothing


class _Nesterov(Sgd):
    fixed = MappingProxyType({"nesterov": True})

    @staticmethod
    def gain(settings: Mapping[str, Value]) -> float:
        return 1 + 2 * settings["momentum"]


@gradient_methods.entry(
    "gd",
    "Gradient descent",
    rate(1e-3),
    formula=r"\theta \leftarrow \theta - \eta\, g",
    source="Cauchy 1847; Nocedal & Wright 2006, section 2.2",
    order=1,
    full_batch=True,
)
def _gd(**settings: Value) -> Optimizer:
    return Optimizer(gradient_methods["gd"], MappingProxyType(settings), Sgd)


@gradient_methods.entry(
    "sgd",
    "SGD",
    rate(1e-3),
    decay(),
    formula=r"\theta \leftarrow \theta - \eta\, g_B",
    source="Robbins & Monro 1951; Bottou, Curtis & Nocedal 2018, section 3",
    order=1,
    full_batch=False,
    in_batches=True,
)
def _sgd(**settings: Value) -> Optimizer:
    return Optimizer(gradient_methods["sgd"], MappingProxyType(settings), Sgd)


@gradient_methods.entry(
    "momentum",
    "Momentum",
    rate(1e-3),
    Parameter("momentum", 0.9, "momentum", low=0.0, high=1.0),
    Parameter("dampening", 0.0, "dampening", low=0.0, high=1.0),
    decay(),
    formula=r"m \leftarrow \beta m + (1 - \tau) g,\quad \theta \leftarrow \theta - \eta\, m",
    source="Polyak 1964; Sutskever, Martens, Dahl & Hinton 2013, section 2",
    order=1,
    full_batch=False,
    adds_up=True,
)
def _momentum(**settings: Value) -> Optimizer:
    return Optimizer(gradient_methods["momentum"], MappingProxyType(settings), Sgd)


@gradient_methods.entry(
    "nesterov",
    "Nesterov",
    rate(1e-3),
    Parameter("momentum", 0.9, "momentum", low=0.01, high=1.0),  # torch refuses 0, where the method is plain SGD
    decay(),
    formula=r"m \leftarrow \beta m + g,\quad \theta \leftarrow \theta - \eta\, (g + \beta m)",
    source="Nesterov 1983; Sutskever, Martens, Dahl & Hinton 2013, section 2",
    order=1,
    full_batch=False,
    adds_up=True,
)
def _nesterov(**settings: Value) -> Optimizer:
    return Optimizer(gradient_methods["nesterov"], MappingProxyType(settings), _Nesterov)
