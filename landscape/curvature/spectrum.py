"""Spectrum: extreme eigenpairs of the Hessian, each with its residual and a bound of its error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from landscape.curvature.ends import Ends, find_ends
from landscape.curvature.hessian import LARGEST_DENSE, dense_hessian
from landscape.curvature.ritz import Product
from landscape.errors import Cancelled, require_name, require_whole
from landscape.objective import ArrayLike, Objective, require_objective

# Up to this many parameters the dense matrix and LAPACK are as fast as Lanczos (2 cores: 12 ms at D = 150); for the smallest eigenvalues,
# which are close together, up to more. The choice is by counts and not by timing: equal arguments must give equal bytes.
DENSE_UP_TO = 150
DENSE_LOW_UP_TO = 250
# Up to this many the dense matrix (32 MB) takes the place of Lanczos that has not converged after a third of a product a parameter, which
# is less than the matrix costs.
DENSE_INSTEAD = 2_000
DENSE_SHARE = 1 / 3
# Products after which Lanczos ends where it is the only way; more for many pairs.
MOST_PRODUCTS, PRODUCTS_A_PAIR = 500, 10
# LAPACK's eigenvalues are within some roundings of the norm (Anderson et al. 1999, LAPACK Users' Guide, section 4.7).
ROUNDINGS = 30

# Powers of two up to this exponent are normal numbers, and their reciprocals too.
LARGEST_FACTOR = 1000

# A bound below this share of the largest |eigenvalue|, or not larger than its residual by this factor, puts no pair in doubt.
CERTAIN, MUCH_LARGER = 1e-5, 10.0


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenpairs of the Hessian: `eigenvalues` (k,) descending, `eigenvectors` (D, k) as columns, `residuals` (k,) = |H v - lambda v|.

    A residual bounds the distance to some eigenvalue (Weyl's theorem), not to the i-th one: of eigenvalues that are repeated or close
    together some may be missing. `bounds` (k,) takes that into account: the i-th eigenvalue of the Hessian, counted from the same end, is
    at most bounds[i] from the i-th here, but for a chance of 1e-3 over the random vectors of `top_eigenpairs`. Where one is much larger
    than the residuals, a pair before it may be missing. More than a chance cannot be had from products: to count the eigenvalues beyond a
    number (Sylvester's law of inertia) takes a factorization. `bounds` is None where it is not known, as in files of before.
    """

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    residuals: np.ndarray
    bounds: np.ndarray | None = None

    def __post_init__(self) -> None:
        for array in (self.eigenvalues, self.eigenvectors, self.residuals, self.bounds):
            if array is not None:
                array.setflags(write=False)

    @property
    def doubt(self) -> float:
        """How far an eigenvalue here may be off since a pair before it may be missing; 0 where that does not matter, or is not known."""
        if self.bounds is None or not np.isfinite(self.eigenvalues).all():
            return 0.0
        with np.errstate(over="ignore"):  # a file may hold any numbers
            known = np.maximum(CERTAIN * np.abs(self.eigenvalues).max(initial=0.0), MUCH_LARGER * self.residuals)
        return float(self.bounds[self.bounds > known].max(initial=0.0))


def top_eigenpairs(
    objective: Objective, theta: ArrayLike, k: int = 5, which: str = "LA", *, should_stop: Callable[[], bool] | None = None
) -> Spectrum:
    """Return k eigenpairs at `theta`: the largest ("LA"), the smallest ("SA"), or both ends ("BE", one more from the high end if k is odd).

    The dense matrix for few parameters, and passes of Lanczos on Hessian-vector products for more (see `find_ends`); where these do not
    converge, the dense matrix again up to 2000 parameters. Beyond that, pairs of eigenvalues that are close together may keep large
    residuals and bounds. k above D gives all D pairs. Where the Hessian is not finite, all numbers are NaN. `should_stop` is called before
    each product; `Cancelled` is raised where it returns True. Raises `LandscapeError` when k is below 1 or `which` is unknown.
    """
    require_objective("top_eigenpairs", objective)
    require_name("which", which, ("LA", "SA", "BE"))
    k = min(require_whole("top_eigenpairs", "k", k, 1, None), objective.dim)
    low = {"LA": 0, "SA": k, "BE": k // 2}[which]
    product = _stoppable(objective.curvature(theta), should_stop)
    few = max(DENSE_LOW_UP_TO if which == "SA" else DENSE_UP_TO, 3 * k)
    if objective.dim <= min(few, LARGEST_DENSE):
        return _dense(objective, theta, product, low, k - low)
    return _by_products(objective, product, low, k - low) or _dense(objective, theta, product, low, k - low)


def _stoppable(product: Product, should_stop: Callable[[], bool] | None) -> Product:
    def watched(v: np.ndarray) -> np.ndarray:
        if should_stop is not None and should_stop():
            raise Cancelled
        return product(v)

    return watched


def _scaled(product: Product, exponent: int) -> Product:
    if abs(exponent) > LARGEST_FACTOR:
        return lambda v: np.ldexp(product(v), -exponent)
    factor = 2.0**-exponent  # as exact, in a tenth of the time
    return lambda v: product(v) * factor


def _dense(objective: Objective, theta: ArrayLike, product: Product, low: int, high: int) -> Spectrum:
    hessian = dense_hessian(objective, theta)
    largest = float(np.abs(hessian).max())
    if not np.isfinite(largest):
        return _unknown(objective.dim, low + high)
    exponent = _exponent(largest)
    values, vectors = np.linalg.eigh(np.ldexp(hessian, -exponent))
    chosen = np.r_[:low, objective.dim - high : objective.dim]
    rounding = ROUNDINGS * torch.finfo(objective.dtype).eps * max(-values[0], values[-1])
    ends = Ends(values[chosen], vectors.T[chosen], np.full(low + high, rounding), converged=True)
    return _spectrum(ends, _scaled(product, exponent), exponent)


def _by_products(objective: Objective, product: Product, low: int, high: int) -> Spectrum | None:
    """Return the pairs by Lanczos; None where it did not converge and the dense matrix can take its place."""
    dim, k = objective.dim, low + high
    # A generic image shows the scale; the matrix is divided by it, so that squares neither overflow nor vanish.
    largest = float(np.abs(product(np.random.default_rng(1).standard_normal(dim))).max())
    if not np.isfinite(largest):
        return _unknown(dim, k)
    exponent = _exponent(largest)

    scaled = _scaled(product, exponent)
    if largest == 0:
        return _spectrum(Ends(np.zeros(k), np.eye(k, dim), np.zeros(k), converged=True), scaled, 0)
    rough = dim > DENSE_INSTEAD
    most = max(MOST_PRODUCTS, PRODUCTS_A_PAIR * k) if rough else int(DENSE_SHARE * dim)
    ends = find_ends(scaled, dim, low, high, rounding=torch.finfo(objective.dtype).eps, most=most, rough=rough)
    if ends is None:
        return _unknown(dim, k)
    return _spectrum(ends, scaled, exponent) if ends.converged or rough else None


def _exponent(size: float) -> int:
    """Return the power of two by which numbers of this size are scaled to about 1, without rounding."""
    return int(np.frexp(size)[1])


def _spectrum(ends: Ends, product: Product, exponent: int) -> Spectrum:
    """Return the pairs of the matrix whose `product`, and its eigenvalues, are smaller by 2^exponent."""
    order = np.argsort(ends.values, kind="stable")[::-1]
    values, vectors = ends.values[order], ends.vectors[order]
    residuals = np.array([np.linalg.norm(product(v) - value * v) for value, v in zip(values, vectors, strict=True)])
    bounds = np.maximum(ends.bounds[order], residuals)
    with np.errstate(over="ignore"):  # an eigenvalue may be larger than any number
        values, residuals, bounds = (np.ldexp(numbers, exponent) for numbers in (values, residuals, bounds))
    return Spectrum(values, np.ascontiguousarray(vectors.T), residuals, bounds)


def _unknown(dim: int, k: int) -> Spectrum:
    return Spectrum(np.full(k, np.nan), np.full((dim, k), np.nan), np.full(k, np.nan), np.full(k, np.nan))
