"""Path: `python -m landscape path`, the run of an optimizer."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from landscape.command.work import Work
from landscape.descent.optimizers import Optimizer, make_optimizer, optimizers
from landscape.descent.schedules import schedules
from landscape.descent.trajectory import descend
from landscape.errors import require_range
from landscape.files.result import require_room, save_result
from landscape.scene.scene import Choice, Scene

STEPS = 100


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of this command alone."""
    command.add_argument(
        "--run", type=int, default=1, metavar="N", help="which of the scene's optimizers, from 1 (default 1)", dest="number"
    )
    command.add_argument("--optimizer", choices=list(optimizers), help="another method (default: the scene's, or sgd)")
    command.add_argument("--lr", type=float, help="another learning rate (default: the scene's, or the method's own)")
    command.add_argument("--steps", type=int, help=f"how many steps (default: the scene's, or {STEPS})")
    command.add_argument("--batch", type=int, help="samples a step (default: the scene's, or all)")


def run(options: argparse.Namespace, work: Work) -> None:
    """Run it, keep the path and print how it ended."""
    run = _run(options, work.scene)
    asked = {"optimizer": run.optimizer.name, "settings": dict(run.optimizer.settings), "steps": run.steps, "batch": run.batch}
    asked |= {"schedule": run.schedule.name, "schedule_settings": dict(run.schedule.settings), "seed": work.seed}
    require_room((run.steps + 1) * work.objective.dim)
    objective = work.journalled(".part", asked)
    work.progress.begin("plane")
    start = None if work.scene is None or work.scene.start is None else work.study.plane.embed(*work.scene.start)
    work.progress.begin("path")
    path = descend(
        objective,
        run.optimizer,
        start,
        steps=run.steps,
        batch_size=run.batch,
        seed=work.seed,
        schedule=run.schedule.build(schedules),
        report=work.progress,
    )
    save_result(options.out, trajectory=path, scene=work.scene, recipe=work.recipe | asked)
    print(f"{path.status} after {len(path) - 1} steps: loss {path.losses[0]:.6g} to {path.losses[-1]:.6g}")


@dataclass(frozen=True)
class _Run:
    """A run of an optimizer, before it starts."""

    optimizer: Optimizer
    steps: int
    batch: int | None
    schedule: Choice


def _run(options: argparse.Namespace, scene: Scene | None) -> _Run:
    """Return the scene's run that is asked for, with whatever the options say otherwise."""
    require_range("path", "run", options.number, 1, 1 if scene is None else len(scene.optimizers))
    own = None if scene is None else scene.optimizers[options.number - 1]
    settings = {} if own is None or options.optimizer else dict(own.settings)
    settings |= {} if options.lr is None else {"lr": options.lr}
    optimizer = make_optimizer(options.optimizer or ("sgd" if own is None else own.name), **settings)
    steps = options.steps if options.steps is not None else STEPS if scene is None else scene.steps
    batch = None if scene is None or optimizer.full_batch else scene.batch or None
    schedule = Scene().schedule if scene is None else scene.schedule
    return _Run(optimizer, steps, batch if options.batch is None else options.batch, schedule)
