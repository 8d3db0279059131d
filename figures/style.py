"""How every picture looks: the surface's color scale, one style an optimizer, numbers as a reader writes them, the base layout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go

Trace = dict[str, object]

CHECKED = False

CLEAR = "rgba(0,0,0,0)"
INK = "#7d8590"
WARM = "#d1495b"
COOL = "#4c82d3"
CLASS_COLORS = ("#4c82d3", "#e07b39", "#2a9d8f", "#b04a9e", "#c9a227", "#6c757d", "#8a5a44", "#5e60ce", "#d1495b", "#52796f")

# mako of the viridis family (Waskom, seaborn 0.11; viridisLite option "G"), cut at both ends so that the lowest ground stays apart from a
# dark page and the highest from a white one. Lightness rises evenly, hence it reads the same for every kind of color vision and in gray.
SURFACE_SCALE = (
    "#2e1e3c", "#382a54", "#3f396f", "#40498e", "#3a5b9c", "#366da0", "#347fa4", "#3491a8", "#35a3ab", "#41b6ad", "#60ceac", "#8bdab2",
    "#aee3c0",
)  # fmt: skip

# Values with a sign: the colors that negative and positive ones have elsewhere, WARM and COOL, darker towards the ends and as light as each
# other at every distance from zero; zero is nearly white.
SIGNED_SCALE = (
    "#6e1e2b", "#9e2d41", "#c84a5c", "#db777f", "#e7a1a5", "#eec9ca", "#f4f1ef", "#cad1e8", "#a2b3e0", "#7694d5", "#4876bf", "#24579a",
    "#113b6e",
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How one optimizer is drawn: line `color`, `dash` as in SVG, `symbol` of its moving head on the map and `symbol3d` on the relief.

    Lines on the relief are solid: WebGL stretches dashes with the length of a line, so they would crawl while a path grows.
    """

    color: str
    dash: str
    symbol: str
    symbol3d: str


# Nine colors searched for the largest distance (OKLab) between any two, seen with normal color vision and with simulated protanopia,
# deuteranopia and tritanopia (Machado et al. 2009), while apart from the surface's colors and readable on white and on near black.
OPTIMIZER_STYLES: dict[str, Style] = {
    "gd": Style("#fb0100", "solid", "circle", "circle"),
    "sgd": Style("#9a58fe", "2px,3px", "square", "square"),
    "momentum": Style("#bf54a5", "9px,4px", "diamond", "diamond"),
    "nesterov": Style("#6ea2fe", "15px,5px", "triangle-up", "diamond-open"),
    "adagrad": Style("#853a5f", "9px,3px,2px,3px", "triangle-down", "square-open"),
    "rmsprop": Style("#008c4b", "5px,3px", "pentagon", "circle-open"),
    "adam": Style("#f59200", "16px,3px,2px,3px", "star", "diamond"),
    "adamw": Style("#5f29d1", "5px,2px,1px,2px", "hexagon", "circle"),
    "newton": Style("#b8a5a9", "18px,4px,5px,4px", "cross", "square"),
}
# What the color of an optimizer's second and third run is mixed with, and their dashes.
AGAIN = {"2": ("#ffffff", "8px,3px"), "3": ("#17132b", "3px,3px")}
OTHER_STYLE = Style("#c8102e", "6px,2px,2px,2px,2px,2px", "hourglass", "circle-open")


def style_of(optimizer: str) -> Style:
    """Return the style of the optimizer with this id; one shared style for an id that has none.

    "gd 2" is a picture's second run of "gd": its color is lighter (of a third darker), and its dash another.
    """
    name, _, turn = optimizer.partition(" ")
    style = OPTIMIZER_STYLES.get(name, OTHER_STYLE)
    if not turn:
        return style
    towards, dash = AGAIN[turn]
    mixed = (round((int(style.color[k : k + 2], 16) + int(towards[k : k + 2], 16)) / 2) for k in (1, 3, 5))
    return replace(style, color="#" + "".join(f"{part:02x}" for part in mixed), dash=dash)


def colorscale(signed: bool = False) -> list[list[float | str]]:
    """Return `SURFACE_SCALE`, or where values are `signed` `SIGNED_SCALE`, as Plotly takes it."""
    colors = SIGNED_SCALE if signed else SURFACE_SCALE
    return [[k / (len(colors) - 1), color] for k, color in enumerate(colors)]


def trace(kind: str, **properties: object) -> Trace:
    """Return one trace of Plotly's type `kind`."""
    return {"type": kind, **properties}


def figure(traces: Sequence[Trace], **layout: object) -> go.Figure:
    """Return a figure of `traces` in the base layout with changes: transparent, no legend, and no template (Streamlit makes its own, with
    placeholder colors, the default).

    Plotly's check of every property takes two thirds of a figure's time; the tests make it, by `CHECKED`.
    """
    base: dict[str, object] = {
        "template": {},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": 52, "r": 12, "t": 10, "b": 40},
        "showlegend": False,
        "hovermode": "closest",
        "uirevision": "kept",
        "autosize": True,
        "font": {"size": 12},
    }
    return go.Figure({"data": list(traces), "layout": {**base, **layout}}, _validate=CHECKED)


def axis(title: str = "", **changes: object) -> dict[str, object]:
    """Return one 2-D axis in the common style; the browser sets its colors from the page's theme."""
    base: dict[str, object] = {
        "title": {"text": title, "standoff": 6},
        "zeroline": False,
        "showgrid": True,
        "gridwidth": 1,
        "ticks": "",
        "nticks": 6,
        "fixedrange": True,
        "automargin": False,
        "exponentformat": "e",
    }
    return {**base, **changes}


def hover(*rows: str, title: str = "") -> str:
    """Return a hover label of these rows, without Plotly's box for the trace's name."""
    return "<br>".join([f"<b>{title}</b>", *rows] if title else rows) + "<extra></extra>"


def drawn(values: np.ndarray) -> np.ndarray:
    """Return `values` for drawing: infinities as NaN (both are gaps), float32 where that is true to 1e-4 of the range shown."""
    values = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(values).all():
        return values.astype(np.float32)
    largest, span = np.nanmax(np.abs(values)), np.nanmax(values) - np.nanmin(values)
    compact = largest < 1e37 and largest * np.finfo(np.float32).eps <= 1e-4 * max(span, largest * 1e-12)
    return values.astype(np.float32) if compact or span == 0 else values


def shown_range(values: np.ndarray, factor: float = 3.0) -> tuple[float, float, bool]:
    """Return (low, high, cut): the range worth drawing of finite `values`, and whether some lie above it.

    high is at most `factor` times as far above the lowest value as the 90 % quantile, so one huge value cannot flatten the rest.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0, False
    low, high = float(finite.min()), float(finite.max())
    top = low + factor * (float(np.quantile(finite, 0.9)) - low)
    if low < top < high:
        return low, top, True
    return low, high if high > low else low + max(abs(low), 1.0) * 1e-3, False


def round_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return at most `most` round numbers strictly between low and high: labels at the very ends collide at a corner of the relief."""
    span = high - low
    decade = 10.0 ** math.floor(math.log10(span))
    for step in (decade * share for share in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)):
        ticks = [k * step for k in range(math.ceil((low + 0.04 * span) / step), math.floor((high - 0.04 * span) / step) + 1)]
        if len(ticks) <= most:
            return ticks
    return []
