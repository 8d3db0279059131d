"""Adaptive methods: every coordinate gets a step size of its own, from its former gradients."""

from __future__ import annotations

from types import MappingProxyType

import torch

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.descent.method import Optimizer, TorchDescent, decay, epsilon, rate

adaptive_methods = Catalogue("optimizers")

_BETA1 = Parameter("beta1", 0.9, "momentum beta 1", low=0.0, high=0.9999)
_BETA2 = Parameter("beta2", 0.999, "memory of squares beta 2", low=0.0, high=0.999999)
_MOMENTS = MappingProxyType({"m": "exp_avg", "v": "exp_avg_sq"})


class _Adagrad(TorchDescent):
    method = torch.optim.Adagrad
    symbols = MappingProxyType({"s": "sum"})


class _Adadelta(TorchDescent):
    method = torch.optim.Adadelta
    symbols = MappingProxyType({"s": "square_avg", "u": "acc_delta"})


class _RMSprop(TorchDescent):
    method = torch.optim.RMSprop
    symbols = MappingProxyType({"s": "square_avg", "m": "momentum_buffer"})


class _Rprop(TorchDescent):
    method = torch.optim.Rprop
    symbols = MappingProxyType({r"\Delta": "step_size"})


class _Adam(TorchDescent):
    method = torch.optim.Adam
    symbols = _MOMENTS


class _AdamW(TorchDescent):
    method = torch.optim.AdamW
    symbols = _MOMENTS


class _NAdam(TorchDescent):
    method = torch.optim.NAdam
    symbols = _MOMENTS


class _RAdam(TorchDescent):
    method = torch.optim.RAdam
    symbols = _MOMENTS


@adaptive_methods.entry(
    "adagrad",
    "AdaGrad",
    rate(1e-2),
    epsilon(1e-10),
    decay(),
    formula=r"s \leftarrow s + g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \epsilon}",
    source="Duchi, Hazan & Singer 2011, section 1",
    order=1,
    full_batch=False,
)
def _adagrad(**settings: Value) -> Optimizer:
    return Optimizer(adaptive_methods["adagrad"], MappingProxyType(settings), _Adagrad)


@adaptive_methods.entry(
    "adadelta",
    "AdaDelta",
    rate(1.0, "share of the step"),
    Parameter("rho", 0.9, "memory of squares rho", low=0.0, high=0.999999),
    epsilon(1e-6),
    decay(),
    formula=(
        r"s \leftarrow \rho s + (1 - \rho) g^2,\ \Delta = \sqrt{\frac{u + \epsilon}{s + \epsilon}}\; g,"
        r"\ u \leftarrow \rho u + (1 - \rho) \Delta^2,\quad \theta \leftarrow \theta - \eta\, \Delta"
    ),
    source="Zeiler 2012, algorithm 1",
    order=1,
    full_batch=False,
)
def _adadelta(**settings: Value) -> Optimizer:
    """Its step is a share of the former steps, at first of sqrt(eps): it takes long to get going."""
    return Optimizer(adaptive_methods["adadelta"], MappingProxyType(settings), _Adadelta)


@adaptive_methods.entry(
    "rmsprop",
    "RMSProp",
    rate(1e-2),
    Parameter("alpha", 0.99, "memory of squares alpha", low=0.0, high=0.999999),
    epsilon(1e-8),
    Parameter("momentum", 0.0, "momentum", low=0.0, high=1.0),
    decay(),
    formula=r"s \leftarrow \alpha s + (1 - \alpha) g^2,\quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \epsilon}",
    source="Tieleman & Hinton 2012, lecture 6.5",
    order=1,
    full_batch=False,
)
def _rmsprop(**settings: Value) -> Optimizer:
    return Optimizer(adaptive_methods["rmsprop"], MappingProxyType(settings), _RMSprop)


@adaptive_methods.entry(
    "rprop",
    "Rprop",
    rate(1e-2, "first step size"),
    Parameter("etaminus", 0.5, "factor after a change of sign", low=0.01, high=0.99),
    Parameter("etaplus", 1.2, "factor without one", low=1.01, high=5.0),
    Parameter("step_size_min", 1e-6, "smallest step size", low=1e-12, high=1.0, scale="log"),
    Parameter("step_size_max", 50.0, "largest step size", low=1e-3, high=1000.0, scale="log"),
    formula=(
        r"\Delta \leftarrow \begin{cases} \eta_+ \Delta & g_t\, g_{t-1} > 0 \\ \eta_- \Delta & g_t\, g_{t-1} < 0 \end{cases},"
        r"\quad \theta \leftarrow \theta - \Delta\, \mathrm{sign}(g)"
    ),
    source="Riedmiller & Braun 1993, section 3",
    order=1,
    full_batch=True,
)
def _rprop(**settings: Value) -> Optimizer:
    """Only the signs of the gradient count, so that the noise of batches would count as much as the slope. A schedule acts on the first
    step alone; after a change of sign the next step is zero, as in torch.
    """
    return Optimizer(adaptive_methods["rprop"], MappingProxyType(settings), _Rprop)


@adaptive_methods.entry(
    "adam",
    "Adam",
    rate(1e-3),
    _BETA1,
    _BETA2,
    epsilon(1e-8),
    decay(),
    formula=(
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g,\ v \leftarrow \beta_2 v + (1 - \beta_2) g^2,\quad"
        r" \theta \leftarrow \theta - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}"
    ),
    source="Kingma & Ba 2015, algorithm 1",
    order=1,
    full_batch=False,
)
def _adam(**settings: Value) -> Optimizer:
    return Optimizer(adaptive_methods["adam"], MappingProxyType(settings), _Adam)


@adaptive_methods.entry(
    "adamw",
    "AdamW",
    rate(1e-3),
    _BETA1,
    _BETA2,
    epsilon(1e-8),
    decay(1e-2),
    formula=(
        r"\theta \leftarrow (1 - \eta \lambda)\, \theta"
        r" - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}"
    ),
    source="Loshchilov & Hutter 2019, Decoupled Weight Decay, algorithm 2",
    order=1,
    full_batch=False,
)
def _adamw(**settings: Value) -> Optimizer:
    return Optimizer(adaptive_methods["adamw"], MappingProxyType(settings), _AdamW)


@adaptive_methods.entry(
    "nadam",
    "NAdam",
    rate(2e-3),
    _BETA1,
    _BETA2,
    epsilon(1e-8),
    Parameter("momentum_decay", 4e-3, "momentum decay", low=0.0, high=1.0),
    decay(),
    formula=(
        r"\theta \leftarrow \theta - \frac{\eta}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}"
        r"\left( \frac{\mu_{t+1}\, m}{1 - \prod_{i \le t+1} \mu_i} + \frac{(1 - \mu_t)\, g}{1 - \prod_{i \le t} \mu_i} \right),"
        r"\ \mu_t = \beta_1 \big(1 - \tfrac12\, 0.96^{t \psi}\big)"
    ),
    source="Dozat 2016, Incorporating Nesterov Momentum into Adam, algorithm 2",
    order=1,
    full_batch=False,
)
def _nadam(**settings: Value) -> Optimizer:
    return Optimizer(adaptive_methods["nadam"], MappingProxyType(settings), _NAdam)


@adaptive_methods.entry(
    "radam",
    "RAdam",
    rate(1e-3),
    _BETA1,
    _BETA2,
    epsilon(1e-8),
    decay(),
    formula=(
        r"\theta \leftarrow \theta - \eta\, r_t\, \frac{m / (1 - \beta_1^t)}{(\sqrt{v} + \epsilon) / \sqrt{1 - \beta_2^t}}\ (\rho_t > 5),"
        r"\ \theta - \eta\, \frac{m}{1 - \beta_1^t}\ \text{otherwise},"
        r"\quad r_t = \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\, \rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2)\, \rho_t}}"
    ),
    source="Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, algorithm 2",
    order=1,
    full_batch=False,
    plain_first=True,
)
def _radam(**settings: Value) -> Optimizer:
    """rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t), rho_inf = 2 / (1 - beta2) - 1; the first steps are momentum without squares."""
    return Optimizer(adaptive_methods["radam"], MappingProxyType(settings), _RAdam)
