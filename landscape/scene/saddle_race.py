"""The race past a saddle: its runs, the critical points, who stays at them, and the times of escape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from landscape.curvature.critical import CriticalPoint, find_critical_points
from landscape.descent.trajectory import Trajectory
from landscape.plane import Plane, Window
from landscape.planes.directions import finite_part
from landscape.planes.window import widened
from landscape.saddles.escape import Escape, escape, way_down
from landscape.saddles.field import Field, direction_field
from landscape.saddles.noisy_line import NoisyLine
from landscape.saddles.race import Stay, arrived, race, reach, stay
from landscape.saddles.textbook import Check, checks
from landscape.sampling.surface import Surface, sample_surface
from landscape.scene.path import Path
from landscape.scene.record import Record
from landscape.scene.saddles import SaddlesScene

RESOLUTION = 61
# How far beside a saddle the runs of the escape plot set out, as shares of the distance at which they have left.
DISTANCES = tuple(float(f"{share:.6g}") for share in np.logspace(-11, -1, 11))
# Which of the racers the escape plot follows: those that may leave, from a start that is moved by hand anyway.
FOLLOWED = ("gd", "perturbed_gd", "momentum", "newton", "saddle_free_newton")
# The fields that say which landscape it is.
LAND = ("landscape", "function")

Report = Callable[[str, float], None]
Stop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class SaddleRace:
    """What is known of a race: the runs of `racers` in the order of the scene, the critical points in the window and the stay of each run
    at one of them, and what is known of the textbook saddle. Of the `saddle` that the first run comes nearest to: the `departures` of all
    runs, their distances (T+1,) from it along its steepest way down, and the steps it takes to be off by `radius`, by the start's distance.
    """

    scene: SaddlesScene
    surface: Surface
    runs: tuple[Trajectory, ...]
    field: Field | None = None
    critical: tuple[CriticalPoint, ...] = ()
    stays: tuple[Stay | None, ...] = ()
    ends: tuple[CriticalPoint | None, ...] = ()
    saddle: CriticalPoint | None = None
    radius: float = 0.0
    departures: tuple[np.ndarray, ...] = ()
    escapes: tuple[Escape, ...] = ()
    checks: tuple[Check, ...] = ()
    finished: bool = False

    @property
    def paths(self) -> tuple[Path, ...]:
        """The runs as they are seen on the plane, which is the whole space."""
        return tuple(_path(racer, run) for racer, run in zip(self.scene.running, self.runs, strict=True))


class Saddles:
    """The results of one scene of the race, each remembered under the fields that it depends on."""

    def __init__(self, scene: SaddlesScene, memory: MutableMapping[tuple, object], report: Report, should_stop: Stop):
        self.scene, self._memory, self._report, self._should_stop = scene, memory, report, should_stop
        self.objective = scene.race_landscape()

    @property
    def start(self) -> tuple[float, float]:
        """Where the runs set out."""
        return tuple(map(float, self.objective.theta)) if self.scene.start is None else self.scene.start

    @property
    def window(self) -> Window:
        """The window asked for, or the function's own, with the start in it."""
        return widened(self.scene.window or self.objective.window, self.start)

    @property
    def surface(self) -> Surface:
        """The function on the window."""
        whole = Plane(np.zeros(2), *np.eye(2))
        sample = partial(sample_surface, self.objective, whole, self.window, resolution=RESOLUTION)
        return self._recall("surface", LAND, sample, self.window)

    @property
    def field(self) -> Field | None:
        """The direction field on the window."""
        step = self.scene.field
        if step == "none":
            return None
        return self._recall("field", (*LAND, "field"), lambda: direction_field(self.objective, self.window, step), self.window)

    def run(self, racer: str) -> Trajectory:
        """One of the runs."""
        self._report("paths", self.scene.running.index(racer) / len(self.scene.running))
        scene = self.scene

        def go() -> Trajectory:
            return race(self.objective, racer, self.start, scene.pace, steps=scene.steps, seed=scene.seed, should_stop=self._should_stop)

        return self._recall("race", (*LAND, "lr", "momentum", "noise", "batch", "steps", "start", "seed"), go, racer)

    @property
    def critical(self) -> tuple[CriticalPoint, ...]:
        """The critical points of the function's own window; of the network, its saddle and the nearest two of its minima."""
        self._report("critical", 0.0)
        if isinstance(self.objective, NoisyLine):
            return self._recall("line", (), lambda: self.objective.critical)
        search = partial(find_critical_points, self.objective, window=self.objective.window, should_stop=self._should_stop)
        return self._recall("all critical", LAND, lambda: tuple(search()))

    def end(self, run: Trajectory) -> CriticalPoint | None:
        """The critical point that a run has reached."""
        theta, points = run.thetas[-1], self.critical
        if not isinstance(self.objective, NoisyLine):
            return arrived(theta, points)
        valley = self.objective.valley(theta)
        return arrived(theta, points if valley is None else [points[-1], valley])

    @property
    def followed(self) -> tuple[str, ...]:
        """The methods of the escape plot."""
        return ("gd", "sgd", *FOLLOWED[1:]) if self.scene.sampled else FOLLOWED

    def escape(self, method: str, saddle: CriticalPoint, points: Sequence[CriticalPoint]) -> Escape:
        """How long a method stays at a saddle of the critical points, by its start's distance."""
        self._report("escape", self.followed.index(method) / len(self.followed))
        radius = reach(saddle, points)

        def go() -> Escape:
            far = [share * radius for share in DISTANCES]
            return escape(self.objective, saddle, method, far, radius=radius, pace=self.scene.pace, should_stop=self._should_stop)

        return self._recall("escape", (*LAND, "lr", "momentum", "noise", "batch"), go, method, tuple(saddle.theta))

    def departures(self, runs: Sequence[Trajectory], saddle: CriticalPoint | None, points: Sequence[CriticalPoint]) -> dict[str, Any]:
        """How far the runs are off the ridge of a saddle, and from where on they have left."""
        if saddle is None:
            return {}
        way = way_down(self.objective, saddle)
        return {"departures": tuple(np.abs((run.thetas - saddle.theta) @ way) for run in runs), "radius": reach(saddle, points)}

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is known of the textbook saddle, where it is shown."""
        return self._recall("textbook", (), checks) if self.scene.textbook else ()

    def _recall(self, stage: str, names: tuple[str, ...], compute: Callable[[], Any], *more: object) -> Any:
        key = (f"saddles {stage}", *Record.part(self.scene, *names), *more)  # the scene has a field of that name
        found = self._memory.get(key)
        if found is None:
            found = self._memory[key] = compute()
        return found


def race_stages(scene: SaddlesScene, memory: MutableMapping[tuple, object], report: Report, should_stop: Stop) -> Iterator[SaddleRace]:
    """Yield the race: its runs on the landscape first, then the critical points and who stays at them, then the times of escape."""
    study = Saddles(scene, memory, report, should_stop)
    found = SaddleRace(scene, study.surface, tuple(map(study.run, scene.running)), study.field)
    yield found
    points = study.critical
    stays, ends = tuple(_stay(run, points) for run in found.runs), tuple(map(study.end, found.runs))
    found = replace(found, critical=points, stays=stays, ends=ends, saddle=_met(study.start, stays, points))
    yield found
    found = replace(found, checks=study.checks, **study.departures(found.runs, found.saddle, points))
    if found.saddle is None:
        yield replace(found, finished=True)
        return
    for method in study.followed:
        escapes = (*found.escapes, study.escape(method, found.saddle, points))
        found = replace(found, escapes=escapes, finished=method == study.followed[-1])
        yield found


def _stay(run: Trajectory, points: Sequence[CriticalPoint]) -> Stay | None:
    return stay(finite_part(run), points)


def _met(start: Sequence[float], stays: Sequence[Stay | None], points: Sequence[CriticalPoint]) -> CriticalPoint | None:
    """Return the saddle with a way down that the first run stayed at, or else the one nearest to the start; None where there is none."""
    for met in stays:
        if met is not None and met.saddle.kind == "saddle":
            return met.saddle
    saddles = [point for point in points if point.kind == "saddle"]
    return min(saddles, key=lambda saddle: float(np.linalg.norm(saddle.theta - np.array(start))), default=None)


def _path(racer: str, run: Trajectory) -> Path:
    thetas = np.where(np.isfinite(run.thetas), run.thetas, np.nan)
    return Path(racer, thetas[:, 0].copy(), thetas[:, 1].copy(), run.losses, np.zeros(len(run)), run.status, run.step)
