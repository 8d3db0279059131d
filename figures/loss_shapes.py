"""Loss shapes: losses and their derivatives over the residual or the margin, with jumps as jumps and Dirac deltas as arrows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style

# Traces that each loss has in a picture: its line, and the arrows of its deltas.
TRACES = 2
# The end of a line's values on one side that counts, so that a pole does not; and how many times the middle one of these ends an axis
# reaches at most, so that one steep loss does not flatten the others; it does for an arrow that is so many times as high.
COUNTED, MOST_REACHED, MOST_FOR_ARROWS = 0.97, 1.6, 5.0
ROOM = 0.08


def loss_shapes(lines: Sequence[Any], usual: Sequence[Any], part: str, *, words: Mapping[str, str]) -> go.Figure:
    """Return the figure of one `part` of `lines`, each with a `name`, a `label` and a `curve` (LossCurve).

    The height of the axis is at least that of the `usual` curves, so that it mostly stays while a parameter changes. words["across"] names
    the x axis, words["part"] that of y.
    """
    ends = [reach([curve.parts[part] for curve in curves]) for curves in (usual, [line.curve for line in lines])]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    span = lines[0].curve.parts[part].x
    return style.figure(
        [trace for line in lines for trace in _line(line, part, words)],
        margin={"l": 44, "r": 8, "t": 8, "b": 36},
        xaxis=style.axis(words["across"], range=[float(span[0]), float(span[-1])], zeroline=True),
        yaxis=style.axis(range=[low, high], zeroline=True),
    )


def change_of(curve: Any, part: str) -> tuple[dict[str, object], dict[str, object]]:
    """Return what the two traces of a loss have at `curve` (LossCurve), as `Plotly.restyle` names it."""
    broken = curve.parts[part]
    line = {"x": broken.x.astype(np.float32), "y": style.drawn(broken.y).astype(np.float32)}
    arrows: dict[str, list] = {"x": [], "y": [], "marker.size": [], "marker.symbol": []}
    for place, weight in broken.deltas.tolist():
        arrows["x"] += [place, place, None]
        arrows["y"] += [0.0, weight, None]
        arrows["marker.size"] += [0, 11, 0]
        arrows["marker.symbol"] += ["circle", "triangle-up" if weight > 0 else "triangle-down", "circle"]
    return line, arrows


def reach(parts: Sequence[Any]) -> tuple[float, float]:
    """Return (low, high) of an axis for these functions (Broken), zero and their deltas among them."""
    low, high = (
        -_end([-part.y for part in parts], [-part.deltas[:, 1] for part in parts]),
        _end([part.y for part in parts], [part.deltas[:, 1] for part in parts]),
    )
    room = ROOM * (high - low) or 1.0
    return low - room, high + room


def _end(values: Sequence[np.ndarray], deltas: Sequence[np.ndarray]) -> float:
    """Return how far an axis reaches on the positive side."""
    above = [y[(y > 0) & np.isfinite(y)] for y in values]
    lines = [float(np.quantile(y, COUNTED)) for y in above if y.size]
    arrows = [float(d.max()) for d in deltas if (d > 0).any()]
    if not lines:
        return max(arrows, default=0.0)
    usual = float(np.median(lines))
    return max([min(max(lines), MOST_REACHED * usual), *(height for height in arrows if height <= MOST_FOR_ARROWS * usual)])


def _line(line: Any, part: str, words: Mapping[str, str]) -> list[style.Trace]:
    look, (curve, arrows) = style.loss_style(line.name), change_of(line.curve, part)
    hover = style.hover(f"{words['across']} %{{x:.3~g}}", f"{words['part']} %{{y:.3~g}}", title=line.label)
    delta = style.hover(f"{words['across']} %{{x:.3~g}}", f"{words['delta']} %{{y:.3~g}}", title=line.label)
    marker = {"color": look.color, "size": arrows.pop("marker.size"), "symbol": arrows.pop("marker.symbol")}
    return [
        style.trace(
            "scatter", **curve, mode="lines", line={"color": look.color, "width": 2.2, "dash": look.dash}, name=line.label,
            hovertemplate=hover,
        ),
        style.trace(
            "scatter", **arrows, mode="lines+markers", line={"color": look.color, "width": 2.2}, marker=marker, name=line.label,
            hovertemplate=delta, meta={"role": "delta"},
        ),
    ]  # fmt: skip
