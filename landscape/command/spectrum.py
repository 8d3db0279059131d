"""Spectrum: `python -m landscape spectrum`, which computes extreme eigenpairs, the spectral density and the trace of the Hessian."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from landscape.command.terminal import whole
from landscape.command.work import Work
from landscape.curvature.density import spectral_density
from landscape.curvature.spectrum import top_eigenpairs
from landscape.curvature.trace import hessian_trace
from landscape.errors import require_range
from landscape.files.replay import Journalled
from landscape.files.result import save_result
from landscape.planes.directions import vantage


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    command.add_argument("--top", type=whole, default=5, help="how many eigenpairs (default 5)")
    command.add_argument("--which", choices=("LA", "SA", "BE"), default="LA", help="largest, smallest, or both ends (default LA)")
    command.add_argument("--density", type=whole, nargs=2, metavar=("PROBES", "STEPS"), help="the density of all eigenvalues, too")
    command.add_argument("--trace", type=whole, metavar="PROBES", help="the trace from so many products, too")


def run(options: argparse.Namespace, work: Work) -> None:
    """Compute the parts at the end of the scene's first path, or at the objective's own theta; save and print them."""
    for name, numbers in (("top", [options.top]), ("density", options.density or [1]), ("trace", [options.trace])):
        for number in numbers:
            require_range("spectrum", name, 1 if number is None else number, 1, None)
    work.require_room(min(options.top, work.objective.dim) * work.objective.dim)
    asked = {"top": options.top, "which": options.which, "density": options.density, "trace": options.trace, "seed": work.seed}
    objective = work.journalled(".part", asked)
    work.progress.begin("path")
    theta = objective.theta if work.study is None else vantage(work.study.trajectories[0])
    parts = _curvature(options, work, objective, theta)
    save_result(options.out, **parts, scene=work.scene, verdict=work.verdict, recipe=work.recipe | asked)
    found = parts["spectrum"]
    for value, bound in zip(found.eigenvalues, found.bounds, strict=True):
        print(f"{value:.9g}  ± {bound:.1e}")
    if found.doubt:
        print(f"Where ± is {found.doubt:.1e}, a pair may be missing before: eigenvalues are too close together for so few products.")
    if "trace" in parts:
        print(f"trace {parts['trace'].value:.9g}  ± {parts['trace'].standard_error:.1e}")


def _curvature(options: argparse.Namespace, work: Work, objective: Journalled, theta: np.ndarray) -> dict[str, Any]:
    """Return the requested parts of the result: spectrum, density and trace of the Hessian at `theta`."""
    before, parts = objective.given, {}
    objective.report = lambda given: work.progress.count(given - before, "products")  # their total is not known in advance
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
