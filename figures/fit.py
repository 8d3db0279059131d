"""The data with the model's predictions: a boundary, a fitted curve, predicted against true values, a confusion matrix, ranked queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.places import gapped
from figures.reach import ROOM, farewell, linear_axis

MOST_COUNTS = 12  # with more classes, the counts do not fit into the cells
# Predictions extend the axis of the data by at most this share on either side: those of a diverged run may be arbitrarily large.
MOST_WIDER = 0.5
# Shades of a share or a grade, the fuller the larger, over light and dark pages.
_SHADES = [[0, "rgba(63,111,181,0.05)"], [1, "rgba(63,111,181,0.95)"]]


def decision_boundary(
    points: np.ndarray,
    targets: np.ndarray,
    grid_x: np.ndarray,
    grid_y: np.ndarray,
    classes: np.ndarray,
    *,
    words: Mapping[str, str],
    labels: Sequence[str] = (),
) -> go.Figure:
    """Return the figure of a classification: `points` (n, 2) by `targets` (n,), over the predicted `classes` (ny, nx) on the grid.

    `targets` and `classes` are class indices 0, 1, ..., with the names `labels`.
    """
    kinds = np.unique(np.concatenate([targets.ravel(), classes.ravel()])).astype(int).tolist()
    regions = [_region(kind, grid_x, grid_y, classes == kind) for kind in kinds]
    names = [labels[kind] if kind < len(labels) else str(kind) for kind in kinds]
    samples = [_samples(kind, name, points[targets == kind], words) for kind, name in zip(kinds, names, strict=True)]
    return style.figure(
        [*regions, *samples],
        xaxis=style.axis(words["x"], range=[float(grid_x[0]), float(grid_x[-1])], showgrid=False),
        yaxis=style.axis(words["y"], range=[float(grid_y[0]), float(grid_y[-1])], showgrid=False),
    )


def fitted_curve(
    inputs: np.ndarray, targets: np.ndarray, grid: np.ndarray, curves: Sequence[tuple[str, str, np.ndarray]], *, words: Mapping[str, str]
) -> go.Figure:
    """Return the figure of 1-D regression: `inputs`, `targets` (n,), and `curves` of (label, optimizer id, predictions on `grid` (m,))."""
    points = style.trace(
        "scatter", x=inputs.tolist(), y=targets.tolist(), mode="markers", name=words["data"], meta={"role": "points"},
        marker={"color": style.INK, "size": 6, "opacity": 0.85},
        hovertemplate=style.hover(f"{words['x']} %{{x:.3~g}}", f"{words['y']} %{{y:.3~g}}"),
    )  # fmt: skip
    lines = [_curve(*curve, grid, words) for curve in curves]
    low, high = _reach(targets, np.concatenate([np.empty(0), *(outputs for *_, outputs in curves)]))
    lost = [(label, optimizer, outputs) for label, optimizer, outputs in curves if not ((outputs >= low) & (outputs <= high)).any()]
    notes = [
        farewell(f"{label} {words['beyond']}", bool((outputs > high).any()), style.style_of(optimizer).color, k)
        for k, (label, optimizer, outputs) in enumerate(lost)
    ]
    return style.figure(
        [points, *lines],
        xaxis=style.axis(words["x"], **linear_axis(*_reach(np.concatenate([inputs, grid])))),
        yaxis=style.axis(words["y"], **linear_axis(low, high)),
        annotations=notes,
    )


def predicted_against_true(
    targets: np.ndarray, predictions: np.ndarray, *, words: Mapping[str, str], labels: Sequence[str] = (), color: str = style.COOL
) -> go.Figure:
    """Return the figure of `predictions` (n,) against `targets` (n,), with the line on which they are equal.

    Several targets, both (n, m), have a color and a symbol each, and the names `labels`.
    """
    low, high = _reach(targets, predictions)
    ends = [low, high]
    equal = style.trace("scatter", x=ends, y=ends, mode="lines", line={"color": style.INK, "width": 1.2, "dash": "dash"}, hoverinfo="skip")
    if targets.ndim == 1:
        points = [_pairs(targets, predictions, words, {"color": color})]
    else:
        looks = [{"color": _color(k), "symbol": k % 20} for k in range(targets.shape[1])]
        columns = zip(targets.T, predictions.T, looks, labels, strict=True)
        points = [_pairs(true, predicted, words, look, name) for true, predicted, look, name in columns]
    outside = [(int((predictions > high).sum()), True), (int((predictions < low).sum()), False)]
    return style.figure(
        [equal, *points],
        xaxis=style.axis(words["true"], **linear_axis(*_reach(targets))),
        yaxis=style.axis(words["predicted"], **linear_axis(low, high)),
        annotations=[farewell(f"{count} {words['beyond']}", up, color) for count, up in outside if count],
    )


def confusion_matrix(counts: np.ndarray, labels: Sequence[str], *, words: Mapping[str, str]) -> go.Figure:
    """Return the confusion matrix: `counts[i, j]` samples of class i were predicted as class j; shades are shares of each row."""
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    labels = [str(label) for label in labels]
    shades = style.trace(
        "heatmap", x=labels, y=labels, z=shares, zmin=0, zmax=1, showscale=False, customdata=counts.tolist(),
        colorscale=_SHADES, xgap=1, ygap=1,
        hovertemplate=style.hover(f"{words['true']} %{{y}}", f"{words['predicted']} %{{x}}", f"{words['count']} %{{customdata}}"),
    )  # fmt: skip
    written = [_counts(counts, labels, shares >= 0.5, {"color": "#ffffff"}), _counts(counts, labels, shares < 0.5, {})]
    category = {"showgrid": False, "type": "category", "nticks": len(labels), "automargin": True, "autorange": False}
    return style.figure(
        [shades, *(written if len(labels) <= MOST_COUNTS else ())],
        xaxis=style.axis(words["predicted"], **category, range=[-0.5, len(labels) - 0.5]),
        yaxis=style.axis(words["true"], **category, range=[len(labels) - 0.5, -0.5]),
    )


def ranked_queries(grades: np.ndarray, *, words: Mapping[str, str]) -> go.Figure:
    """Return the figure of queries, a row each: `grades[q, k]` of the document at place k, the one scored highest first."""
    queries, places = (np.arange(1, count + 1) for count in grades.shape)
    tiles = style.trace(
        "heatmap", x=places, y=queries, z=grades, zmin=0, colorscale=_SHADES, showscale=False, xgap=1, ygap=1 if len(queries) <= 40 else 0,
        hovertemplate=style.hover(f"{words['query']} %{{y}}", f"{words['rank']} %{{x}}", f"{words['grade']} %{{z}}"),
    )  # fmt: skip
    ends = {"showgrid": False, "zeroline": False, "autorange": False}
    return style.figure(
        [tiles],
        xaxis=style.axis(words["rank"], **ends, range=[0.5, len(places) + 0.5]),
        yaxis=style.axis(words["query"], **ends, range=[len(queries) + 0.5, 0.5]),
    )


def _reach(data: np.ndarray, answers: np.ndarray | None = None) -> tuple[float, float]:
    """Return the ends of an axis of the data, extended to the predictions `answers` by at most `MOST_WIDER` of their range."""
    data = data[np.isfinite(data)]
    low, high = (float(data.min()), float(data.max())) if data.size else (0.0, 1.0)
    span = high - low or abs(high) or 1.0
    if answers is not None and np.isfinite(answers).any():
        known = answers[np.isfinite(answers)]
        low, high = max(min(low, known.min()), low - MOST_WIDER * span), min(max(high, known.max()), high + MOST_WIDER * span)
    return float(low - ROOM * span), float(high + ROOM * span)


def _region(kind: int, x: np.ndarray, y: np.ndarray, predicted: np.ndarray) -> style.Trace:
    color = _color(kind)
    # Plotly fills the region that violates the constraint: "<" fills where this class is predicted.
    return style.trace(
        "contour", x=x, y=y, z=predicted.astype(np.float32), meta={"role": "region", "class": kind}, autocontour=False,
        contours={"type": "constraint", "operation": "<", "value": 0.5}, fillcolor=_faint(color), line={"width": 1.2, "color": color},
        hoverinfo="skip", showscale=False,
    )  # fmt: skip


def _samples(kind: int, name: str, points: np.ndarray, words: Mapping[str, str]) -> style.Trace:
    return style.trace(
        "scatter", x=points[:, 0].tolist(), y=points[:, 1].tolist(), mode="markers", name=name,
        marker={"color": _color(kind), "size": 6, "symbol": kind % 20, "line": {"color": "#ffffff", "width": 0.8}},
        hovertemplate=style.hover(f"{words['x']} %{{x:.3~g}}", f"{words['y']} %{{y:.3~g}}", title=name),
    )  # fmt: skip


def _pairs(
    targets: np.ndarray, predictions: np.ndarray, words: Mapping[str, str], look: Mapping[str, object], name: str = ""
) -> style.Trace:
    return style.trace(
        "scatter", x=targets.tolist(), y=predictions.tolist(), mode="markers", marker={**look, "size": 5, "opacity": 0.75},
        **({"name": name} if name else {}), meta={"role": "points"},
        hovertemplate=style.hover(f"{words['true']} %{{x:.3~g}}", f"{words['predicted']} %{{y:.3~g}}", title=name),
    )  # fmt: skip


def _curve(label: str, optimizer: str, predictions: np.ndarray, grid: np.ndarray, words: Mapping[str, str]) -> style.Trace:
    look = style.style_of(optimizer)
    (y,) = gapped(predictions)
    return style.trace(
        "scatter", x=grid.tolist(), y=y, mode="lines", name=label, line={"color": look.color, "width": 2.4, "dash": look.dash},
        hovertemplate=style.hover(f"{words['x']} %{{x:.3~g}}", f"{words['predicted']} %{{y:.3~g}}", title=label),
    )  # fmt: skip


def _counts(counts: np.ndarray, labels: Sequence[str], chosen: np.ndarray, font: Mapping[str, str]) -> style.Trace:
    """Return the counts of the chosen cells as text; an empty `font` has the color of the page's text, for light cells."""
    rows, columns = np.nonzero(chosen)
    return style.trace(
        "scatter",
        x=[labels[j] for j in columns], y=[labels[i] for i in rows], text=[str(counts[i, j]) for i, j in zip(rows, columns, strict=True)],
        mode="text", textfont={"size": 12, **font}, hoverinfo="skip", meta={"role": "counts"},
    )  # fmt: skip


def _color(kind: int) -> str:
    return style.CLASS_COLORS[kind % len(style.CLASS_COLORS)]


def _faint(color: str) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.2)"
