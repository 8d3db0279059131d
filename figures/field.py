"""Arrows over a map: which way, and roughly how far, a method steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from figures.places import Window

# The longest arrow, as a share of the room of one; its head's sides, as a share of the arrow; and how far they spread.
LONGEST, HEAD, SPREAD = 0.86, 0.36, 0.55
LIGHT = "rgba(255,255,255,0.62)"


def arrows(field: Any, window: Window) -> style.Trace:
    """Return the steps of `field` (a, b, da, db, with lengths up to 1) as one line with gaps; their directions are true on the map."""
    low, size = (np.array([side[0] for side in window]), np.array([side[1] - side[0] for side in window]))
    places = (np.stack([field.a, field.b], axis=1) - low) / size
    lengths = np.hypot(field.da, field.db)[:, None]
    ways = np.stack([field.da, field.db], axis=1) / size
    norms = np.linalg.norm(ways, axis=1, keepdims=True)
    ways = np.divide(ways, norms, out=np.zeros_like(ways), where=norms > 0) * lengths * LONGEST / _a_side(field)
    across = np.stack([-ways[:, 1], ways[:, 0]], axis=1)
    tails, tips = places - ways / 2, places + ways / 2
    barbs = [tips - HEAD * (ways + sign * SPREAD * across) for sign in (1, -1)]
    gap = np.full_like(tips, np.nan)
    lines = low + size * np.stack([tails, tips, gap, barbs[0], tips, barbs[1], gap], axis=1).reshape(-1, 2)
    x, y = ([None if np.isnan(value) else float(f"{value:.5g}") for value in column] for column in lines.T)
    return style.trace(
        "scatter", x=x, y=y, mode="lines", line={"color": LIGHT, "width": 1.3}, hoverinfo="skip", meta={"role": "field"},
    )  # fmt: skip


def _a_side(field: Any) -> int:
    """Return how many arrows stand side by side."""
    return max(len(np.unique(field.a)), len(np.unique(field.b)), 1)
