"""Rates: what learning rates, condition numbers and schedules do to the racers of a scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from landscape.descent.trajectory import Trajectory
from landscape.race.conditioning import distances, optimal_descent, optimal_heavy_ball
from landscape.race.sweep import Sweep
from landscape.scene.fields import Choice
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy

# The condition numbers of the check.
CHECKED = (10.0, 100.0, 1000.0)


@dataclass(frozen=True, eq=False)
class Conditioned:
    """Distances from the minimum by step, relative to the start, of gradient descent and of heavy ball at their best, for one kappa."""

    kappa: float
    descent: np.ndarray
    heavy_ball: np.ndarray

    @property
    def steps(self) -> tuple[int, int]:
        """The steps that each took to arrive."""
        return len(self.descent) - 1, len(self.heavy_ball) - 1


@dataclass(frozen=True, eq=False)
class Rates:
    """What is known of a scene's learning rates: each racer's sweep, with its largest stable rate (`limits`, None where there is no such
    bound) by the curvature at the start; both methods at the scene's condition number and at the `checked` ones; and the runs of the first
    racer by their schedules.
    """

    scene: RaceScene
    conditioned: Conditioned
    checked: tuple[Conditioned, ...]
    sweeps: Sequence[tuple[Choice, Sweep]] = ()
    limits: Sequence[float | None] = ()
    scheduled: Mapping[str, Trajectory] = field(default_factory=dict)
    finished: bool = False


def rates(study: RaceStudy) -> Iterator[Rates]:
    """Yield what learning rates do as it becomes known: conditioning first, then schedules, then the sweeps, racer after racer."""
    scene = study.scene
    known = Rates(scene, conditioned(scene.kappa), tuple(map(conditioned, CHECKED)))
    yield known
    able, _ = study.entered()
    known = replace(known, scheduled=study.racing(able[:1]).scheduled(), limits=study.racing(able).start_limits())
    yield known
    for k, choice in enumerate(able):
        known = replace(known, sweeps=[*known.sweeps, (choice, study.sweep(choice, k, len(able)))], finished=k == len(able) - 1)
        yield known


def conditioned(kappa: float) -> Conditioned:
    """Return both methods at their best on (x^2 + kappa y^2) / 2."""
    return Conditioned(kappa, distances(optimal_descent(kappa), kappa), distances(optimal_heavy_ball(kappa), kappa))
