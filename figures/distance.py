"""How far each path is off the plane, by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from figures import style
from figures.curves import CURSOR, last_step
from figures.places import gapped


def distance(paths: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Draw the distance to the plane of each of `paths` (Path) by step, in the units of theta."""
    lines = [_line(path, words) for path in paths]
    axes = {"xaxis": style.axis(words["step"], range=[0, last_step(paths)]), "yaxis": style.axis(words["distance"], **_range(paths))}
    return style.figure(lines, **axes, meta=CURSOR)


def _line(path: Any, words: Mapping[str, str]) -> style.Trace:
    look = style.style_of(path.optimizer)
    (y,) = gapped(path.distance)
    return style.trace(
        "scatter", y=y, mode="lines", line={"color": look.color, "width": 2, "dash": look.dash}, name=path.label,
        hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['distance']} %{{y:.3~g}}", title=path.label),
    )  # fmt: skip


def _range(paths: Sequence[Any]) -> dict[str, object]:
    """Return an axis from 0; rounding errors of a path that lies in the plane must not be blown up to the panel's height."""
    largest = max([0.0, *(value for path in paths for value in path.distance.tolist() if abs(value) < float("inf"))])
    reach = max([0.0, *(abs(value) for path in paths for value in (*path.a.tolist(), *path.b.tolist()) if abs(value) < float("inf"))])
    return {"range": [0, 1]} if largest <= 1e-9 * max(reach, 1.0) else {"rangemode": "tozero"}
