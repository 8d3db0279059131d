"""Textbook: the saddle x^2/2 - y^2/2 + y^4/4, on which every number is known by hand, and the numbers that come out here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from landscape.curvature.critical import classify
from landscape.objectives.functions import AnalyticFunction, make_function
from landscape.saddles.escape import RUNS, Pace, attraction, expected, iterates

SETTINGS: Mapping[str, float] = {"scale": 0.5, "quartic": 0.25}
PACE = Pace(lr=0.1, momentum=0.9, noise=0.1)
ON_RIDGE, BESIDE, TOWARDS = (1.0, 0.0), (1.0, 1e-6), (1.0, 0.3)
# A run has left where |y| is larger than this.
RADIUS = 0.5
STEPS, NOISY_STEPS, NEWTON_STEPS = 200, 150, 30
# A run that is held ends nearer than this: momentum circles in, by sqrt(0.9) a step.
HELD = 1e-4
# The steps after which each method has left from `BESIDE`; of the noisy one from y = 0 it is the median of 200 runs, which another draw
# moves by about one.
LEAVES = {"gd": 139, "momentum": 50, "perturbed_gd": 39}
DRAWN = 2
# Newton's y from `TOWARDS`: 2 y^3 / (3 y^2 - 1) again and again.
NEWTON_Y = (0.3, -0.073973, 0.000823, 0.0, 0.0)


@dataclass(frozen=True)
class Check:
    """A number of the textbook saddle as it is known, as it came out, and how far apart the two may be; `theory` where one says it too."""

    name: str
    known: tuple[float, ...]
    found: tuple[float, ...]
    tolerance: float
    theory: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it came out."""
        return len(self.known) == len(self.found) and all(abs(a - b) <= self.tolerance for a, b in zip(self.known, self.found, strict=True))


def textbook() -> AnalyticFunction:
    """Return the function."""
    return make_function("saddle", **SETTINGS)


def checks(seed: int = 0) -> tuple[Check, ...]:
    """Return what is known of the textbook saddle beside what comes out."""
    function = textbook()
    return tuple(_checks(function, seed))


def _checks(function: AnalyticFunction, seed: int) -> Iterator[Check]:
    walks = {method: _walks(function, method, (ON_RIDGE, BESIDE)) for method in ("gd", "momentum")}
    ends = np.concatenate([walk[-1, 0] for walk in walks.values()])
    yield Check("held", (0.0,) * 4, tuple(map(float, ends)), HELD)
    for method, walk in walks.items():
        yield _leaves(method, _left(walk[:, 1:]), BESIDE[1], tolerance=0)
    noisy = _walks(function, "perturbed_gd", (ON_RIDGE,) * RUNS, steps=NOISY_STEPS, seed=seed)
    yield _leaves("perturbed_gd", _left(noisy), 0.0, tolerance=DRAWN)
    yield Check("newton", NEWTON_Y, tuple(map(float, _walks(function, "newton", (TOWARDS,), steps=4)[:, 0, 1])), 1e-6)
    edge = attraction(lambda y: y**3 - y, lambda y: 3 * y**2 - 1, TOWARDS[1], RADIUS)
    yield Check("basin", (5**-0.5,), (edge,), 1e-9)
    end = _walks(function, "saddle_free_newton", (TOWARDS,), steps=NEWTON_STEPS)[-1, 0]
    yield Check("saddle_free_newton", (0.0, 1.0, -0.25), (*map(float, end), function.value(end)), 1e-6)
    spectra = [classify(function, np.array(point)).eigenvalues for point in ((0.0, 0.0), (0.0, 1.0), (0.0, -1.0))]
    yield Check("eigenvalues", (1.0, -1.0, 2.0, 1.0, 2.0, 1.0), tuple(map(float, np.concatenate(spectra))), 1e-9)


def _walks(
    function: AnalyticFunction, method: str, starts: Sequence[tuple[float, float]], *, steps: int = STEPS, seed: int = 0
) -> np.ndarray:
    """Return the points (steps+1, k, 2) of a run from each start."""
    return np.array(list(islice(iterates(function, method, np.array(starts), PACE, seed=seed), steps + 1)))


def _left(walks: np.ndarray) -> float:
    """Return the median of the steps at which the walks have left."""
    return float(np.median(np.argmax(np.abs(walks[:, :, 1]) > RADIUS, axis=0)))


def _leaves(method: str, found: float, distance: float, *, tolerance: float) -> Check:
    return Check(method, (float(LEAVES[method]),), (found,), tolerance, expected(method, 1.0, distance, RADIUS, PACE))
