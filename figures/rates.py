"""Learning rates: where runs end by them, and how far two methods are from the minimum of a quadratic by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.morph import Frames
from figures.numbers import number
from figures.reach import linear_axis, log_axis

METHODS = ("gd", "momentum")
# Points of a curve that is drawn by the logarithm of its steps.
DRAWN = 160
MARGIN = {"l": 58, "r": 14, "t": 34, "b": 40}
LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": style.CLEAR, "font": {"size": 11}, "itemwidth": 30}
# Of five names in a narrow picture: two a line.
NARROW = {**LEGEND, "font": {"size": 10}, "entrywidth": 52}


def arrivals(known: Sequence[Any], at: int, labels: Mapping[str, str], *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the distances of number `at` of the `known` (Conditioned) by step, both logarithmic, since one takes many times as long; and
    what changes at each of them.
    """
    frames: Frames = [{k: _thinned(values) for k, values in enumerate((one.descent, one.heavy_ball))} for one in known]
    lines = [
        style.trace(
            "scatter", **frames[at][k], mode="lines", name=labels[name], line={"color": style.style_of(name).color, "width": 2.5},
            hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['relative']} %{{y:.3~g}}", title=labels[name]),
        )
        for k, name in enumerate(METHODS)
    ]  # fmt: skip
    longest = max(len(one.descent) for one in known)
    figure = style.figure(
        lines,
        margin=MARGIN,
        xaxis=style.axis(words["step"], **log_axis(1, 1.5 * longest)),
        yaxis=style.axis(words["relative"], **log_axis(3e-7, 30)),
        showlegend=True,
        legend=LEGEND,
    )
    return figure, frames


def counts(
    known: Sequence[Any], at: int, checked: Sequence[float], labels: Mapping[str, str], *, words: Mapping[str, str]
) -> tuple[go.Figure, Frames]:
    """Return the steps to the minimum by condition number, with the `checked` ones marked, a head at number `at`, and the head's frames."""
    kappas, steps = [one.kappa for one in known], np.array([one.steps for one in known])
    lines = [
        style.trace(
            "scatter", x=kappas, y=steps[:, k], mode="lines", name=labels[name], line={"color": style.style_of(name).color, "width": 2.5},
            hovertemplate=style.hover("κ %{x:.4~g}", f"%{{y}} {words['step']}", title=labels[name]),
        )
        for k, name in enumerate(METHODS)
    ]  # fmt: skip
    marked = [one for one in known if one.kappa in checked]
    marks = [
        style.trace(
            "scatter", x=[one.kappa for one in marked], y=[one.steps[k] for one in marked], mode="markers+text", hoverinfo="skip",
            text=[str(one.steps[k]) for one in marked], textposition=place, textfont={"size": 11}, showlegend=False, cliponaxis=False,
            marker={"symbol": "circle-open", "size": 8, "color": style.style_of(name).color},
        )
        for k, (name, place) in enumerate(zip(METHODS, ("top left", "bottom right"), strict=True))
    ]  # fmt: skip
    frames: Frames = [{4: {"x": [one.kappa] * 2, "y": list(one.steps)}} for one in known]
    head = style.trace(
        "scatter", **frames[at][4], mode="markers+lines", line={"color": style.INK, "width": 1, "dash": "dot"}, showlegend=False,
        marker={"size": 11, "color": [style.style_of(name).color for name in METHODS], "line": {"color": "#ffffff", "width": 2}},
        hovertemplate=style.hover("κ %{x:.4~g}", f"%{{y}} {words['step']}"),
    )  # fmt: skip
    figure = style.figure(
        [*lines, *marks, head],
        margin=MARGIN,
        xaxis=style.axis("κ", **log_axis(0.9, 1.6 * kappas[-1])),
        yaxis=style.axis(words["steps"], **log_axis(0.7, 4 * int(steps.max()))),
        showlegend=True,
        legend=LEGEND,
    )
    return figure, frames


def _thinned(values: np.ndarray) -> dict[str, np.ndarray]:
    """Return the steps, evenly in the logarithm where they are many, and the values there."""
    steps = np.unique(np.geomspace(1, max(len(values) - 1, 1), DRAWN).astype(int))
    steps = steps[steps < len(values)]
    return {"x": steps.astype(np.float32), "y": values[steps].astype(np.float32)}


def one_eigenvalue(known: Sequence[Any], labels: Mapping[str, str], *, words: Mapping[str, str]) -> go.Figure:
    """Return |x| by learning rate of `known` (Stability, for gradient descent and heavy ball), with the limit of each as a line."""
    lines, shapes = [], []
    for name, one in zip(METHODS, known, strict=True):
        color = style.style_of(name).color
        for x, y, look in (
            (one.rates, one.sizes, {"mode": "lines"}),
            (*zip(*one.probed, strict=True), {"mode": "markers", "showlegend": False}),
        ):
            sizes = np.asarray(y, dtype=np.float64)
            lines.append(
                style.trace(
                    "scatter", x=x, y=np.where((sizes > 0) & np.isfinite(sizes), sizes, np.nan), name=labels[name], **look,
                    line={"color": color, "width": 2}, marker={"symbol": "circle-open", "size": 8, "color": color},
                    customdata=[number(float(size)) for size in sizes],
                    hovertemplate=style.hover(f"{words['lr']} %{{x:.4~g}}", "|x| %{customdata}", title=labels[name]),
                )
            )  # fmt: skip
        shapes.append(_bound(name, one.limit))
    shapes.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": {"color": style.INK, "width": 1}})
    return style.figure(
        lines,
        margin=MARGIN,
        xaxis=style.axis(words["lr"], **linear_axis(0, 1.1 * max(one.limit for one in known))),
        yaxis=style.axis(words["size"], **log_axis(1e-50, 1e40)),
        shapes=shapes,
        showlegend=True,
        legend=LEGEND,
    )


def schedule_curves(
    found: Mapping[str, np.ndarray], names: Mapping[str, str], title: str, *, losses: bool, words: Mapping[str, str]
) -> go.Figure:
    """Return one curve by step of each schedule, its losses on a logarithmic axis and with a legend, or its factors."""
    lines = [
        style.trace(
            "scatter", y=values, mode="lines", name=names[name], line={"color": style.CLASS_COLORS[k], "width": 2},
            hovertemplate=style.hover(f"{words['step']} %{{x}}", "%{y:.3~g}", title=names[name]),
        )
        for k, (name, values) in enumerate(found.items())
    ]  # fmt: skip
    every = np.concatenate(list(found.values()))
    positive = every[np.isfinite(every) & (every > 0)]
    reach = log_axis(float(positive.min()) / 2, 2 * float(positive.max())) if losses else linear_axis(0.0, 1.05 * float(every.max()))
    return style.figure(
        lines,
        margin=MARGIN,
        xaxis=style.axis(words["step"]),
        yaxis=style.axis(title, **reach),
        showlegend=losses,
        legend=NARROW,
    )


def sweeps(found: Sequence[tuple[str, str, Any]], limits: Mapping[str, float | None], *, words: Mapping[str, str]) -> go.Figure:
    """Return the last losses by learning rate of each racer (id, label, Sweep), with its largest stable rate of `limits` as a line, and the
    runs that left as crosses at the top.
    """
    ends = np.concatenate([sweep.losses[~sweep.left] for _, _, sweep in found])
    ends = ends[np.isfinite(ends) & (ends > 0)]
    low, high = max(float(ends.min()), 1e-16) / 2, float(max(sweep.start for *_, sweep in found)) * 3
    lines = [trace for name, label, sweep in found for trace in _swept(name, label, sweep, low, high, words)]
    rates = np.concatenate([sweep.rates for *_, sweep in found])
    bounds = [_bound(name, limits.get(name)) for name, _, sweep in found]
    return style.figure(
        lines,
        margin=MARGIN,
        xaxis=style.axis(words["lr"], **log_axis(float(rates.min()), float(rates.max()))),
        yaxis=style.axis(words["loss"], **log_axis(low / 2, high * 3)),
        shapes=[bound for bound in bounds if bound is not None],
    )


def _swept(name: str, label: str, sweep: Any, low: float, high: float, words: Mapping[str, str]) -> list[style.Trace]:
    look = style.style_of(name)
    shown = np.where(sweep.left, np.nan, np.maximum(sweep.losses, low))
    curve = style.trace(
        "scatter", x=sweep.rates, y=shown, mode="lines+markers", name=label, customdata=sweep.losses,
        line={"color": look.color, "width": 2, "dash": look.dash}, marker={"symbol": look.symbol, "size": 6},
        hovertemplate=style.hover(f"{words['lr']} %{{x:.3~g}}", f"{words['loss']} %{{customdata:.3~g}}", title=label),
    )  # fmt: skip
    lost = style.trace(
        "scatter", x=sweep.rates[sweep.left], y=np.full(int(sweep.left.sum()), high), mode="markers",
        marker={"symbol": "x", "size": 8, "color": look.color},
        hovertemplate=style.hover(f"{words['lr']} %{{x:.3~g}}", words["left"], title=label),
    )  # fmt: skip
    return [curve, lost]


def _bound(name: str, limit: float | None) -> dict[str, object] | None:
    if limit is None or not np.isfinite(limit):
        return None
    line = {"color": style.style_of(name).color, "width": 1.5, "dash": "dot"}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": limit, "x1": limit, "y0": 0, "y1": 1, "line": line}
