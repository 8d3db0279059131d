"""Lanczos: the tridiagonal matrix T = V^T A V of a symmetric A, given by its products, on a Krylov space with orthonormal basis V."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal, norm

from landscape.errors import Cancelled

# The Krylov space is taken as invariant where the remainder is below this many rounding errors of the largest coefficient. Further steps
# would not change the weights of a quadrature, but add nodes that are noise.
INVARIANT = 1e3


@dataclass(frozen=True, eq=False)
class Krylov:
    """The decomposition A V = V T + r e_m^T: `basis` (m, D) holds the columns of V as rows, with `diagonal` (m,) of T and `couplings` (m,).

    The first m - 1 couplings are the off-diagonal entries of T; the last is |r|, zero where the space is invariant. The last diagonal entry
    is NaN or infinite where a product was not finite.
    """

    basis: np.ndarray
    diagonal: np.ndarray
    couplings: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.basis, self.diagonal, self.couplings):
            array.setflags(write=False)

    @property
    def finite(self) -> bool:
        """Whether every product was finite."""
        return bool(np.isfinite(self.diagonal).all() and np.isfinite(self.couplings).all())

    def ritz(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the Ritz values (m,) ascending, T's eigenvectors s (m, m) as columns, and residuals |A y - value y| (m,) of y = V s."""
        values, vectors = eigh_tridiagonal(self.diagonal, self.couplings[:-1])
        return values, vectors, self.couplings[-1] * np.abs(vectors[-1])


def lanczos(
    product: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    steps: int,
    *,
    rounding: float = float(np.finfo(np.float64).eps),
    enough: Callable[[Krylov], bool] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Krylov:
    """Return the Lanczos decomposition after at most `steps` products v -> A v, from the nonzero vector `start` (D,).

    Full orthogonalization, twice: without it, converged eigenvalues reappear as copies (Paige 1971; Parlett and Scott 1979), and one pass
    is not enough where much cancels (Giraud, Langou and Rozloznik 2005). Memory: steps * D numbers. It ends early where the space is
    invariant up to `rounding` (the relative error of a product), where `enough` returns True, or where a product is not finite.
    `should_stop` is called before each product; `Cancelled` is raised where it returns True.
    """
    steps = min(steps, len(start))
    basis, diagonal, couplings = np.empty((steps, len(start))), np.empty(steps), np.empty(steps)
    direction, scale = start / np.linalg.norm(start), 0.0
    for step in range(steps):
        if should_stop is not None and should_stop():
            raise Cancelled
        basis[step] = direction
        known = basis[: step + 1]
        coefficients, remainder = orthogonal(known, product(direction))
        diagonal[step] = coefficients[-1]
        couplings[step] = norm(remainder, check_finite=False)  # BLAS scales, so that squares do not overflow
        krylov = Krylov(known, diagonal[: step + 1], couplings[: step + 1])
        scale = max(scale, abs(diagonal[step]), couplings[step])
        if not krylov.finite or couplings[step] <= INVARIANT * rounding * scale or (enough is not None and enough(krylov)):
            break
        direction = remainder / couplings[step]
    return krylov


def orthogonal(known: np.ndarray, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients of `image` on the orthonormal rows of `known`, and its part orthogonal to all of them."""
    with np.errstate(over="ignore", invalid="ignore"):  # the coefficient shows a product that is not finite
        coefficients = known @ image
        image = image - coefficients @ known
        return coefficients, image - (known @ image) @ known
