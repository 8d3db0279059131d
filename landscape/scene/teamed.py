"""Teamed: the workers of a race's scene, on Explore's risk of two parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from landscape.race.workers import Team, beside
from landscape.sampling.surface import Surface
from landscape.scene.attraction import COARSE
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy
from landscape.scene.scene import Scene
from landscape.scene.study import Study


@dataclass(frozen=True, eq=False)
class Teamed:
    """The workers over the whole landscape of `samples` samples."""

    scene: RaceScene
    team: Team
    surface: Surface
    samples: int
    finished: bool = False


def teamed(study: RaceStudy) -> Iterator[Teamed]:
    """Yield the workers of the study's scene, over a coarse surface first, then the same with other numbers of local steps."""
    scene = study.scene
    risk = Study.like(study, Scene(seed=scene.seed))
    found = study.team(risk)
    known = Teamed(scene, found, risk.surface(COARSE), risk.objective.samples)
    yield known
    for local in beside(scene.local, scene.worker_steps):
        found = replace(found, others=dict(sorted({**found.others, local: study.crew(risk, local)}.items())))
    found = replace(found, off_batch=study.off_one_batch(risk))
    yield replace(known, team=found, surface=risk.surface(risk.scene.resolution), finished=True)
