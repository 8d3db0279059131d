"""Ritz: pairs of a symmetric matrix from one Krylov space, by thick-restart Lanczos, and where its polynomial allows eigenvalues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import eigh_tridiagonal, norm

from landscape.curvature.lanczos import INVARIANT, orthogonal

# Ritz pairs are computed each time the space has grown by this share, of so many vectors at least: fewer tell nothing that is worth it.
GROWTH, FEWEST_TOLD = 1 / 8, 8
# Up to so many rows a dense solver, without SciPy's preliminaries, is faster than one for tridiagonal matrices.
SMALL = 48
# The search for a place where the polynomial has a given size: rounds of as many parts; 63^4 is 2e7.
ROUNDS, PARTS = 4, np.linspace(0.0, 1.0, 64)
TINY = float(np.finfo(np.float64).tiny)

Product = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Ritz:
    """Ritz `values` (m,), ascending, the Ritz vectors as `mix` (m, m).T @ `basis` (m, D), and their `residuals` (m,).

    `size` estimates the matrix's norm, `products` counts those taken, `invariant` says whether the space is. From a unit vector v Lanczos
    makes the unit vector p(A) v with p(t) = prod_i (t - values_i) / exp(`height`), so that |p| is at most 1 / |c| at an eigenvalue, c being
    the component of v along its eigenvector. `height` is None after a restart, where p is not known.
    """

    values: np.ndarray
    mix: np.ndarray
    basis: np.ndarray
    residuals: np.ndarray
    size: float
    products: int
    invariant: bool
    height: float | None

    def vectors(self, chosen: np.ndarray) -> np.ndarray:
        """Return these Ritz vectors, as rows."""
        return self.mix[:, chosen].T @ self.basis

    def highest(self, level: float, below: float = np.inf) -> float:
        """Return the highest place up to `below` where log |p| <= `level`, rounded up; `below` where p is not known."""
        if self.height is None or (np.isfinite(below) and self._log(np.array([below]))[0] <= level):
            return below
        under = self.values[self.values < below]
        if not len(under):
            return below
        low, high = float(under[-1]), below if np.isfinite(below) else self._beyond(level)
        for _ in range(ROUNDS):  # from a root up to the next one, or beyond the last, |p| rises above the level once
            places = low + (high - low) * PARTS
            first = int(np.argmax(self._log(places[1:]) > level)) + 1
            low, high = places[first - 1], places[first]
        return float(high)

    def mirrored(self) -> Ritz:
        """Return the values, and the polynomial, of the matrix with the opposite sign."""
        return replace(self, values=-self.values[::-1])

    def _beyond(self, level: float) -> float:
        """Return a place beyond all values where log |p| > `level`."""
        top, step = float(self.values[-1]), max(float(np.ptp(self.values)), self.size)
        while self._log(np.array([top + step]))[0] <= level:
            step *= 2
        return top + step

    def _log(self, places: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(np.abs(places[:, None] - self.values)).sum(axis=1) - self.height


def krylov(
    product: Product,
    start: np.ndarray,
    beside: np.ndarray,
    most_basis: int,
    kept: Callable[[int], np.ndarray],
    *,
    rounding: float,
    size: float = 0.0,
) -> Iterator[Ritz | None]:
    """Yield the Ritz pairs each time the Krylov space of `start` (D,) has grown, until it is invariant; None where a product is not finite.

    Lanczos with full orthogonalization, on the complement of the orthonormal rows of `beside` (r, D). At `most_basis` vectors the Ritz
    pairs of the indices `kept(most_basis)` remain, and the space grows on from them (Wu and Simon 2000, Thick-restart Lanczos method for
    large symmetric eigenvalue problems). `size` is what is known of the matrix's norm. The yielded basis is overwritten later.
    """
    r = len(beside)
    known, small = np.concatenate([beside, np.empty((most_basis, len(start)))]), np.zeros((most_basis, most_basis))
    basis, direction = known[r:], orthogonal(beside, start)[1]
    m, told, products, height = 0, 0, 0, 0.0
    direction = direction / np.linalg.norm(direction)
    while True:
        basis[m] = direction
        coefficients, remainder = orthogonal(known[: r + m + 1], product(direction))
        small[: m + 1, m] = small[m, : m + 1] = coefficients[r:]
        m, products, coupling = m + 1, products + 1, float(norm(remainder, check_finite=False))
        if not np.isfinite(coupling + coefficients[-1]):
            yield None
            return
        size = max(size, abs(float(coefficients[-1])), coupling)
        invariant = r + m == len(start) or coupling <= INVARIANT * rounding * size
        height = None if height is None else height + np.log(max(coupling, rounding * size, TINY))
        if invariant or m == most_basis or m >= max(FEWEST_TOLD, (1 + GROWTH) * told):
            told, (values, mix) = m, _pairs(small[:m, :m], tridiagonal=height is not None)
            yield Ritz(values, mix, basis[:m], coupling * np.abs(mix[-1]), size, products, invariant, height)
            if invariant:
                return
        if m == most_basis:
            remaining = kept(m)
            m = told = len(remaining)
            basis[:m], small[:], height = mix[:, remaining].T @ basis, 0.0, None
            small[range(m), range(m)] = values[remaining]
        direction = remainder / coupling


def _pairs(small: np.ndarray, *, tridiagonal: bool) -> tuple[np.ndarray, np.ndarray]:
    if tridiagonal and len(small) > SMALL:
        return eigh_tridiagonal(np.diag(small), np.diag(small, 1))
    return np.linalg.eigh(small)
