"""Ends: the eigenpairs at the ends of a symmetric matrix's spectrum, by Lanczos passes, and bounds that count what they may have missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from landscape.curvature.ritz import Product, Ritz, krylov

# A pair has converged where its residual is below this share of the matrix's norm, or below so many rounding errors of a product.
TOLERANCE = 1e-9
ROUNDINGS = 30
# The chance that a bound does not hold, over the random vectors from which the passes start.
CHANCE = 1e-3
# Where more than this share of the norm is in doubt, another pass looks for pairs that were missed.
DOUBT = 1e-6
# That pass takes at most this share of the products of the first one; the least number that this may be.
CHECKED, FEWEST_CHECKED = 0.4, 8
# Vectors of a basis: as many as so many bytes hold, within these limits. A restart keeps so many Ritz vectors beside the wanted ones.
BASIS_BYTES, FEWEST_BASIS, MOST_BASIS = 2**28, 40, 256
KEPT = 12


@dataclass(frozen=True, eq=False)
class Ends:
    """Pairs at both ends: `values` (k,) ascending, `vectors` (k, D) as rows, and `bounds` (k,) as `Spectrum` defines them.

    `converged` says whether all residuals are small, and the last pass found nothing more.
    """

    values: np.ndarray
    vectors: np.ndarray
    bounds: np.ndarray
    converged: bool


def find_ends(product: Product, dim: int, low: int, high: int, *, rounding: float, most: int, rough: bool = True) -> Ends | None:
    """Return the `low` smallest and the `high` largest eigenpairs of a matrix by its products; None where one of these is not finite.

    The first pass is Lanczos from a random vector. In exact arithmetic it sees one vector of each eigenspace only, and of close pairs
    maybe one, whatever its residuals: a residual bounds the distance to some eigenvalue, not to the i-th one (Parlett 1998, The Symmetric
    Eigenvalue Problem, sections 4.5 and 13). So further passes, each from a new random vector orthogonal to the pairs found, look for what
    was missed, until nothing is in doubt or a pass finds nothing more in two fifths of the first one's products.

    `most` limits the products of passes that find pairs. What has not converged then is not looked for further, and the bounds say so,
    if `rough`; else the search ends at once. `rounding` is the relative error of a product. The matrix should be of a norm near 1, so that
    no square overflows.
    """
    search = _Search(product, dim, low, high, rounding)
    if not search.look(most, search.settled):
        return None
    ended = False
    while search.open and not ended and (rough or search.converged):
        known = len(search.values)
        if not search.look(max(search.cost, most - search.products), search.checked):
            return None
        ended = len(search.values) == known
        if search.products >= most:
            break
    return search.ends(complete=ended or not search.open)


class _Search:
    """The pairs found so far, and the latest bounds `down` and `up` of the eigenvalues that are left.

    For the bounds, let C be the matrix on the complement of the pairs found, and r the norm of their residuals: the matrix's eigenvalues
    are those of C and the values found, each up to r (Weyl; Kahan, in Parlett 1998, section 11.5). A pass on C from a random unit vector
    v tells where C may have eigenvalues: where its polynomial is at most 1 / |c|, c being v's component along the eigenvector, which is
    seldom very small (Van Dorsselaer, Hochstenbach and Van der Vorst 2001, Computing probabilistic bounds for extreme eigenvalues of
    symmetric matrices with the Lanczos method). The first pass tells that of the matrix itself, between its Ritz values too: what it
    missed is close to one of them.
    """

    def __init__(self, product: Product, dim: int, low: int, high: int, rounding: float):
        self.product, self.dim, self.low, self.high, self.rounding = product, dim, low, high, rounding
        self.values, self.vectors, self.residuals = np.empty(0), np.empty((0, dim)), np.empty(0)
        self.first: Ritz | None = None
        self.down, self.up, self.size, self.products = -np.inf, np.inf, 0.0, 0
        # A fixed random stream: the same bytes at every call.
        self.generator = np.random.default_rng(0)
        self.basis = max(FEWEST_BASIS, 2 * self.wanted + 1, min(MOST_BASIS, BASIS_BYTES // (8 * dim)))

    @property
    def wanted(self) -> int:
        return self.low + self.high

    @property
    def tolerance(self) -> float:
        return max(TOLERANCE, ROUNDINGS * self.rounding) * self.size

    @property
    def cost(self) -> int:
        """The products of a pass that finds nothing, before any restart."""
        return min(self.basis, max(FEWEST_CHECKED, int(CHECKED * self.first.products)))

    @property
    def converged(self) -> bool:
        return bool((self.residuals[self._chosen] <= self.tolerance).all())

    @property
    def open(self) -> bool:
        """Whether pairs are missing, or may be."""
        short = len(self.values) < min(self.wanted, self.dim)
        return short or (len(self.values) < self.dim and self._doubt(self.down, self.up) > DOUBT * self.size)

    def look(self, most: int, enough: Callable[[Ritz], bool]) -> bool:
        """Make a pass, and add what belongs to the ends or has converged; return whether all products were finite."""
        start, room = self.generator.standard_normal(self.dim), self.dim - len(self.values)
        spaces = krylov(self.product, start, self.vectors, min(room, self.basis), self._kept, rounding=self.rounding, size=self.size)
        for ritz in spaces:
            if ritz is None:
                return False
            self.size = max(self.size, ritz.size)
            if ritz.invariant or ritz.products >= most or enough(ritz):
                break
        self._add(ritz)
        return True

    def settled(self, ritz: Ritz) -> bool:
        """Whether the pairs at the ends have converged."""
        return len(ritz.values) >= self.wanted and bool((ritz.residuals[self._at_ends(ritz)] <= self.tolerance).all())

    def checked(self, ritz: Ritz) -> bool:
        """Whether a pass has found what was missed, or that nothing is, or has cost enough."""
        missed = self._at_ends(ritz)
        if missed.any() or len(self.values) < self.wanted:
            return len(self.values) + missed.sum() >= self.wanted and bool((ritz.residuals[missed] <= self.tolerance).all())
        if ritz.products >= self.cost:
            return True
        down, up = self._left(ritz)
        near = (self.low and down <= self.values.min()) or (self.high and up >= self.values.max())  # then all of an end is in doubt
        return not near and self._doubt(down, up) <= DOUBT * self.size

    def ends(self, *, complete: bool) -> Ends:
        chosen, (down, up) = self._chosen, self._limits(self.down, self.up)
        beyond = np.r_[self.values[chosen[: self.low]] - down, up - self.values[chosen[self.low :]]]
        whole = len(self.values) == self.dim
        bounds = (0.0 if whole else np.maximum(beyond, 0.0)) + self._error
        return Ends(self.values[chosen], self.vectors[chosen], bounds, complete and self.converged)

    @property
    def _chosen(self) -> np.ndarray:
        """The indices of the values at the ends, ascending."""
        order = np.argsort(self.values, kind="stable")
        return np.r_[order[: self.low], order[len(order) - self.high :]]

    def _kept(self, m: int) -> np.ndarray:
        """Return the indices of the Ritz pairs that a restart keeps."""
        beside = min(KEPT, (m - self.wanted) // 4)
        low, high = (count and count + beside for count in (self.low, self.high))
        return np.r_[:low, m - high : m]

    def _at_ends(self, ritz: Ritz) -> np.ndarray:
        """Return a mask of the Ritz values that belong to the ends beside the values found, or, where there are enough, in their place."""
        known = len(self.values)
        if known >= self.wanted:
            floor, ceiling = self._edges
            return (ritz.values > ceiling + self.tolerance) | (ritz.values < floor - self.tolerance)
        order = np.argsort(np.r_[self.values, ritz.values], kind="stable")
        chosen = np.zeros(len(order), dtype=bool)
        chosen[order[: self.low]] = chosen[order[max(self.low, len(order) - self.high) :]] = True
        return chosen[known:]

    def _add(self, ritz: Ritz) -> None:
        missed = self._at_ends(ritz)
        if self.first is None:
            self.first = ritz
        else:
            self.down, self.up = self._left(ritz)
        self.products += ritz.products
        if missed.any():
            chosen = missed | (ritz.residuals <= self.tolerance)
            self.values, self.residuals = np.r_[self.values, ritz.values[chosen]], np.r_[self.residuals, ritz.residuals[chosen]]
            self.vectors = np.concatenate([self.vectors, ritz.vectors(chosen)])

    @property
    def _edges(self) -> tuple[float, float]:
        """The innermost of the values at each end."""
        ordered = np.sort(self.values)
        return ordered[self.low - 1] if self.low else -np.inf, ordered[-self.high] if self.high else np.inf

    @property
    def _error(self) -> float:
        """How far the values found may be from eigenvalues."""
        return float(np.linalg.norm(self.residuals)) + ROUNDINGS * self.rounding * self.size

    def _left(self, ritz: Ritz) -> tuple[float, float]:
        """Return the lowest and the highest eigenvalue that may be left where this pass was made."""
        level = self._level(self.dim - len(self.values))
        return -ritz.mirrored().highest(level) if self.low else -np.inf, ritz.highest(level) if self.high else np.inf

    def _limits(self, down: float, up: float) -> tuple[float, float]:
        """Return the lowest and the highest eigenvalue that may be left between these, where the first pass allows any."""
        level, error = self._level(self.dim), self._error
        lowest = -self.first.mirrored().highest(level, error - down) - error if self.low else -np.inf
        return lowest, self.first.highest(level, up + error) + error if self.high else np.inf

    def _doubt(self, down: float, up: float) -> float:
        """Return how far an eigenvalue that is left between these limits may be beyond the innermost value of its end."""
        (down, up), (floor, ceiling) = self._limits(down, up), self._edges
        return max(floor - down if self.low else 0.0, up - ceiling if self.high else 0.0)

    def _level(self, room: int) -> float:
        """Return -log |c|, where |c| is as small as a component of a random unit vector in `room` dimensions seldom is.

        c^2 has the distribution Beta(1/2, (room - 1) / 2). The chance is shared by the eigenvalues at the ends, and passes.
        """
        if room < 2:
            return 0.0
        return -0.5 * float(np.log(betaincinv(0.5, (room - 1) / 2, CHANCE / (2 * self.wanted + 2))))
