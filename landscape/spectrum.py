"""Spectrum: eigenvalues and eigenvectors of the Hessian, each with its residual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from landscape.curvature import dense_hessian
from landscape.errors import require_name, require_range
from landscape.objective import ArrayLike, Objective

# Up to here the dense matrix and LAPACK take less time than Lanczos (2 cores: 12 ms at D = 150).
DENSE_UP_TO = 150


@dataclass(frozen=True)
class Spectrum:
    """Eigenpairs of the Hessian: `eigenvalues` (k,) descending, `eigenvectors` (D, k) as columns, `residuals` (k,) = |H v - lambda v|.

    By Weyl's theorem some exact eigenvalue lies within the residual of each one given.
    """

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    residuals: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.eigenvalues, self.eigenvectors, self.residuals):
            array.setflags(write=False)


def top_eigenpairs(objective: Objective, theta: ArrayLike, k: int = 5, which: str = "LA") -> Spectrum:
    """Return k eigenpairs at `theta`: the largest ("LA"), the smallest ("SA"), or both ends ("BE", one more from the high end if k is odd).

    Lanczos (ARPACK) on Hessian-vector products with a kept graph; the dense matrix for few parameters. If Lanczos does not converge for
    some pairs, those that did are returned. Raises `LandscapeError` when k is not within 1..D or `which` is unknown.
    """
    require_name("which", which, ("LA", "SA", "BE"))
    k = min(int(require_range("top_eigenpairs", "k", k, 1, None)), objective.dim)
    product = objective.curvature(theta)
    if objective.dim <= max(DENSE_UP_TO, 2 * k + 1):
        eigenvalues, eigenvectors = np.linalg.eigh(dense_hessian(objective, theta))
        chosen = _end(k, which, objective.dim)
        eigenvalues, eigenvectors = eigenvalues[chosen], eigenvectors[:, chosen]
    else:
        eigenvalues, eigenvectors = _lanczos(objective.dim, product, k, which)
    order = np.argsort(eigenvalues)[::-1]
    eigenvalues, eigenvectors = eigenvalues[order], eigenvectors[:, order]
    images = np.stack([product(vector) for vector in eigenvectors.T.copy()], axis=1) if len(order) else eigenvectors
    return Spectrum(eigenvalues, eigenvectors, np.linalg.norm(images - eigenvectors * eigenvalues, axis=0))


def _end(k: int, which: str, dim: int) -> np.ndarray:
    """Return the indices, among ascending eigenvalues, of the k that are asked for."""
    low = {"LA": 0, "SA": k, "BE": k // 2}[which]
    return np.r_[np.arange(low), np.arange(dim - (k - low), dim)]


def _lanczos(dim: int, product, k: int, which: str) -> tuple[np.ndarray, np.ndarray]:
    operator = LinearOperator((dim, dim), matvec=lambda v: product(v.reshape(-1)), dtype=np.float64)
    # A fixed start makes the same scene give the same bytes; ARPACK would draw its own.
    start = np.random.default_rng(0).standard_normal(dim)
    try:
        return eigsh(operator, k=k, which=which, v0=start)
    except ArpackNoConvergence as partial:
        return partial.eigenvalues, partial.eigenvectors
