"""A section through a flat and a sharp minimum with the balls of several learning rates, a shifted test curve and a quadratic model; where
each ball is at every step; the same wells without walls, and the weights of one function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.contour import contour
from figures.morph import Frames
from figures.numbers import number

# What is seen of the section: somewhat more than the wells and the ridge between them, and the last places of runs that leave it.
ACROSS, UP = (-4.0, 3.2), (-0.4, 7.2)
OUT = 40.0
# Looks of the curves: the training loss, the test loss and its rise, the quadratic model.
TEST, MODEL = "#e07b39", "#9a58fe"
# Where the rise of each well is written, from the top of its post.
TOLD_AT = (0.45, 0.45), (-0.45, 0.0)
# The traces of the section that a dial of the shift changes, in this order, and the balls after them.
TRAIN_TRACE, TEST_TRACE, RISE_TRACE, BALL_TRACE = range(4)


def section(
    found: Any, looks: Sequence[str], labels: Sequence[str], model: Any | None, *, words: Mapping[str, str]
) -> tuple[go.Figure, Frames, Frames]:
    """Return the section of `found` (FlatAndSharp) with a ball for each run, in the looks and with the labels given, and the quadratic
    `model` (Quadratic) or None; its frames by the step, and what it changes with the shift of the test curve.
    """
    curves = [
        _line(found.x, found.train, words["train"], style.INK, "solid", 2.4, words),
        _line(found.x, found.train, words["test"], TEST, "dot", 2.2, words),
        _rises(),
    ]
    places, heights = (np.array([_seen(getattr(roll, name)) for roll in found.rolls]) for name in ("xs", "losses"))
    changes = [_shifted(found, k) for k in range(len(found.shifts))]
    for trace, change in changes[found.at].items():
        curves[trace].update(change)
    traces = [*curves, _balls(places[:, -1], heights[:, -1], looks, labels, words)]
    figure = style.figure(
        traces if model is None else [*traces, *_parabola(model, words)],
        margin={"l": 46, "r": 12, "t": 12, "b": 44},
        xaxis=style.axis("x", range=list(ACROSS)),
        yaxis=style.axis(words["loss"], range=list(UP)),
    )
    frames = [{BALL_TRACE: {"x": x.astype(np.float32), "y": y.astype(np.float32)}} for x, y in zip(places.T, heights.T, strict=True)]
    return figure, frames, changes


def _line(x: np.ndarray, y: np.ndarray, name: str, color: str, dash: str, width: float, words: Mapping[str, str]) -> style.Trace:
    return style.trace(
        "scatter", x=x, y=y, mode="lines", line={"color": color, "width": width, "dash": dash}, name=name,
        hovertemplate=style.hover("x %{x:.3~g}", f"{words['loss']} %{{y:.3~g}}", title=name),
    )  # fmt: skip


def _rises() -> style.Trace:
    """Return the rise of the test loss over each training minimum, as a post with its number where no curve is."""
    return style.trace(
        "scatter", mode="lines+text", line={"color": TEST, "width": 5}, textposition="middle left", textfont={"color": TEST, "size": 16},
        hoverinfo="skip",
    )  # fmt: skip


def _shifted(found: Any, k: int) -> dict[int, dict[str, object]]:
    shift, x, y, text = float(found.shifts[k]), [], [], []
    for well, rise, (across, up) in zip(found.wells, found.rises[k], TOLD_AT, strict=True):
        x += [well.x, well.x, None, well.x + across, None]
        y += [well.value, well.value + float(rise), None, min(well.value + float(rise) + up, UP[1] - 0.4), None]
        text += [" ", " ", " ", f"+{number(float(rise), 4)}", " "]  # blanks: Plotly loses words beside empty ones when it draws again
    return {TEST_TRACE: {"x": (found.x + shift).astype(np.float32)}, RISE_TRACE: {"x": x, "y": y, "text": text}}


def _balls(x: np.ndarray, y: np.ndarray, looks: Sequence[str], labels: Sequence[str], words: Mapping[str, str]) -> style.Trace:
    styles = [style.style_of(look) for look in looks]
    return style.trace(
        "scatter", x=x, y=y, mode="markers", text=list(labels),
        marker={"color": [look.color for look in styles], "symbol": [look.symbol for look in styles], "size": 13,
                "line": {"color": "#ffffff", "width": 1.5}},
        hovertemplate=style.hover("x %{x:.3~g}", f"{words['loss']} %{{y:.3~g}}", title="%{text}"),
    )  # fmt: skip


def _parabola(model: Any, words: Mapping[str, str]) -> list[style.Trace]:
    """Return the model along the section, and marks where it is off by its share at the nearest."""
    x = np.linspace(*ACROSS, 201)
    q = model.values(np.stack([x, np.full(len(x), model.center[1])], axis=1))
    ends = model.center[0] + model.radius * np.array([-1.0, 1.0])
    marks = style.trace(
        "scatter", x=ends, y=model.values(np.stack([ends, np.full(2, model.center[1])], axis=1)), mode="markers",
        marker={"color": MODEL, "symbol": "circle-open", "size": 11, "line": {"width": 2.5}}, name=words["trusted"],
        hovertemplate=style.hover("x %{x:.3~g}", title=words["trusted"]),
    )  # fmt: skip
    return [_line(x, q, words["quadratic"], MODEL, "dash", 1.8, words), marks]


def places_by_step(found: Any, looks: Sequence[str], labels: Sequence[str], *, words: Mapping[str, str]) -> go.Figure:
    """Return x by step of each run of `found` (FlatAndSharp)."""
    lines = [
        style.trace(
            "scatter", y=_seen(roll.xs), mode="lines", name=label,
            line={"color": style.style_of(look).color, "width": 2, "dash": style.style_of(look).dash},
            hovertemplate=style.hover(f"{words['step']} %{{x}}", "x %{y:.4~g}", title=label),
        )
        for roll, look, label in zip(found.rolls, looks, labels, strict=True)
    ]  # fmt: skip
    return style.figure(
        lines, margin={"l": 46, "r": 12, "t": 10, "b": 40}, xaxis=style.axis(words["step"]), yaxis=style.axis("x", range=list(ACROSS))
    )


def laid_over(figure: go.Figure, model: Any, name: str) -> None:
    """Lay the quadratic `model` (Quadratic, of two parameters) over a relief, translucent, up to its frame, with a ring of its radius."""
    low, high = figure.layout.scene.zaxis.range
    turn = np.linspace(0.0, 2 * np.pi, 73)
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    bend = np.einsum("ki,ij,kj->k", around, model.hessian, around) / 2
    rim = np.sqrt((high - model.value) / bend)  # the gradient vanishes at a minimum
    share = np.linspace(0.0, 1.0, 17)[:, None]
    bowl = model.center + (share * rim)[:, :, None] * around
    heights = model.values(bowl.reshape(-1, 2)).reshape(bowl.shape[:2])
    inside = _within(figure, bowl)
    bowl_trace = style.trace(
        "surface", x=bowl[..., 0], y=bowl[..., 1], z=np.where(inside, heights, np.nan), opacity=0.4, showscale=False,
        colorscale=[[0, MODEL], [1, MODEL]], name=name, hovertemplate=style.hover(name), meta={"role": "model"},
        contours={axis: {"highlight": False} for axis in "xyz"},
    )  # fmt: skip
    ring = model.center + model.radius * around
    ring_trace = style.trace(
        "scatter3d", x=ring[:, 0], y=ring[:, 1], z=model.values(ring), mode="lines", line={"color": MODEL, "width": 7}, name=name,
        hoverinfo="skip", meta={"role": "model"},
    )  # fmt: skip
    seen = _within(figure, ring) & (model.values(ring) <= high)
    ring_trace["z"] = np.where(seen, ring_trace["z"], np.nan)
    figure.add_traces([bowl_trace, ring_trace])


def _within(figure: go.Figure, points: np.ndarray) -> np.ndarray:
    sides = figure.layout.scene.xaxis.range, figure.layout.scene.yaxis.range
    return np.logical_and.reduce([(points[..., k] >= side[0]) & (points[..., k] <= side[1]) for k, side in enumerate(sides)])


def pit_section(pits: Any, *, words: Mapping[str, str]) -> go.Figure:
    """Return the two Gaussian pits of `pits` (Pits), and where gradient descent has been."""
    look = style.style_of("gd")
    x = pits.xs[np.abs(pits.xs) < OUT]
    heights = np.interp(x, pits.x, pits.losses)
    visited = style.trace(
        "scatter", x=x, y=heights, mode="lines+markers", line={"color": look.color, "width": 1, "dash": "dot"},
        marker={"color": look.color, "size": 5}, hovertemplate=style.hover(f"{words['step']} %{{pointNumber}}", "x %{x:.4~g}"),
    )  # fmt: skip
    end = style.trace(
        "scatter", x=x[-1:], y=heights[-1:], mode="markers+text", text=[f"x = {number(float(x[-1]), 4)}"], textposition="top center",
        marker={"color": look.color, "symbol": look.symbol, "size": 13, "line": {"color": "#ffffff", "width": 1.5}}, hoverinfo="skip",
    )  # fmt: skip
    return style.figure(
        [_line(pits.x, pits.losses, words["loss"], style.INK, "solid", 2.4, words), visited, end],
        margin={"l": 46, "r": 12, "t": 10, "b": 40},
        xaxis=style.axis("x", range=[-4.0, 4.2]),
        yaxis=style.axis(words["loss"], range=[-1.15, 0.35]),
    )


def twin_map(valley: Any, marks: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Return the risk of two weights of one function, with the valley where their product is 1."""
    figure = contour(valley, (), marks, words={**words, "a": "w₁", "b": "w₂"})
    w = np.geomspace(1 / 2.0, float(valley.a[-1]), 200)
    figure.add_traces(
        [style.trace("scatter", x=w, y=1 / w, mode="lines", line={"color": "#ffffff", "width": 1.5, "dash": "dot"}, hoverinfo="skip")]
    )
    figure.data[0].update(showscale=False)
    return figure


def _seen(values: np.ndarray) -> np.ndarray:
    """Return what can be drawn; of a run that leaves the picture, nothing far outside."""
    return np.where(np.abs(values) < OUT, values, np.nan)
