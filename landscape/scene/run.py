"""Run: one optimizer with its steps, batch size, schedule and seed, as a scene or a command sets them, before it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from landscape.descent.optimizers import Optimizer, optimizers
from landscape.descent.schedules import schedules
from landscape.descent.trajectory import Trajectory, descend
from landscape.objective import ArrayLike, Objective
from landscape.scene.scene import Choice, Scene


@dataclass(frozen=True)
class Run:
    """The arguments of `descend` beside the objective and the start; `batch` None takes all samples at every step, and `watch` keeps the
    vectors that made each step.
    """

    optimizer: Optimizer
    steps: int
    batch: int | None
    schedule: Choice
    seed: int
    watch: bool = False

    @classmethod
    def of(cls, scene: Scene, optimizer: Choice) -> Run:
        """Return the run of `optimizer` in `scene`; a full-batch method takes all samples whatever the scene's batch size is."""
        built = optimizer.build(optimizers)
        return cls(built, scene.steps, None if built.full_batch else scene.batch or None, scene.schedule, scene.seed)

    def descend(
        self,
        objective: Objective,
        start: ArrayLike | None = None,
        *,
        report: Callable[[float], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Trajectory:
        """Return the path on `objective` from `start` (D,) (None: the objective's own theta); hooks and errors are those of `descend`."""
        schedule, hooks = self.schedule.build(schedules), {"report": report, "should_stop": should_stop, "watch": self.watch}
        return descend(
            objective, self.optimizer, start, steps=self.steps, batch_size=self.batch, seed=self.seed, schedule=schedule, **hooks
        )
