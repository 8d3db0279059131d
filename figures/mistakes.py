"""Mistakes: a confusion matrix that changes with a strength."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from figures.fit import confusion_matrix
from figures.morph import Frames


def changing_confusion(counts: np.ndarray, labels: Sequence[str], *, words: Mapping[str, str]) -> tuple[go.Figure, Frames]:
    """Return the confusion matrix of `counts` (S, K, K) at the last strength, a row for each true class, and the frames."""
    stills = [confusion_matrix(count, labels, words=words) for count in counts]
    changing = ("z", "customdata", "x", "y", "text")
    frames: Frames = []
    for still in stills:
        traces = [trace.to_plotly_json() for trace in still.data]
        frames.append({k: {name: _plain(trace[name]) for name in changing if name in trace} for k, trace in enumerate(traces)})
    figure = stills[-1]
    figure.update_layout(margin={"l": 62, "r": 10, "t": 10, "b": 60})
    return figure, frames


def _plain(values: object) -> object:
    return np.asarray(values, dtype=np.float32) if isinstance(values, np.ndarray) and values.dtype.kind in "fi" else list(values)
