"""Racing: the study of a race's scene, in which every racer has the same budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from landscape.curvature.spectrum import top_eigenpairs
from landscape.descent.optimizers import Optimizer, optimizers
from landscape.descent.schedules import schedules
from landscape.descent.trajectory import Trajectory
from landscape.errors import LandscapeError
from landscape.race.budget import paid, standing, steps_within
from landscape.race.sweep import Sweep, rates_around, swept
from landscape.scene.fields import Choice
from landscape.scene.race import RaceScene
from landscape.scene.run import Run
from landscape.scene.study import Study


@dataclass(frozen=True, eq=False)
class Refused:
    """A racer that cannot start here, and why."""

    choice: Choice
    error: LandscapeError


class RaceStudy(Study):
    """The study of a race: a step that costs several gradient evaluations is taken as often as the budget allows."""

    scene: RaceScene

    def run(self, choice: Choice) -> Run:
        """Return how a racer runs."""
        run = Run.of(self.scene, choice)
        cost = run.optimizer.cost(self.objective.dim) if self._by_cost else 1
        return replace(run, steps=steps_within(self.scene.steps, cost), watch=True)

    @property
    def _by_cost(self) -> bool:
        return self.scene.clock == "evaluations"

    def standing(self, run: Trajectory) -> np.ndarray:
        """Return the step at which a run stands at each tick of the scene's clock."""
        return standing(run, self.scene.steps) if self._by_cost else np.arange(len(run))

    def _descend(self, k: int, start: np.ndarray | None) -> Trajectory:
        return self._within(super()._descend(k, start))

    def _within(self, run: Trajectory) -> Trajectory:
        """Return the run as far as the budget pays for it; of vectors of more than two numbers, only their lengths (T, 1) are kept."""
        run = paid(run, self.scene.steps) if self._by_cost else run
        if self.objective.dim <= 2:
            return run
        sizes = {symbol: np.linalg.norm(vectors, axis=1)[:, None] for symbol, vectors in run.states.items()}
        return replace(run, states=sizes)

    def entered(self) -> tuple[list[Choice], list[Refused]]:
        """Return the racers that can start here, and those that cannot; raise the last one's refusal where none can."""
        able, refused = [], []
        for choice in self.scene.optimizers:
            try:
                choice.build(optimizers).start(self.objective, self.objective.theta)
                able.append(choice)
            except LandscapeError as error:
                refused.append(Refused(choice, error))
        if not able:
            raise refused[-1].error
        return able, refused

    def racing(self, racers: Sequence[Choice]) -> RaceStudy:
        """Return the study of the race of these alone, with their learning rates as they are."""
        return RaceStudy.like(self, replace(self.scene, optimizers=tuple(racers), pace="given"))

    def sweep(self, choice: Choice, place: int, of: int) -> Sweep:
        """Return the ends of a racer's runs by its learning rate, around the scene's own; it is number `place` of so many."""
        alone = self.racing([choice])
        names = alone.scene.names("function", "data", "table", "model", "weights", "loss", "penalty", "schedule", "steps", "batch", "clock")
        return alone._recall("sweep", (*names, "seed", "start", "plane"), lambda: alone._swept(choice, place, of), choice)

    def scheduled(self) -> dict[str, Trajectory]:
        """Return the first racer's runs by their schedules, each as its catalogue has it."""
        run, start = self.run(self.scene.optimizers[0]), self._start
        each = {name: RaceScene.choose("schedule", name) for name in schedules}
        hooks = {"should_stop": self._should_stop}
        return {name: replace(run, schedule=schedule).descend(self.objective, start, **hooks) for name, schedule in each.items()}

    def start_limits(self) -> tuple[float | None, ...]:
        """Return each racer's largest stable learning rate on the quadratic model at the start; None where no bound is known."""
        if self.scene.has_kinks:
            return (None,) * len(self.scene.optimizers)
        theta = self.objective.theta if self._start is None else self._start
        top = float(top_eigenpairs(self.objective, theta, k=1).eigenvalues[0])
        return tuple(choice.build(optimizers).largest_lr(top) for choice in self.scene.optimizers)

    @property
    def _start(self) -> np.ndarray | None:
        return None if self.scene.start is None else self.plane.embed(*self.scene.start)

    def _swept(self, choice: Choice, place: int, of: int) -> Sweep:
        rate = optimizers[choice.name].parameter("lr")
        rates = rates_around(choice.get("lr"), rate.low, rate.high)
        start = self._start
        runs = [with_rate(choice, float(lr)).build(optimizers) for lr in rates]

        def run(optimizer: Optimizer) -> Trajectory:
            hooks = {"should_stop": self._should_stop}
            return self._within(replace(self.run(choice), optimizer=optimizer).descend(self.objective, start, **hooks))

        told = partial(self._report, "sweep")
        return swept(run, runs, lambda share: told((place + share) / of))


def with_rate(choice: Choice, lr: float | None) -> Choice:
    """Return the racer with this learning rate, with the catalogue's own, which is torch's, for None."""
    default = optimizers[choice.name].parameter("lr").default
    return RaceScene.choose("opt", choice.name, **{**dict(choice.settings), "lr": default if lr is None else lr})
