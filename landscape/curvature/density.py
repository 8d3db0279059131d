"""Density: the spectral density of the Hessian by stochastic Lanczos quadrature, with its standard error over the probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from landscape.curvature.hessian import LARGEST_DENSE, dense_hessian
from landscape.curvature.lanczos import lanczos
from landscape.curvature.trace import standard_error
from landscape.errors import Cancelled, require_seed, require_whole
from landscape.objective import ArrayLike, Objective, require_objective

# Standard deviation of the Gaussian kernel, as a share of the range of the nodes, and the margin of the grid beyond the outermost nodes, in
# standard deviations: 2e-9 of the mass is outside.
KERNEL = 0.01
MARGIN = 6.0
# Points of the grid, nine to a standard deviation; the trapezoidal rule integrates a Gaussian to rounding with two.
GRID = 1025
# Smallest range of the nodes for which the kernel is scaled, as a share of the largest |node|: nodes closer together are one eigenvalue.
NARROWEST = 1e-3

# The nodes and weights of one probe.
Measure = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Density:
    """The spectral density (1/D) sum_i delta(x - lambda_i) of a Hessian, as a quadrature and as a smooth curve.

    `nodes` (n,), ascending, in units of the eigenvalues, and `weights` (n,), non-negative with sum 1, are those of all probes; n is
    at most probes * steps, and less where a Krylov space was invariant. `values` (g,) is the density smoothed by a Gaussian of standard
    deviation `width`, per unit of eigenvalue, on the uniform `grid` (g,); its trapezoidal integral is 1. `standard_error` (g,) is that of
    `values` over the probes: zero where the eigenvalues are exact, NaN for a single probe.
    """

    nodes: np.ndarray
    weights: np.ndarray
    grid: np.ndarray
    values: np.ndarray
    standard_error: np.ndarray
    width: float

    def __post_init__(self) -> None:
        for array in (self.nodes, self.weights, self.grid, self.values, self.standard_error):
            array.setflags(write=False)


def spectral_density(
    objective: Objective,
    theta: ArrayLike,
    *,
    probes: int,
    steps: int,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
    report: Callable[[float], None] | None = None,
) -> Density:
    """Return the spectral density of the Hessian at `theta` from `probes` Lanczos runs of `steps` products each.

    For a probe v, uniform on the unit sphere, the measure sum_i (v . u_i)^2 delta(x - lambda_i) has the density as its mean; Lanczos gives
    its Gauss quadrature, exact for polynomials up to degree 2 steps - 1 (Golub and Meurant 2010; Lin, Saad and Yang 2016; Ghorbani,
    Krishnan and Xiao 2019, section 2). Probes are normalized Gaussian vectors, whose distribution is rotation-invariant: a Rademacher
    vector is orthogonal to the eigenvector (1, -1, 0, ...) of two equal units with probability 1/2.

    The kernel's standard deviation is 1 % of the range of the nodes. A run ends early where its Krylov space is invariant. For `steps` >= D
    a run would cost as much as the dense matrix: the nodes are then its eigenvalues, with weights 1/D and no error. Where the Hessian is
    not finite, everything but the weights is NaN. `report` is called with the finished share of the work, and `should_stop` before each
    product; `Cancelled` is raised where it returns True. Raises `LandscapeError` when `probes` or `steps` is below 1.
    """
    require_objective("spectral_density", objective)
    seed = require_seed("spectral_density", seed)
    probes = require_whole("spectral_density", "probes", probes, 1, None)
    steps = require_whole("spectral_density", "steps", steps, 1, None)
    told = report or (lambda share: None)
    if should_stop is not None and should_stop():
        raise Cancelled
    if objective.dim <= min(steps, LARGEST_DENSE):
        measures = [_exact(dense_hessian(objective, theta))]
        told(1.0)
        return _summed(measures, exact=True)
    product, generator, measures = objective.curvature(theta), np.random.default_rng(seed), []
    for probe in range(probes):
        start = generator.standard_normal(objective.dim)
        measures.append(_measure(product, start, steps, torch.finfo(objective.dtype).eps, should_stop))
        told((probe + 1) / probes)
    return _summed(measures, exact=False)


def _exact(hessian: np.ndarray) -> Measure:
    """Return all eigenvalues with equal weights."""
    dim = len(hessian)
    nodes = np.linalg.eigvalsh(hessian) if np.isfinite(hessian).all() else np.full(dim, np.nan)
    return nodes, np.full(dim, 1 / dim)


def _measure(
    product: Callable[[np.ndarray], np.ndarray], start: np.ndarray, steps: int, rounding: float, should_stop: Callable[[], bool] | None
) -> Measure:
    """Return the Gauss quadrature of one probe: the Ritz values, and the squared first entries of T's eigenvectors."""
    krylov = lanczos(product, start, steps, rounding=rounding, should_stop=should_stop)
    if not krylov.finite:
        return np.array([np.nan]), np.ones(1)
    nodes, vectors, _ = krylov.ritz()
    weights = vectors[0] ** 2
    return nodes, weights / weights.sum()


def _summed(measures: list[Measure], *, exact: bool) -> Density:
    """Return the mean of the measures of all probes, smoothed, with its standard error."""
    nodes = np.concatenate([nodes for nodes, _ in measures])
    weights = np.concatenate([weights for _, weights in measures]) / len(measures)
    nodes = nodes if np.isfinite(nodes).all() else np.full_like(nodes, np.nan)
    order = np.argsort(nodes, kind="stable")
    grid, width = _grid(nodes)
    curves = np.stack([_smoothed(grid, width, *measure) for measure in measures])
    return Density(nodes[order], weights[order], grid, curves.mean(axis=0), _standard_error(curves, exact), width)


def _grid(nodes: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the grid of the smoothed density and the kernel's standard deviation."""
    size = float(np.abs(nodes).max())
    width = KERNEL * (max(float(np.ptp(nodes)), NARROWEST * size) or 1.0)
    return np.linspace(nodes.min() - MARGIN * width, nodes.max() + MARGIN * width, GRID), width


def _smoothed(grid: np.ndarray, width: float, nodes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    kernels = np.exp(-(((grid[:, None] - nodes) / width) ** 2) / 2)
    return kernels @ weights / (width * np.sqrt(2 * np.pi))


def _standard_error(curves: np.ndarray, exact: bool) -> np.ndarray:
    if len(curves) == 1:
        return np.where(np.isfinite(curves[0]), 0.0 if exact else np.nan, np.nan)
    return standard_error(curves)
