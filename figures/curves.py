"""Loss against step, for each path: training loss solid, test loss dotted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from figures import style
from figures.places import gapped

CURSOR = {"role": "cursor"}


def loss_curves(paths: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Draw the losses of `paths` (Path) by step; the loss axis is log when all are positive and span more than 1.5 decades."""
    losses = [series for path in paths for series in (path.losses, path.test_losses) if series is not None]
    traces = []
    for path in paths:
        color = style.style_of(path.optimizer).color
        for series, name, dash in ((path.losses, words["train"], "solid"), (path.test_losses, words["test"], "dot")):
            if series is not None:
                (y,) = gapped(series)
                traces.append(style.trace(
                    "scatter", y=y, mode="lines", line={"color": color, "width": 2, "dash": dash}, name=f"{path.label}, {name}",
                    hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['loss']} %{{y:.3~g}}", title=f"{path.label}, {name}"),
                ))  # fmt: skip
    axes = {
        "xaxis": style.axis(words["step"], rangemode="nonnegative", range=[0, last_step(paths)]),
        "yaxis": style.axis(words["loss"], **_loss_axis(losses)),
    }
    return style.figure(traces, **axes, meta=CURSOR)


def last_step(paths: Sequence[Any]) -> int:
    """Return the largest step index of `paths`, at least 1."""
    return max([1, *(len(path.losses) - 1 for path in paths)])


def _loss_axis(losses: Sequence[np.ndarray]) -> dict[str, object]:
    values = np.concatenate([np.asarray(series, dtype=np.float64) for series in losses]) if losses else np.empty(0)
    values = values[np.isfinite(values)]
    if values.size and values.min() > 0 and values.max() / values.min() > 10**1.5:
        low, high = float(np.log10(values.min())), float(np.log10(values.max()))
        room = 0.04 * (high - low)
        return {"type": "log", "range": [low - room, high + room], "dtick": max(1, round((high - low) / 5))}
    return {"rangemode": "tozero"}
