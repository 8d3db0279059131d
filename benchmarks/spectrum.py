"""Time the five eigenpairs at each end, and their errors, beside restarted Lanczos (SciPy's ARPACK) and the dense matrix: `python -m
benchmarks.spectrum`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from benchmarks.machine import machine
from landscape import EmpiricalRisk, descend, make_dataset, make_loss, make_model, make_optimizer, top_eigenpairs

K = 5
ROUNDS = 4
# Largest dense matrix that is timed, and gives the errors.
LARGEST_DENSE = 2_000
STEPS = 100
# ARPACK's tolerances, tried in turn, relative to the norm, by so many restarts with so many vectors.
TOLERANCES, RESTARTS, BASIS = (1e-9, 1e-4, 1e-3), 20, {"LA": 20, "SA": 40, "BE": 40}


def risks() -> list[tuple[str, EmpiricalRisk]]:
    """Return the problems by title: MLPs of 100 to 5000 parameters."""
    moons, iris, digits = make_dataset("moons"), make_dataset("iris"), make_dataset("digits")
    shapes = [
        ("moons", moons, (8, 8)),
        ("iris", iris, (50,)),
        ("iris", iris, (99,)),
        ("digits", digits, (16, 17)),
        ("digits", digits, (50, 30)),
    ]
    return [
        (name, EmpiricalRisk(make_model("mlp", data, widths=widths), make_loss("cross_entropy"), data)) for name, data, widths in shapes
    ]


def arpack(risk: EmpiricalRisk, theta: np.ndarray, which: str) -> np.ndarray:
    """Return the eigenvalues by implicitly restarted Lanczos on the shifted Hessian, with their residuals computed too."""
    product, generator = risk.curvature(theta), np.random.default_rng(0)
    start = direction = generator.standard_normal(risk.dim)
    for _ in range(6):
        direction = product(direction / np.linalg.norm(direction))
    shift = 2 * float(np.linalg.norm(direction))
    operator = LinearOperator((risk.dim, risk.dim), matvec=lambda v: product(v) + shift * v.reshape(-1), dtype=np.float64)
    for tolerance in TOLERANCES:
        try:
            values, vectors = eigsh(operator, k=K, which=which, v0=start, ncv=BASIS[which], maxiter=RESTARTS, tol=tolerance, rng=generator)
            break
        except ArpackNoConvergence as partial:
            values, vectors = partial.eigenvalues, partial.eigenvectors
    for vector in vectors.T:
        product(vector)
    return values - shift


def dense(risk: EmpiricalRisk, theta: np.ndarray, which: str) -> np.ndarray:
    """Return the eigenvalues by LAPACK."""
    values = np.linalg.eigh(risk.hessian(theta))[0]
    low = {"LA": 0, "SA": K, "BE": K // 2}[which]
    return np.r_[values[:low], values[len(values) - (K - low) :]]


def ours(risk: EmpiricalRisk, theta: np.ndarray, which: str) -> np.ndarray:
    """Return the eigenvalues of `top_eigenpairs`."""
    return top_eigenpairs(risk, theta, K, which).eigenvalues


def _seconds(way: Callable[..., np.ndarray], *given: object) -> tuple[float, np.ndarray]:
    began = time.thread_time()
    found = way(*given)
    return time.thread_time() - began, np.sort(found)


def _error(found: np.ndarray, exact: np.ndarray | None) -> str:
    if exact is None:
        return "–"
    return f"{np.abs(found - exact).max():.0e}" if len(found) == len(exact) else f"{len(found)} of {len(exact)}"


def main() -> None:
    """Print a row for each problem and end: the shortest CPU time of each way, in turns, ours over ARPACK's, and the largest errors."""
    torch.set_num_threads(1)
    print(machine())
    print(f"Milliseconds of {K} eigenpairs, trained by {STEPS} steps of Adam: top_eigenpairs, ARPACK, the dense matrix; largest errors.\n")
    print(f"{'':8}{'D':>6}{'end':>5}{'ours':>9}{'ARPACK':>9}{'dense':>9}{'ratio':>8}{'our error':>12}{'ARPACK error':>14}")
    for name, risk in risks():
        theta = descend(risk, make_optimizer("adam", lr=0.01), steps=STEPS).thetas[-1]
        for which in BASIS:
            ways = [ours, arpack] + [dense] * (risk.dim <= LARGEST_DENSE)
            rounds = [[_seconds(way, risk, theta, which) for way in ways] for _ in range(ROUNDS)]
            best = [1000 * min(turn[k][0] for turn in rounds) for k in range(len(ways))]
            exact = rounds[0][2][1] if len(ways) == 3 else None
            errors = [_error(rounds[0][k][1], exact) for k in range(2)]
            lapack = f"{best[2]:9.1f}" if exact is not None else f"{'–':>9}"
            times = f"{best[0]:9.1f}{best[1]:9.1f}{lapack}{best[0] / best[1]:8.2f}"
            print(f"{name:8}{risk.dim:6}{which:>5}{times}{errors[0]:>12}{errors[1]:>14}", flush=True)


if __name__ == "__main__":
    main()
