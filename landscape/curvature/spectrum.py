"""Spectrum: extreme eigenpairs of the Hessian, each with its residual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from landscape.curvature.hessian import dense_hessian
from landscape.errors import Cancelled, require_name, require_whole
from landscape.objective import ArrayLike, Objective, require_objective

# Up to this many parameters the dense matrix and LAPACK are faster than Lanczos (2 cores: 12 ms at D = 150).
DENSE_UP_TO = 150
# Tolerances of the residuals, relative to the Hessian's norm, tried in turn. The first is not reached where eigenvalues are clustered, as
# at zero (softmax is invariant to a common shift, which gives one zero a feature), not even with tens of thousands of products.
TOLERANCES = (1e-9, 1e-4, 1e-3)
RESTARTS = 20
# Size of ARPACK's Krylov basis: large eigenvalues are well separated, the smallest are clustered around zero and need twice as many.
BASIS = {"LA": 20, "SA": 40, "BE": 40}
POWER_STEPS = 6  # the norm is needed within a factor of two


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenpairs of the Hessian: `eigenvalues` (k,) descending, `eigenvectors` (D, k) as columns, `residuals` (k,) = |H v - lambda v|.

    Each eigenvalue differs from an exact one by at most its residual (Weyl's theorem).
    """

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    residuals: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.eigenvalues, self.eigenvectors, self.residuals):
            array.setflags(write=False)


def top_eigenpairs(
    objective: Objective, theta: ArrayLike, k: int = 5, which: str = "LA", *, should_stop: Callable[[], bool] | None = None
) -> Spectrum:
    """Return k eigenpairs at `theta`: the largest ("LA"), the smallest ("SA"), or both ends ("BE", one more from the high end if k is odd).

    Implicitly restarted Lanczos (ARPACK) on Hessian-vector products; the dense matrix for few parameters. Where eigenvalues are clustered,
    residuals may be as large as 1e-3 of the Hessian's norm, and pairs that do not converge to that are left out. k above D gives all D
    pairs. Where the Hessian is not finite, all pairs are NaN. `should_stop` is called before each product of Lanczos; `Cancelled` is raised
    where it returns True. Raises `LandscapeError` when k is below 1 or `which` is unknown.
    """
    require_objective("top_eigenpairs", objective)
    require_name("which", which, ("LA", "SA", "BE"))
    k = min(require_whole("top_eigenpairs", "k", k, 1, None), objective.dim)
    product = objective.curvature(theta)
    if objective.dim <= max(DENSE_UP_TO, 2 * k + 1):
        eigenvalues, eigenvectors = _dense(dense_hessian(objective, theta), k, which)
    else:
        eigenvalues, eigenvectors = _lanczos(objective.dim, _stoppable(product, should_stop), k, which)
    order = np.argsort(eigenvalues)[::-1]
    eigenvalues, eigenvectors = eigenvalues[order], eigenvectors[:, order]
    images = np.stack([product(vector) for vector in eigenvectors.T.copy()], axis=1) if len(order) else eigenvectors
    return Spectrum(eigenvalues, eigenvectors, np.linalg.norm(images - eigenvectors * eigenvalues, axis=0))


def _dense(hessian: np.ndarray, k: int, which: str) -> tuple[np.ndarray, np.ndarray]:
    if not np.isfinite(hessian).all():
        return _unknown(len(hessian), k)
    eigenvalues, eigenvectors = np.linalg.eigh(hessian)
    chosen = _end(k, which, len(hessian))
    return eigenvalues[chosen], eigenvectors[:, chosen]


def _unknown(dim: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full(k, np.nan), np.full((dim, k), np.nan)


def _end(k: int, which: str, dim: int) -> np.ndarray:
    """Return the indices of the k requested eigenvalues among all in ascending order."""
    low = {"LA": 0, "SA": k, "BE": k // 2}[which]
    return np.r_[np.arange(low), np.arange(dim - (k - low), dim)]


def _stoppable(product: Callable[[np.ndarray], np.ndarray], should_stop: Callable[[], bool] | None) -> Callable[[np.ndarray], np.ndarray]:
    def watched(v: np.ndarray) -> np.ndarray:
        if should_stop is not None and should_stop():
            raise Cancelled
        return product(v.reshape(-1))

    return watched


def _lanczos(dim: int, product: Callable[[np.ndarray], np.ndarray], k: int, which: str) -> tuple[np.ndarray, np.ndarray]:
    # A fixed start, and a fixed random stream for the vectors that ARPACK draws in an invariant subspace: the same bytes at every call.
    generator = np.random.default_rng(0)
    start = generator.standard_normal(dim)
    norm = _norm(product, start)
    if not np.isfinite(norm):
        return _unknown(dim, k)
    if norm == 0:  # ARPACK fails on the zero matrix
        return np.zeros(k), np.eye(dim, k)
    # ARPACK's tolerance is relative to each eigenvalue. Shifted by twice the norm, all eigenvalues are of the size of the norm, those near
    # zero and the most negative ones too.
    shift = 2 * norm
    operator = LinearOperator((dim, dim), matvec=lambda v: product(v) + shift * v.reshape(-1), dtype=np.float64)
    options = {"k": k, "which": which, "v0": start, "ncv": min(dim, max(BASIS[which], 2 * k + 1)), "maxiter": RESTARTS, "rng": generator}
    for tolerance in TOLERANCES:
        try:
            eigenvalues, eigenvectors = eigsh(operator, tol=tolerance, **options)
        except ArpackNoConvergence as partial:
            eigenvalues, eigenvectors = partial.eigenvalues, partial.eigenvectors
        else:
            break
    return (eigenvalues - shift, eigenvectors) if len(eigenvalues) else _unknown(dim, k)


def _norm(product: Callable[[np.ndarray], np.ndarray], direction: np.ndarray) -> float:
    """Return an estimate of the largest |eigenvalue| by the power method; infinite or NaN where squares overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        norm = float(np.linalg.norm(direction))
        for _ in range(POWER_STEPS):
            direction = product(direction / norm)
            norm = float(np.linalg.norm(direction))
            if norm == 0 or not np.isfinite(norm):
                break
    return norm
