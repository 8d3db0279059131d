"""Losses: functions (outputs, targets) with one value a sample, shape (N,).

Traits: `tasks` that a loss suits ("regression", "binary", "multiclass"); whether it is `smooth` (continuously differentiable) and `convex`
in the outputs; the `threshold` above which a single output means class 1, where it is not zero. No loss branches on values, so that
`torch.func.vmap` applies to all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.errors import LandscapeError
from landscape.networks.activations import heaviside

Loss = Callable[[Tensor, Tensor], Tensor]

losses = Catalogue("losses")

_OF_RESIDUAL = ("regression", "binary")
_OF_MARGIN = ("binary",)
_OF_CLASSES = ("binary", "multiclass")


def make_loss(name: str, **params: Value) -> Loss:
    """Return the loss `name`, a callable (outputs, targets) to (N,).

    Regression losses take outputs (N,), (N, 1) or (N, m) and targets of the same shape, where (N,) equals (N, 1), and average over the m
    outputs. Margin losses take a score (N,) or (N, 1) and targets in {-1, +1} or {0, 1}; `cross_entropy` and `focal` take these too, or
    logits (N, K) and class indices (N,). Raises `LandscapeError` for an unknown name, parameter or value; the callable raises it where the
    shapes do not match.
    """
    return losses.make(name, **params)


def _of_residual(name: str, function: Callable[[Tensor], Tensor]) -> Loss:
    """Return the loss function(target - output), averaged over the outputs of a sample."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        outputs, targets = _column(outputs), _column(targets).to(outputs.dtype)
        if outputs.shape != targets.shape:  # (N, 1) against (N,) would broadcast to (N, N) silently
            raise LandscapeError("wrong_shape", owner=name, name="outputs", expected=tuple(targets.shape), got=tuple(outputs.shape))
        each = function(targets - outputs)
        return each if each.ndim == 1 else each.flatten(1).mean(1)

    return loss


def _of_margin(name: str, function: Callable[[Tensor], Tensor]) -> Loss:
    """Return the loss function(m) of the margin m = y s of a score s and a label y = +-1."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        return function(_margin(name, outputs, targets))

    return loss


def _column(values: Tensor) -> Tensor:
    return values.squeeze(1) if values.ndim == 2 and values.shape[1] == 1 else values


def _margin(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    scores, targets = _column(outputs), _column(targets)
    if scores.ndim != 1 or scores.shape != targets.shape:
        raise LandscapeError("wrong_shape", owner=name, name="outputs", expected="(N,) or (N, 1)", got=tuple(outputs.shape))
    # The sign alone: a batch of ones does not show whether labels are {0, 1} or {-1, +1}.
    return torch.where(targets > 0, scores, -scores)


def _softplus(x: Tensor) -> Tensor:
    """Return log(1 + e^x); torch's default threshold x = 20 has an error of 2e-9."""
    return functional.softplus(x, threshold=40.0)


@losses.entry(
    "mse",
    "Squared error",
    formula=r"\ell = (y - \hat y)^2",
    source="Hastie, Tibshirani & Friedman 2009, section 2.4",
    tasks=_OF_RESIDUAL,
    threshold=0.5,
    smooth=True,
    convex=True,
)
def _mse() -> Loss:
    return _of_residual("mse", torch.square)


@losses.entry(
    "mae",
    "Absolute error",
    formula=r"\ell = |y - \hat y|",
    source="Hastie, Tibshirani & Friedman 2009, section 10.6",
    tasks=_OF_RESIDUAL,
    threshold=0.5,
    smooth=False,
    convex=True,
)
def _mae() -> Loss:
    return _of_residual("mae", torch.abs)


@losses.entry(
    "huber",
    "Huber",
    Parameter("delta", 1.0, "threshold delta", low=1e-3, high=1e3, scale="log"),
    formula=r"\ell = \begin{cases} \tfrac12 r^2 & |r| \le \delta \\ \delta (|r| - \tfrac12 \delta) & |r| > \delta \end{cases}",
    source="Huber 1964, Robust estimation of a location parameter",
    tasks=_OF_RESIDUAL,
    threshold=0.5,
    smooth=True,
    convex=True,
)
def _huber(delta: float) -> Loss:
    def huber(residual: Tensor) -> Tensor:
        clipped = residual.clamp(-delta, delta)
        return clipped * (residual - clipped / 2)  # both branches in one: no overflow, and second derivative 1 at r = 0

    return _of_residual("huber", huber)


@losses.entry(
    "log_cosh",
    "Log-cosh",
    formula=r"\ell = \log\cosh(y - \hat y)",
    source="Green 1990, Bayesian reconstructions from emission tomography data",
    tasks=_OF_RESIDUAL,
    threshold=0.5,
    smooth=True,
    convex=True,
)
def _log_cosh() -> Loss:
    def log_cosh(residual: Tensor) -> Tensor:
        # For small |r| the second form loses r^2 / 2 to cancellation; for large |r| the first overflows.
        near = -torch.log1p(-torch.tanh(residual.clamp(-1, 1)).square()) / 2
        size = residual.abs()
        far = size + _softplus(-2 * size) - math.log(2)
        return torch.where(size < 1, near, far)

    return _of_residual("log_cosh", log_cosh)


@losses.entry(
    "quantile",
    "Quantile (pinball)",
    Parameter("q", 0.5, "quantile", low=0.01, high=0.99),
    formula=r"\ell = \max(q r, (q - 1) r),\quad r = y - \hat y",
    source="Koenker & Bassett 1978, Regression quantiles",
    tasks=_OF_RESIDUAL,
    threshold=0.5,
    smooth=False,
    convex=True,
)
def _quantile(q: float) -> Loss:
    return _of_residual("quantile", lambda residual: torch.maximum(q * residual, (q - 1) * residual))


@losses.entry(
    "tukey",
    "Tukey biweight",
    Parameter("c", 4.685, "cutoff c", low=0.1, high=1e3, scale="log"),
    formula=r"\ell = \frac{c^2}{6} \left(1 - \left(1 - \min(1, r^2 / c^2)\right)^3\right)",
    source="Beaton & Tukey 1974; c for 95 % efficiency: Holland & Welsch 1977",
    tasks=_OF_RESIDUAL,
    threshold=0.5,
    smooth=True,
    convex=False,
)
def _tukey(c: float) -> Loss:
    def tukey(residual: Tensor) -> Tensor:
        share = (residual.clamp(-c, c) / c).square()
        return c**2 / 6 * share * (3 - 3 * share + share.square())  # expanded: 1 - (1 - share)^3 would cancel near 0

    return _of_residual("tukey", tukey)


@losses.entry(
    "cross_entropy",
    "Cross-entropy",
    formula=r"\ell = -\log p_y,\quad p = \mathrm{softmax}(z)",
    source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.2.2",
    tasks=_OF_CLASSES,
    smooth=True,
    convex=True,
)
def _cross_entropy() -> Loss:
    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        if _column(outputs).ndim == 1:
            return _softplus(-_margin("cross_entropy", outputs, targets))
        return functional.cross_entropy(outputs, _indices("cross_entropy", outputs, targets), reduction="none")

    return loss


@losses.entry(
    "focal",
    "Focal",
    Parameter("gamma", 2.0, "focusing gamma", low=0.0, high=10.0),
    Parameter("alpha", 0.0, "foreground weight alpha (0: off)", low=0.0, high=1.0),
    formula=r"\ell = -\alpha_t (1 - p_t)^\gamma \log p_t",
    source="Lin, Goyal, Girshick, He & Dollar 2017, section 3.2",
    tasks=_OF_CLASSES,
    smooth=True,
    convex=False,
)
def _focal(gamma: float, alpha: float) -> Loss:
    """Class 0 is the background, of weight 1 - alpha; every other class has weight alpha. With `alpha` 0 all weights are 1."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        margin = _log_odds("focal", outputs, targets)
        focal = torch.exp(-gamma * _softplus(margin)) * _softplus(-margin)  # 1 - p and -log p of p = 1 / (1 + e^-margin)
        return torch.where(_column(targets) > 0, alpha * focal, (1 - alpha) * focal) if alpha else focal

    return loss


def _log_odds(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    """Return log(p_t / (1 - p_t)) of each sample's true class from the logits, without computing p_t."""
    if _column(outputs).ndim == 1:
        return _margin(name, outputs, targets)
    true = _indices(name, outputs, targets).unsqueeze(1) == torch.arange(outputs.shape[1], device=outputs.device)
    own = torch.where(true, outputs, 0).sum(1)
    return own - outputs.masked_fill(true, -math.inf).logsumexp(1)


def _indices(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    targets = _column(targets)
    if outputs.ndim != 2 or targets.shape != outputs.shape[:1]:
        raise LandscapeError("wrong_shape", owner=name, name="targets", expected=tuple(outputs.shape[:1]), got=tuple(targets.shape))
    return targets.long()


@losses.entry(
    "hinge",
    "Hinge",
    formula=r"\ell = \max(0, 1 - m),\quad m = y s",
    source="Cortes & Vapnik 1995, section 3; as a loss: Hastie, Tibshirani & Friedman 2009, section 12.3.2",
    tasks=_OF_MARGIN,
    smooth=False,
    convex=True,
)
def _hinge() -> Loss:
    return _of_margin("hinge", lambda margin: (1 - margin).clamp(min=0))


@losses.entry(
    "squared_hinge",
    "Squared hinge",
    formula=r"\ell = \max(0, 1 - m)^2,\quad m = y s",
    source="Bartlett, Jordan & McAuliffe 2006, section 2 (truncated quadratic)",
    tasks=_OF_MARGIN,
    smooth=True,
    convex=True,
)
def _squared_hinge() -> Loss:
    return _of_margin("squared_hinge", lambda margin: (1 - margin).clamp(min=0).square())


@losses.entry(
    "perceptron",
    "Perceptron",
    formula=r"\ell = \max(0, -m),\quad m = y s",
    source="Rosenblatt 1958; Bishop 2006, section 4.1.7",
    tasks=_OF_MARGIN,
    smooth=False,
    convex=True,
)
def _perceptron() -> Loss:
    # At m = 0 the derivative of clamp is -1, that of relu 0: the perceptron rule updates where m <= 0, and so leaves w = 0.
    return _of_margin("perceptron", lambda margin: (-margin).clamp(min=0))


@losses.entry(
    "exponential",
    "Exponential",
    formula=r"\ell = e^{-m},\quad m = y s",
    source="Hastie, Tibshirani & Friedman 2009, section 10.4",
    tasks=_OF_MARGIN,
    smooth=True,
    convex=True,
)
def _exponential() -> Loss:
    return _of_margin("exponential", lambda margin: torch.exp(-margin))


@losses.entry(
    "logistic",
    "Logistic",
    formula=r"\ell = \log(1 + e^{-m}),\quad m = y s",
    source="Hastie, Tibshirani & Friedman 2009, table 12.1",
    tasks=_OF_MARGIN,
    smooth=True,
    convex=True,
)
def _logistic() -> Loss:
    return _of_margin("logistic", lambda margin: _softplus(-margin))


@losses.entry(
    "zero_one",
    "0-1",
    formula=r"\ell = \mathbf{1}[m \le 0],\quad m = y s",
    source="Bartlett, Jordan & McAuliffe 2006, section 1",
    tasks=_OF_MARGIN,
    smooth=False,
    convex=False,
)
def _zero_one() -> Loss:
    return _of_margin("zero_one", lambda margin: heaviside(-margin))
