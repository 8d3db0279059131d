"""Racing: the study of a race's scene, in which every racer has the same budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from landscape.curvature.spectrum import top_eigenpairs
from landscape.descent.optimizers import Optimizer, make_optimizer, optimizers
from landscape.descent.parallel import ParallelRun, descend_in_parallel
from landscape.descent.schedules import make_schedule, schedules
from landscape.descent.trajectory import Trajectory, descend
from landscape.errors import LandscapeError
from landscape.race.basins import Basins, basins
from landscape.race.budget import paid, standing, steps_within
from landscape.race.sweep import Sweep, rates_around, swept
from landscape.race.workers import Team, off_one_batch, team
from landscape.scene.fields import Choice, Group
from landscape.scene.race import RaceScene
from landscape.scene.run import Run
from landscape.scene.study import Study
from landscape.scene.suggestions import suggested_batch

# Of the runs by schedule: how many there are of each, the noise where there are no batches, and the largest learning rate.
SEEDS, NOISE, LARGEST_SCHEDULED = 5, 10.0, 1.0


@dataclass(frozen=True, eq=False)
class Scheduled:
    """Runs of the noisy `method` with the learning rate `lr`: by schedule, the `losses` (T+1,), each the median of so many `seeds`, and the
    `factors` of the learning rate (T,).
    """

    method: str
    lr: float
    losses: Mapping[str, np.ndarray]
    factors: Mapping[str, np.ndarray]
    seeds: int


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
        alone, start = self.racing([choice]), self._start
        there = None if start is None else tuple(start.tolist())
        names = [name for name in alone.scene.names(Group.OBJECTIVE, Group.RUN) if name != "optimizers"]
        return alone._recall("sweep", tuple(names), lambda: alone._swept(choice, start, place, of), choice, there)

    def scheduled(self) -> Scheduled:
        """Return runs of one noisy method by their schedules, each as its catalogue has it: of SGD, or where nothing can be drawn in
        batches, of gradient descent with noise of its own. Its learning rate is gradient descent's largest stable one at the start, halved.
        """
        of_function = self.dataset is None
        known = self.start_limit("gd")
        lr = min(LARGEST_SCHEDULED, known / 2) if known is not None and np.isfinite(known) else LARGEST_SCHEDULED
        name, settings = ("perturbed_gd", {"sigma": NOISE}) if of_function else ("sgd", {})
        method = make_optimizer(name, lr=lr, **settings)
        batch = None if of_function else suggested_batch(self.objective.samples)
        steps, start = self.scene.steps, self._start
        losses, each = {}, {schedule: make_schedule(schedule) for schedule in schedules}
        for k, (schedule, factor) in enumerate(each.items()):
            self._report("schedules", k / len(each))
            hooks = {"steps": steps, "schedule": factor, "batch_size": batch, "should_stop": self._should_stop}
            runs = [descend(self.objective, method, start, seed=self.scene.seed + seed, **hooks).losses for seed in range(SEEDS)]
            shortest = min(map(len, runs))
            losses[schedule] = np.median([run[:shortest] for run in runs], axis=0)
        factors = {schedule: np.array([factor(step, steps) for step in range(steps)]) for schedule, factor in each.items()}
        return Scheduled(name, lr, losses, factors, SEEDS)

    def basins(self, choice: Choice, side: int, done: float, share: float) -> Basins:
        """Return what `side` x `side` starts over the window reach by a method, on a function; so much of all maps is `done`, and this is
        such a `share` of them.
        """
        alike = tuple(name for name in self.scene.names(Group.OBJECTIVE, Group.RUN) if name not in ("optimizers", "batch", "clock", "pace"))

        def found() -> Basins:
            hooks = {"report": lambda part: self._report("basins", done + share * part), "should_stop": self._should_stop}
            how = {"steps": self.scene.steps, "seed": self.scene.seed, "schedule": self.scene.schedule.build(schedules), **hooks}
            return basins(self.objective, choice.build(optimizers), self.objective.known, self.window, side, **how)

        return self._recall(f"basins {side}", alike, found, choice, self.window)

    def team(self, risk: Study) -> Team:
        """Return the scene's workers on the landscape of `risk`, from its start."""
        return team(
            risk.objective, self._set_out(risk), local=self.scene.local, batch_size=self.scene.worker_batch or None, **self._working
        )

    def crew(self, risk: Study, local: int) -> ParallelRun:
        """Return the run of the same workers with another number of local steps."""
        batch = self.scene.worker_batch or None
        return descend_in_parallel(risk.objective, self._set_out(risk), local=local, batch_size=batch, **self._working)

    def off_one_batch(self, risk: Study) -> float:
        """Return how far the workers with one local step and all samples are from one large batch."""
        return off_one_batch(risk.objective, self._set_out(risk), **self._working)

    @staticmethod
    def _set_out(risk: Study) -> np.ndarray:
        return risk.plane.embed(*risk.scene.start).reshape(-1)

    @property
    def _working(self) -> dict[str, object]:
        scene = self.scene
        often = {"steps": scene.worker_steps, "seed": scene.seed, "should_stop": self._should_stop}
        return {"workers": scene.workers, "lr": scene.worker_rate, **often}

    def start_limits(self) -> dict[str, float | None]:
        """Return each racer's largest stable learning rate on the quadratic model at the start; None where no bound is known."""
        if self.scene.has_kinks:
            return dict.fromkeys(choice.name for choice in self.scene.optimizers)
        return {choice.name: choice.build(optimizers).largest_lr(self._top) for choice in self.scene.optimizers}

    def start_limit(self, name: str) -> float | None:
        """Return the largest stable learning rate there of a method that is no racer, with its usual settings."""
        return None if self.scene.has_kinks else make_optimizer(name).largest_lr(self._top)

    @cached_property
    def _top(self) -> float:
        """The largest eigenvalue at the start."""
        theta = self.objective.theta if self._start is None else self._start
        return float(top_eigenpairs(self.objective, theta, k=1).eigenvalues[0])

    @property
    def _start(self) -> np.ndarray | None:
        return None if self.scene.start is None else self.plane.embed(*self.scene.start)

    def _swept(self, choice: Choice, start: np.ndarray | None, place: int, of: int) -> Sweep:
        rate = optimizers[choice.name].parameter("lr")
        rates = rates_around(choice.get("lr"), rate.low, rate.high)
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
