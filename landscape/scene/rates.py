"""Rates: what learning rates, condition numbers and schedules do to the racers of a scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from landscape.race.conditioning import KAPPAS, Conditioned, conditioned
from landscape.race.stability import DESCENT_STEPS, HEAVY_BALL_STEPS, MOMENTUM, Stability, stability
from landscape.race.sweep import Sweep
from landscape.scene.fields import Choice
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy, Scheduled

# The learning rates at which both are checked, on either side of their limits.
DESCENT_PROBES, HEAVY_BALL_PROBES = (0.05, 0.1, 0.19, 0.2, 0.2001, 0.21), (0.379, 0.381)


@dataclass(frozen=True, eq=False)
class Rates:
    """What is known of a scene's learning rates: both methods of a quadratic at every condition number of a scale, that of the scene among
    them; what one eigenvalue allows, for gradient descent and heavy ball; each racer's sweep, with its largest stable rate (`limits`, None
    where there is no such bound) by the curvature at the start; and a noisy run by its schedule.
    """

    scene: RaceScene
    conditioned: Sequence[Conditioned]
    stable: Sequence[Stability]
    sweeps: Sequence[tuple[Choice, Sweep]] = ()
    limits: Mapping[str, float | None] = field(default_factory=dict)
    scheduled: Scheduled | None = None
    finished: bool = False


def rates(study: RaceStudy) -> Iterator[Rates]:
    """Yield what learning rates do as it becomes known: quadratics first, then schedules, then the sweeps, racer after racer."""
    scale = sorted({*KAPPAS, study.scene.kappa})
    stable = (stability(0.0, DESCENT_STEPS, DESCENT_PROBES), stability(MOMENTUM, HEAVY_BALL_STEPS, HEAVY_BALL_PROBES))
    known = Rates(study.scene, [conditioned(kappa) for kappa in scale], stable)
    yield known
    able, _ = study.entered()
    racing = study.racing(able)
    known = replace(known, scheduled=racing.scheduled(), limits=racing.start_limits())
    yield known
    for k, choice in enumerate(able):
        swept = racing.sweep(choice, k, len(able))
        known = replace(known, sweeps=[*known.sweeps, (choice, swept)], finished=k == len(able) - 1)
        yield known
