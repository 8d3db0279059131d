"""The command line: `python -m landscape surface | spectrum | path SOURCE --out FILE.npz`.

SOURCE is a scene's query ("data=digits&model=mlp&loss=cross_entropy&opt=adam") or the place of an `Objective` of your own,
"study.py:risk" or "package.module:risk", where `risk` is one or a function that returns one. Progress goes to the terminal's error
stream. Ctrl-C stops cleanly, and the same command takes a surface up where it stopped, to the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from landscape.directions import hessian_plane, random_plane, vantage
from landscape.errors import Cancelled, LandscapeError
from landscape.files import save_result
from landscape.journal import Journal
from landscape.objective import Objective
from landscape.optimizers import make_optimizer, optimizers
from landscape.plane import Plane, Window
from landscape.scene import Scene
from landscape.spectrum import top_eigenpairs
from landscape.study import Study
from landscape.surface import check_sampling, sample_surface
from landscape.trajectory import descend

STOPPED = 130  # the shell's number for a program that Ctrl-C ended
REFUSED = 2
BAR = 30
EVERY = 0.1  # seconds between two looks of the progress bar


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 2 for what was refused (with one sentence), or 130 when it was stopped."""
    options = _parser().parse_args(arguments)
    stop = _Stop()
    progress = _Progress(sys.stderr)
    try:
        with stop:
            options.run(options, progress, stop)
    except Cancelled:
        again = " The same command takes it up." if options.command == "surface" else ""
        print(f"\nStopped.{again}", file=sys.stderr)
        return STOPPED
    except LandscapeError as error:
        print(f"\n{error}", file=sys.stderr)
        return REFUSED
    progress.end(f"{options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m landscape", description="Loss landscapes, curvature and paths, into one .npz file.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, purpose in (
        ("surface", _surface, "sample the loss on a window of a plane"),
        ("spectrum", _spectrum, "find the Hessian's outermost eigenpairs"),
        ("path", _path, "run an optimizer and keep its path"),
    ):
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        command.set_defaults(run=run, command=name)
        command.add_argument("source", help="a scene's query, or FILE.py:NAME or MODULE:NAME of an Objective")
        command.add_argument("--out", type=Path, required=True, help="the result, one .npz file")
        command.add_argument("--seed", type=int, default=0, help="seed of random directions and batches (default 0)")
        if name == "surface":
            _surface_options(command)
        elif name == "spectrum":
            command.add_argument("--top", type=int, default=5, help="how many eigenpairs (default 5)")
            command.add_argument("--which", choices=("LA", "SA", "BE"), default="LA", help="largest, smallest, or both ends (default LA)")
        else:
            command.add_argument("--optimizer", choices=list(optimizers), default="sgd", help="the method (default sgd)")
            command.add_argument("--lr", type=float, help="its learning rate (default: the method's own)")
            command.add_argument("--steps", type=int, default=100, help="how many steps (default 100)")
            command.add_argument("--batch", type=int, help="samples a step (default: all)")
    return parser


def _surface_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--plane", choices=("random", "hessian"), default="random", help="for an objective of your own (default random)")
    command.add_argument(
        "--window", type=float, nargs=4, metavar=("A_LO", "A_HI", "B_LO", "B_HI"), help="default: the scene's, or -1 1 -1 1"
    )
    command.add_argument("--resolution", type=int, nargs="+", default=[101], metavar="N", help="points a side, or NX NY (default 101)")
    command.add_argument("--tolerance", type=float, help="largest error, as a share of the range (default: every point is evaluated)")


def _surface(options: argparse.Namespace, progress: _Progress, stop: _Stop) -> None:
    objective, study = _opened(options.source)
    plane, window = _place(options, objective, study)
    recipe = {
        "command": "surface",
        "source": options.source,
        "window": window,
        "resolution": options.resolution,
        "tolerance": options.tolerance,
        "plane": _digest(plane),
        "objective": _fingerprint(objective),
    }
    resolution = tuple(options.resolution) if len(options.resolution) > 1 else options.resolution[0]
    check_sampling(window, resolution, options.tolerance)  # before there is a journal that the corrected command would find in its way
    part = options.out.with_name(options.out.name + ".part")
    surface = sample_surface(
        objective,
        plane,
        window,
        resolution=resolution,
        tolerance=options.tolerance,
        journal=Journal(part, json.dumps(recipe, sort_keys=True)),
        report=progress,
        should_stop=stop,
    )
    save_result(options.out, surface=surface, plane=plane, recipe=recipe)
    part.unlink()


def _spectrum(options: argparse.Namespace, progress: _Progress, stop: _Stop) -> None:
    objective, study = _opened(options.source)
    theta = objective.theta if study is None else vantage(study.trajectories[0])
    spectrum = top_eigenpairs(objective, theta, k=options.top, which=options.which, should_stop=stop)
    recipe = {"command": "spectrum", "source": options.source, "which": options.which, "objective": _fingerprint(objective)}
    save_result(options.out, spectrum=spectrum, recipe=recipe)
    for value, residual in zip(spectrum.eigenvalues, spectrum.residuals, strict=True):
        print(f"{value:.9g}  ± {residual:.1e}")


def _path(options: argparse.Namespace, progress: _Progress, stop: _Stop) -> None:
    objective, _ = _opened(options.source)
    settings = {} if options.lr is None else {"lr": options.lr}
    run = descend(
        objective,
        make_optimizer(options.optimizer, **settings),
        steps=options.steps,
        batch_size=options.batch,
        seed=options.seed,
        report=progress,
        should_stop=stop,
    )
    recipe = {"command": "path", "source": options.source, "optimizer": options.optimizer, **settings, "seed": options.seed}
    save_result(options.out, trajectory=run, recipe={**recipe, "objective": _fingerprint(objective)})
    print(f"{run.status} after {len(run) - 1} steps: loss {run.losses[0]:.6g} to {run.losses[-1]:.6g}")


def _opened(source: str) -> tuple[Objective, Study | None]:
    """Return the objective that a source names, and the study of its scene where it is one."""
    if "=" in source or source == "":
        study = Study(Scene.from_query(source))
        return study.objective, study
    place, _, name = source.rpartition(":")
    try:
        found = getattr(_module(place), name)
    except (ImportError, AttributeError, FileNotFoundError) as error:
        raise LandscapeError("no_objective", owner=source, got=str(error)) from error
    found = found() if callable(found) and not isinstance(found, Objective) else found
    if not isinstance(found, Objective):
        raise LandscapeError("no_objective", owner=source, got=f"a {type(found).__name__}")
    return found, None


def _module(place: str) -> object:
    """Import a module by its dotted name, or the file that `place` is."""
    if not place.endswith(".py"):
        return importlib.import_module(place)
    spec = importlib.util.spec_from_file_location(f"landscape_source_{Path(place).stem}", place)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _place(options: argparse.Namespace, objective: Objective, study: Study | None) -> tuple[Plane, Window]:
    if study is not None:
        plane, window = study.plane, study.window
    else:
        random = options.plane == "random"
        plane = random_plane(objective, objective.theta, seed=options.seed) if random else hessian_plane(objective, objective.theta)
        window = ((-1.0, 1.0), (-1.0, 1.0))
    if options.window:
        window = tuple(options.window[:2]), tuple(options.window[2:])
    return plane, window


def _digest(plane: Plane) -> str:
    return hashlib.sha256(plane.origin.tobytes() + plane.u.tobytes() + plane.v.tobytes()).hexdigest()


def _fingerprint(objective: Objective) -> dict[str, object]:
    """Return what tells this objective from another that the same source might name later, its loss at its own theta among it."""
    return {
        "dim": objective.dim,
        "samples": objective.samples,
        "dtype": str(objective.dtype),
        "theta": hashlib.sha256(np.ascontiguousarray(objective.theta).tobytes()).hexdigest(),
        "value": float(objective.value(objective.theta)).hex(),
        "torch": torch.__version__,
    }


class _Stop:
    """Whether Ctrl-C was pressed: what is under way ends at its next look, and nothing is lost. A second Ctrl-C ends at once."""

    def __init__(self) -> None:
        self._asked = False

    def __call__(self) -> bool:
        return self._asked

    def __enter__(self) -> _Stop:
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _ask(self, *_: object) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


class _Progress:
    """A bar with the time left, rewritten in place on a terminal; silent where nobody watches."""

    def __init__(self, stream: object, clock: Callable[[], float] = time.monotonic):
        self._stream, self._clock = stream, clock
        self._began = self._told = clock()

    def __call__(self, share: float) -> None:
        now = self._clock()
        if not self._stream.isatty() or now - self._told < EVERY:
            return
        self._told = now
        left = (now - self._began) * (1 - share) / share if share > 0 else 0.0
        filled = round(BAR * share)
        self._stream.write(f"\r{'█' * filled}{'·' * (BAR - filled)} {100 * share:3.0f} %  {_duration(left)} left at most ")
        self._stream.flush()

    def end(self, words: str) -> None:
        """Say where the result is."""
        if self._stream.isatty():
            self._stream.write("\r" + " " * (BAR + 40) + "\r")
        print(words, file=self._stream)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


if __name__ == "__main__":
    sys.exit(main())
