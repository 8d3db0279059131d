"""Lines: measured numbers over a quantity that was varied or that passed, with their spread and the limits they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.measures import LEGEND

# Opacity of a band, room above the largest value as a share of the range, and the room for the words of limits, in pixels.
FAINT, ROOM, BESIDE = 0.16, 0.06, 84


@dataclass(frozen=True, eq=False)
class Line:
    """`y` (n,) over `x` (n,), in the look given; `low` and `high` (n,) are the band of its spread, `points` marks each value.

    `notes` (n,) are written into a hover, such as a number of seeds.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    color: str
    dash: str = "solid"
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    points: bool = False
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Limit:
    """A horizontal line at `value`, said in words to the right of it."""

    value: float
    label: str
    color: str


def lines(
    series: Sequence[Line],
    *,
    x: str,
    y: str,
    limits: Sequence[Limit] = (),
    ends: tuple[float, float] | None = None,
    ticks: Sequence[str] = (),
    log: bool = False,
    percent: bool = False,
) -> go.Figure:
    """Return `series` over the axis named `x`, from `ends`, where these are known before all values are; `y` names the other one.

    With `ticks` the x are 0, 1, ..., and are written so. `log` is of the y axis; `percent` writes shares of 1.
    """
    factor = 100 if percent else 1
    bands = [_band(line, factor) for line in series if line.low is not None]
    across: dict[str, object] = {} if ends is None else {"range": list(ends)}
    if ticks:
        across = {"range": [-0.3, len(ticks) - 0.7], "tickvals": list(range(len(ticks))), "ticktext": list(ticks)}
    up = {"type": "log", "dtick": _decades(series)} if log else {"range": _reach(series, limits, factor)}
    return style.figure(
        [*bands, *(_drawn(line, x, y, factor) for line in series)],
        margin={"l": 58, "r": BESIDE if limits else 14, "t": 34, "b": 44},
        xaxis=style.axis(x, **across),
        yaxis=style.axis(y, ticksuffix=" %" if percent else "", **up),
        shapes=[_rule(limit, factor) for limit in limits],
        annotations=[_said(limit, factor, log) for limit in limits],
        showlegend=True,
        legend=LEGEND,
    )


def _drawn(line: Line, x: str, y: str, factor: float) -> style.Trace:
    notes = list(line.notes) or [""] * len(line.x)
    rows = [f"{x} %{{x:.4~g}}"] if not line.points else []
    value = f"{y} %{{y:.4~g}}" + (" %" if factor == 100 else "")
    return style.trace(
        "scatter", x=np.asarray(line.x), y=factor * np.asarray(line.y), mode="lines+markers" if line.points else "lines", name=line.label,
        line={"color": line.color, "width": 2, "dash": line.dash}, marker={"size": 8, "color": line.color}, customdata=notes,
        hovertemplate=style.hover(*rows, value, *(["%{customdata}"] if line.notes else []), title=line.label),
    )  # fmt: skip


def _band(line: Line, factor: float) -> style.Trace:
    over = np.concatenate([line.x, line.x[::-1]])
    edge = factor * np.concatenate([line.high, line.low[::-1]])
    return style.trace(
        "scatter", x=over, y=edge, mode="lines", fill="toself", fillcolor=_faint(line.color), line={"width": 0}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def _faint(color: str) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{FAINT})"


def _reach(series: Sequence[Line], limits: Sequence[Limit], factor: float) -> list[float]:
    """Return the ends of a linear axis: all finite values, bands and limits, and zero where that is near."""
    parts = [part for line in series for part in (line.y, line.low, line.high) if part is not None]
    values = factor * np.concatenate([*map(np.asarray, parts), [limit.value for limit in limits]])
    values = values[np.isfinite(values)]
    if not values.size:
        return [0.0, 1.0]
    low, high = float(values.min()), float(values.max())
    low = 0.0 if 0 <= low < 0.5 * high else low
    room = ROOM * (high - low) or 0.5
    return [low if low == 0 else low - room, high + room]


def _decades(series: Sequence[Line]) -> int | str:
    """Return the ticks of a logarithmic axis: 1, 2 and 5 in each decade where there are less than two, else the decades."""
    values = np.concatenate([np.asarray(line.y) for line in series])
    values = values[np.isfinite(values) & (values > 0)]
    return 1 if values.size and values.max() > 100 * values.min() else "D2"


def _rule(limit: Limit, factor: float) -> dict[str, object]:
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": factor * limit.value, "y1": factor * limit.value,
        "line": {"color": limit.color, "width": 1.5, "dash": "dash"},
    }  # fmt: skip


def _said(limit: Limit, factor: float, log: bool) -> dict[str, object]:
    place = factor * limit.value
    return {
        "text": limit.label, "showarrow": False, "xref": "paper", "x": 1.01, "xanchor": "left", "y": np.log10(place) if log else place,
        "yanchor": "middle", "font": {"color": limit.color, "size": 12},
    }  # fmt: skip
