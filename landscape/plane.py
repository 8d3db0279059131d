"""Plane: a two-dimensional affine subspace origin + a*u + b*v of R^D, and the geometry on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.errors import LandscapeError
from landscape.objective import ArrayLike

# ((a_lo, a_hi), (b_lo, b_hi)) in plane coordinates.
Window = tuple[tuple[float, float], tuple[float, float]]

# Below this sine of the angle between u and v the coordinates lose more than half of float64's digits.
SMALLEST_SINE = 1e-8


@dataclass(frozen=True, eq=False)
class Plane:
    """The points origin + a*u + b*v; `origin`, `u` and `v` have shape (D,) and are kept as read-only float64.

    u and v need not be orthogonal nor of unit length: coordinates are exact least squares (through the QR factors of [u v], so their
    accuracy is that of the angle itself, not its square). Raises `LandscapeError` when u and v are collinear or not finite.
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
            raise LandscapeError("collinear", owner="plane", got="a direction that is zero")
        q, r = np.linalg.qr(np.stack([_scaled(self.u), _scaled(self.v)], axis=1))
        # The sine from the factor itself: 1 - cos^2 cancels, and its root is wrong by up to 1e-8 sqrt(D).
        sine = float(abs(r[1, 1]) / np.hypot(r[0, 1], r[1, 1]))
        if sine < SMALLEST_SINE:
            raise LandscapeError("collinear", owner="plane", got=f"sin(u, v) = {sine:.1e}")
        object.__setattr__(self, "_basis", (q, r * [np.abs(self.u).max(), np.abs(self.v).max()]))

    @property
    def cosine(self) -> float:
        """The cosine of the angle between u and v; 0 when they are orthogonal."""
        u, v = _scaled(self.u), _scaled(self.v)
        return float(u @ v / (np.linalg.norm(u) * np.linalg.norm(v)))

    def embed(self, a: ArrayLike | float, b: ArrayLike | float) -> np.ndarray:
        """Return origin + a*u + b*v; `a` and `b` broadcast to some shape s, the result has shape (*s, D)."""
        a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
        return self.origin + a[..., None] * self.u + b[..., None] * self.v

    def project(self, theta: ArrayLike) -> np.ndarray:
        """Return the coordinates (a, b) of the point of the plane nearest to `theta`, shape (..., D) to (2, ...)."""
        q, r = self._basis
        return np.moveaxis(np.linalg.solve(r, ((np.asarray(theta) - self.origin) @ q)[..., None])[..., 0], -1, 0)

    def distance(self, theta: ArrayLike) -> np.ndarray:
        """Return the Euclidean distance of `theta` from the plane, shape (..., D) to (...)."""
        q, _ = self._basis
        offset = np.asarray(theta) - self.origin
        return np.linalg.norm(offset - (offset @ q) @ q.T, axis=-1)


def _scaled(direction: np.ndarray) -> np.ndarray:
    """Return the direction with its largest entry of size 1, so that squares neither overflow nor vanish."""
    return direction / np.abs(direction).max()


def _vector(name: str, values: ArrayLike) -> np.ndarray:
    vector = np.array(values, dtype=np.float64)
    if vector.ndim != 1:
        raise LandscapeError("wrong_shape", owner="plane", name=name, expected=("D",), got=vector.shape)
    if not np.isfinite(vector).all():
        raise LandscapeError("not_finite", owner="plane", name=name, got=f"{(~np.isfinite(vector)).sum()} that are not")
    vector.setflags(write=False)
    return vector
