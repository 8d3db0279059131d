"""Measures of a sculpture over its strength, and how solvers come down to one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.morph import Frames

COLORS = ("#4c82d3", "#e07b39", "#2a9d8f")
DASHES = {"": "solid", "train": "solid", "test": "dot"}
LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": style.CLEAR, "font": {"size": 11}}


def measure_curves(steps: Sequence[str], measures: Sequence[Any], labels: Sequence[str], *, words: Mapping[str, str]) -> go.Figure:
    """Return `measures` (Measure) by their names in `labels`, over the `steps` of the strength, which are written as given."""
    names = list(dict.fromkeys(measure.name for measure in measures))
    lines = [
        style.trace(
            "scatter", x=np.arange(len(steps)), y=100 * measure.values if measure.share else measure.values, customdata=steps,
            mode="lines+markers", name=label,
            line={"color": COLORS[names.index(measure.name) % len(COLORS)], "width": 2, "dash": DASHES[measure.part]}, marker={"size": 4},
            hovertemplate=style.hover(f"{words['knob']} %{{customdata}}", "%{y:.3~g}" + (" %" if measure.share else ""), title=label),
        )
        for measure, label in zip(measures, labels, strict=True)
    ]  # fmt: skip
    return style.figure(
        lines,
        margin={"l": 46, "r": 12, "t": 34, "b": 40},
        xaxis=strength_axis(steps, words),
        yaxis=style.axis("", ticksuffix=" %" if all(measure.share for measure in measures) else ""),
        showlegend=True,
        legend=LEGEND,
    )


def strength_axis(labels: Sequence[str], words: Mapping[str, str]) -> dict[str, object]:
    """Return the axis of a strength: its steps evenly spaced, some with their labels."""
    last = len(labels) - 1
    places = sorted({round(share * last) for share in (0, 0.25, 0.5, 0.75, 1)})
    room = 0.03 * last
    return style.axis(words["knob"], range=[-room, last + room], tickvals=places, ticktext=[labels[place] for place in places])


def descents(values: Mapping[str, np.ndarray], labels: Sequence[str], *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return one number by the step of each solver, `values` (S, T+1) of each, at the last strength, and the frames."""
    lines = [
        style.trace(
            "scatter", y=found[-1], mode="lines+markers", name=label, line={"color": COLORS[k], "width": 2}, marker={"size": 4},
            hovertemplate=style.hover(f"{words['step']} %{{x}}", "%{y:.3~g}", title=label),
        )
        for k, (found, label) in enumerate(zip(values.values(), labels, strict=True))
    ]  # fmt: skip
    every = np.concatenate(list(values.values()))
    low, high = float(every.min()), float(every.max())
    room = 0.06 * (high - low) or 0.5
    figure = style.figure(
        lines,
        margin={"l": 46, "r": 12, "t": 34, "b": 40},
        xaxis=style.axis(words["step"]),
        yaxis=style.axis("w₂", range=[low - room, high + room], zeroline=True),
        showlegend=True,
        legend=LEGEND,
    )
    steps = [found.astype(np.float32) for found in values.values()]
    return figure, [{j: {"y": found[k]} for j, found in enumerate(steps)} for k in range(len(steps[0]))]
