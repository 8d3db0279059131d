"""A landscape that changes with a strength: contour and relief at the last one, and what changes of them at each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.contour import contour
from figures.heights import LogHeight
from figures.relief import relief

Frames = list[dict[int, dict[str, object]]]
# The lines of a film's rings, by their names.
RING_LINES = {"penalty": ("#ffffff", "solid"), "base": ("#ffd166", "dot")}


@dataclass(frozen=True, eq=False)
class Still:
    """One frame's surface, in the form that contour and relief take."""

    a: np.ndarray
    b: np.ndarray
    values: np.ndarray


def morphing_contour(film: Any, path: Any, *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the contour map of `film` (Film) with the `path` of its minima, and its frames.

    Colors and lines are those of the loss above its own minimum, since the objective itself rises with the strength.
    """
    lifted = _lifted(film)
    stacked = _stacked(lifted)
    figure = contour(Still(film.a, film.b, lifted[-1]), [path], words={**words, "loss": words["above"]}, within=stacked)
    heights, true = _heights(stacked, lifted), _drawn(film.values)
    rings = [_ring(ring, words) for ring in film.rings]
    figure.add_traces(rings)
    frames: Frames = [{0: {"z": heights[k], "customdata": true[k]}} for k in range(len(true))]
    first = len(figure.data) - len(rings)
    for j, ring in enumerate(film.rings):
        for k, points in enumerate(ring.points):
            frames[k][first + j] = {"x": points[:, 0].astype(np.float32), "y": points[:, 1].astype(np.float32)}
    figure.data[0].hovertemplate = figure.data[0].hovertemplate.replace(words["above"], words["loss"])
    return figure, frames


def morphing_relief(film: Any, path: Any, *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the relief of `film` (Film) with the `path` of its minima, in the contour's colors, and its frames."""
    lifted = _lifted(film)
    stacked = _stacked(lifted)
    figure = relief(Still(film.a, film.b, film.values[-1]), [path], words=words, within=_stacked(film.values))
    scale = LogHeight.of(stacked)
    figure.data[0].update(cmin=scale.low, cmax=scale.high)
    heights, true = _heights(stacked, lifted), _drawn(film.values)
    frames: Frames = [{0: {"z": true[k], "surfacecolor": heights[k], "customdata": true[k]}} for k in range(len(true))]
    return figure, frames


def _lifted(film: Any) -> np.ndarray:
    return film.values - np.nanmin(np.where(np.isfinite(film.values), film.values, np.nan), axis=(1, 2), keepdims=True)


def _stacked(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, values.shape[-1])


def _heights(stacked: np.ndarray, lifted: np.ndarray) -> np.ndarray:
    return _drawn(LogHeight.of(stacked).height(lifted))


def _drawn(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan).astype(np.float32)


def _ring(ring: Any, words: Mapping[str, str]) -> style.Trace:
    color, dash = RING_LINES[ring.name]
    points = ring.points[-1]
    return style.trace(
        "scatter", x=points[:, 0], y=points[:, 1], mode="lines", line={"color": color, "width": 2, "dash": dash},
        name=words[f"ring.{ring.name}"], hoverinfo="skip", meta={"role": "ring"},
    )  # fmt: skip
