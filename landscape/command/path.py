"""Path: `python -m landscape path`, which runs an optimizer and saves its trajectory."""

from __future__ import annotations

import argparse
from dataclasses import replace

from landscape.command.terminal import whole
from landscape.command.work import Work
from landscape.descent.optimizers import optimizers
from landscape.errors import require_range
from landscape.files.result import save_result
from landscape.scene.run import Run
from landscape.scene.scene import Choice, Scene

STEPS = 100


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    command.add_argument(
        "--run", type=whole, default=1, metavar="N", help="which of the scene's optimizers, from 1 (default 1)", dest="number"
    )
    command.add_argument("--optimizer", choices=list(optimizers), help="another method (default: the scene's, or sgd)")
    command.add_argument("--lr", type=float, help="another learning rate (default: the scene's, or the method's own)")
    command.add_argument("--steps", type=whole, help=f"how many steps (default: the scene's, or {STEPS})")
    command.add_argument("--batch", type=whole, help="samples a step (default: the scene's, or all)")


def run(options: argparse.Namespace, work: Work) -> None:
    """Run the optimizer, save the path and print its status and its losses."""
    run = _run(options, work)
    asked = {"optimizer": run.optimizer.name, "settings": dict(run.optimizer.settings), "steps": run.steps, "batch": run.batch}
    asked |= {"schedule": run.schedule.name, "schedule_settings": dict(run.schedule.settings), "seed": run.seed}
    work.require_room((run.steps + 1) * work.objective.dim)
    objective = work.journalled(".part", asked)
    work.progress.begin("plane")
    start = None if work.scene is None or work.scene.start is None else work.study.plane.embed(*work.scene.start)
    work.progress.begin("path")
    path = run.descend(objective, start, report=work.progress)
    save_result(options.out, trajectory=path, scene=work.scene, verdict=work.verdict, recipe=work.recipe | asked)
    print(f"{path.status} after {len(path) - 1} steps: loss {path.losses[0]:.6g} to {path.losses[-1]:.6g}")


def _run(options: argparse.Namespace, work: Work) -> Run:
    """Return the scene's run that `options` name, or that of the default optimizer, with the settings that `options` replace."""
    scene = work.scene
    require_range("path", "run", options.number, 1, 1 if scene is None else len(scene.optimizers))
    own = Choice("sgd") if scene is None else scene.optimizers[options.number - 1]
    settings = {} if options.optimizer else dict(own.settings)
    settings |= {} if options.lr is None else {"lr": options.lr}
    choice = Choice(options.optimizer or own.name, tuple(settings.items()))
    run = Run.of(Scene(steps=STEPS) if scene is None else scene, choice)
    replaced = {"steps": options.steps, "batch": options.batch, "seed": work.seed}
    return replace(run, **{name: value for name, value in replaced.items() if value is not None})
