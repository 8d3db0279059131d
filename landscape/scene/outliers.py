"""Outliers: points that a hand may move, a line through them by each loss, and the landscape of one of these losses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from landscape.catalogue import Parameter
from landscape.data.datasets import datasets
from landscape.losses.losses import losses
from landscape.plane import Window
from landscape.sampling.surface import Surface
from landscape.scene.edits import Edits, applied, edits_of_hand
from landscape.scene.fields import Choice, Group, chosen, number
from landscape.scene.record import Record

# The losses with a landscape of their own, and the lines besides that survive leverage.
OF_LOSS = ("mse", "mae", "huber", "log_cosh", "quantile", "tukey")
# Points a side of the landscape: while a hand drags, and at rest.
DRAGGED, RESTING = 33, 61

Side = tuple[float, float]


@dataclass(frozen=True)
class OutliersScene(Record):
    """What the page shows: a table and what a hand has done to its points, whose landscape is shown, and the losses' own numbers."""

    data: Choice = chosen(datasets, "line_outliers", group=Group.OBJECTIVE)
    edits: Edits = edits_of_hand(group=Group.OBJECTIVE)
    surface: str = number(Parameter("surface", "mse", "landscape of", choices=OF_LOSS), group=Group.DRAWING)
    delta: float = number(losses["huber"].parameter("delta"), group=Group.OBJECTIVE)
    c: float = number(losses["tukey"].parameter("c"), group=Group.OBJECTIVE)
    q: float = number(replace(losses["quantile"].parameter("q"), default=0.9), group=Group.OBJECTIVE)

    def loss(self, name: str) -> tuple[str, dict[str, float]]:
        """Return the loss of that name with this scene's numbers."""
        own = {"huber": {"delta": self.delta}, "tukey": {"c": self.c}, "quantile": {"q": self.q}}
        return name, own.get(name, {})


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a table after a hand's edits: `x` and `y` (n,), and the `number` of each, which stays its own."""

    x: np.ndarray
    y: np.ndarray
    number: np.ndarray
    rows: int
    names: tuple[str, str]


@dataclass(frozen=True, eq=False)
class Line:
    """The line of one estimator: y = slope x + intercept."""

    name: str
    slope: float
    intercept: float


@dataclass(frozen=True, eq=False)
class Outliers:
    """What is known of a scene: its points, lines, and the landscape; `frame` is what of x and y is shown."""

    scene: OutliersScene
    points: Points
    frame: tuple[Side, Side]
    lines: tuple[Line, ...]
    surface: Surface
    finished: bool = False


def studied(scene: OutliersScene) -> Iterator[Outliers]:
    """Yield what a scene shows, coarse first."""
    first = dragged(scene)
    yield first
    yield replace(first, surface=landscape_of(scene, first.points, window_of(first.frame, first.lines), RESTING), finished=True)


def dragged(scene: OutliersScene, before: Outliers | None = None) -> Outliers:
    """Return the first picture of a scene; while a hand drags, what is shown `before` keeps its frame and its window."""
    points = points_of(scene)
    frame = before.frame if before is not None else frame_of(scene, points)
    lines = tuple(_line(scene, name, points) for name in ("mse", "mae", "huber"))
    window = window_of(frame, lines) if before is None else _held(before.surface)
    return Outliers(scene, points, frame, lines, landscape_of(scene, points, window, DRAGGED))


def points_of(scene: OutliersScene) -> Points:
    """Return the scene's points. Raises LandscapeError where an edit is of no row."""
    data = scene.data.build(datasets, 0)
    places, numbers = applied(scene.edits, np.stack([data.inputs[:, 0], data.targets], axis=1))
    return Points(*places.T.copy(), numbers, len(data.targets), (data.feature_names[0], data.target_names[0]))


def frame_of(scene: OutliersScene, points: Points) -> tuple[Side, Side]:
    """Return what of x and y is shown: all points, with room to drag one away."""
    return _roomy(points.x, 0.12), _roomy(np.append(points.y, [-6, 45]), 0.05)


def _roomy(values: np.ndarray, room: float) -> Side:
    low, high = float(values.min()), float(values.max())
    span = high - low or max(abs(high), 1.0)
    return low - room * span, high + room * span


def window_of(frame: tuple[Side, Side], lines: tuple[Line, ...]) -> Window:
    """Return the slopes and intercepts of the landscape: those of all lines, with room around them."""
    (x_lo, x_hi), (y_lo, y_hi) = frame
    steep = 0.5 * (y_hi - y_lo) / (x_hi - x_lo)
    a = [line.slope for line in lines]
    b = [line.intercept for line in lines]
    return _roomy(np.array([*a, -steep, 2 * steep]), 0.1), _roomy(np.array([*b, y_lo, y_hi / 2]), 0.1)


def _held(surface: Surface) -> Window:
    return (float(surface.a[0]), float(surface.a[-1])), (float(surface.b[0]), float(surface.b[-1]))


def landscape_of(scene: OutliersScene, points: Points, window: Window, resolution: int) -> Surface:
    """Return the mean loss of every line on the window: by the loss itself, on all points at once."""
    name, settings = scene.loss(scene.surface)
    loss = losses.make(name, **settings)
    a, b = (np.linspace(*side, resolution) for side in window)
    slopes, intercepts = (torch.from_numpy(grid.ravel()) for grid in np.meshgrid(a, b))
    x, y = torch.from_numpy(points.x), torch.from_numpy(points.y)
    values = loss(slopes[:, None] * x + intercepts[:, None], y.expand(len(slopes), -1))
    values = values.reshape(resolution, resolution).numpy()
    return Surface(a, b, values, np.zeros(values.shape), values.size)


def _line(scene, name, points):
    x, y = points.x, points.y
    A = np.stack([x, np.ones_like(x)], 1)
    w = np.ones(len(x))
    for _ in range(60 if name != "mse" else 1):
        s = np.sqrt(w)
        t, *_ = np.linalg.lstsq(A * s[:, None], y * s, rcond=None)
        r = np.abs(y - A @ t)
        w = 1 / np.maximum(r, 1e-9) if name == "mae" else np.minimum(1, scene.delta / np.maximum(r, 1e-12))
    return Line(name, float(t[0]), float(t[1]))
