"""Surface: `python -m landscape surface`, which samples the loss, and other quantities, on a window of a plane."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence

import numpy as np

from landscape.command.terminal import whole
from landscape.command.work import Work
from landscape.descent.trajectory import Trajectory
from landscape.errors import LandscapeError
from landscape.files.replay import Journalled
from landscape.files.result import Recording, save_result
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane, Window
from landscape.planes.directions import hessian_plane, random_plane
from landscape.sampling.quantities import CURVATURE, IGNORED, QUANTITIES, accuracy_rule, sample_quantities
from landscape.sampling.surface import Surface, check_sampling, sample_surface

UNIT = ((-1.0, 1.0), (-1.0, 1.0))
# Largest number of parameters, over all points, of the path saved with a surface: 8 MB, which the app can open.
NUMBERS_BESIDE = 10**6


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    command.add_argument("--plane", choices=("random", "hessian"), default="random", help="for an objective of your own (default random)")
    command.add_argument(
        "--window", type=float, nargs=4, metavar=("A_LO", "A_HI", "B_LO", "B_HI"), help="default: the scene's, or -1 1 -1 1"
    )
    command.add_argument("--resolution", type=whole, nargs="+", default=[101], metavar="N", help="points a side, or NX NY (default 101)")
    command.add_argument(
        "--tolerance", type=float, help="largest error, estimated, as a share of the range; may miss what is narrow (default: every point)"
    )
    command.add_argument(
        "--quantities", nargs="+", choices=QUANTITIES, default=[], metavar="NAME", help=f"maps beside the loss: {', '.join(QUANTITIES)}"
    )
    command.add_argument("--threshold", type=float, help="accuracy: a single output above it means class 1 (default: as the loss implies)")
    command.add_argument(
        "--ignore-index", type=int, default=IGNORED, metavar="N", help="accuracy: targets that do not count (default %(default)s)"
    )
    command.add_argument("--pick", metavar="NAME", help="which of the model's outputs is meant, by its key or place")
    command.add_argument(
        "--curvature-resolution", type=whole, nargs="+", default=[11], metavar="N", help="points a side of eigenvalue maps (default 11)"
    )


def run(options: argparse.Namespace, work: Work) -> None:
    """Sample the surface and the requested quantities, and save them."""
    check_sampling(_window(options.window) if options.window else UNIT, _sides(options.resolution), options.tolerance)
    check_sampling(UNIT, _sides(options.curvature_resolution), None)
    work.require_room(_numbers(options, work))
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
        asked |= _counted(options, work, plane)
    save_result(options.out, **parts, scene=work.scene, verdict=work.verdict, recipe=work.recipe | asked)


def _numbers(options: argparse.Namespace, work: Work) -> int:
    """Return about how many numbers the result will hold: its plane, its grids with their errors, and the path beside it."""
    grids = [options.resolution] * (1 + sum(name not in CURVATURE for name in options.quantities))
    grids += [options.curvature_resolution] * sum(name in CURVATURE for name in options.quantities)
    points = sum(int(np.prod(np.broadcast_to(_sides(sides), 2))) for sides in grids)
    path = 0 if work.scene is None else min((work.scene.steps + 1) * work.objective.dim, max(2 * work.objective.dim, NUMBERS_BESIDE))
    return 3 * work.objective.dim + 2 * points + path


def _quantities(options: argparse.Namespace, work: Work, plane: Plane, window: Window, test: EmpiricalRisk | None) -> dict[str, Surface]:
    sizes = {"resolution": _sides(options.resolution), "curvature_resolution": _sides(options.curvature_resolution)}
    asked = {"quantities": options.quantities, **sizes, "window": window, "plane": _digest(plane), **_counted(options, work, plane)}
    journal = work.journal(".maps.part", asked)
    work.progress.begin("maps")
    hooks = {"journal": journal, "report": work.progress, "should_stop": work.stop}
    return sample_quantities(work.objective, plane, window, options.quantities, test=test, **_counting(options), **sizes, **hooks)


def _counting(options: argparse.Namespace) -> dict[str, object]:
    """Return how accuracies are counted."""
    pick = int(options.pick) if options.pick is not None and options.pick.isdecimal() else options.pick
    return {"threshold": options.threshold, "ignore_index": options.ignore_index, "pick": pick}


def _counted(options: argparse.Namespace, work: Work, plane: Plane) -> dict[str, object]:
    """Return what a journal says of the accuracies in it: nothing where journals of versions that knew one rule hold the same."""
    if not any(name.endswith("accuracy") for name in options.quantities):
        return {}
    rule = accuracy_rule(work.objective, plane.origin, **_counting(options))
    plain = not rule.threshold and options.pick is None and not bool((work.objective.targets == rule.ignored).any())
    return {} if plain else {"accuracy": {"threshold": rule.threshold, "ignored": rule.ignored, "pick": options.pick}}


def _try_quantities(options: argparse.Namespace, work: Work, plane: Plane, window: Window, test: EmpiricalRisk | None) -> None:
    """Evaluate the quantities at four points, so that errors are raised now and not after hours of work on the surface."""
    quick = [name for name in options.quantities if name not in CURVATURE]
    sample_quantities(work.objective, plane, window, quick, test=test, resolution=2, **_counting(options))


def _test_risk(work: Work) -> EmpiricalRisk | None:
    """Return the risk on the scene's test part, or None; raise `LandscapeError` for an objective that is not an empirical risk."""
    if not isinstance(work.objective, EmpiricalRisk):
        raise LandscapeError("not_a_risk", owner="--quantities", got=f"a {type(work.objective).__name__}")
    data = None if work.study is None else work.study.dataset
    return None if data is None or not len(data.test_targets) else work.objective.on(data.test_inputs, data.test_targets)


def _place(options: argparse.Namespace, work: Work, objective: Journalled) -> tuple[Plane, Window]:
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
    """Return the path to save with the surface: for a large model some of its steps only, including both ends and `step`."""
    most = max(2, NUMBERS_BESIDE // path.thetas.shape[1])
    if len(path) <= most:
        return path
    steps = np.unique(np.append(np.linspace(0, len(path) - 1, most).astype(int), path.step))
    return Recording(path.thetas[steps], path.losses[steps], path.status, int(np.searchsorted(steps, path.step)), steps)


def _digest(plane: Plane) -> str:
    return hashlib.sha256(plane.origin.tobytes() + plane.u.tobytes() + plane.v.tobytes()).hexdigest()
