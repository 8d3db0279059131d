"""The relief: a surface in three dimensions with the paths at their true losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.heights import LogHeight
from figures.places import OUTLINE, gapped, inside, marks_by_kind, window_of

CAMERA = {"eye": {"x": -1.1, "y": -1.34, "z": 1.3}, "center": {"x": 0, "y": 0, "z": -0.14}, "up": {"x": 0, "y": 0, "z": 1}}


def relief(surface: Any, paths: Sequence[Any] = (), marks: Sequence[Any] = (), *, words: Mapping[str, str], log: bool = False) -> go.Figure:
    """Draw `surface` (Surface) in 3-D, with `paths` (Path) and `marks` (Mark); `log` makes the height log10(loss - floor + offset).

    Colors are those of the contour. Heights above the drawn range are cut by the frame, not by changing values; a path is drawn at
    its own losses, so it may run above or below the surface, and has a gap wherever it leaves the frame.
    """
    scale = LogHeight.of(surface.values, [path.losses for path in paths])
    window = window_of(surface)
    height = scale.height if log else np.asarray
    low, high = _frame(surface, paths, window, scale, log)
    figure = go.Figure(layout=style.layout(margin={"l": 0, "r": 0, "t": 0, "b": 0}, scene=_scene(window, (low, high), scale, words, log)))
    figure.add_trace(_ground(surface, scale, words, log))
    for k, path in enumerate(paths):
        figure.add_traces(_path(k, path, height(path.losses), window, (low, high), words))
    figure.add_traces([_marks(*group, height=height, frame=(low, high), window=window, words=words) for group in marks_by_kind(marks, words)])
    return figure


def _frame(surface: Any, paths: Sequence[Any], window: Any, scale: LogHeight, log: bool) -> tuple[float, float]:
    """Return the heights between which is drawn: the surface's shown range, widened (at most doubled) to hold the paths."""
    low, high, _ = (scale.low, scale.high, scale.cut) if log else style.shown_range(surface.values)
    losses = [path.losses[inside(path, window) & np.isfinite(path.losses)] for path in paths]
    heights = np.concatenate([scale.height(loss) if log else loss for loss in losses]) if losses else np.empty(0)
    span = high - low
    if heights.size:
        low, high = max(min(low, float(heights.min())), low - span), min(max(high, float(heights.max())), high + span)
    return low - 0.02 * (high - low), high + 0.02 * (high - low)


def _scene(window: Any, frame: tuple[float, float], scale: LogHeight, words: Mapping[str, str], log: bool) -> dict[str, object]:
    plain = {"showbackground": False, "zeroline": False, "nticks": 5, "showspikes": False, "ticks": "", "exponentformat": "e"}
    upright = {"tickvals": scale.ticks(5)[0], "ticktext": scale.ticks(5)[1]} if log else {}
    return {
        "xaxis": {**plain, "title": {"text": words["a"]}, "range": list(window[0])},
        "yaxis": {**plain, "title": {"text": words["b"]}, "range": list(window[1])},
        "zaxis": {**plain, **upright, "title": {"text": words["loss"]}, "range": list(frame)},
        "aspectmode": "manual", "aspectratio": {"x": 1, "y": 1, "z": 0.7}, "camera": CAMERA, "dragmode": "turntable", "uirevision": "kept",
    }  # fmt: skip


def _ground(surface: Any, scale: LogHeight, words: Mapping[str, str], log: bool) -> go.Surface:
    color = style.drawn(scale.height(surface.values))
    return go.Surface(
        x=surface.a, y=surface.b, z=color if log else style.drawn(surface.values), surfacecolor=color, customdata=style.drawn(surface.values),
        cmin=scale.low, cmax=scale.high, cauto=False, colorscale=style.colorscale(), showscale=False, connectgaps=False,
        lighting={"ambient": 0.72, "diffuse": 0.5, "specular": 0.12, "roughness": 0.75, "fresnel": 0.05}, lightposition={"x": -400, "y": -600, "z": 1500},
        contours={axis: {"highlight": False} for axis in "xyz"},
        hovertemplate=f"{words['a']} %{{x:.3~g}}<br>{words['b']} %{{y:.3~g}}<br>{words['loss']} %{{customdata:.3~g}}<extra></extra>",
        meta={"role": "ground"},
    )  # fmt: skip


def _path(k: int, path: Any, heights: np.ndarray, window: Any, frame: tuple[float, float], words: Mapping[str, str]) -> list[go.Scatter3d]:
    look = style.style_of(path.optimizer)
    a, b, z = gapped(path.a, path.b, heights, keep=inside(path, window) & (heights >= frame[0]) & (heights <= frame[1]))
    losses = [style.number(float(loss)) for loss in path.losses]
    hover = f"<b>{path.label}</b><br>{words['step']} %{{customdata[0]}}<br>{words['a']} %{{x:.3~g}}<br>{words['b']} %{{y:.3~g}}<br>" \
            f"{words['loss']} %{{customdata[1]}}<extra></extra>"  # fmt: skip
    casing = go.Scatter3d(
        x=a, y=b, z=z, mode="lines", line={"color": "#ffffff", "width": 8.5}, hoverinfo="skip", meta={"role": "path", "path": k},
    )  # fmt: skip
    line = go.Scatter3d(
        x=a, y=b, z=z, mode="lines", line={"color": look.color, "width": 6.5}, name=path.label,
        customdata=[[step, loss] for step, loss in enumerate(losses)], hovertemplate=hover, meta={"role": "path", "path": k},
    )  # fmt: skip
    head = go.Scatter3d(
        x=a[-1:], y=b[-1:], z=z[-1:], mode="markers", hoverinfo="skip", meta={"role": "head", "path": k},
        marker={"color": look.color, "symbol": look.symbol3d, "size": 7, "line": {"color": "#ffffff", "width": 2}},
    )  # fmt: skip
    return [casing, line, head]


def _marks(
    sign: Any, slice_only: bool, name: str, marks: Sequence[Any], *, height: Any, frame: tuple[float, float], window: Any, words: Mapping[str, str]
) -> go.Scatter3d:
    values = height(np.array([float(mark.value) for mark in marks]))
    a, b = (np.array([float(getattr(mark, side)) for mark in marks]) for side in "ab")
    (a_lo, a_hi), (b_lo, b_hi) = window
    keep = (a >= a_lo) & (a <= a_hi) & (b >= b_lo) & (b <= b_hi) & (values >= frame[0]) & (values <= frame[1])
    x, y, z = gapped(a, b, values, keep=keep)
    return go.Scatter3d(
        x=x, y=y, z=z, mode="markers", name=name, meta={"role": "mark"},
        marker={"symbol": sign.symbol3d, "size": sign.size * 0.6, "color": sign.color, "opacity": 0.55 if slice_only else 1,
                "line": {"color": OUTLINE, "width": 1.5}},
        customdata=[[mark.label, style.number(float(mark.value))] for mark in marks],
        hovertemplate=f"<b>%{{customdata[0]}}</b><br>{words['a']} %{{x:.3~g}}<br>{words['b']} %{{y:.3~g}}<br>{words['loss']} %{{customdata[1]}}<extra></extra>",
    )  # fmt: skip
