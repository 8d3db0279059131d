"""The relief: a 3-D surface, with paths at their true losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.heights import EvenHeight, Height, height_of
from figures.numbers import number
from figures.places import OUTLINE, Sign, Window, gapped, inside, mark_hover, mark_notes, marks_by_kind, outline, reined, window_of

Frame = tuple[float, float, bool]  # (low, high, cut): the range of heights, and whether the surface exceeds it
# Camera position, as close as the axis titles permit.
EYE = {"x": -1.06, "y": -1.29, "z": 1.24}
# Shift of the box to the right of the center, which leaves room for the title of the height axis, and upward.
RIGHTWARD, UPWARD = 0.09, 0.1
# If the linear trend along an axis explains this share of the variance, the camera is on the low side: from the high one, the surface would
# hide its lower part.
TILTED = 0.3
# Largest extension of the height range for paths and marks on either side, as a share of it; beyond they are clipped.
MOST_ROOM = 0.3
# Scale of symbol sizes: Plotly's WebGL symbols are larger than its SVG symbols of the same size.
SIGN_SCALE = 0.42


def relief(
    surface: Any,
    paths: Sequence[Any] = (),
    marks: Sequence[Any] = (),
    *,
    words: Mapping[str, str],
    log: bool = False,
    shows: str = "loss",
    within: np.ndarray | None = None,
) -> go.Figure:
    """Return the 3-D figure of `surface` (Surface), `paths` (Path) and `marks` (Mark); with `log`, z is log10(loss - floor + offset).

    `shows` names the quantity of the surface's values; the axis title is the word "<shows>.short" if given, since a phone cuts off long
    ones. Paths and marks can be drawn on a surface of the loss only. Colors are those of the contour map. Values above the height range are
    clipped by the frame, not changed; paths are drawn at their own losses, which may be above or below the surface, and clipped at the
    frame. `within` (n, nx) are the values whose range is drawn where they are not the surface's own, as those of all frames of a film.
    """
    within = surface.values if within is None else within
    scale = height_of(shows, within)
    log = log and not isinstance(scale, EvenHeight)
    window = window_of(surface)
    height = scale.height if log else np.asarray
    frame = _frame(within, paths, marks, window, scale, log)
    ground = _ground(surface, scale, frame, words, log, shows)
    lines = [trace for k, path in enumerate(paths) for trace in _path(k, path, height(path.losses), window, frame, words)]
    points = [_marks(*group, height=height, frame=frame, window=window, words=words) for group in marks_by_kind(marks, words)]
    camera = _camera(np.clip(height(surface.values), *frame[:2]))
    scene = {**_scene(window, frame, scale, words, log, shows), "camera": camera}
    return style.figure([ground, *lines, *points], margin={"l": 0, "r": 0, "t": 0, "b": 0}, scene=scene)


def _frame(values: np.ndarray, paths: Sequence[Any], marks: Sequence[Any], window: Window, scale: Height, log: bool) -> Frame:
    """Return the range of heights of a surface's `values`, extended for paths and marks by at most `MOST_ROOM` of it on either side."""
    if isinstance(scale, EvenHeight):
        low, high, cut = *scale.shown(values), scale.cut
    else:
        low, high, cut = (scale.low, scale.high, scale.cut) if log else style.shown_range(values)
    losses = np.concatenate([np.array([mark.value for mark in marks]), *(path.losses[inside(path, window)] for path in paths)])
    losses = losses[np.isfinite(losses)]
    heights, room = scale.height(losses) if log else losses, MOST_ROOM * (high - low)
    low, high = (max(min(low, heights.min(initial=low)), low - room), min(max(high, heights.max(initial=high)), high + room))
    return float(low - 0.02 * (high - low)), float(high + 0.02 * (high - low)), cut


def _camera(heights: np.ndarray) -> dict[str, object]:
    """Return the camera, above a corner of the window: the low one where the surface has a linear trend."""
    eye, known = dict(EYE), np.isfinite(heights)
    if known.any() and np.ptp(heights[known]) > 0:
        for side, ramp in zip("xy", np.indices(heights.shape)[::-1], strict=True):
            if np.ptp(ramp[known]) > 0 and np.corrcoef(ramp[known], heights[known])[0, 1] < -math.sqrt(TILTED):
                eye[side] = -eye[side]
    left = RIGHTWARD / math.hypot(eye["x"], eye["y"])
    center = {"x": left * eye["y"], "y": -left * eye["x"], "z": -UPWARD}
    return {"eye": eye, "center": center, "up": {"x": 0, "y": 0, "z": 1}}


def _scene(window: Window, frame: Frame, scale: Height, words: Mapping[str, str], log: bool, shows: str) -> dict[str, object]:
    plain = {"showbackground": False, "zeroline": False, "showspikes": False, "ticks": "", "exponentformat": "e"}
    sides = [
        {**plain, "title": {"text": words[name]}, "range": list(side), "tickvals": style.round_ticks(*side)}
        for name, side in zip("ab", window, strict=True)
    ]
    title = words.get(f"{shows}.short", words[shows])
    return {
        "xaxis": sides[0], "yaxis": sides[1],
        "zaxis": {**plain, **_upright(frame, scale, log), "title": {"text": title}, "range": [frame[0], frame[1]]},
        "aspectmode": "manual", "aspectratio": {"x": 1, "y": 1, "z": 0.7}, "dragmode": "turntable", "uirevision": "kept",
    }  # fmt: skip


def _upright(frame: Frame, scale: Height, log: bool) -> dict[str, object]:
    """Return the ticks of the height axis, labelled with true values; the top label has a ≥ where the surface exceeds the frame."""
    if log:
        places, labels = scale.ticks(5)
        return {"tickvals": places[1:], "ticktext": labels[1:]}
    low, high, cut = frame
    places = [place for place in style.round_ticks(low, high) if not cut or high - place > 0.1 * (high - low)]
    labels = [number(place) for place in places]
    if cut:
        places, labels = [*places, high], [*labels, f"≥ {number(high)}"]
    return {"tickvals": places, "ticktext": labels}


def _ground(surface: Any, scale: Height, frame: Frame, words: Mapping[str, str], log: bool, shows: str) -> style.Trace:
    color, true = style.drawn(scale.height(surface.values)), style.drawn(surface.values)
    return style.trace(
        "surface",
        x=surface.a, y=surface.b, z=color if log else _resolvable(true, frame), surfacecolor=None if log else color, customdata=true,
        cmin=scale.low, cmax=scale.high, cauto=False, colorscale=style.colorscale(scale.signed), showscale=False, connectgaps=False,
        lighting={"ambient": 0.72, "diffuse": 0.5, "specular": 0.12, "roughness": 0.75, "fresnel": 0.05},
        lightposition={"x": -400, "y": -600, "z": 1500}, contours={axis: {"highlight": False} for axis in "xyz"},
        hovertemplate=style.hover(f"{words['a']} %{{x:.3~g}}", f"{words['b']} %{{y:.3~g}}", f"{words[shows]} %{{customdata:.3~g}}"),
        meta={"role": "ground"},
    )  # fmt: skip


def _resolvable(values: np.ndarray, frame: Frame) -> np.ndarray:
    """Return `values` clipped at a thousand heights of the frame above it, so that float32 on the graphics card resolves the frame.

    The clipped values remain out of sight; customdata has the true ones.
    """
    low, high, _ = frame
    ceiling = high + 1000 * (high - low)
    return np.minimum(values, np.asarray(ceiling, dtype=values.dtype)) if np.nanmax(values, initial=-np.inf) > ceiling else values


def _path(k: int, path: Any, heights: np.ndarray, window: Window, frame: Frame, words: Mapping[str, str]) -> list[style.Trace]:
    look = style.style_of(path.optimizer)
    a, b, z = gapped(*reined((path.a, path.b, heights), (*window, frame[:2])))
    losses = [number(float(loss)) for loss in path.losses]
    place = (f"{words['a']} %{{x:.3~g}}", f"{words['b']} %{{y:.3~g}}")
    hover = style.hover(f"{words['step']} %{{customdata[0]}}", *place, f"{words['loss']} %{{customdata[1]}}", title=path.label)
    casing = style.trace(
        "scatter3d",
        x=a, y=b, z=z, mode="lines", line={"color": "#ffffff", "width": 8.5}, hoverinfo="skip", meta={"role": "path", "path": k},
    )  # fmt: skip
    line = style.trace(
        "scatter3d", x=a, y=b, z=z, mode="lines", line={"color": look.color, "width": 6.5}, name=path.label,
        customdata=[[step, loss] for step, loss in enumerate(losses)], hovertemplate=hover, meta={"role": "path", "path": k},
    )  # fmt: skip
    head = style.trace(
        "scatter3d", x=a[-1:], y=b[-1:], z=z[-1:], mode="markers", hoverinfo="skip", meta={"role": "head", "path": k},
        marker={"color": look.color, "symbol": look.symbol3d, "size": 12 * SIGN_SCALE, "line": {"color": "#ffffff", "width": 1.5}},
    )  # fmt: skip
    return [casing, line, head]


def _marks(
    sign: Sign,
    slice_only: bool,
    name: str,
    marks: Sequence[Any],
    *,
    height: Callable[[np.ndarray], np.ndarray],
    frame: Frame,
    window: Window,
    words: Mapping[str, str],
) -> style.Trace:
    values = height(np.array([float(mark.value) for mark in marks]))
    a, b = (np.array([float(getattr(mark, side)) for mark in marks]) for side in "ab")
    (a_lo, a_hi), (b_lo, b_hi) = window
    keep = (a >= a_lo) & (a <= a_hi) & (b >= b_lo) & (b <= b_hi) & (values >= frame[0]) & (values <= frame[1])
    x, y, z = gapped(a, b, values, keep=keep)
    return style.trace(
        "scatter3d", x=x, y=y, z=z, mode="markers+text" if sign.letter else "markers", name=name, meta={"role": "mark"},
        marker={"symbol": sign.symbol3d, "size": sign.size * SIGN_SCALE, "color": sign.color, "opacity": 0.55 if slice_only else 1,
                "line": {"color": OUTLINE, "width": outline(sign)}},
        text=sign.letter, textposition="middle center", textfont={"size": 1.6 * sign.size, "color": OUTLINE},
        customdata=mark_notes(marks),
        hovertemplate=mark_hover(name, words),
    )  # fmt: skip
