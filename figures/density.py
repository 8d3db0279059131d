"""The spectral density of the Hessian on a log scale, with its standard error, and single eigenvalues as markers below it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.numbers import number
from figures.spectrum import ROUNDING

COLOR, SHADE = "#2a9d8f", "rgba(42,157,143,0.28)"  # other colors than those of positive and negative eigenvalues
# Decades below the peak on the axis if the number of eigenvalues is not given, and the largest number of decades if it is.
DECADES = 6.0
MOST_DECADES = 9.0
ALONE = 0.1  # the lower end of the axis, as a share of the peak of a single eigenvalue: only tails of kernels are below


def density(found: Any, eigen: Any = None, *, dim: int | None = None, words: Mapping[str, str]) -> go.Figure:
    """Return the figure of `found` (Density), a curve in a band of one standard error, and eigenvalues of `eigen` (Spectrum) as markers.

    `dim` is the number of eigenvalues: the density axis then begins at a tenth of the peak of a single one. There is no band where the
    standard error is NaN or zero.
    """
    floor, top = _range(found, dim)
    strokes = [] if eigen is None or not len(eigen.eigenvalues) else [_strokes(eigen, floor, top, words)]
    return style.figure(
        [*_band(found, floor), _curve(found, floor, words), *strokes],
        xaxis=style.axis(words["eigenvalue"], range=_reach(found, eigen), nticks=5),
        yaxis=style.axis(words["density"], type="log", range=[math.log10(floor), math.log10(top)], dtick=_decades(floor, top)),
    )


def _range(found: Any, dim: int | None) -> tuple[float, float]:
    """Return the ends of the density axis."""
    peak = float(np.where(np.isfinite(found.values), found.values, 0.0).max(initial=0.0))
    if not 0 < peak < math.inf:
        return 0.1, 1.0
    alone = ALONE / (dim * found.width * math.sqrt(2 * math.pi)) if dim and found.width > 0 else peak * 10.0**-DECADES
    floor = min(max(alone, peak * 10.0**-MOST_DECADES), peak / 10)
    return floor, peak * (peak / floor) ** 0.08


def _decades(floor: float, top: float) -> int:
    return max(1, round(math.log10(top / floor) / 5))


def _reach(found: Any, eigen: Any) -> list[float]:
    """Return the ends of the eigenvalue axis, slightly beyond the outermost ones."""
    values = np.concatenate([found.grid, [] if eigen is None else eigen.eigenvalues])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    room = 0.02 * (high - low) or 0.5
    return [low - room, high + room]


def _curve(found: Any, floor: float, words: Mapping[str, str]) -> style.Trace:
    known = np.isfinite(found.standard_error).all()
    errors = [f" ± {number(error)}" if known else "" for error in found.standard_error.tolist()]
    return style.trace(
        "scatter", x=found.grid, y=_above(found.values, floor), mode="lines", line={"color": COLOR, "width": 2},
        customdata=[[number(value), error] for value, error in zip(found.values.tolist(), errors, strict=True)],
        hovertemplate=style.hover(f"{words['eigenvalue']} %{{x:.3~g}}", f"{words['density']} %{{customdata[0]}}%{{customdata[1]}}"),
        meta={"role": "density"},
    )  # fmt: skip


def _band(found: Any, floor: float) -> list[style.Trace]:
    error = found.standard_error
    if not (np.isfinite(error).all() and np.isfinite(found.values).all() and (error > 0).any()):
        return []
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "meta": {"role": "band"}}
    lower, upper = (_above(found.values + sign * error, floor) for sign in (-1, 1))
    return [
        style.trace("scatter", x=found.grid, y=lower, **edge),
        style.trace("scatter", x=found.grid, y=upper, fill="tonexty", fillcolor=SHADE, **edge),
    ]


def _above(values: np.ndarray, floor: float) -> np.ndarray:
    """Return the values for a log axis, clipped to a tenth of `floor`: zero has no logarithm."""
    return np.maximum(values, floor / 10)


def _strokes(eigen: Any, floor: float, top: float, words: Mapping[str, str]) -> style.Trace:
    values = np.asarray(eigen.eigenvalues, dtype=np.float64)
    zero = ROUNDING * float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    place = floor * (top / floor) ** 0.06
    return style.trace(
        "scatter", x=values, y=np.full(values.size, place), mode="markers", customdata=np.asarray(eigen.residuals).tolist(),
        marker={"symbol": "line-ns", "size": 13,
                "line": {"width": 2, "color": [style.WARM if value < -zero else style.COOL for value in values.tolist()]}},
        hovertemplate=style.hover(f"{words['eigenvalue']} %{{x:.3~g}} ± %{{customdata:.1~g}}"),
        meta={"role": "eigenvalue"},
    )  # fmt: skip
