"""The scene of the Sculpt page: which term, on which draw of its data, and how finely its film is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from landscape.catalogue import Parameter
from landscape.scene.fields import Choice, Group, chosen, number
from landscape.scene.record import Record
from landscape.sculpting.film import FINE, Film, sculpt
from landscape.sculpting.sculptures import sculptures


@dataclass(frozen=True)
class SculptScene(Record):
    """What the Sculpt page shows."""

    sculpture: Choice = chosen(sculptures, "l1", group=Group.OBJECTIVE, moves=True)
    seed: int = number(Parameter("seed", 0, "random seed", 0, 2**32 - 1), group=Group.OBJECTIVE, moves=True)
    resolution: int = number(Parameter("resolution", FINE, "points a side", 11, 61), group=Group.DRAWING)


def sculpted(scene: SculptScene, report: Callable[[str, float], None], should_stop: Callable[[], bool]) -> Iterator[Film]:
    """Yield the scene's film as it grows."""
    told = {"report": report, "should_stop": should_stop}
    return sculpt(scene.sculpture.name, seed=scene.seed, resolution=scene.resolution, **told, **dict(scene.sculpture.settings))
