"""Sharpness along: the largest eigenvalues of the Hessian along a trajectory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from landscape.curvature.lanczos import Krylov, lanczos
from landscape.curvature.spectrum import DENSE_UP_TO, top_eigenpairs
from landscape.descent.trajectory import Trajectory
from landscape.errors import Cancelled, require_made, require_whole
from landscape.objective import Objective, require_objective

# Relative residual of the followed eigenvalue; the number of products after which `top_eigenpairs` replaces the plain Lanczos run; and
# the norm of the random vector added to the last eigenvector, so that Lanczos finds another one whose eigenvalue has become larger.
FOLLOW_TOLERANCE = 1e-4
FOLLOW_STEPS = 40
NUDGE = 0.3


@dataclass(frozen=True, eq=False)
class SharpnessAlong:
    """The k largest eigenvalues of the Hessian along a run: at `steps` (n,), `eigenvalues` (n, k) descending with `residuals` (n, k).

    A row is NaN where theta or the Hessian is not finite, an entry where that pair did not converge.
    """

    steps: np.ndarray
    eigenvalues: np.ndarray
    residuals: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.steps, self.eigenvalues, self.residuals):
            array.setflags(write=False)


def sharpness_along(
    objective: Objective,
    trajectory: Trajectory,
    *,
    every: int = 1,
    k: int = 1,
    should_stop: Callable[[], bool] | None = None,
    report: Callable[[float], None] | None = None,
) -> SharpnessAlong:
    """Return the k largest eigenvalues of the full-data Hessian at every `every`-th point of a run, and at the last one.

    Cohen et al. 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability, plot these against 2 / lr. For k = 1
    and more than 150 parameters, Lanczos starts from the eigenvector of the previous point plus a random vector, and ends at a relative
    residual of 1e-4; that takes about half of the products of a random start. `report` is called with the finished share of the work,
    and `should_stop` before each product; `Cancelled` is raised where it returns True. Raises `LandscapeError` when `every` or `k` is below
    1.
    """
    require_made("sharpness_along", "trajectory", trajectory, Trajectory, "descend")
    require_objective("sharpness_along", objective)
    every = min(require_whole("sharpness_along", "every", every, 1, None), len(trajectory))
    k = min(require_whole("sharpness_along", "k", k, 1, None), objective.dim)
    steps = np.unique(np.r_[np.arange(0, len(trajectory), every), len(trajectory) - 1])
    eigenvalues, residuals = np.full((len(steps), k), np.nan), np.full((len(steps), k), np.nan)
    follow = Follower(objective, k, should_stop)
    for row, step in enumerate(steps):
        if should_stop is not None and should_stop():
            raise Cancelled
        if np.isfinite(trajectory.thetas[step]).all():
            found, missed = follow(trajectory.thetas[step])
            eigenvalues[row, : len(found)], residuals[row, : len(missed)] = found, missed
        if report is not None:
            report((row + 1) / len(steps))
    return SharpnessAlong(steps, eigenvalues, residuals)


class Follower:
    """theta -> the k largest eigenvalues and their residuals; for k = 1 Lanczos starts from the eigenvector of the previous call.

    `tolerance` is the residual, relative to the largest |eigenvalue|, at which Lanczos ends.
    """

    def __init__(
        self, objective: Objective, k: int = 1, should_stop: Callable[[], bool] | None = None, *, tolerance: float = FOLLOW_TOLERANCE
    ):
        self._objective, self._k, self._should_stop, self._enough = objective, k, should_stop, partial(_converged, tolerance=tolerance)
        self._last: np.ndarray | None = None
        # A fixed random stream, as in `top_eigenpairs`: the same bytes for the same run.
        self._generator = np.random.default_rng(0)

    def __call__(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self._last is not None:
            krylov = self._from_last(theta)
            if krylov.finite and self._enough(krylov):
                values, vectors, residuals = krylov.ritz()
                self._last = vectors[:, -1] @ krylov.basis
                return values[-1:], residuals[-1:]
        with np.errstate(over="ignore", invalid="ignore"):  # squares overflow where a run diverges
            top = top_eigenpairs(self._objective, theta, self._k, should_stop=self._should_stop)
        # For k > 1 eigenvalues may be equal, of which Lanczos from a single vector finds only one.
        following = self._k == 1 and self._objective.dim > DENSE_UP_TO and len(top.eigenvalues) and np.isfinite(top.eigenvalues).all()
        self._last = top.eigenvectors[:, 0] if following else None
        return top.eigenvalues, top.residuals

    def _from_last(self, theta: np.ndarray) -> Krylov:
        nudge = self._generator.standard_normal(len(theta))
        start = self._last + NUDGE * nudge / np.linalg.norm(nudge)
        rounding = torch.finfo(self._objective.dtype).eps
        product = self._objective.curvature(theta)
        return lanczos(product, start, FOLLOW_STEPS, rounding=rounding, enough=self._enough, should_stop=self._should_stop)


def _converged(krylov: Krylov, *, tolerance: float) -> bool:
    values, _, residuals = krylov.ritz()
    return bool(residuals[-1] <= tolerance * np.abs(values).max())
