"""A curve learned from a few points, beside the true one, as it changes with a strength."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.measures import COLORS, LEGEND
from figures.morph import Frames

# How far beyond the true curve and the observations the learned one is shown, as a share of their range.
ROOM = 0.35


def learned_curve(learned: Any, *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the curve of `learned` (Learned) at the last strength, and the frames."""
    known = np.concatenate([learned.true, learned.found])
    low, high = float(known.min()), float(known.max())
    room = ROOM * (high - low)
    truth = style.trace(
        "scatter", x=learned.times, y=learned.true, mode="lines", name=words["true"], line={"color": style.INK, "width": 2, "dash": "dot"},
        hoverinfo="skip",
    )  # fmt: skip
    curve = style.trace(
        "scatter", x=learned.times, y=learned.curves[-1], mode="lines", name=words["predicted"], line={"color": COLORS[1], "width": 2.6},
        hovertemplate=style.hover("t %{x:.3~g}", "u %{y:.3~g}"),
    )  # fmt: skip
    points = style.trace(
        "scatter", x=learned.seen, y=learned.found, mode="markers", name=words["data"], marker={"color": COLORS[0], "size": 9},
        hovertemplate=style.hover("t %{x:.3~g}", "u %{y:.3~g}"),
    )  # fmt: skip
    figure = style.figure(
        [truth, curve, points],
        margin={"l": 46, "r": 10, "t": 34, "b": 44},
        xaxis=style.axis("t", range=[float(learned.times[0]), float(learned.times[-1])]),
        yaxis=style.axis("u", range=[low - room, high + room]),
        showlegend=True,
        legend=LEGEND,
    )
    return figure, [{1: {"y": row.astype(np.float32)}} for row in learned.curves]
