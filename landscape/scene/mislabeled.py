"""Mislabeled: two classes on a line, one point of which may be on the wrong side, and the score that each loss of a margin finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from landscape.losses.losses import losses
from landscape.plane import Window
from landscape.regression.scores import ScoreFit, fit_score
from landscape.sampling.surface import Surface
from landscape.scene.edits import applied
from landscape.scene.outliers import OF_MARGIN, OutliersScene

# Three points of each class about zero, and one of the negative class far on the other side.
PLACES = np.array([1.0, 2.0, 3.0, -1.0, -2.0, -3.0, 20.0])
LABELS = np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0])
# Points a side of the landscape: while a hand drags, and at rest.
DRAGGED, RESTING = 25, 81
# What of the labels and scores is shown, and the room beside the points.
UPRIGHT, SIDEWAYS = (-2.6, 2.6), 0.08
# The landscape's window about the scores: so many times as far as the farthest of them, and at least this.
WIDER, LEAST = 1.5, 1.0
# Scores beyond this are those of classes that a score separates, which grow without end.
FARTHEST = 30.0


@dataclass(frozen=True, eq=False)
class Labeled:
    """Points x with labels y in {-1, +1}, the `number` of each, and how many are the table's `rows`."""

    x: np.ndarray
    y: np.ndarray
    number: np.ndarray
    rows: int


@dataclass(frozen=True, eq=False)
class Score:
    """The score s(x) = slope x + intercept of one loss: class +1 where it is positive. `errors` is its share of wrong points."""

    name: str
    slope: float
    intercept: float
    errors: float
    pulls: np.ndarray
    status: str

    @classmethod
    def of(cls, name: str, fit: ScoreFit) -> Score:
        """Return a fit of one input by its name."""
        return cls(name, float(fit.coefficients[0]), fit.intercept, fit.errors, fit.pulls, fit.status)

    def at(self, x: float) -> float:
        """Return the score at x."""
        return self.slope * x + self.intercept

    @property
    def threshold(self) -> float:
        """Where the score changes its sign; NaN where it never does."""
        return -self.intercept / self.slope if self.slope else float("nan")


@dataclass(frozen=True, eq=False)
class Mislabeled:
    """What is known of the classes of a scene: points, scores, and the mean of one loss over slope and intercept; no scores and no surface
    where one class is missing.
    """

    scene: OutliersScene
    points: Labeled
    frame: tuple[tuple[float, float], tuple[float, float]]
    scores: Mapping[str, Score]
    surface: Surface | None
    finished: bool = False


def classified(scene: OutliersScene) -> Iterator[Mislabeled]:
    """Yield what a scene shows, the first of it with a coarse landscape."""
    first = parted(scene)
    yield first
    if first.surface is not None:
        first = replace(first, surface=_landscape(scene, first.points, _shown(first.surface), RESTING))
    yield replace(first, finished=True)


def parted(scene: OutliersScene, before: Mislabeled | None = None) -> Mislabeled:
    """Return the first picture of a scene; while a hand drags, with the frame and the window of the picture `before`."""
    points = labeled(scene)
    frame = before.frame if before is not None else (_roomy(points.x), UPRIGHT)
    if len(set(points.y.tolist())) < 2:
        return Mislabeled(scene, points, frame, {}, None)
    scores = {name: Score.of(name, fit_score(points.x, points.y, loss_of(scene, name))) for name in OF_MARGIN}
    window = _window(scores) if before is None or before.surface is None else _shown(before.surface)
    return Mislabeled(scene, points, frame, scores, _landscape(scene, points, window, DRAGGED))


def labeled(scene: OutliersScene) -> Labeled:
    """Return the scene's points: a point's height says its class."""
    places, numbers = applied(scene.flips, np.stack([PLACES, LABELS], axis=1))
    return Labeled(places[:, 0].copy(), np.where(places[:, 1] > 0, 1.0, -1.0), numbers, len(PLACES))


def loss_of(scene: OutliersScene, name: str) -> tuple[str, dict[str, float]]:
    """Return the loss of that name with the scene's numbers."""
    return name, {"gamma": scene.gamma} if name == "focal" else {}


def _window(scores: Mapping[str, Score]) -> Window:
    sides = []
    for values in ([score.slope for score in scores.values()], [score.intercept for score in scores.values()]):
        reach = max([LEAST, *(WIDER * abs(value) for value in values if abs(value) < FARTHEST)])
        sides.append((-reach, reach))
    return sides[0], sides[1]


def _landscape(scene: OutliersScene, points: Labeled, window: Window, resolution: int) -> Surface:
    """Return the mean loss of every score of the window, by the loss itself."""
    name, settings = loss_of(scene, scene.classes)
    loss = losses.make(name, **settings)
    a, b = (np.linspace(*side, resolution) for side in window)
    slopes, intercepts = (torch.from_numpy(grid.ravel()) for grid in np.meshgrid(a, b))
    outputs = slopes[:, None] * torch.from_numpy(points.x) + intercepts[:, None]
    targets = torch.from_numpy(points.y).expand_as(outputs)
    values = loss(outputs.reshape(-1), targets.reshape(-1)).reshape(outputs.shape).mean(1).numpy().reshape(resolution, resolution)
    return Surface(a, b, values, np.zeros(values.shape), values.size)


def _shown(surface: Surface) -> Window:
    return (float(surface.a[0]), float(surface.a[-1])), (float(surface.b[0]), float(surface.b[-1]))


def _roomy(x: np.ndarray) -> tuple[float, float]:
    low, high = (float(x.min()), float(x.max())) if len(x) else (-3.0, 20.0)
    room = SIDEWAYS * (high - low or 1.0)
    return low - room, high + room
