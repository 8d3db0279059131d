"""Plane: a two-dimensional affine subspace origin + a*u + b*v of R^D, and the geometry on it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from numbers import Real

import numpy as np
from scipy.linalg import blas

from landscape.arrays import real_array
from landscape.errors import LandscapeError, Phrase, plain, require_made, shown
from landscape.objective import ArrayLike

# ((a_lo, a_hi), (b_lo, b_hi)) in plane coordinates.
Window = tuple[tuple[float, float], tuple[float, float]]

# Smallest sine of the angle between u and v: below it, coordinates lose more than half of float64's digits.
SMALLEST_SINE = 1e-8
# Entries of theta that `embed` computes in one block.
AT_ONCE = 2**18


@dataclass(frozen=True, eq=False)
class Plane:
    """The points origin + a*u + b*v; `origin`, `u` and `v` have shape (D,) and are kept as read-only float64.

    u and v need be neither orthogonal nor of unit length: coordinates solve the least squares problem by the QR factors of [u v], without
    squaring its condition number as the normal equations do. Raises `LandscapeError` when u and v are collinear, or when the vectors
    differ in length or are not finite.
    """

    origin: np.ndarray
    u: np.ndarray
    v: np.ndarray

    def __post_init__(self) -> None:
        for name in ("origin", "u", "v"):
            object.__setattr__(self, name, _vector(name, getattr(self, name)))
        if not len(self.origin) == len(self.u) == len(self.v):
            got = (len(self.origin), len(self.u), len(self.v))
            raise LandscapeError("wrong_shape", owner="plane", name="u and v", expected=(len(self.origin),), got=got)
        if not (self.u.any() and self.v.any()):
            raise LandscapeError("collinear", owner="plane", got=Phrase("zero_direction"))
        sine = _sine(self.u, self.v)
        if sine < SMALLEST_SINE:
            raise LandscapeError("collinear", owner="plane", got=f"sin(u, v) = {sine:.1e}")

    @cached_property
    def _basis(self) -> tuple[np.ndarray, np.ndarray]:
        """The factors Q (D, 2) and R (2, 2) of [u v], computed on first use: sampling a surface does not need them."""
        q, r = np.linalg.qr(np.stack([_scaled(self.u), _scaled(self.v)], axis=1))
        return q, r * [_reach(self.u), _reach(self.v)]

    @property
    def cosine(self) -> float:
        """The cosine of the angle between u and v; 0 when they are orthogonal."""
        u, v = _scaled(self.u), _scaled(self.v)
        return float(u @ v / (np.linalg.norm(u) * np.linalg.norm(v)))

    def embed(self, a: ArrayLike | float, b: ArrayLike | float) -> np.ndarray:
        """Return origin + a*u + b*v; `a` and `b` broadcast to some shape s, the result has shape (*s, D)."""
        a, b = (real_array("plane", name, values) for name, values in (("a", a), ("b", b)))
        try:
            a, b = np.broadcast_arrays(a, b)
        except ValueError:
            raise LandscapeError("wrong_shape", owner="plane", name="b", expected=a.shape, got=b.shape) from None
        points = a[..., None] * self.u
        points += self.origin
        for part in range(0, len(self.u), AT_ONCE):  # in blocks: the product b v is never as large as the points
            chosen = slice(part, part + AT_ONCE)
            points[..., chosen] += b[..., None] * self.v[chosen]
        return points

    def project(self, theta: ArrayLike) -> np.ndarray:
        """Return the coordinates (a, b) of the point of the plane nearest to `theta`, shape (..., D) to (2, ...)."""
        q, r = self._basis
        return np.moveaxis(np.linalg.solve(r, (self._offset(theta) @ q)[..., None])[..., 0], -1, 0)

    def distance(self, theta: ArrayLike) -> np.ndarray:
        """Return the Euclidean distance of `theta` from the plane, shape (..., D) to (...)."""
        q, _ = self._basis
        offset = self._offset(theta)
        return np.linalg.norm(offset - (offset @ q) @ q.T, axis=-1)

    def _offset(self, theta: ArrayLike) -> np.ndarray:
        """Return `theta` (..., D) less the origin."""
        theta = real_array("plane", "theta", theta)
        if theta.shape[-1:] != self.origin.shape:
            raise LandscapeError("wrong_shape", owner="plane", name="theta", expected=("...", len(self.origin)), got=theta.shape)
        return theta - self.origin


def require_plane(owner: str, plane: object) -> None:
    """Refuse what is no plane."""
    require_made(owner, "plane", plane, Plane, "Plane or random_plane")


def require_window(owner: str, window: object) -> Window:
    """Return `window` as two pairs of floats; refuse one that is not two sides, each from a smaller to a larger finite number."""
    sides = [_bounds(side) for side in window] if isinstance(window, Iterable) and not isinstance(window, str) else []
    if len(sides) != 2 or None in sides:
        raise LandscapeError("no_window", owner=owner, got=shown(window))
    return sides[0], sides[1]


def _bounds(side: object) -> tuple[float, float] | None:
    """Return the ends of a side of a window, or None where they are no ends: the length between them must be a number, too."""
    ends = [plain(end) for end in side] if isinstance(side, Iterable) and not isinstance(side, str) else []
    if len(ends) != 2 or not all(isinstance(end, Real) and not isinstance(end, bool) for end in ends):
        return None
    low, high = map(float, ends)
    return (low, high) if 0 < high - low < math.inf else None


def _sine(u: np.ndarray, v: np.ndarray) -> float:
    """Return the sine of the angle between u and v, as |v - proj_u v| / |v|: sqrt(1 - cos^2) would cancel."""
    u = u if 1e-100 < _reach(u) < 1e100 else _scaled(u)
    left = _scaled(v)
    whole, square = blas.dnrm2(left), blas.dnrm2(u) ** 2
    for _ in range(2):  # the second pass removes rounding errors of the first
        left = blas.daxpy(u, left, a=-blas.ddot(u, left) / square)  # in place: no copy of v
    return blas.dnrm2(left) / whole


def _scaled(direction: np.ndarray) -> np.ndarray:
    """Return the direction divided by its largest absolute entry, so that squares neither overflow nor underflow."""
    return direction / _reach(direction)


def _reach(direction: np.ndarray) -> float:
    return max(float(direction.max()), -float(direction.min()))


def _writable(array: object) -> bool:
    """Return whether the memory of `array` is writable through it or through an array that it is a view of."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return True
        array = array.base
    return False


def _vector(name: str, values: ArrayLike) -> np.ndarray:
    """Return `values` as a read-only float64 vector; one that is read-only already is not copied, to save memory for large models."""
    shared = isinstance(values, np.ndarray) and values.dtype == np.float64 and not _writable(values)
    vector = real_array("plane", name, values, ("D",), finite=True)
    vector = vector if shared else vector.copy()
    vector.setflags(write=False)
    return vector
