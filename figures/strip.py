"""Labels along a sequence as colored strips: the true ones, those without a term, and those at a strength of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.measures import LEGEND
from figures.morph import Frames


def label_strips(
    true: np.ndarray, predicted: np.ndarray, alone: np.ndarray, names: Sequence[str], *, words: Mapping[str, str]
) -> tuple[go.Figure, Frames]:
    """Return three strips of the classes `names`, `predicted` (S, N) at the last strength, a mark over each label that stands `alone`
    (S, N) in the lower two, and the frames.
    """
    colors = style.CLASS_COLORS[: len(names)]
    steps = [[k / len(colors), color] for k, color in enumerate(colors)]
    scale = [[end, color] for (low, color) in steps for end in (low, low + 1 / len(colors))]
    rows = np.stack([true, predicted[0], predicted[-1]]).astype(np.int8)
    labels = [words["true"], words["before"], words["now"]]
    strips = style.trace(
        "heatmap", z=rows, x=np.arange(len(true)), y=[2, 1, 0], colorscale=scale, zmin=-0.5, zmax=len(colors) - 0.5,
        showscale=False, ygap=14,
        hovertemplate=style.hover(f"{words['index']} %{{x}}"),
    )  # fmt: skip
    lonely = [_lonely(alone[k], at, words) for k, at in ((0, 1), (-1, 0))]
    keys = [
        style.trace(
            "scatter", x=[None], y=[None], mode="markers", name=name, marker={"symbol": "square", "size": 11, "color": color},
        )
        for name, color in zip(names, colors, strict=True)
    ]  # fmt: skip
    figure = style.figure(
        [strips, *lonely, *keys],
        margin={"l": 62, "r": 10, "t": 34, "b": 44},
        xaxis=style.axis(words["index"], range=[-0.5, len(true) - 0.5], showgrid=False),
        yaxis=style.axis("", range=[-0.6, 2.75], tickvals=[2, 1, 0], ticktext=labels, showgrid=False),
        showlegend=True,
        legend=LEGEND,
    )
    frames: Frames = [
        {0: {"z": np.stack([true, predicted[0], row]).astype(np.int8)}, 2: _places(single, 0)}
        for row, single in zip(predicted, alone, strict=True)
    ]
    return figure, frames


def _places(alone: np.ndarray, at: float) -> dict[str, object]:
    places = np.flatnonzero(alone)
    return {"x": places.astype(np.float32), "y": np.full(len(places), at + 0.5, np.float32)}


def _lonely(alone: np.ndarray, at: float, words: Mapping[str, str]) -> style.Trace:
    return style.trace(
        "scatter", **_places(alone, at), mode="markers", marker={"symbol": "triangle-down", "size": 8, "color": style.WARM},
        hovertemplate=style.hover(f"{words['index']} %{{x}}", words["alone"]), showlegend=False,
    )  # fmt: skip
