"""Contest: the racers of a scene on one landscape, each with the same budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from landscape.descent.optimizers import optimizers
from landscape.descent.trajectory import Trajectory
from landscape.objectives.functions import AnalyticFunction
from landscape.race.sweep import Sweep
from landscape.race.trouble import Trouble, trouble_of
from landscape.scene.exploration import Exploration, explore
from landscape.scene.fields import Choice
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy, Refused, with_rate


@dataclass(frozen=True, eq=False)
class Racer:
    """One racer: its `choice` with the learning rate that it ran with, its `trajectory`, and at which step it stands at each tick of the
    clock (`standing`). `arrived` is the step at which it had the target, None if it never had; `trouble` is why it left for infinity;
    `sweep` how its learning rate was found.
    """

    choice: Choice
    trajectory: Trajectory
    standing: np.ndarray
    arrived: int | None
    trouble: Trouble | None = None
    sweep: Sweep | None = None

    @property
    def evaluations(self) -> int:
        """The gradient evaluations of its run."""
        return int(self.trajectory.spent[-1])

    @property
    def price(self) -> int | None:
        """The gradient evaluations until it had the target, None if it never had."""
        return None if self.arrived is None else int(self.trajectory.spent[self.arrived])


@dataclass(frozen=True, eq=False)
class Contest:
    """A race as it is drawn: what is known of its landscape with the paths of all `racers`; `refused` are those that cannot start.

    `target` is the loss at which a racer has arrived, and `lowest` the lowest loss known: a function's own where it is `known`.
    """

    scene: RaceScene
    exploration: Exploration
    racers: tuple[Racer, ...]
    refused: tuple[Refused, ...]
    target: float
    lowest: float
    known: bool
    finished: bool = False


def contest(study: RaceStudy) -> Iterator[Contest]:
    """Yield the race of the study's scene as it grows: first the paths, then what is known of the landscape. Racers that cannot start are
    refused, and the others race on; raises the refusal of the last one where none can.
    """
    scene = study.scene
    able, refused = study.entered()
    entered = study.racing(able)
    sweeps: list[Sweep | None] = [None] * len(able)
    if scene.pace == "tuned":
        sweeps = [entered.sweep(choice, k, len(able)) for k, choice in enumerate(able)]
        able = [with_rate(choice, sweep.best or choice.get("lr")) for choice, sweep in zip(able, sweeps, strict=True)]
    elif scene.pace == "default":
        able = [with_rate(choice, None) for choice in able]
    racing = study.racing(able)
    lowest, known = _lowest(racing)
    target = lowest + scene.target * (float(racing.trajectories[0].losses[0]) - lowest)
    racers = tuple(_racer(racing, *one, target) for one in zip(able, racing.trajectories, sweeps, strict=True))
    for exploration in explore(racing):
        yield Contest(scene, exploration, racers, tuple(refused), target, lowest, known, exploration.finished)


def _lowest(racing: RaceStudy) -> tuple[float, bool]:
    """Return the lowest loss of the racers, or else a function's known minimum, and which of them it is."""
    points = racing.objective.known if isinstance(racing.objective, AnalyticFunction) else ()
    known = min((point.value for point in points if point.kind == "minimum"), default=np.inf)
    reached = min(float(np.min(run.losses[np.isfinite(run.losses)], initial=np.inf)) for run in racing.trajectories)
    return min(known, reached), known <= reached


def _racer(racing: RaceStudy, choice: Choice, run: Trajectory, sweep: Sweep | None, target: float) -> Racer:
    there = np.flatnonzero(run.losses <= target)
    trouble = None if racing.scene.has_kinks else trouble_of(racing.objective, choice.build(optimizers), run)
    return Racer(choice, run, racing.standing(run), int(there[0]) if len(there) else None, trouble, sweep)
