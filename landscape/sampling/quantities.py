"""Quantities: accuracies, gradient norms, test losses and extreme eigenvalues on a plane, several from one pass over its points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableSequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from landscape.curvature.spectrum import top_eigenpairs
from landscape.errors import Cancelled, LandscapeError, require_name, require_range, require_whole, shown
from landscape.objectives.picked import Pick, picker
from landscape.objectives.risk import EmpiricalRisk
from landscape.objectives.samples import Tree
from landscape.plane import Plane, Window, require_plane
from landscape.sampling.accuracy import Rule, rule_of
from landscape.sampling.surface import Surface, grid_of

TRAIN = ("loss", "accuracy", "gradient_norm")
TEST = ("test_loss", "test_accuracy")
CURVATURE = ("smallest_eigenvalue", "largest_eigenvalue")
QUANTITIES = (*TRAIN, *TEST, *CURVATURE)
# Targets that torch's losses leave out, by default.
IGNORED = -100
# (value, error) of each quantity by name.
Found = dict[str, tuple[float, float]]
Stop = Callable[[], bool] | None
# Outputs and targets of all samples, or theta (D,), to a number.
OfOutputs = Callable[[Tensor, Tree], float]
OfTheta = Callable[[np.ndarray], float]


def sample_quantities(
    risk: EmpiricalRisk,
    plane: Plane,
    window: Window,
    quantities: Iterable[str],
    *,
    test: EmpiricalRisk | None = None,
    of_outputs: Mapping[str, OfOutputs] | None = None,
    of_theta: Mapping[str, OfTheta] | None = None,
    threshold: float | None = None,
    ignore_index: int | None = IGNORED,
    pick: Pick = None,
    resolution: int | tuple[int, int] = 51,
    curvature_resolution: int | tuple[int, int] = 11,
    journal: MutableSequence[np.ndarray] | None = None,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict[str, Surface]:
    """Return a surface for each of `quantities`, by name, with every point evaluated; all of a point share one forward and backward pass.

    "loss" is the risk with its penalty, "accuracy" the share of training targets whose class the outputs give, "gradient_norm" the
    Euclidean norm of the gradient; "test_loss" and "test_accuracy" are those of the risk `test` (see `EmpiricalRisk.on`).
    "smallest_eigenvalue" and "largest_eigenvalue" are those of the Hessian in the full space, whose ratio Li et al. 2018, section 6, map;
    they take hundreds of times as long, on their own grid, `curvature_resolution`, with residuals as `error`.

    `of_outputs` and `of_theta` define further names: functions (outputs, targets) -> number of the tensors of all samples, which
    "test_" and the name asks for on the risk `test`, and functions (theta) -> number of a copy of theta, shape (D,). `pick` says which part
    of the outputs is meant where a model returns several: a key, a place, an attribute, or a function of them that returns a tensor.

    Accuracy: K outputs of a sample give the class of the largest, for class indices or one-hot targets. A single output gives class 1 of 0
    and 1, or of -1 and 1, above `threshold`; None takes the output at which the loss is indifferent (`sampling.accuracy.indifferent_at`):
    0 for losses of logits and of margins, 0.5 for those of probabilities, and for squares and other even functions of a residual from 0 and
    1. Where the loss does not say, as one that couples samples or takes more than what is picked, it is 0 if an output at the plane's
    origin lies outside [0, 1], and must be given otherwise. Targets equal to `ignore_index` (None: no target) do not count; other targets
    that are no class are refused.

    `evaluations` is the number of points. `journal` is as for `sample_surface`, with one entry a point. `report` is called with the
    finished share of the work, and `should_stop` at each point; `Cancelled` is raised where it returns True. Raises `LandscapeError` for an
    unknown quantity, a test quantity without `test`, an accuracy of targets that are not classes or without a clear threshold, outputs that
    are not one tensor, a function that does not return a number, or the journal of another computation.
    """
    if not hasattr(risk, "pass_through"):
        raise LandscapeError("not_a_risk", owner="sample_quantities", got=f"a {type(risk).__name__}")
    require_plane("sample_quantities", plane)
    journal = [] if journal is None else journal
    threshold = None if threshold is None else require_range("sample_quantities", "threshold", threshold, None, None)
    ignore_index = None if ignore_index is None else require_whole("sample_quantities", "ignore_index", ignore_index, None, None)
    measures = _Measures(risk, test, plane, of_outputs or {}, of_theta or {}, threshold, ignore_index, pick)
    wanted = measures.named(quantities)
    first = [name for name in wanted if name not in CURVATURE]
    second = [name for name in wanted if name in CURVATURE]
    sizes = {"resolution": (tuple(first), resolution), "curvature_resolution": (tuple(second), curvature_resolution)}
    grids = {names: grid_of(window, points, "sample_quantities", size) for size, (names, points) in sizes.items() if names}
    total, done, surfaces = sum(len(a) * len(b) for a, b in grids.values()), 0, {}
    for names, (a, b) in grids.items():
        values, error = np.empty((2, len(names), len(b), len(a)))
        for j, i in np.ndindex(len(b), len(a)):
            if should_stop is not None and should_stop():
                raise Cancelled
            if done == len(journal):
                theta = plane.embed(a[i], b[j])
                found = _outermost(risk, theta, names, should_stop) if names[0] in CURVATURE else measures(theta, names)
                journal.append(np.array([found[name] for name in names]).reshape(-1))
            values[:, j, i], error[:, j, i] = _pairs(journal[done], len(names))
            done += 1
            if report is not None:
                report(done / total)
        surfaces.update(
            (name, Surface(a, b, part.copy(), doubt.copy(), part.size)) for name, part, doubt in zip(names, values, error, strict=True)
        )
    return {name: surfaces[name] for name in wanted}


def accuracy_rule(
    risk: EmpiricalRisk, theta: np.ndarray, *, threshold: float | None = None, ignore_index: int | None = IGNORED, pick: Pick = None
) -> Rule:
    """Return how `sample_quantities` gives classes to the outputs, on a plane whose origin is `theta`."""
    outputs = risk.pass_through(theta, outputs=True, pick=picker(pick))[1]
    return rule_of(outputs, risk.targets, risk.sample_loss if pick is None else None, threshold=threshold, ignored=ignore_index)


@dataclass
class _Measures:
    """The quantities at a point, by name, from one forward pass on each part of the data, and one backward pass for the gradient's norm."""

    risk: EmpiricalRisk
    test: EmpiricalRisk | None
    plane: Plane
    of_outputs: Mapping[str, OfOutputs]
    of_theta: Mapping[str, OfTheta]
    threshold: float | None
    ignored: int | None
    pick: Pick
    _of_test: dict[str, OfOutputs] = field(init=False)

    def __post_init__(self) -> None:
        for name, functions in (("of_outputs", self.of_outputs), ("of_theta", self.of_theta)):
            if not isinstance(functions, Mapping) or not all(isinstance(key, str) and callable(functions[key]) for key in functions):
                raise LandscapeError("no_functions", owner="sample_quantities", name=name, got=shown(functions))
        self._of_test = {f"test_{name}": measure for name, measure in self.of_outputs.items()}
        names = [*QUANTITIES, *self.of_outputs, *self._of_test, *self.of_theta]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise LandscapeError("quantity_twice", owner="sample_quantities", got=twice)

    def named(self, quantities: Iterable[str]) -> list[str]:
        """Return the names, each once; refuse one that is unknown, or that needs a test part that is not there."""
        known = (*QUANTITIES, *self.of_outputs, *self._of_test, *self.of_theta)
        quantities = quantities if isinstance(quantities, Iterable) and not isinstance(quantities, str) else [quantities]
        wanted = list(dict.fromkeys(require_name("quantity", name, known) for name in quantities))
        lacking = [name for name in wanted if name in (*TEST, *self._of_test)]
        if self.test is None and lacking:
            raise LandscapeError("no_test_part", owner="sample_quantities", got=", ".join(lacking))
        return wanted

    def __call__(self, theta: np.ndarray, names: tuple[str, ...]) -> Found:
        found: dict[str, float] = {name: _number(name, self.of_theta[name](theta.copy())) for name in names if name in self.of_theta}
        mine = [name for name in names if name in self.of_outputs]
        tested = [name for name in names if name in self._of_test]
        if mine or set(names) & set(TRAIN):
            shown, slopes = bool(mine) or "accuracy" in names, "gradient_norm" in names
            found["loss"], outputs, slope = self.risk.pass_through(theta, outputs=shown, gradient=slopes, pick=picker(self.pick))
            if slope is not None:
                found["gradient_norm"] = float(torch.linalg.vector_norm(slope))
            if "accuracy" in names:
                found["accuracy"] = self._rule.accuracy(outputs, self.risk.targets)
            found |= {name: _number(name, self.of_outputs[name](outputs, self.risk.targets)) for name in mine}
        if tested or set(names) & set(TEST):
            shown = bool(tested) or "test_accuracy" in names
            found["test_loss"], outputs, _ = self.test.pass_through(theta, outputs=shown, pick=picker(self.pick))
            if "test_accuracy" in names:
                found["test_accuracy"] = self._test_rule.accuracy(outputs, self.test.targets)
            found |= {name: _number(name, self._of_test[name](outputs, self.test.targets)) for name in tested}
        return {name: (value, 0.0) for name, value in found.items()}

    @cached_property
    def _rule(self) -> Rule:
        return accuracy_rule(self.risk, self.plane.origin, threshold=self.threshold, ignore_index=self.ignored, pick=self.pick)

    @cached_property
    def _test_rule(self) -> Rule:
        """The rule on the test part, whose threshold is that of the training part: a few samples do not show which labels there are."""
        known = self._rule.threshold
        return accuracy_rule(self.test, self.plane.origin, threshold=known, ignore_index=self.ignored, pick=self.pick)


def _number(name: str, value: object) -> float:
    """Return what a function of the user's own has returned, if it is one real number."""
    single = isinstance(value, Tensor | np.generic | np.ndarray) and int(np.prod(value.shape)) == 1
    plain = value.item() if single else value
    if not isinstance(plain, bool | int | float):
        raise LandscapeError("quantity_no_number", owner=name, got=_kind(value))
    return float(plain)


def _kind(value: object) -> str:
    shape = getattr(value, "shape", None)
    return f"a {type(value).__name__}" + ("" if shape is None else f" of shape {tuple(shape)}")


def _pairs(turn: np.ndarray, count: int) -> np.ndarray:
    """Return the values and their errors, shape (2, count), in one entry of a journal."""
    if len(turn) != 2 * count:
        raise LandscapeError("journal_foreign", owner="journal", got=f"a turn of {len(turn)} numbers for one of {2 * count}")
    return turn.reshape(count, 2).T


def _outermost(risk: EmpiricalRisk, theta: np.ndarray, names: tuple[str, ...], should_stop: Stop) -> Found:
    """Return the extreme eigenvalues at `theta`, each with its residual."""
    both = len(names) > 1
    which = "BE" if both else "SA" if names[0] == "smallest_eigenvalue" else "LA"
    spectrum = top_eigenpairs(risk, theta, k=2 if both else 1, which=which, should_stop=should_stop)
    if len(spectrum.eigenvalues) < 1 + both:  # Lanczos did not converge
        return dict.fromkeys(CURVATURE, (np.nan, np.nan))
    pairs = list(zip(spectrum.eigenvalues.tolist(), spectrum.residuals.tolist(), strict=True))
    return {"smallest_eigenvalue": pairs[-1], "largest_eigenvalue": pairs[0]}
