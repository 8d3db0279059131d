"""Critical points: zeros of the gradient in the full space, classified by the signs of the Hessian's eigenvalues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from landscape.curvature.hessian import dense_hessian
from landscape.errors import Cancelled, LandscapeError
from landscape.objective import ArrayLike, Objective
from landscape.plane import Window

STARTS_A_SIDE = 8
STARTS_AROUND = 64
MOST_EVALUATIONS = 60
# Largest Newton step at a critical point, as a share of the search's extent. A small gradient would not be enough: on a plateau the
# gradient and the Hessian both tend to zero, the Newton step does not, and there is no critical point.
STEP_TOLERANCE = 1e-7
# Singular values of the Hessian below this share of the largest are treated as zero in the Newton step.
RANK = 1e-12
# Distance, as a share of the extent, at which a Hessian that is still zero shows a plateau or a ramp.
NEARBY = 1e-3
# Points closer than this share of the search's extent are the same.
SAME_POINT = 1e-5
# The same for degenerate points, which are often whole curves (a valley of minima): the list samples them at this spacing.
SAME_VALLEY = 0.1
# Eigenvalues below this share of the typical curvature are zero.
FLAT = 1e-7


@dataclass(frozen=True, eq=False)
class CriticalPoint:
    """A point with zero gradient: `theta` (D,), `value`, `gradient_norm`, all `eigenvalues` (D,) descending.

    `index` is the number of negative eigenvalues. `kind` is "minimum" (index 0), "maximum" (index D), "saddle", or "degenerate" (an
    eigenvalue is zero to working precision, so that second derivatives do not determine the kind).
    """

    theta: np.ndarray
    value: float
    gradient_norm: float
    eigenvalues: np.ndarray
    index: int
    kind: str

    def __post_init__(self) -> None:
        for array in (self.theta, self.eigenvalues):
            array.setflags(write=False)


def find_critical_points(
    objective: Objective,
    *,
    window: Window | None = None,
    starts: ArrayLike | None = None,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
) -> list[CriticalPoint]:
    """Return critical points in the full space: zeros of |gradient|^2 found by Levenberg-Marquardt with the exact Hessian.

    Starts are the rows of `starts` (k, D); or a jittered grid over `window` ((lo, hi), (lo, hi)) of a two-parameter objective, to which the
    list is then restricted; or 64 Gaussian points around `objective.theta`. Points are listed once, ordered by value. The list need not be
    complete. The Hessian is dense, which limits the number of parameters (Dauphin et al. 2014, section 4). `should_stop` is called before
    each start; `Cancelled` is raised where it returns True. Raises `LandscapeError` for a window of an objective with other than two
    parameters, or for more than `LARGEST_DENSE` parameters.
    """
    points = _starts(objective, window, starts, seed)
    if not len(points):
        return []
    extent = float(np.ptp(points, axis=0).max()) or 1.0
    typical = float(np.median([np.abs(dense_hessian(objective, point)).max() for point in points[:: max(1, len(points) // 16)]]))
    found: list[CriticalPoint] = []
    for point in points:
        if should_stop is not None and should_stop():
            raise Cancelled
        with np.errstate(over="ignore", invalid="ignore"):  # the iteration may diverge until squares overflow
            theta = _polish(objective, point, extent, typical)
        if theta is None or not _inside(theta, window):
            continue
        critical = classify(objective, theta, typical=typical)
        near = extent * (SAME_VALLEY if critical.kind == "degenerate" else SAME_POINT)
        if not any(np.linalg.norm(theta - other.theta) < near for other in found if other.kind == critical.kind):
            found.append(critical)
    return sorted(found, key=lambda critical: critical.value)


def classify(objective: Objective, theta: np.ndarray, *, typical: float = 0.0) -> CriticalPoint:
    """Return the critical point at `theta` with its kind, from all eigenvalues of its Hessian.

    Eigenvalues are zero if small relative to the largest one or to `typical`, the size of the Hessian elsewhere: at a monkey saddle the
    whole Hessian is zero.
    """
    eigenvalues = np.linalg.eigvalsh(dense_hessian(objective, theta))[::-1].copy()
    zero = FLAT * max(float(np.abs(eigenvalues).max()), typical)
    index = int((eigenvalues < -zero).sum())
    degenerate = bool((np.abs(eigenvalues) <= zero).any())
    kind = "degenerate" if degenerate else {0: "minimum", objective.dim: "maximum"}.get(index, "saddle")
    norm = float(np.linalg.norm(objective.gradient(theta)))
    return CriticalPoint(theta, objective.value(theta), norm, eigenvalues, index, kind)


def _starts(objective: Objective, window: Window | None, starts: ArrayLike | None, seed: int) -> np.ndarray:
    if starts is not None:
        return objective.tensors(starts).double().numpy(force=True)
    generator = np.random.default_rng(seed)
    if window is None:
        return objective.theta + generator.standard_normal((STARTS_AROUND, objective.dim))
    if objective.dim != 2:
        raise LandscapeError("wrong_shape", owner="find_critical_points", name="window", expected=objective.dim, got=2)
    (a_lo, a_hi), (b_lo, b_hi) = window
    cells = np.stack(np.meshgrid(np.arange(STARTS_A_SIDE), np.arange(STARTS_A_SIDE)), axis=-1).reshape(-1, 2)
    shares = (cells + generator.random(cells.shape)) / STARTS_A_SIDE
    return np.array([a_lo, b_lo]) + shares * np.array([a_hi - a_lo, b_hi - b_lo])


def _inside(theta: np.ndarray, window: Window | None) -> bool:
    return window is None or all(lo <= t <= hi for t, (lo, hi) in zip(theta, window, strict=True))


def _polish(objective: Objective, start: np.ndarray, extent: float, typical: float) -> np.ndarray | None:
    """Return the critical point to which Levenberg-Marquardt converges from `start`, or None."""
    # x_scale 1: by default SciPy scales steps by the norms of the Hessian's columns, and leaves flat regions for other basins.
    options = {"method": "lm", "x_scale": 1.0, "xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": MOST_EVALUATIONS}
    try:
        theta = least_squares(objective.gradient, start, jac=lambda t: dense_hessian(objective, t), **options).x
    except ValueError:  # raised by SciPy where the gradient is not finite: the iteration has diverged
        return None
    hessian, gradient = dense_hessian(objective, theta), objective.gradient(theta)
    if not (np.isfinite(hessian).all() and np.isfinite(gradient).all()):
        return None
    step = np.linalg.lstsq(hessian, gradient, rcond=RANK)[0]
    near = STEP_TOLERANCE * extent
    # The Newton step leaves the gradient's component in the null space of the Hessian: if that is not zero, the point is not critical.
    slope_left = np.linalg.norm(gradient - hessian @ step)
    if np.linalg.norm(step) > near or slope_left > near * np.abs(hessian).max():
        return None
    return None if _flat_around(objective, theta, extent, typical) else theta


def _flat_around(objective: Objective, theta: np.ndarray, extent: float, typical: float) -> bool:
    """Return whether the Hessian is zero, to rounding, at `theta` and on both sides of it: a plateau, without isolated critical points."""
    aside = NEARBY * extent / np.sqrt(objective.dim)
    rounding = 1e-14 * typical
    return all(np.abs(dense_hessian(objective, theta + shift)).max() <= rounding for shift in (0.0, aside, -aside))
