"""The trial page's scene and stages: a line fitted to five points, one of which is the visitor's to move."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from landscape.catalogue import Parameter
from landscape.data.datasets import Dataset
from landscape.descent.optimizers import optimizers
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled
from landscape.losses.losses import losses
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane
from landscape.sampling.surface import Surface, sample_surface
from landscape.scene.fields import Choice, Group, chosen, number, point, several
from landscape.scene.path import Path
from landscape.scene.record import Record
from ui.jobs.job import Hooks

X = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
WINDOW = ((-3.0, 3.0), (-3.0, 3.0))


@dataclass(frozen=True)
class LineScene(Record):
    """What the page shows: the loss, the optimizer and its steps, and where the point is; `seconds` is what the last stage takes."""

    loss: Choice = chosen(losses, "mse", group=Group.OBJECTIVE)
    moved: tuple[float, float] = point((2.0, 2.0), group=Group.OBJECTIVE)
    optimizers: tuple[Choice, ...] = several(optimizers, ("opt",), Choice("gd", (("lr", 0.1),)), group=Group.RUN)
    steps: int = number(Parameter("steps", 20, "steps", 1, 100, "log"), group=Group.RUN)
    seconds: float = number(Parameter("seconds", 0.0, "seconds", 0.0, 60.0), group=Group.DRAWING)


@dataclass(frozen=True, eq=False)
class Line:
    """The points, the surface of the risk over slope and intercept, and the path of the fit."""

    points: np.ndarray
    surface: Surface
    path: Path
    fine: bool = False


def fitted(scene: LineScene, hooks: Hooks) -> Iterator[Line]:
    """Yield the fit over a coarse surface, and after `seconds` over a fine one."""
    points = np.stack([X, X], axis=1)
    points[-1] = scene.moved
    data = Dataset(points[:, :1], points[:, 1], "regression", points[:0, :1], points[:0, 1])
    risk = EmpiricalRisk(make_model("linear", data), scene.loss.build(losses), data)
    run = descend(risk, scene.optimizers[0].build(optimizers), np.array([-2.0, 2.0]), steps=scene.steps)
    a, b = run.thetas.T
    path = Path(scene.optimizers[0].name, a, b, run.losses, np.zeros(len(run)), run.status, run.step)
    plane = Plane(np.zeros(2), *np.eye(2))
    coarse = Line(points, sample_surface(risk, plane, WINDOW, resolution=11), path)
    yield coarse
    began = time.monotonic()
    while (passed := time.monotonic() - began) < scene.seconds:
        hooks.report("surface", passed / scene.seconds)
        if hooks.should_stop():
            raise Cancelled
        time.sleep(0.02)
    yield replace(coarse, surface=sample_surface(risk, plane, WINDOW, resolution=31), fine=True)
