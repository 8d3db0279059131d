"""The contour map of a surface, with paths and critical points; levels of a loss are log-spaced above its minimum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.field import arrows
from figures.heights import Height, height_of
from figures.numbers import number
from figures.places import OUTLINE, Sign, Window, gapped, mark_hover, mark_notes, marks_by_kind, outline, reined, window_of

LEVELS = 18
# Most grid cells crossed by contour lines. Plotly traces lines from cell to cell, in more than linear time: a second for the Rastrigin
# function on 201 x 201 points (30 000 crossings), 45 s for noise there (130 000).
MOST_CROSSINGS = 40_000


def contour(
    surface: Any,
    paths: Sequence[Any] = (),
    marks: Sequence[Any] = (),
    *,
    words: Mapping[str, str],
    shows: str = "loss",
    within: np.ndarray | None = None,
    field: Any = None,
) -> go.Figure:
    """Return the contour map of `surface` (Surface), with `paths` (Path) and `marks` (Mark); `shows` names the quantity of its values.

    Where contour lines would cross more than `MOST_CROSSINGS` cells, the map is a heatmap in the same colors. The trace's z is a height,
    for a loss log10(loss - floor + offset), and its customdata the true values; the colorbar has ticks at true values. For signed
    quantities the color scale is centered at zero, and the zero contour is drawn. `within` (n, nx) are the values whose range is drawn
    where they are not the surface's own, as those of all frames of a film. `field` (Field) is drawn as arrows under the paths.
    """
    scale = height_of(shows, surface.values if within is None else within)
    window = window_of(surface)
    ground = _ground(surface, scale, words, shows)
    steps = [] if field is None else [arrows(field, window)]
    lines = [trace for k, path in enumerate(paths) for trace in _path(k, path, window, words)]
    points = [_marks(*group, words=words) for group in marks_by_kind(marks, words)]
    return style.figure(
        [*ground, *steps, *lines, *points],
        margin={"l": 56, "r": 8, "t": 10, "b": 44},
        xaxis=style.axis(words["a"], range=list(window[0]), showgrid=False),
        yaxis=style.axis(words["b"], range=list(window[1]), showgrid=False),
        dragmode=False,
    )


def _ground(surface: Any, scale: Height, words: Mapping[str, str], shows: str) -> list[style.Trace]:
    places, labels = scale.ticks()
    heights = scale.height(surface.values)
    smooth = crossings(heights, scale) <= MOST_CROSSINGS
    kind, lines = ("contour", _lines(scale)) if smooth else ("heatmap", {})
    ground = style.trace(
        kind, x=surface.a, y=surface.b, z=style.drawn(heights), customdata=style.drawn(surface.values),
        zmin=scale.low, zmax=scale.high, zauto=False, **lines, colorscale=style.colorscale(scale.signed), connectgaps=False,
        colorbar={"title": {"text": words[shows], "side": "right"}, "tickvals": places, "ticktext": labels, "ticks": "",
                  "thickness": 10, "outlinewidth": 0, "len": 1, "y": 0.5, "x": 1.01, "xpad": 4, "ypad": 0,
                  "ticklabeloverflow": "allow"},  # they have their room; to measure each takes Plotly a fifth of a drawing
        hovertemplate=style.hover(f"{words['a']} %{{x:.3~g}}", f"{words['b']} %{{y:.3~g}}", f"{words[shows]} %{{customdata:.3~g}}"),
        meta={"role": "ground"},
    )  # fmt: skip
    return [ground, _zero(ground)] if scale.signed and smooth else [ground]


def _zero(ground: style.Trace) -> style.Trace:
    """Return the zero contour of a signed quantity."""
    return style.trace(
        "contour",
        x=ground["x"], y=ground["y"], z=ground["z"], autocontour=False, contours={"start": 0, "end": 0, "size": 1, "coloring": "none"},
        line={"width": 2.2, "color": OUTLINE}, connectgaps=False, showscale=False, hoverinfo="skip", meta={"role": "zero"},
    )  # fmt: skip


def crossings(heights: np.ndarray, scale: Height) -> int:
    """Return how often contour lines cross grid lines: the number of levels between neighboring points, summed."""
    levels = np.floor((np.clip(heights, scale.low, scale.high) - scale.low) / (scale.high - scale.low) * LEVELS)
    return int(sum(np.nansum(np.abs(np.diff(levels, axis=axis))) for axis in (0, 1)))


def _lines(scale: Height) -> dict[str, object]:
    levels = {"start": scale.low, "end": scale.high, "size": (scale.high - scale.low) / LEVELS, "coloring": "fill"}
    color = "rgba(0,0,0,0.22)" if scale.signed else "rgba(255,255,255,0.38)"
    return {"autocontour": False, "contours": levels, "line": {"width": 0.6, "color": color}}


def _path(k: int, path: Any, window: Window, words: Mapping[str, str]) -> list[style.Trace]:
    look = style.style_of(path.optimizer)
    a, b = gapped(*reined((path.a, path.b), window))
    losses = [number(float(loss)) for loss in path.losses]
    place = (f"{words['a']} %{{x:.3~g}}", f"{words['b']} %{{y:.3~g}}")
    hover = style.hover(f"{words['step']} %{{pointNumber}}", *place, f"{words['loss']} %{{customdata}}", title=path.label)
    casing = style.trace(
        "scatter",
        x=a, y=b, mode="lines", line={"color": "rgba(255,255,255,0.85)", "width": 4.6}, hoverinfo="skip", meta={"role": "path", "path": k},
    )  # fmt: skip
    line = style.trace(
        "scatter",
        x=a, y=b, mode="lines", line={"color": look.color, "width": 2.6, "dash": look.dash}, customdata=losses, hovertemplate=hover,
        name=path.label, meta={"role": "path", "path": k},
    )  # fmt: skip
    head = style.trace(
        "scatter", x=a[-1:], y=b[-1:], mode="markers", hoverinfo="skip", meta={"role": "head", "path": k},
        marker={"color": look.color, "symbol": look.symbol, "size": 12, "line": {"color": "#ffffff", "width": 2}},
    )  # fmt: skip
    return [casing, line, head]


def _marks(sign: Sign, slice_only: bool, name: str, marks: Sequence[Any], *, words: Mapping[str, str]) -> style.Trace:
    return style.trace(
        "scatter",
        x=[float(mark.a) for mark in marks], y=[float(mark.b) for mark in marks], mode="markers", name=name, meta={"role": "mark"},
        marker={"symbol": sign.symbol, "size": sign.size, "color": style.CLEAR if slice_only else sign.color,
                "line": {"color": sign.color if slice_only else OUTLINE, "width": outline(sign)}},
        customdata=mark_notes(marks),
        hovertemplate=mark_hover(name, words),
    )  # fmt: skip
