"""Cornered: the corner of one parameter of a race's scene."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from landscape.race.corner import Corner, corner
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy


@dataclass(frozen=True, eq=False)
class Cornered:
    """What is drawn of a scene's curve."""

    scene: RaceScene
    corner: Corner
    finished: bool = True


def cornered(study: RaceStudy) -> Iterator[Cornered]:
    """Yield the three ways down the scene's curve, which are found at once."""
    scene = study.scene
    yield Cornered(scene, corner(scene.curve, scene.begin, scene.rate, scene.halvings))
