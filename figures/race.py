"""A race: losses above the lowest one known, and the rule of one method with its numbers at each tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.curves import loss_curves
from figures.morph import Frames
from figures.numbers import number
from figures.reach import before, farewells, last_step, linear_axis, log_axis

# Losses so little above the lowest one, as a share of the way down, are drawn at it.
DEEPEST = 1e-15
# The axis goes up to so many times the loss at the start.
HEADROOM = 10.0
MONOSPACE = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
# Places of the two columns of a rule, as shares of its width.
COLUMNS = (0.0, 1.0)


def race_curves(paths: Sequence[Any], floor: float | None, target: float, *, words: Mapping[str, str]) -> go.Figure:
    """Draw the losses of `paths` (Path) by step: above `floor` where it is known to be the lowest one, on a logarithmic axis; a dashed line
    is the `target`. The smallest test loss of each run that has any is ringed.
    """
    figure = loss_curves(paths, words=words) if floor is None else _gaps(paths, floor, words)
    figure.add_traces([ring for path in paths for ring in _lowest_test(path, words)])
    level = target if floor is None else target - floor
    line = {"color": style.INK, "width": 1, "dash": "dash"}
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, yref="y", y0=level, y1=level, line=line)
    return figure


def _gaps(paths: Sequence[Any], floor: float, words: Mapping[str, str]) -> go.Figure:
    start = max(float(paths[0].losses[0]) - floor, np.finfo(float).tiny)
    deepest = DEEPEST * start
    series = [(path, np.maximum(path.losses - floor, deepest)) for path in paths]
    early = np.concatenate([before(path, values) for path, values in series])
    low, high = float(early.min()) / 3, HEADROOM * start
    lines = [_gap(path, values, deepest, words) for path, values in series]
    return style.figure(
        lines,
        xaxis=style.axis(words["step"], **linear_axis(0, last_step(paths))),
        yaxis=style.axis(words["above"], **log_axis(low, high)),
        annotations=farewells(series, low, high, words),
    )


def _gap(path: Any, values: np.ndarray, deepest: float, words: Mapping[str, str]) -> style.Trace:
    look = style.style_of(path.optimizer)
    shown = np.where(np.isfinite(values), values, np.nan)
    return style.trace(
        "scatter", y=shown, mode="lines", line={"color": look.color, "width": 2, "dash": look.dash}, name=path.label,
        customdata=[number(float(loss)) for loss in path.losses],
        hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['loss']} %{{customdata}}", title=path.label),
    )  # fmt: skip


def _lowest_test(path: Any, words: Mapping[str, str]) -> list[style.Trace]:
    """Where stopping early would have ended on the smallest test loss."""
    if path.test_losses is None or not np.isfinite(path.test_losses).any():
        return []
    at = int(np.nanargmin(np.where(np.isfinite(path.test_losses), path.test_losses, np.nan)))
    color = style.style_of(path.optimizer).color
    return [
        style.trace(
            "scatter", x=[at], y=[float(path.test_losses[at])], mode="markers", name=path.label,
            marker={"symbol": "circle-open", "size": 11, "color": color, "line": {"color": color, "width": 2.5}},
            hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['test']} %{{y:.3~g}}", title=words["early"]),
        )
    ]  # fmt: skip


def rule_numbers(lines: Sequence[tuple[str, Sequence[str]]]) -> tuple[go.Figure, Frames]:
    """Return a rule as text: of each line what it says, and its numbers at each tick; and the frames."""
    heights = -np.arange(len(lines), dtype=np.float64)
    font = {"family": MONOSPACE, "size": 13}
    said, told = (
        style.trace(
            "scatter", x=np.full(len(lines), x), y=heights, mode="text", text=list(text), textposition=place, textfont=font,
            hoverinfo="skip", cliponaxis=False,
        )
        for x, text, place in zip(
            COLUMNS,
            ([f"<b>{line}</b>" for line, _ in lines], [numbers[-1] for _, numbers in lines]),
            ("middle right", "middle left"),
            strict=True,
        )
    )  # fmt: skip
    bare = {"visible": False, "fixedrange": True}
    figure = style.figure(
        [said, told],
        margin={"l": 2, "r": 2, "t": 4, "b": 4},
        xaxis={**bare, "range": [0, 1]},
        yaxis={**bare, "range": [heights[-1] - 0.6, 0.6]},
    )
    ticks = len(lines[0][1])
    return figure, [{1: {"text": [numbers[k] for _, numbers in lines]}} for k in range(ticks)]
