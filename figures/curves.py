"""Loss against step for each path: training loss solid, test loss dotted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from figures import style
from figures.places import gapped
from figures.reach import farewells, last_step, linear_axis, log_axis, loss_reach


def loss_curves(paths: Sequence[Any], *, words: Mapping[str, str]) -> go.Figure:
    """Draw the losses of `paths` (Path) by step; the loss axis is log when all are positive and span more than 1.5 decades.

    For a run that diverged or is unbounded, the axis shows the steps before it left, and a label names the step from which it did.
    """
    kinds = [(path, series, *look) for path in paths for series, *look in _series(path, words) if series is not None]
    series = [(path, values) for path, values, *_ in kinds]
    low, high, log = loss_reach(series)
    return style.figure(
        [_curve(*kind, words=words) for kind in kinds],
        xaxis=style.axis(words["step"], **linear_axis(0, last_step(paths))),
        yaxis=style.axis(words["loss"], **(log_axis if log else linear_axis)(low, high)),
        annotations=farewells(series, low, high, words),
    )


def _series(path: Any, words: Mapping[str, str]) -> tuple[tuple[Any, str, str], ...]:
    return (path.losses, words["train"], "solid"), (path.test_losses, words["test"], "dot")


def _curve(path: Any, losses: Any, name: str, dash: str, *, words: Mapping[str, str]) -> style.Trace:
    (y,) = gapped(losses)
    return style.trace(
        "scatter", y=y, mode="lines", line={"color": style.style_of(path.optimizer).color, "width": 2, "dash": dash},
        name=f"{path.label}, {name}",
        hovertemplate=style.hover(f"{words['step']} %{{x}}", f"{words['loss']} %{{y:.3~g}}", title=f"{path.label}, {name}"),
    )  # fmt: skip
