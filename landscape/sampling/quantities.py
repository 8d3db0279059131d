"""Quantities: accuracies, gradient norms, test losses and extreme eigenvalues on a plane, several from one pass over its points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableSequence

import numpy as np
import torch
from torch import Tensor

from landscape.curvature.spectrum import top_eigenpairs
from landscape.errors import Cancelled, LandscapeError, require_name
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane, Window
from landscape.sampling.surface import Surface, grid_of

TRAIN = ("loss", "accuracy", "gradient_norm")
TEST = ("test_loss", "test_accuracy")
CURVATURE = ("smallest_eigenvalue", "largest_eigenvalue")
# (value, error) of each quantity by name.
Found = dict[str, tuple[float, float]]
Stop = Callable[[], bool] | None
QUANTITIES = (*TRAIN, *TEST, *CURVATURE)


def sample_quantities(
    risk: EmpiricalRisk,
    plane: Plane,
    window: Window,
    quantities: Iterable[str],
    *,
    test: EmpiricalRisk | None = None,
    resolution: int | tuple[int, int] = 51,
    curvature_resolution: int | tuple[int, int] = 11,
    journal: MutableSequence[np.ndarray] | None = None,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict[str, Surface]:
    """Return a surface for each of `quantities`, by name, with every point evaluated; all of a point share one forward and backward pass.

    "loss" is the risk with its penalty, "accuracy" the share of training samples whose class is given by the largest output (or by the sign
    of a single output), "gradient_norm" the Euclidean norm of the gradient; "test_loss" and "test_accuracy" are those of the risk `test`
    (see `EmpiricalRisk.on`). "smallest_eigenvalue" and "largest_eigenvalue" are those of the Hessian in the full space, whose ratio Li et
    al. 2018, section 6, map; they take hundreds of times as long, on their own grid, `curvature_resolution`, with residuals as `error`.

    `evaluations` is the number of points. `journal` is as for `sample_surface`, with one entry a point. `report` is called with the
    finished share of the work, and `should_stop` at each point; `Cancelled` is raised where it returns True. Raises `LandscapeError` for an
    unknown quantity, a test quantity without `test`, an accuracy of targets that are not classes, or the journal of another computation.
    """
    journal = [] if journal is None else journal
    wanted = [require_name("quantity", name, QUANTITIES) for name in dict.fromkeys(quantities)]
    if test is None and set(wanted) & set(TEST):
        raise LandscapeError("no_test_part", owner="sample_quantities", got=", ".join(name for name in wanted if name in TEST))
    first = [name for name in wanted if name not in CURVATURE]
    second = [name for name in wanted if name in CURVATURE]
    grids = {
        names: grid_of(window, points) for names, points in ((tuple(first), resolution), (tuple(second), curvature_resolution)) if names
    }
    total, done, surfaces = sum(len(a) * len(b) for a, b in grids.values()), 0, {}
    for names, (a, b) in grids.items():
        measure = _outermost if names[0] in CURVATURE else _passed
        values, error = np.empty((2, len(names), len(b), len(a)))
        for j, i in np.ndindex(len(b), len(a)):
            if should_stop is not None and should_stop():
                raise Cancelled
            if done == len(journal):
                found = measure(risk, test, plane.embed(a[i], b[j]), names, should_stop)
                journal.append(np.array([found[name] for name in names]).reshape(-1))
            values[:, j, i], error[:, j, i] = _pairs(journal[done], len(names))
            done += 1
            if report is not None:
                report(done / total)
        surfaces.update(
            (name, Surface(a, b, part.copy(), doubt.copy(), part.size)) for name, part, doubt in zip(names, values, error, strict=True)
        )
    return {name: surfaces[name] for name in wanted}


def _pairs(turn: np.ndarray, count: int) -> np.ndarray:
    """Return the values and their errors, shape (2, count), in one entry of a journal."""
    if len(turn) != 2 * count:
        raise LandscapeError("journal_foreign", got=f"a turn of {len(turn)} numbers for one of {2 * count}")
    return turn.reshape(count, 2).T


def _passed(risk: EmpiricalRisk, test: EmpiricalRisk | None, theta: np.ndarray, names: tuple[str, ...], _: Stop) -> Found:
    """Return the quantities at `theta` from one forward pass on each part of the data, and one backward pass for the gradient's norm."""
    found: dict[str, float] = {}
    if set(names) & set(TRAIN):
        found["loss"], outputs, slope = risk.pass_through(theta, outputs="accuracy" in names, gradient="gradient_norm" in names)
        if slope is not None:
            found["gradient_norm"] = float(torch.linalg.vector_norm(slope))
        if "accuracy" in names:
            found["accuracy"] = _accuracy(outputs, risk.targets)
    if set(names) & set(TEST):
        found["test_loss"], outputs, _ = test.pass_through(theta, outputs="test_accuracy" in names)
        if "test_accuracy" in names:
            found["test_accuracy"] = _accuracy(outputs, test.targets)
    return {name: (value, 0.0) for name, value in found.items()}


def _outermost(risk: EmpiricalRisk, _: EmpiricalRisk | None, theta: np.ndarray, names: tuple[str, ...], should_stop: Stop) -> Found:
    """Return the extreme eigenvalues at `theta`, each with its residual."""
    both = len(names) > 1
    which = "BE" if both else "SA" if names[0] == "smallest_eigenvalue" else "LA"
    spectrum = top_eigenpairs(risk, theta, k=2 if both else 1, which=which, should_stop=should_stop)
    if len(spectrum.eigenvalues) < 1 + both:  # Lanczos did not converge
        return dict.fromkeys(CURVATURE, (np.nan, np.nan))
    pairs = list(zip(spectrum.eigenvalues.tolist(), spectrum.residuals.tolist(), strict=True))
    return {"smallest_eigenvalue": pairs[-1], "largest_eigenvalue": pairs[0]}


def _accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Return the accuracy: by the largest of K outputs, or by the sign of a single output for targets in {0, 1} or {-1, 1}; NaN of NaN."""
    if torch.isnan(outputs).any():
        return float("nan")
    if outputs.ndim > 1 and outputs.shape[-1] > 1 and not targets.is_floating_point() and targets.shape == outputs.shape[:-1]:
        return float((outputs.detach().argmax(dim=-1) == targets).double().mean())
    signs = targets.reshape(-1).sign()
    if not bool(((signs == targets.reshape(-1)) & (signs.abs() <= 1)).all()) or outputs.numel() != targets.numel():
        raise LandscapeError("no_classes", owner="accuracy", got=f"outputs {tuple(outputs.shape)} and targets of type {targets.dtype}")
    return float(((outputs.detach().reshape(-1) > 0) == (signs > 0)).double().mean())
