"""Two classes on a line with the scores that losses give them, and payments with those flagged by a line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.numbers import number, percent
from figures.places import gapped
from figures.robust import look_of

# A score's line is drawn through this many places, so that it ends at the frame.
ALONG = 401
NEGATIVE, POSITIVE = style.CLASS_COLORS[1], style.CLASS_COLORS[0]

Side = tuple[float, float]


def labels_and_scores(points: Any, frame: tuple[Side, Side], scores: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Return `points` (x, y in {-1, +1}, number), which a hand can drag to other places and to the other class, and the `scores` (name,
    slope, intercept), each of which changes the class where it is zero.
    """
    (left, right), (low, high) = frame
    x = np.linspace(left, right, ALONG)
    zero = style.trace(
        "scatter", x=[left, right], y=[0, 0], mode="lines", line={"color": style.INK, "width": 1, "dash": "dot"}, hoverinfo="skip"
    )
    lines = [_score(score, x, low, high, words) for score in scores]
    handles = style.trace(
        "scatter", x=points.x.tolist(), y=points.y.tolist(), mode="markers",
        marker={"size": 14, "color": [POSITIVE if y > 0 else NEGATIVE for y in points.y.tolist()],
                "symbol": ["circle" if y > 0 else "square" for y in points.y.tolist()], "line": {"width": 1.5, "color": "#ffffff"}},
        meta={"role": "handle", "samples": points.number.tolist(), "editable": True},
        hovertemplate=style.hover(f"{words['x']} %{{x:.3~g}}", f"{words['label']} %{{y:+}}"),
    )  # fmt: skip
    yaxis = style.axis(words["score"], range=[low, high], tickvals=[-2, -1, 0, 1, 2])
    return style.figure([zero, *lines, handles], dragmode=False, xaxis=style.axis(words["x"], range=[left, right]), yaxis=yaxis)


def payments(frauds: Any, detector: Any, *, words: Mapping[str, str]) -> go.Figure:
    """Return the payments (x, y) with the line of `detector`: bad ones in color, flagged ones filled."""
    ends = np.array([frauds.x.min(), frauds.x.max()])
    look = look_of(detector.name)
    line = style.trace(
        "scatter", x=ends.tolist(), y=(detector.slope * ends + detector.intercept).tolist(), mode="lines",
        line={"color": look.color, "width": 2.6, "dash": look.dash}, hoverinfo="skip",
    )  # fmt: skip
    flags, groups = detector.flagged.flags, []
    for bad, flagged, name in ((False, False, "kept"), (False, True, "alarm"), (True, False, "missed"), (True, True, "caught")):
        here = (frauds.bad == bad) & (flags == flagged)
        color = style.WARM if bad else style.COOL
        groups.append(style.trace(
            "scatter", x=frauds.x[here].tolist(), y=frauds.y[here].tolist(), mode="markers", name=words[name],
            marker={"size": 8 if bad or flagged else 4, "color": color, "opacity": 1.0 if bad or flagged else 0.5,
                    "symbol": "circle" if bad == flagged else ("circle-open" if bad else "x"), "line": {"width": 2, "color": color}
                    if bad and not flagged else {"width": 0}},
            meta={"role": "sample", "samples": np.flatnonzero(here).tolist()},
            hovertemplate=style.hover(f"{words['x']} %{{x:.3~g}}", f"{words['y']} %{{y:.3~g}}", title=words[name]),
        ))  # fmt: skip
    low, high = float(frauds.y.min()), float(frauds.y.max())
    sides = [low - 0.05 * (high - low), high + 0.05 * (high - low)]  # the same in every such picture, whatever its line
    return style.figure([*groups, line], dragmode=False, xaxis=style.axis(words["x"]), yaxis=style.axis(words["y"], range=sides))


def precision_and_recall(detectors: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Return the precision of each of `detectors` (name, found) against its recall, for every cutoff, with a sign at the one chosen."""
    traces = []
    for detector in detectors:
        look, found = look_of(detector.name), detector.found
        line = {"color": look.color, "width": 2.2, "dash": look.dash}
        told = {
            "hovertemplate": style.hover(f"{words['recall']} %{{x:.0%}}", f"{words['precision']} %{{y:.0%}}", title=words[detector.name])
        }
        traces.append(style.trace("scatter", x=found.recalls, y=found.precisions, mode="lines", line=line, **told))
        here = {"color": look.color, "size": 12, "symbol": look.symbol, "line": {"color": "#ffffff", "width": 1.5}}
        traces.append(style.trace("scatter", x=[found.recall], y=[found.precision], mode="markers", marker=here, **told))
    sides = {"range": [0, 1.03], "tickformat": ".0%"}
    return style.figure(traces, xaxis=style.axis(words["recall"], **sides), yaxis=style.axis(words["precision"], **sides))


def told(score: Any, count: int) -> str:
    """Return where a score changes the class and how many points it gets wrong, for the legend."""
    return f"{turn(score)} · {round(score.errors * count)}/{count}"


def turn(score: Any) -> str:
    """Return where a score changes the class; a dash where it never does."""
    return number(score.threshold) if math.isfinite(score.threshold) else "–"


def shares(found: Any) -> str:
    """Return precision and recall, for the legend."""
    return f"{percent(found.precision, 2)} · {percent(found.recall, 2)}"


def _score(score: Any, x: np.ndarray, low: float, high: float, words: Mapping[str, str]) -> style.Trace:
    look, y = look_of(score.name), score.slope * x + score.intercept
    (heights,) = gapped(y, keep=(y >= low) & (y <= high))
    return style.trace(
        "scatter", x=x.tolist(), y=heights, mode="lines", name=words[score.name], hoverinfo="skip",
        line={"color": look.color, "width": 2.6, "dash": look.dash}, meta={"role": "line", "of": score.name},
    )  # fmt: skip
