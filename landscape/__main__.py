"""The command line: `python -m landscape surface | spectrum | path SOURCE --out FILE.npz`.

SOURCE is a scene's query ("data=digits&model=mlp&loss=cross_entropy&opt=adam") or the place of an `Objective` of your own,
"study.py:risk" or "package.module:risk", where `risk` is one or a function that returns one. Progress goes to the terminal's error
stream. Ctrl-C stops cleanly, and the same command takes it up where it stopped, to the same bytes: what was evaluated is kept in journals
beside the result, FILE.npz.part, FILE.npz.path.part and FILE.npz.maps.part, until the result is there.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from landscape.density import spectral_density
from landscape.directions import hessian_plane, random_plane, vantage
from landscape.engines import ENGINES, SOURCE_PREFIX, Spread
from landscape.errors import Cancelled, LandscapeError, require_range
from landscape.files import Recording, require_room, save_result, versions
from landscape.functions import AnalyticFunction
from landscape.journal import Journal
from landscape.objective import Objective, shaken
from landscape.optimizers import Optimizer, make_optimizer, optimizers
from landscape.plane import Plane, Window
from landscape.quantities import CURVATURE, QUANTITIES, sample_quantities
from landscape.replay import MOST_BYTES, Journalled
from landscape.risk import EmpiricalRisk
from landscape.scene import Choice, Scene
from landscape.schedules import schedules
from landscape.spectrum import top_eigenpairs
from landscape.study import Study
from landscape.surface import Surface, check_sampling, sample_surface
from landscape.terminal import Progress, Stop
from landscape.trace import hessian_trace
from landscape.trajectory import Trajectory, descend

STOPPED = 130  # the shell's number for a program that Ctrl-C ended
REFUSED = 2
STEPS = 100
MOST_THREADS = 1024
# Refusals that freeing room or another path can mend: the same command may go on from its journal. After any other one it would be refused
# again, and the journal would only stand in the way of the corrected command.
MENDABLE = ("journal_foreign", "journal_failed", "result_not_written")
UNIT = ((-1.0, 1.0), (-1.0, 1.0))
# The numbers of a path that stands beside its surface: 8 MB, so that the app still opens the file.
NUMBERS_BESIDE = 10**6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 2 for what was refused (with one sentence), or 130 when it was stopped."""
    options = _parser().parse_args(arguments)
    stop, progress, threads = Stop(), Progress(sys.stderr), torch.get_num_threads()
    try:
        with stop:
            if options.threads is not None:
                torch.set_num_threads(int(require_range(options.command, "threads", options.threads, 1, MOST_THREADS)))
            _carry_out(options, progress, stop)
    except Cancelled as stopped:
        progress.end(f"Stopped. The same command takes it up{stopped}.")
        return STOPPED
    except LandscapeError as error:
        progress.end(f"{error}")
        return REFUSED
    finally:
        torch.set_num_threads(threads)
    progress.end(f"{options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m landscape", description="Loss landscapes, curvature and paths, into one .npz file.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, add_options, purpose in (
        ("surface", _surface, _surface_options, "sample the loss on a window of a plane"),
        ("spectrum", _spectrum, _spectrum_options, "find the Hessian's outermost eigenpairs"),
        ("path", _path, _path_options, "run an optimizer, the scene's own or another, and keep its path"),
    ):
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        command.set_defaults(run=run, command=name)
        command.add_argument("source", help="a scene's query, or FILE.py:NAME or MODULE:NAME of an Objective")
        command.add_argument("--out", type=Path, required=True, help="the result, one .npz file")
        command.add_argument("--seed", type=int, help="seed of directions, probes and batches (default: the scene's, or 0)")
        command.add_argument(
            "--engine", choices=ENGINES, default="local", help="where it is computed: here, or on a Ray cluster (default local)"
        )
        command.add_argument("--threads", type=int, metavar="N", help="threads that torch computes with (default: torch's own choice)")
        command.add_argument(
            "--journal",
            type=float,
            default=MOST_BYTES / 10**9,
            metavar="GB",
            help="room for gradients and Hessian products on disk until the result is there; what a stopped command had computed past it "
            "is computed again (default %(default)g)",
        )
        add_options(command)
    return parser


def _surface_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--plane", choices=("random", "hessian"), default="random", help="for an objective of your own (default random)")
    command.add_argument(
        "--window", type=float, nargs=4, metavar=("A_LO", "A_HI", "B_LO", "B_HI"), help="default: the scene's, or -1 1 -1 1"
    )
    command.add_argument("--resolution", type=int, nargs="+", default=[101], metavar="N", help="points a side, or NX NY (default 101)")
    command.add_argument("--tolerance", type=float, help="largest error, as a share of the range (default: every point is evaluated)")
    command.add_argument(
        "--quantities", nargs="+", choices=QUANTITIES, default=[], metavar="NAME", help=f"maps beside the loss: {', '.join(QUANTITIES)}"
    )
    command.add_argument(
        "--curvature-resolution", type=int, nargs="+", default=[11], metavar="N", help="points a side of eigenvalue maps (default 11)"
    )


def _spectrum_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--top", type=int, default=5, help="how many eigenpairs (default 5)")
    command.add_argument("--which", choices=("LA", "SA", "BE"), default="LA", help="largest, smallest, or both ends (default LA)")
    command.add_argument("--density", type=int, nargs=2, metavar=("PROBES", "STEPS"), help="the density of all eigenvalues, too")
    command.add_argument("--trace", type=int, metavar="PROBES", help="the trace from so many products, too")


def _path_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--run", type=int, default=1, metavar="N", help="which of the scene's optimizers, from 1 (default 1)", dest="number"
    )
    command.add_argument("--optimizer", choices=list(optimizers), help="another method (default: the scene's, or sgd)")
    command.add_argument("--lr", type=float, help="another learning rate (default: the scene's, or the method's own)")
    command.add_argument("--steps", type=int, help=f"how many steps (default: the scene's, or {STEPS})")
    command.add_argument("--batch", type=int, help="samples a step (default: the scene's, or all)")


def _carry_out(options: argparse.Namespace, progress: Progress, stop: Stop) -> None:
    """Run the command, and drop its journals once the result is there, or cannot be."""
    work = _Work(options, progress, stop)
    try:
        options.run(options, work)
    except Cancelled:
        raise Cancelled(work.left_out) from None
    except LandscapeError as error:
        if error.code not in MENDABLE:
            work.drop_journals()
        raise
    finally:
        work.close()
    work.drop_journals()


def _surface(options: argparse.Namespace, work: _Work) -> None:
    check_sampling(_window(options.window) if options.window else UNIT, _sides(options.resolution), options.tolerance)
    check_sampling(UNIT, _sides(options.curvature_resolution), None)
    test = _test_risk(work) if options.quantities else None
    objective = work.journalled(".path.part", {"plane": options.plane, "seed": work.seed})
    work.progress.begin("path")
    plane, window = _place(options, work, objective)
    parts = {"plane": plane, "trajectory": None if work.study is None else _beside(work.study.trajectories[0])}
    asked = {"window": window, "resolution": options.resolution, "tolerance": options.tolerance, "plane": _digest(plane)}
    asked |= {} if work.scene is None else {"optimizer": work.scene.optimizers[0].name}
    if options.quantities:
        _try_quantities(options, work, plane, window, test)
    work.progress.begin("surface", "left at most")
    parts["surface"] = sample_surface(
        work.objective,
        plane,
        window,
        resolution=_sides(options.resolution),
        tolerance=options.tolerance,
        engine=options.engine,
        journal=work.journal(".part", asked),
        report=work.progress,
        should_stop=work.stop,
    )
    if options.quantities:
        parts["quantities"] = _quantities(options, work, plane, window, test)
    save_result(options.out, **parts, scene=work.scene, recipe=work.recipe | asked)


def _quantities(options: argparse.Namespace, work: _Work, plane: Plane, window: Window, test: EmpiricalRisk | None) -> dict[str, Surface]:
    sizes = {"resolution": _sides(options.resolution), "curvature_resolution": _sides(options.curvature_resolution)}
    journal = work.journal(".maps.part", {"quantities": options.quantities, **sizes, "window": window, "plane": _digest(plane)})
    work.progress.begin("maps")
    hooks = {"journal": journal, "report": work.progress, "should_stop": work.stop}
    return sample_quantities(work.objective, plane, window, options.quantities, test=test, **sizes, **hooks)


def _try_quantities(options: argparse.Namespace, work: _Work, plane: Plane, window: Window, test: EmpiricalRisk | None) -> None:
    """Have refused what will be refused now, at four points, and not after hours of work on the surface."""
    quick = [name for name in options.quantities if name not in CURVATURE]
    sample_quantities(work.objective, plane, window, quick, test=test, resolution=2)


def _test_risk(work: _Work) -> EmpiricalRisk | None:
    """Return the risk on the scene's test part, if there is one; refuse an objective that knows neither outputs nor data."""
    if not isinstance(work.objective, EmpiricalRisk):
        raise LandscapeError("not_a_risk", owner="--quantities", got=f"a {type(work.objective).__name__}")
    data = None if work.study is None else work.study.dataset
    return None if data is None or not len(data.test_targets) else work.objective.on(data.test_inputs, data.test_targets)


def _spectrum(options: argparse.Namespace, work: _Work) -> None:
    for name, numbers in (("top", [options.top]), ("density", options.density or [1]), ("trace", [options.trace])):
        for number in numbers:
            require_range("spectrum", name, 1 if number is None else number, 1, None)
    require_room(min(options.top, work.objective.dim) * work.objective.dim)
    asked = {"top": options.top, "which": options.which, "density": options.density, "trace": options.trace, "seed": work.seed}
    objective = work.journalled(".part", asked)
    work.progress.begin("path")
    theta = objective.theta if work.study is None else vantage(work.study.trajectories[0])
    parts = _curvature(options, work, objective, theta)
    save_result(options.out, **parts, scene=work.scene, recipe=work.recipe | asked)
    for value, residual in zip(parts["spectrum"].eigenvalues, parts["spectrum"].residuals, strict=True):
        print(f"{value:.9g}  ± {residual:.1e}")
    if "trace" in parts:
        print(f"trace {parts['trace'].value:.9g}  ± {parts['trace'].standard_error:.1e}")


def _curvature(options: argparse.Namespace, work: _Work, objective: Journalled, theta: np.ndarray) -> dict[str, Any]:
    """Return the parts of a result that tell of the Hessian at `theta`."""
    before, parts = objective.given, {}
    objective.report = lambda given: work.progress.count(given - before, "products")  # how many there will be is not known
    work.progress.begin("eigenpairs")
    parts["spectrum"] = top_eigenpairs(objective, theta, k=options.top, which=options.which)
    if options.density is not None:
        work.progress.begin("density")
        probes, steps = options.density
        parts["density"] = spectral_density(objective, theta, probes=probes, steps=steps, seed=work.seed)
    if options.trace is not None:
        work.progress.begin("trace")
        parts["trace"] = hessian_trace(objective, theta, probes=options.trace, seed=work.seed)
    return parts


def _path(options: argparse.Namespace, work: _Work) -> None:
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


class _Work:
    """What a command is about: its objective, its scene and that one's study (or None), its seed, and its journals beside the result."""

    def __init__(self, options: argparse.Namespace, progress: Progress, stop: Stop):
        self.progress, self.stop = progress, stop
        self.objective, self.study = _opened(options.source, progress, stop)
        self.scene = None if self.study is None else self.study.scene
        self.seed = options.seed if options.seed is not None else 0 if self.scene is None else self.scene.seed
        self.recipe = {"command": options.command, "source": options.source, "objective": _fingerprint(self.objective)}
        self.recipe["threads"] = torch.get_num_threads()  # with another number of them the last digits are others
        self._spread = options.engine == "ray" and options.command != "surface"  # a surface has its points spread, to the same bytes
        self.recipe |= {"engine": options.engine} if self._spread else {}
        self._out, self._most_bytes = options.out, int(require_range(options.command, "journal", options.journal, 0, 10**6) * 10**9)
        self._journals: list[Journal] = []
        self._open = ExitStack()
        self._journalled: Journalled | None = None

    def journal(self, suffix: str, asked: Mapping[str, object]) -> Journal:
        """Return the journal of what is asked, new or taken up."""
        self._journals.append(Journal(self._out.with_name(self._out.name + suffix), json.dumps(self.recipe | asked, sort_keys=True)))
        return self._journals[-1]

    def journalled(self, suffix: str, asked: Mapping[str, object]) -> Journalled:
        """Return the objective with its answers kept, which the study asks from now on too; a function's answers take no time."""
        journal = self.journal(suffix, asked)
        objective = self._open.enter_context(Spread(self.objective, should_stop=self.stop)) if self._spread else self.objective
        self._journalled = Journalled(objective, journal, most_bytes=self._most_bytes, should_stop=self.stop)
        if self.study is not None and not isinstance(self.objective, AnalyticFunction):
            self.study.objective = self._journalled
        return self._journalled

    def close(self) -> None:
        """Give the workers of a cluster back."""
        self._open.close()

    @property
    def left_out(self) -> str:
        """What to say of answers for which the journal had no room; "" where there are none."""
        lost = 0 if self._journalled is None else self._journalled.given - self._journalled.kept
        return f", but for the last {lost} of {self._journalled.given} evaluations: --journal gives more room" if lost > 0 else ""

    def drop_journals(self) -> None:
        """Delete the journals from the disk."""
        for journal in self._journals:
            journal.path.unlink(missing_ok=True)


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


def _opened(source: str, progress: Progress, stop: Stop) -> tuple[Objective, Study | None]:
    """Return the objective that a source names, and the study of its scene where it is one."""
    if "=" in source or source == "":
        study = Study(Scene.from_query(source), report=lambda stage, share: progress(share), should_stop=stop)
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
    spec = importlib.util.spec_from_file_location(SOURCE_PREFIX + Path(place).stem, place)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _place(options: argparse.Namespace, work: _Work, objective: Journalled) -> tuple[Plane, Window]:
    if work.study is not None:
        plane, window = work.study.plane, work.study.window
    else:
        random = options.plane == "random"
        plane = random_plane(objective, objective.theta, seed=work.seed) if random else hessian_plane(objective, objective.theta)
        window = UNIT
    return plane, _window(options.window) if options.window else window


def _window(corners: Sequence[float]) -> Window:
    a_lo, a_hi, b_lo, b_hi = corners
    return (a_lo, a_hi), (b_lo, b_hi)


def _sides(counts: Sequence[int]) -> int | tuple[int, ...]:
    return tuple(counts) if len(counts) > 1 else counts[0]


def _beside(path: Trajectory) -> Trajectory:
    """Return the path as it stands beside a surface: of a large model some steps only, both ends and `step` among them."""
    most = max(2, NUMBERS_BESIDE // path.thetas.shape[1])
    if len(path) <= most:
        return path
    steps = np.unique(np.append(np.linspace(0, len(path) - 1, most).astype(int), path.step))
    return Recording(path.thetas[steps], path.losses[steps], path.status, int(np.searchsorted(steps, path.step)), steps)


def _digest(plane: Plane) -> str:
    return hashlib.sha256(plane.origin.tobytes() + plane.u.tobytes() + plane.v.tobytes()).hexdigest()


def _fingerprint(objective: Objective) -> dict[str, object]:
    """Return what tells this objective from another that the same source might name later, its loss at three places among it."""
    return {
        "dim": objective.dim,
        "samples": objective.samples,
        "dtype": str(objective.dtype),
        "theta": hashlib.sha256(np.ascontiguousarray(objective.theta).tobytes()).hexdigest(),
        "values": [float(objective.value(theta)).hex() for theta in (objective.theta, *(shaken(objective.theta, seed) for seed in (1, 2)))],
        "versions": versions(),
    }


if __name__ == "__main__":
    sys.exit(main())
