"""Critical points by dimension and by height: the share of minima, and the share of ways down, measured beside theory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.places import gapped

DOT = 5
TICKS = [share * 10.0**-power for power in range(5) for share in (1.0, 0.5, 0.2)]
# The smallest share that the axis reaches down to.
LEAST = 1e-4


def minima_by_dimension(censuses: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Draw the share of minima of each of `censuses` (dim, minima, minima_error, expected) as counted, and as theory has it."""
    dims = [census.dim for census in censuses]
    theory, found = [census.expected.minima for census in censuses], [census.minima for census in censuses]
    errors = [census.minima_error for census in censuses]
    line = {"color": style.INK, "width": 2, "dash": "6px,4px"}
    hover = style.hover("D = %{x}", f"{words['minima_share']} %{{y:.2~%}}")
    (y,) = gapped(np.array(found), keep=np.array(found) > 0)
    traces = [
        style.trace("scatter", x=dims, y=theory, mode="lines", name=words["theory"], line=line, hovertemplate=hover),
        style.trace(
            "scatter", x=dims, y=y, mode="markers", name=words["counted"], hovertemplate=hover,
            marker={"color": style.COOL, "size": 10}, error_y={"type": "data", "array": errors, "color": style.COOL, "thickness": 1.5},
        ),
    ]  # fmt: skip
    low = float(np.log10(max(min([*theory, *(share for share in found if share > 0)]), LEAST)))
    yaxis = style.axis(words["minima_share"], type="log", range=[low - 0.3, 0.05], tickvals=TICKS, tickformat=".2~%")
    return style.figure(traces, xaxis=style.axis(words["dimension"], tickvals=dims, range=[0.5, dims[-1] + 0.5]), yaxis=yaxis)


def index_by_height(census: Any, *, words: Mapping[str, str]) -> go.Figure:
    """Draw the share of ways down at each point of `census` (values, indices, dim, expected) by its height, and what theory expects."""
    shares, expected = census.indices / census.dim, census.expected
    low, high = (float(census.values.min()), float(census.values.max())) if len(census.values) else (-3.0, 3.0)
    seen = (expected.values >= low) & (expected.values <= high)
    hover = style.hover(f"{words['height']} %{{x:.3~g}}", f"{words['index_share']} %{{y:.0%}}")
    x, y = gapped(expected.values[seen], expected.index_shares[seen])
    line = {"color": style.INK, "width": 2, "dash": "6px,4px"}
    dots = {"color": style.COOL, "size": DOT, "opacity": 0.55}
    traces = [
        style.trace("scatter", x=census.values.tolist(), y=shares.tolist(), mode="markers", marker=dots, hovertemplate=hover),
        style.trace("scatter", x=x, y=y, mode="lines", name=words["theory"], line=line, hovertemplate=hover),
    ]
    yaxis = style.axis(words["index_share"], tickformat=".0%", range=[-0.06, 1.06])
    return style.figure(traces, xaxis=style.axis(words["height"]), yaxis=yaxis)
