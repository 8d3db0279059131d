"""Three ways down a curve of one parameter: the narrowing interval, the points, Newton's parabola, and the errors step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.morph import Frames
from figures.places import gapped
from figures.reach import log_axis

POINTS = 201
# Bisection is no optimizer of the catalogue: it has the look of a first other rate.
LOOKS = ("rate 1", "gd", "newton")
# Errors below this are rounding, and drawn nowhere.
DEEPEST = 1e-17
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}}
# Shares of the height: of the room above and below the curve, and of the interval below it.
ROOM, BELOW = 0.18, 0.09


def ways_down(corner: Any, steps: int, labels: Sequence[str], *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the curve of `corner` (Corner) with its interval, the points of the three `labels` and the parabola at Newton's; and the
    frames of the steps 0 to `steps`.
    """
    low, high = corner.shape.window
    xs = np.linspace(low, high, POINTS)
    heights = corner.curve.values(xs[:, None])
    span = float(np.ptp(heights))
    bottom, top = float(heights.min()) - ROOM * span, float(heights.max()) + ROOM * span / 2
    curve = style.trace(
        "scatter", x=xs, y=heights, mode="lines", line={"color": style.INK, "width": 2.4}, name="f", showlegend=False,
        hovertemplate=style.hover("x %{x:.3~g}", "f %{y:.3~g}"),
    )  # fmt: skip
    level = bottom + BELOW * span
    frames = [_frame(corner, step, xs, level, bottom, top) for step in range(steps + 1)]
    last = frames[-1]
    parabola = style.trace(
        "scatter", **last[1], mode="lines", line={"color": style.style_of("newton").color, "width": 1.8, "dash": "6px,4px"},
        name=words["parabola"], hoverinfo="skip",
    )  # fmt: skip
    look = style.style_of(LOOKS[0])
    interval = style.trace(
        "scatter", **last[2], mode="lines+markers", line={"color": look.color, "width": 4}, name=words["interval"],
        marker={"symbol": "line-ns-open", "size": 16, "color": look.color, "line": {"width": 3}},
        hovertemplate=style.hover("x %{x:.6~g}", title=words["interval"]),
    )  # fmt: skip
    points = [_point(name, label, last[3 + k]) for k, (name, label) in enumerate(zip(LOOKS, labels, strict=True))]
    figure = style.figure(
        [curve, parabola, interval, *points],
        margin={"l": 52, "r": 12, "t": 40, "b": 44},
        xaxis=style.axis("x", range=[low, high]),
        yaxis=style.axis("f(x)", range=[bottom, top]),
        showlegend=True,
        legend=LEGEND,
    )
    return figure, frames


def _frame(corner: Any, step: int, xs: np.ndarray, level: float, bottom: float, top: float) -> dict[int, dict[str, object]]:
    at = min(step, len(corner.newton) - 1)
    x, f, slope, bend = (float(values[at]) for values in (corner.newton.thetas[:, 0], corner.newton.losses, corner.slopes, corner.bends))
    with np.errstate(over="ignore", invalid="ignore"):
        parabola = f + slope * (xs - x) + bend / 2 * (xs - x) ** 2
    px, py = gapped(xs, parabola, keep=(parabola > bottom - 1) & (parabola < top + 1))
    down = min(step, len(corner.descent) - 1)
    middle = float(corner.halved.middles[step])
    fallen = float(corner.descent.thetas[down, 0])
    return {
        1: {"x": px, "y": py},
        2: {"x": [float(corner.halved.low[step]), float(corner.halved.high[step])], "y": [level, level]},
        3: _at(middle, float(corner.curve.values(np.array([[middle]]))[0])),
        4: _at(fallen, float(corner.descent.losses[down])),
        5: _at(x, f),
    }


def _at(x: float, y: float) -> dict[str, object]:
    (there,), (height,) = gapped(np.array([x]), np.array([y]))
    return {"x": [there], "y": [height]}


def _point(name: str, label: str, place: Mapping[str, object]) -> style.Trace:
    look = style.style_of(name)
    return style.trace(
        "scatter", **place, mode="markers", name=label,
        marker={"symbol": look.symbol, "size": 14, "color": look.color, "line": {"color": "#ffffff", "width": 2}},
        hovertemplate=style.hover("x %{x:.6~g}", "f %{y:.6~g}", title=label),
    )  # fmt: skip


def error_curves(errors: Sequence[np.ndarray], labels: Sequence[str], steps: int, *, words: Mapping[str, str]) -> go.Figure:
    """Return the `errors` of the three by step on a logarithmic axis."""
    lines, seen = [], [1.0]
    for name, label, error in zip(LOOKS, labels, errors, strict=True):
        look, fine = style.style_of(name), np.isfinite(error) & (error > DEEPEST)
        (y,) = gapped(error, keep=fine)
        seen += error[fine & (error < 1e3)].tolist()
        lines.append(
            style.trace(
                "scatter", x=list(range(len(error))), y=y, mode="lines+markers", name=label,
                line={"color": look.color, "width": 2, "dash": look.dash}, marker={"symbol": look.symbol, "size": 6},
                hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['error']} %{{y:.2e}}", title=label),
            )
        )  # fmt: skip
    reach = log_axis(min(seen) / 3, 3 * max(seen))
    return style.figure(
        lines,
        margin={"l": 62, "r": 12, "t": 40, "b": 44},
        xaxis=style.axis(words["step"], range=[0, steps]),
        yaxis=style.axis(words["error"], **reach | {"tickformat": ".0e", "exponentformat": "e"}),
        showlegend=True,
        legend=LEGEND,
    )
