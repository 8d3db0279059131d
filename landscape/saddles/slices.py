"""Slices: an objective seen on a plane, and which of the slice's critical points are critical in the full space."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from landscape.curvature.critical import CriticalPoint, classify, find_critical_points
from landscape.objective import ArrayLike, Block, Objective, require_objective
from landscape.plane import Plane, Window, require_plane, require_window

# A gradient in the full space below this share of the usual one in the window is zero.
NO_SLOPE = 1e-7


class Slice(Objective):
    """The function (a, b) -> f(origin + a u + b v) of an objective f on a plane, two parameters, with derivatives through f's."""

    dim = 2
    blocks = (Block("ab", (2,), 0, 2, kind="whole"),)

    def __init__(self, source: Objective, plane: Plane):
        self._source, self._plane = source, plane
        self.theta = np.zeros(2)
        self.dtype, self.device, self.at_once = source.dtype, source.device, source.at_once
        self._origin, self._axes = source.tensor(plane.origin), source.tensors(np.stack([plane.u, plane.v]))

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the differentiable f at the coordinates `theta` (2,)."""
        return self._source.loss(self._origin + theta @ self._axes, batch)

    def held(self, theta: Tensor) -> AbstractContextManager[object]:
        """Return the context of f at the coordinates `theta`."""
        return self._source.held(self._origin + theta @ self._axes)

    def of_rows(self) -> Callable[[Tensor], Tensor] | None:
        losses = self._source.of_rows()
        return None if losses is None else lambda rows: losses(self._origin + rows @ self._axes)

    def values(self, thetas: ArrayLike) -> np.ndarray:
        """Return f at the points of coordinates `thetas`, (k, 2) to (k,)."""
        return self._source.values(self._plane.embed(*self.tensors(thetas).double().numpy(force=True).T))


@dataclass(frozen=True, eq=False)
class SlicePoint:
    """A critical point of the slice: `point` is that of (a, b), with two eigenvalues, and `theta` (D,) its place in the full space.

    `gradient_norm` is that of the full gradient. `full` is the critical point of the full space at `theta`, or None where the gradient
    points out of the plane. `slice_only` says that the kind seen in the slice does not hold in the full space.
    """

    point: CriticalPoint
    theta: np.ndarray
    gradient_norm: float
    full: CriticalPoint | None

    @property
    def slice_only(self) -> bool:
        return self.full is None or self.full.kind != self.point.kind


def slice_points(
    objective: Objective,
    plane: Plane,
    window: Window,
    *,
    seed: int = 0,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[SlicePoint]:
    """Return the critical points of the slice in the window, each with what it is in the full space.

    The gradient of the slice at (a, b) has the components u.g and v.g of the full gradient g, and its Hessian those of the full one: a
    point without slope in the plane may have one out of it, and a minimum of the slice may be a saddle (Li et al. 2018, section 6).
    """
    require_objective("slice_points", objective)
    require_plane("slice_points", plane)
    window = require_window("slice_points", window)
    found = find_critical_points(Slice(objective, plane), window=window, seed=seed, report=report, should_stop=should_stop)
    if not found:
        return []
    usual = _usual_slope(objective, plane, window)
    thetas = plane.embed(*np.array([point.theta for point in found]).T)
    norms = np.linalg.norm(objective.gradients(thetas), axis=1)
    return [
        SlicePoint(point, theta, float(norm), classify(objective, theta) if norm <= NO_SLOPE * usual else None)
        for point, theta, norm in zip(found, thetas, norms, strict=True)
    ]


def _usual_slope(objective: Objective, plane: Plane, window: Window, side: int = 4) -> float:
    """Return the median norm of the full gradient on a small grid of the window."""
    a, b = np.meshgrid(*(np.linspace(*bounds, side + 2)[1:-1] for bounds in window))
    return float(np.median(np.linalg.norm(objective.gradients(plane.embed(a.ravel(), b.ravel())), axis=1)))
