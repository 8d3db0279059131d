"""Losses of the residual r = y - y_hat, for regression, and for two classes with y in {0, 1}."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter
from landscape.losses.logarithms import log_cosh
from landscape.losses.shapes import Loss, column, refuse

residual_losses = Catalogue("losses")

_OF_RESIDUAL = {"of": "residual", "tasks": ("regression", "binary"), "threshold": 0.5}


def _of_residual(name: str, function: Callable[[Tensor], Tensor]) -> Loss:
    """Return the loss function(target - output), averaged over the outputs of a sample."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        return _averaged(function(_residuals(name, outputs, targets)))

    return loss


def _residuals(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    outputs, targets = column(outputs), column(targets).to(outputs.dtype)
    if outputs.shape != targets.shape:  # (N, 1) against (N,) would broadcast to (N, N) silently
        raise refuse(name, "outputs", tuple(targets.shape), outputs)
    return targets - outputs


def _averaged(each: Tensor) -> Tensor:
    """Return the mean over the outputs of each sample."""
    return each if each.ndim == 1 else each.flatten(1).mean(1)


@residual_losses.entry(
    "mse",
    "Squared error",
    formula=r"\ell = (y - \hat y)^2,\quad \mathrm{MSE} = \tfrac1N \textstyle\sum_i \ell_i,"
    r"\quad \text{with } \tfrac{1}{2N} \text{ half of it}",
    source="Hastie, Tibshirani & Friedman 2009, section 2.4",
    smooth=True,
    convex=True,
    **_OF_RESIDUAL,
)
def _mse() -> Loss:
    """The risk is the mean, with 1/N. Texts that write 1/(2N) have half of it: the same minimizer, half the gradient and curvature, and so
    twice the largest stable learning rate.
    """
    return _of_residual("mse", torch.square)


@residual_losses.entry(
    "mae",
    "Absolute error",
    formula=r"\ell = |y - \hat y|",
    source="Hastie, Tibshirani & Friedman 2009, section 10.6",
    smooth=False,
    convex=True,
    **_OF_RESIDUAL,
)
def _mae() -> Loss:
    return _of_residual("mae", torch.abs)


@residual_losses.entry(
    "huber",
    "Huber",
    Parameter("delta", 1.0, "threshold delta", low=1e-3, high=1e3, scale="log"),
    formula=r"\ell = \begin{cases} \tfrac12 r^2 & |r| \le \delta \\ \delta (|r| - \tfrac12 \delta) & |r| > \delta \end{cases}",
    source="Huber 1964, Robust estimation of a location parameter",
    smooth=True,
    convex=True,
    **_OF_RESIDUAL,
)
def _huber(delta: float) -> Loss:
    def huber(residual: Tensor) -> Tensor:
        clipped = residual.clamp(-delta, delta)
        return clipped * (residual - clipped / 2)  # both branches in one: no overflow, and second derivative 1 at r = 0

    return _of_residual("huber", huber)


@residual_losses.entry(
    "log_cosh",
    "Log-cosh",
    formula=r"\ell = \log\cosh(y - \hat y)",
    source="Green 1990, Bayesian reconstructions from emission tomography data",
    smooth=True,
    convex=True,
    **_OF_RESIDUAL,
)
def _log_cosh() -> Loss:
    return _of_residual("log_cosh", log_cosh)


@residual_losses.entry(
    "quantile",
    "Quantile (pinball)",
    Parameter("q", 0.5, "quantile", low=0.01, high=0.99),
    formula=r"\ell = \max(q r, (q - 1) r),\quad r = y - \hat y",
    source="Koenker & Bassett 1978, Regression quantiles",
    smooth=False,
    convex=True,
    **_OF_RESIDUAL,
)
def _quantile(q: float) -> Loss:
    return _of_residual("quantile", lambda residual: torch.maximum(q * residual, (q - 1) * residual))


@residual_losses.entry(
    "tukey",
    "Tukey biweight",
    Parameter("c", 4.685, "cutoff c", low=0.1, high=1e3, scale="log"),
    formula=r"\ell = \frac{c^2}{6} \left(1 - \left(1 - \min(1, r^2 / c^2)\right)^3\right)",
    source="Beaton & Tukey 1974; c for 95 % efficiency: Holland & Welsch 1977",
    smooth=True,
    convex=False,
    **_OF_RESIDUAL,
)
def _tukey(c: float) -> Loss:
    def tukey(residual: Tensor) -> Tensor:
        share = (residual.clamp(-c, c) / c).square()
        return c**2 / 6 * share * (3 - 3 * share + share.square())  # expanded: 1 - (1 - share)^3 would cancel near 0

    return _of_residual("tukey", tukey)


@residual_losses.entry(
    "rmse",
    "Root mean squared error",
    formula=r"\ell_1 = \dots = \ell_N = \sqrt{\tfrac{1}{N} \textstyle\sum_i (y_i - \hat y_i)^2}",
    source="Hyndman & Koehler 2006, section 2.1",
    smooth=False,
    convex=True,
    joint=True,
    **{**_OF_RESIDUAL, "of": "outputs"},
)
def _rmse() -> Loss:
    """Every sample of a batch has the value of the whole batch, so that their mean is the RMSE; no value is of one residual alone."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        residuals = _residuals("rmse", outputs, targets)
        return _averaged(_root_mean_square(residuals).expand_as(residuals))

    return loss


def _root_mean_square(x: Tensor) -> Tensor:
    """Return sqrt(mean(x^2)) over the first axis, where x^2 may overflow or underflow; its derivative at 0 is the subgradient 0."""
    largest = x.detach().abs().amax(0)
    scale = torch.where((largest > 0) & largest.isfinite(), largest, 1)  # a constant of the derivative: it cancels
    mean = (x / scale).square().mean(0)
    zero = mean == 0
    return torch.where(zero, 0, scale * torch.where(zero, 1, mean).sqrt())
