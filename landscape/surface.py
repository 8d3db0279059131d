"""Surface: an objective sampled on a window of a plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from landscape.errors import Cancelled, LandscapeError, require_range
from landscape.objective import Objective
from landscape.plane import Plane, Window

# Points between two looks at Cancel, and the numbers that their parameter vectors may hold together (32 MB).
POINTS_A_TURN = 256
SLOW_POINTS_A_TURN = 8
NUMBERS_A_TURN = 2**22


@dataclass(frozen=True, eq=False)
class Surface:
    """Loss values on a grid: `values[j, i]` (ny, nx) belongs to `a[i]` (nx,) and `b[j]` (ny,).

    `error` (ny, nx) bounds |value - true value| (zero where evaluated exactly); `evaluations` counts objective evaluations.
    NaN and infinite losses are kept as they are.
    """

    a: np.ndarray
    b: np.ndarray
    values: np.ndarray
    error: np.ndarray
    evaluations: int

    def __post_init__(self) -> None:
        for array in (self.a, self.b, self.values, self.error):
            array.setflags(write=False)


def sample_surface(
    objective: Objective,
    plane: Plane,
    window: Window,
    *,
    resolution: int | tuple[int, int] = 101,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Surface:
    """Evaluate `objective` at every point of an nx x ny grid over `window` = ((a_lo, a_hi), (b_lo, b_hi)) of `plane`.

    `resolution` is n or (nx, ny), the ends of the window included. `report` hears the finished share; `should_stop` may end it with
    `Cancelled`. Raises `LandscapeError` for a window that is empty or not finite, or fewer than two points a side.
    """
    nx, ny = np.broadcast_to(resolution, 2).tolist()
    for name, count in (("nx", nx), ("ny", ny)):
        require_range("sample_surface", name, count, 2, 10_000)
    for lo, hi in window:
        if not (np.isfinite(lo) and np.isfinite(hi) and lo < hi):
            raise LandscapeError("no_window", owner="sample_surface", got=window)
    a, b = (np.linspace(lo, hi, count) for (lo, hi), count in zip(window, (nx, ny), strict=True))
    values = np.empty(ny * nx)
    most = POINTS_A_TURN if objective.at_once > 1 else SLOW_POINTS_A_TURN
    turn = max(1, min(most, NUMBERS_A_TURN // objective.dim))
    for first in range(0, nx * ny, turn):
        if should_stop is not None and should_stop():
            raise Cancelled
        points = np.arange(first, min(first + turn, nx * ny))
        values[points] = objective.values(plane.embed(a[points % nx], b[points // nx]))
        if report is not None:
            report((points[-1] + 1) / (nx * ny))
    return Surface(a, b, values.reshape(ny, nx), np.zeros((ny, nx)), nx * ny)
