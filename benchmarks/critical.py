"""Time the search for critical points beside one SciPy run a start, as it was before: `python -m benchmarks.critical`."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from scipy.optimize import least_squares

from benchmarks.machine import machine
from landscape import EmpiricalRisk, Objective, dense_hessian, find_critical_points, make_dataset, make_function, make_loss, make_model
from landscape.plane import Window

SIDE, EVALUATIONS = 8, 60
ROUNDS = 3


def problems() -> dict[str, tuple[Objective, Window]]:
    """Return the objectives with their windows, by their titles in the table."""
    line = make_dataset("line", n=40, intercept=0.0, residuals="normal")
    functions = {name: make_function(name) for name in ("mueller_brown", "himmelblau")}
    deep = EmpiricalRisk(make_model("deep_linear", line), make_loss("mse"), line)
    return {name: (function, function.window) for name, function in functions.items()} | {"deep_linear": (deep, ((-3.0, 3.0),) * 2)}


def one_by_one(objective: Objective, window: Window) -> None:
    """Run SciPy's Levenberg-Marquardt from each of 64 starts, one after another."""
    cells = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2)
    low, high = np.array(window).T
    for start in low + (cells + np.random.default_rng(0).random(cells.shape)) / SIDE * (high - low):
        options = {"method": "lm", "x_scale": 1.0, "xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": EVALUATIONS}
        least_squares(objective.gradient, start, jac=lambda theta: dense_hessian(objective, theta), **options)


def _seconds(run: Callable[[], object]) -> float:
    """Return the CPU time of this thread: with one thread, the time on an otherwise idle machine."""
    began = time.thread_time()
    run()
    return time.thread_time() - began


def main() -> None:
    """Print one row for each problem; rounds are interleaved, and the shortest time of each way counts."""
    torch.set_num_threads(1)  # as the app's workers
    print(machine())
    print("Seconds of a search: SciPy once a start, all starts in one batch, and the ratio of the two; then the points found.\n")
    print(f"{'':16}{'one by one':>12}{'batch':>8}{'ratio':>8}{'found':>8}")
    for title, (objective, window) in problems().items():
        ways = (partial(one_by_one, objective, window), partial(find_critical_points, objective, window=window))
        before, now = np.min([[_seconds(way) for way in ways] for _ in range(ROUNDS)], axis=0)
        found = len(find_critical_points(objective, window=window))
        print(f"{title:16}{before:12.2f}{now:8.2f}{before / now:8.1f}{found:8}", flush=True)


if __name__ == "__main__":
    main()
