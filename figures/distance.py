"""The distance of each path from the plane, by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.places import gapped
from figures.reach import FOLLOWED, before, farewells, last_step, linear_axis, linear_reach


def distance(paths: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Return the figure of the distance of `paths` (Path) from the plane by step, in units of theta; of runs that left, the first steps."""
    low, high = _reach(paths)
    return style.figure(
        [_line(path, words) for path in paths],
        xaxis=style.axis(words["step"], **linear_axis(0, last_step(paths))),
        yaxis=style.axis(words["distance"], **linear_axis(low, high)),
        annotations=farewells([(path, path.distance) for path in paths], low, high, words),
    )


def _line(path: Any, words: Mapping[str, str]) -> style.Trace:
    look = style.style_of(path.optimizer)
    (y,) = gapped(path.distance)
    return style.trace(
        "scatter", y=y, mode="lines", line={"color": look.color, "width": 2, "dash": look.dash}, name=path.label,
        hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['distance']} %{{y:.3~g}}", title=path.label),
    )  # fmt: skip


def _reach(paths: Sequence[Any]) -> tuple[float, float]:
    """Return the ends of an axis from 0; distances that are rounding errors of a path in the plane are not magnified."""
    largest, early = (_largest(cut(path, path.distance) for path in paths) for cut in (lambda _, values: values, before))
    reach = _largest(before(path, side) for path in paths for side in (path.a, path.b))
    if largest <= 1e-9 * max(reach, 1.0):
        return 0.0, 1.0
    return linear_reach(0.0, min(largest, FOLLOWED * max(early, reach)))


def _largest(parts: Any) -> float:
    sizes = np.abs(np.concatenate([np.zeros(1), *parts]))
    return float(sizes[np.isfinite(sizes)].max())
