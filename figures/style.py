"""Style: color scales, one line style for each optimizer, axes and ticks, and the base layout of all figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas  # noqa: F401  Plotly looks whether it is there, and breaks on one that another thread is still importing
import plotly.graph_objects as go

Trace = dict[str, object]

CHECKED = False

CLEAR = "rgba(0,0,0,0)"
INK = "#7d8590"
WARM = "#d1495b"
COOL = "#4c82d3"
CLASS_COLORS = ("#4c82d3", "#e07b39", "#2a9d8f", "#b04a9e", "#c9a227", "#6c757d", "#8a5a44", "#5e60ce", "#d1495b", "#52796f")

# mako of the viridis family (Waskom, seaborn 0.11; viridisLite option "G"), truncated at both ends for contrast with a dark and with a
# white page. Lightness increases uniformly, so that it is readable with color vision deficiency and in gray.
SURFACE_SCALE = (
    "#2e1e3c", "#382a54", "#3f396f", "#40498e", "#3a5b9c", "#366da0", "#347fa4", "#3491a8", "#35a3ab", "#41b6ad", "#60ceac", "#8bdab2",
    "#aee3c0",
)  # fmt: skip

# Diverging scale of signed values, from the colors WARM of negative to COOL of positive ones, darker towards the ends, with equal lightness
# at equal distance from zero; zero is nearly white.
SIGNED_SCALE = (
    "#6e1e2b", "#9e2d41", "#c84a5c", "#db777f", "#e7a1a5", "#eec9ca", "#f4f1ef", "#cad1e8", "#a2b3e0", "#7694d5", "#4876bf", "#24579a",
    "#113b6e",
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """The style of an optimizer: line `color`, `dash` as in SVG, and its marker, `symbol` on the map and `symbol3d` on the relief.

    Lines on the relief are solid: WebGL scales dashes with the length of a line, so that they would move during the animation.
    """

    color: str
    dash: str
    symbol: str
    symbol3d: str


# The first nine colors maximize the smallest distance (OKLab) between any two, for normal color vision and simulated protanopia,
# deuteranopia and tritanopia (Machado et al. 2009), at a distance from the surface's colors and with contrast on white and near black. The
# others have the hue of a relative among the nine, in the shade that is farthest from all colors before. Each has its own dash and marker.
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
    "perturbed_gd": Style("#e7274e", "3px,2px,1px,2px", "star-triangle-up", "circle-open"),
    "sam": Style("#8e2eb8", "4px,2px", "triangle-right", "square-open"),
    "muon": Style("#f183d0", "14px,3px,6px,3px", "star-square", "diamond-open"),
    "lbfgs": Style("#243aff", "7px,7px", "diamond-tall", "diamond"),
    "adadelta": Style("#94000f", "2px,6px", "triangle-left", "square"),
    "rprop": Style("#17cf60", "12px,3px", "x", "circle"),
    "nadam": Style("#c99782", "13px,2px,2px,2px,2px,2px", "star-diamond", "diamond-open"),
    "radam": Style("#878722", "9px,3px,9px,3px,2px,3px", "hexagram", "circle-open"),
    "damped_newton": Style("#872236", "20px,2px", "diamond-wide", "square-open"),
    "saddle_free_newton": Style("#a56975", "12px,3px,2px,3px,2px,3px,2px,3px", "bowtie", "diamond"),
}
# The colors mixed with that of an optimizer in its second and third run, and their dashes.
AGAIN = {"2": ("#ffffff", "8px,3px"), "3": ("#17132b", "3px,3px")}
# The same method at other learning rates, from the first one on.
RATE_STYLES = tuple(
    Style(color, dash, symbol, "circle")
    for color, dash, symbol in (
        ("#4c82d3", "solid", "square"), ("#2a9d8f", "9px,4px", "diamond"), ("#b04a9e", "2px,3px", "triangle-up"),
        ("#e07b39", "solid", "triangle-down"), ("#c9a227", "5px,3px", "pentagon"), ("#8a5a44", "15px,5px", "hexagon"),
        ("#6c757d", "9px,3px,2px,3px", "cross"),
    )
)  # fmt: skip
# The ways between two minima.
WAY_STYLES: dict[str, Style] = {
    "straight": Style("#fb0100", "9px,4px", "circle", "circle"),
    "curve": Style("#f59200", "solid", "diamond", "diamond"),
    "matched": Style("#9a58fe", "2px,3px", "square", "square"),
}
# Of a minimum that moves because its landscape does, and not by a method's steps.
MINIMUM_STYLE = Style("#ff9f1c", "solid", "diamond", "diamond")
OTHER_STYLE = Style("#c8102e", "6px,2px,2px,2px,2px,2px", "hourglass", "circle-open")


# Losses have the same colors as optimizers, told apart within each kind, and one dash each.
LOSS_STYLES: dict[str, Style] = {
    "mse": Style("#fb0100", "solid", "circle", "circle"),
    "mae": Style("#008c4b", "5px,3px", "square", "square"),
    "rmse": Style("#b8a5a9", "12px,3px", "cross", "square"),
    "huber": Style("#5f29d1", "9px,4px", "diamond", "diamond"),
    "log_cosh": Style("#6ea2fe", "2px,3px", "triangle-up", "diamond-open"),
    "quantile": Style("#bf54a5", "15px,5px", "triangle-down", "square-open"),
    "tukey": Style("#f59200", "16px,3px,2px,3px", "star", "diamond"),
    "zero_one": Style(INK, "solid", "circle", "circle"),
    "hinge": Style("#5f29d1", "9px,4px", "square", "square"),
    "squared_hinge": Style("#f59200", "15px,5px", "diamond", "diamond"),
    "perceptron": Style("#6ea2fe", "5px,3px", "triangle-up", "diamond-open"),
    "exponential": Style("#853a5f", "16px,3px,2px,3px", "star", "diamond"),
    "logistic": Style("#008c4b", "solid", "pentagon", "circle-open"),
    "cross_entropy": Style("#008c4b", "solid", "pentagon", "circle-open"),
    "balanced_cross_entropy": Style("#6ea2fe", "9px,4px", "triangle-up", "diamond-open"),
    "focal": Style("#bf54a5", "solid", "triangle-down", "square-open"),
    "kl": Style("#fb0100", "5px,3px", "square", "square"),
    "jensen_shannon": Style("#5f29d1", "solid", "diamond", "diamond"),
    "infonce": Style("#f59200", "2px,3px", "star", "diamond"),
    "margin_ranking": Style("#fb0100", "solid", "square", "square"),
    "ranknet": Style("#008c4b", "9px,4px", "pentagon", "circle-open"),
    "listnet": Style("#5f29d1", "solid", "diamond", "diamond"),
    "tree_distance": Style("#f59200", "5px,3px", "star", "diamond"),
    "physics": Style("#6ea2fe", "2px,3px", "triangle-up", "diamond-open"),
    "vae": Style("#853a5f", "solid", "hexagon", "circle"),
    "own": Style("#6ea2fe", "2px,2px,8px,2px", "triangle-up", "diamond-open"),
}


def loss_style(loss: str) -> Style:
    """Return the style of the loss with this id, the same in every picture, or `OTHER_STYLE` for an unknown id."""
    return LOSS_STYLES.get(loss, OTHER_STYLE)


def style_of(optimizer: str) -> Style:
    """Return the style of the optimizer with this id, or `OTHER_STYLE` for an unknown id.

    "gd 2" is the second run of "gd" in a figure: it has a lighter color (a third run a darker one) and another dash. "rate 1" is the first
    run of the figure's only method at another learning rate.
    """
    if optimizer == "minimum":
        return MINIMUM_STYLE
    name, _, turn = optimizer.partition(" ")
    if name == "rate":
        return RATE_STYLES[int(turn) - 1]
    style = {**OPTIMIZER_STYLES, **WAY_STYLES}.get(name, OTHER_STYLE)
    if not turn:
        return style
    towards, dash = AGAIN[turn]
    mixed = (round((int(style.color[k : k + 2], 16) + int(towards[k : k + 2], 16)) / 2) for k in (1, 3, 5))
    return replace(style, color="#" + "".join(f"{part:02x}" for part in mixed), dash=dash)


def colorscale(signed: bool = False) -> list[list[float | str]]:
    """Return `SURFACE_SCALE`, or `SIGNED_SCALE` for `signed` values, in Plotly's format."""
    colors = SIGNED_SCALE if signed else SURFACE_SCALE
    return [[k / (len(colors) - 1), color] for k, color in enumerate(colors)]


def trace(kind: str, **properties: object) -> Trace:
    """Return a trace of Plotly's type `kind`."""
    return {"type": kind, **properties}


def figure(traces: Sequence[Trace], **layout: object) -> go.Figure:
    """Return a figure of `traces` with the base layout, updated by `layout`: transparent, without a legend and a template (Streamlit
    replaces Plotly's default one by its own, with placeholder colors).

    Plotly's validation of properties takes two thirds of the time to make a figure; it runs in tests only, which set `CHECKED`.
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
    """Return a 2-D axis in the common style; its colors are set in the browser, from the page's theme."""
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
    """Return a hover template of these rows, without Plotly's extra box for the trace's name."""
    return "<br>".join([f"<b>{title}</b>", *rows] if title else rows) + "<extra></extra>"


def drawn(values: np.ndarray) -> np.ndarray:
    """Return `values` for drawing: infinities as NaN (both are gaps), in float32 where its error is within 1e-4 of the range."""
    values = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(values).all():
        return values.astype(np.float32)
    largest, span = np.nanmax(np.abs(values)), np.nanmax(values) - np.nanmin(values)
    compact = largest < 1e37 and largest * np.finfo(np.float32).eps <= 1e-4 * max(span, largest * 1e-12)
    return values.astype(np.float32) if compact or span == 0 else values


def shown_range(values: np.ndarray, factor: float = 3.0) -> tuple[float, float, bool]:
    """Return (low, high, cut): the range of finite `values` to draw, and whether some are above it.

    high - low is at most `factor` times the 90 % quantile of value - low, so that a few large values do not flatten the rest.
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
    """Return at most `most` round numbers strictly between low and high: labels at the ends would overlap at a corner of the relief."""
    span = high - low
    decade = 10.0 ** math.floor(math.log10(span))
    for step in (decade * share for share in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)):
        ticks = [k * step for k in range(math.ceil((low + 0.04 * span) / step), math.floor((high - 0.04 * span) / step) + 1)]
        if len(ticks) <= most:
            return ticks
    return []
