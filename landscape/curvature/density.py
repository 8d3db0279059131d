"""Density: how the Hessian's eigenvalues are spread, by stochastic Lanczos quadrature, with its error over the probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from landscape.curvature.hessian import LARGEST_DENSE, dense_hessian
from landscape.curvature.lanczos import lanczos
from landscape.errors import Cancelled, require_range
from landscape.objective import ArrayLike, Objective

# The kernel's standard deviation as a share of the nodes' range, and how many of them the grid goes past the outermost nodes: what lies
# further out is 2e-9 of the whole.
KERNEL = 0.01
MARGIN = 6.0
# Nine points to one standard deviation: the trapezoid rule integrates a Gaussian to rounding from two.
GRID = 1025
# Nodes this close together, as a share of the largest, are one eigenvalue: the kernel does not narrow further.
NARROWEST = 1e-3

# The nodes and weights of one probe.
Measure = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Density:
    """The spectral density (1/D) sum_i delta(x - lambda_i) of a Hessian, as a quadrature and as a smooth curve.

    `nodes` (n,) ascending, in units of the eigenvalues, and `weights` (n,), non-negative, summing to 1: those of all probes in one list,
    so n is at most probes * steps and less where a probe's Krylov space ended. `values` (g,) is their sum of Gaussians of standard
    deviation `width` on the even `grid` (g,), per unit of eigenvalue: its trapezoid integral is 1. `standard_error` (g,) is that of
    `values` over the probes: zero where the eigenvalues are exact, NaN for a single probe, which cannot know its error.
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
    """Return the density of the Hessian's eigenvalues at `theta` from `probes` Lanczos runs of `steps` products each.

    A probe v, uniform on the unit sphere, sees the measure sum_i (v . u_i)^2 delta(x - lambda_i), whose mean over probes is the density;
    Lanczos gives the Gauss quadrature of that measure, exact for polynomials up to degree 2 steps - 1 (Golub and Meurant 2010; Lin, Saad
    and Yang 2016; Ghorbani, Krishnan and Xiao 2019, section 2). Probes are Gaussian vectors normalized: their law knows no axes, whereas a
    Rademacher vector is orthogonal to an eigenvector such as (1, -1, 0, ...), that of two equal units, every other time.

    The kernel's standard deviation is 1 % of the range of the nodes. A run ends early where its Krylov space is invariant. Where `steps`
    reaches D a single run would cost as much as the whole matrix, so the nodes are then its eigenvalues, with weights 1/D and no error.
    Where the Hessian is not finite, everything but the weights is NaN. `report` hears the finished share; `should_stop` may end the work
    with `Cancelled`. Raises `LandscapeError` when `probes` or `steps` is below 1.
    """
    probes = int(require_range("spectral_density", "probes", probes, 1, None))
    steps = int(require_range("spectral_density", "steps", steps, 1, None))
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
    """Return one probe's Gauss quadrature: T's eigenvalues, and the squared first entries of its eigenvectors."""
    krylov = lanczos(product, start, steps, rounding=rounding, should_stop=should_stop)
    if not krylov.finite:
        return np.array([np.nan]), np.ones(1)
    nodes, vectors, _ = krylov.ritz()
    weights = vectors[0] ** 2
    return nodes, weights / weights.sum()


def _summed(measures: list[Measure], *, exact: bool) -> Density:
    """Return the mean of the probes' measures, smoothed, with the standard error of that mean."""
    nodes = np.concatenate([nodes for nodes, _ in measures])
    weights = np.concatenate([weights for _, weights in measures]) / len(measures)
    nodes = nodes if np.isfinite(nodes).all() else np.full_like(nodes, np.nan)
    order = np.argsort(nodes, kind="stable")
    grid, width = _grid(nodes)
    curves = np.stack([_smoothed(grid, width, *measure) for measure in measures])
    return Density(nodes[order], weights[order], grid, curves.mean(axis=0), _standard_error(curves, exact), width)


def _grid(nodes: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the points at which the density is given, and the kernel's standard deviation."""
    size = float(np.abs(nodes).max())
    width = KERNEL * (max(float(np.ptp(nodes)), NARROWEST * size) or 1.0)
    return np.linspace(nodes.min() - MARGIN * width, nodes.max() + MARGIN * width, GRID), width


def _smoothed(grid: np.ndarray, width: float, nodes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    kernels = np.exp(-(((grid[:, None] - nodes) / width) ** 2) / 2)
    return kernels @ weights / (width * np.sqrt(2 * np.pi))


def _standard_error(curves: np.ndarray, exact: bool) -> np.ndarray:
    if len(curves) == 1:
        return np.where(np.isfinite(curves[0]), 0.0 if exact else np.nan, np.nan)
    return curves.std(axis=0, ddof=1) / np.sqrt(len(curves))
