"""Lanczos: a symmetric matrix, known by its products, seen as a small tridiagonal one on its Krylov space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal, norm

from landscape.errors import Cancelled

# What is left of a product after its part in the Krylov space is rounding, and the space invariant, below this many units of rounding of
# the largest coefficient. Going on would do no harm to the weights of a quadrature, but the new nodes would be noise.
INVARIANT = 1e3


@dataclass(frozen=True, eq=False)
class Krylov:
    """A V = V T + remainder: orthonormal `basis` (m, D), V's columns as rows, with T's `diagonal` (m,) and `couplings` (m,).

    The first m - 1 couplings stand beside T's diagonal; the last is the norm of the remainder, zero where the space is invariant. The
    last diagonal entry is NaN or infinite where a product was.
    """

    basis: np.ndarray
    diagonal: np.ndarray
    couplings: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.basis, self.diagonal, self.couplings):
            array.setflags(write=False)

    @property
    def finite(self) -> bool:
        """Whether every product was."""
        return bool(np.isfinite(self.diagonal).all() and np.isfinite(self.couplings).all())

    def ritz(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return T's eigenvalues (m,) ascending, its eigenvectors (m, m) as columns, and |A y - value y| (m,) for y = V times each one."""
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
    """Return the Krylov space of at most `steps` products of v -> A v from `start` (D,), not zero.

    Every new vector is made orthogonal to ALL before it, twice: against a window of the last few, eigenvalues that have converged come
    back as copies (Paige 1971; Parlett and Scott 1979), and once is not enough where much cancels (Giraud, Langou and Rozloznik 2005).
    That takes steps * D numbers of memory. Ends early where the space is invariant to `rounding` (the relative error of one product),
    where `enough` answers True, or where a product is not finite. `should_stop` may end the work with `Cancelled`.
    """
    steps = min(steps, len(start))
    basis, diagonal, couplings = np.empty((steps, len(start))), np.empty(steps), np.empty(steps)
    direction, scale = start / np.linalg.norm(start), 0.0
    for step in range(steps):
        if should_stop is not None and should_stop():
            raise Cancelled
        basis[step] = direction
        known = basis[: step + 1]
        diagonal[step], remainder = _orthogonal(known, product(direction))
        couplings[step] = norm(remainder, check_finite=False)  # BLAS's, which squares nothing that overflows
        krylov = Krylov(known, diagonal[: step + 1], couplings[: step + 1])
        scale = max(scale, abs(diagonal[step]), couplings[step])
        if not krylov.finite or couplings[step] <= INVARIANT * rounding * scale or (enough is not None and enough(krylov)):
            break
        direction = remainder / couplings[step]
    return krylov


def _orthogonal(known: np.ndarray, image: np.ndarray) -> tuple[float, np.ndarray]:
    """Return image's coefficient on the last row of `known`, and what is left of it outside all rows."""
    with np.errstate(over="ignore", invalid="ignore"):  # a product that is not finite is told by the coefficient
        coefficients = known @ image
        image = image - coefficients @ known
        return float(coefficients[-1]), image - (known @ image) @ known
