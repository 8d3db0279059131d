"""A section through a flat and a sharp minimum with the balls of several learning rates, and where each is at every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.measures import LEGEND
from figures.morph import Frames

# What is seen of the section: somewhat more than the wells and the ridge between them, and the last places of runs that leave it.
ACROSS, UP = (-4.0, 3.4), (-0.35, 7.5)
OUT = 40.0


def section(found: Any, looks: Sequence[str], labels: Sequence[str], *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the section of `found` (FlatAndSharp) with a ball for each run, in the looks and with the labels given, and the frames."""
    curve = style.trace(
        "scatter", x=found.x, y=found.train, mode="lines", line={"color": style.INK, "width": 2.4}, name=words["train"],
        hovertemplate=style.hover("x %{x:.3~g}", f"{words['loss']} %{{y:.3~g}}", title=words["train"]),
    )  # fmt: skip
    styles = [style.style_of(look) for look in looks]
    places = np.array([_seen(roll.xs) for roll in found.rolls])
    heights = np.array([_seen(roll.losses) for roll in found.rolls])
    balls = style.trace(
        "scatter", x=places[:, -1], y=heights[:, -1], mode="markers", text=list(labels), cliponaxis=True,
        marker={"color": [look.color for look in styles], "symbol": [look.symbol for look in styles], "size": 13,
                "line": {"color": "#ffffff", "width": 1.5}},
        hovertemplate=style.hover("x %{x:.3~g}", f"{words['loss']} %{{y:.3~g}}", title="%{text}"),
    )  # fmt: skip
    figure = style.figure(
        [curve, balls],
        margin={"l": 46, "r": 12, "t": 12, "b": 44},
        xaxis=style.axis("x", range=list(ACROSS)),
        yaxis=style.axis(words["loss"], range=list(UP)),
    )
    frames = [{1: {"x": x.astype(np.float32), "y": y.astype(np.float32)}} for x, y in zip(places.T, heights.T, strict=True)]
    return figure, frames


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
        lines,
        margin={"l": 46, "r": 12, "t": 34, "b": 40},
        xaxis=style.axis(words["step"]),
        yaxis=style.axis("x", range=list(ACROSS)),
        showlegend=True,
        legend=LEGEND,
    )


def _seen(values: np.ndarray) -> np.ndarray:
    """Return what can be drawn; of a run that leaves the picture, nothing far outside."""
    return np.where(np.abs(values) < OUT, values, np.nan)
