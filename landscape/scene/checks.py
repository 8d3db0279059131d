"""Checks: the slopes that known data must give, found once by other means, so that a page can say that its own agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_LINE = np.arange(10.0)


@dataclass(frozen=True, eq=False)
class Check:
    """Slopes by estimator that these points (n, 2) must give to `digits` decimals, with these settings of the scene."""

    points: np.ndarray
    slopes: Mapping[str, float]
    settings: Mapping[str, object]
    digits: int = 3


def _with_last(y: float) -> np.ndarray:
    return np.stack([_LINE, np.append(_LINE[:-1], y)], axis=1)


_FIXED = {"delta": 1.0, "c": 4.685, "q": 0.9, "scale": "fixed", "start": "ols"}
# Ten points on a line; the last one 30 and 1000 higher; and an eleventh far to the right. Squared error: 1 + k 4.5 / 82.5. Of the line of
# least squares through an outlier of 1000, no point is within reach of Tukey's loss, which stays there.
CHECKS = (
    Check(_with_last(9.0), dict.fromkeys(("mse", "mae", "huber", "log_cosh", "quantile", "tukey"), 1.0), _FIXED),
    Check(
        _with_last(39.0),
        {"mse": 1 + 135 / 82.5, "mae": 1.0, "huber": 13 / 12, "log_cosh": 1.0869, "quantile": 13 / 3, "tukey": 1.0},
        _FIXED,
    ),
    Check(_with_last(1009.0), {"mse": 1 + 4500 / 82.5, "mae": 1.0, "huber": 13 / 12}, _FIXED),
    Check(np.concatenate([_with_last(9.0), [[30.0, 0.0]]]), {"mae": -2 / 13, "huber": -20 / 169, "tukey": -0.07596}, _FIXED),
)


def check_of(points: np.ndarray, settings: Mapping[str, object]) -> Check | None:
    """Return the check of these points (n, 2) with these settings, None where there is none."""
    for check in CHECKS:
        if check.points.shape == points.shape and np.array_equal(check.points, points) and dict(settings) == dict(check.settings):
            return check
    return None
