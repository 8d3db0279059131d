"""Attraction: which critical point each start of a grid reaches, by the optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from landscape.descent.optimizers import optimizers
from landscape.errors import LandscapeError
from landscape.objectives.functions import AnalyticFunction, KnownPoint
from landscape.race.basins import Basins, in_one_batch
from landscape.sampling.surface import Surface
from landscape.scene.fields import Choice
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy, Refused, with_rate
from landscape.scene.suggestions import sharpness, suggested_lr

# Starts a side of the first map, and of the only one where each start runs by itself.
COARSE, ALONE = 31, 15


@dataclass(frozen=True, eq=False)
class Map:
    """The basins of one method, `choice`, with those of the coarser grid before them; `alone` says that its starts share no batch."""

    choice: Choice
    basins: Basins
    coarser: Basins | None = None
    alone: bool = False

    def doubt(self, code: int) -> float | None:
        """Return how far the share of starts that reached this is from that of the coarser grid, None where there is none."""
        return None if self.coarser is None else abs(self.basins.share(code) - self.coarser.share(code))


@dataclass(frozen=True, eq=False)
class Attraction:
    """The maps of a scene's methods on its function with the critical `points`, over a `surface`; `refused` cannot start there."""

    scene: RaceScene
    points: tuple[KnownPoint, ...]
    surface: Surface
    maps: tuple[Map, ...]
    refused: tuple[Refused, ...] = ()
    finished: bool = False


def on_function(scene: RaceScene) -> RaceScene:
    """Return the scene on a function: basins are of those, whose critical points are known."""
    if scene.function is not None:
        return scene
    return replace(scene, function=RaceScene().function, plane=RaceScene().plane, start=None, window=None)


def attraction(study: RaceStudy) -> Iterator[Attraction]:
    """Yield the maps of all methods on a coarse grid, then one finer map after another."""
    study = RaceStudy.like(study, on_function(study.scene))
    scene, function = study.scene, study.objective
    points, refused, able = tuple(function.known), [], []
    for choice in scene.mapped:
        method = with_known_rate(scene, function, choice)
        try:
            method.build(optimizers).start(function, function.theta)
            able.append(method)
        except LandscapeError as error:
            refused.append(Refused(method, error))
    if not able:
        raise refused[-1].error
    first = [_mapped(study, method, COARSE, k / (2 * len(able)), 0.5 / len(able)) for k, method in enumerate(able)]
    known = Attraction(scene, points, study.surface(COARSE), tuple(first), tuple(refused), finished=scene.starts == COARSE)
    yield known
    for k, coarse in enumerate(first):
        if coarse.alone or known.finished:
            continue
        finer = _mapped(study, coarse.choice, scene.starts, (len(able) + k) / (2 * len(able)), 0.5 / len(able))
        maps = (*known.maps[:k], replace(finer, coarser=coarse.basins), *known.maps[k + 1 :])
        known = replace(known, maps=maps)
        yield known
    if not known.finished:
        yield replace(known, finished=True)


def with_known_rate(scene: RaceScene, function: AnalyticFunction, choice: Choice) -> Choice:
    """Return the method as it races, or else with a learning rate that suits the function."""
    racing = [racer for racer in scene.optimizers if racer.name == choice.name]
    return racing[0] if racing else with_rate(choice, suggested_lr(lambda: sharpness(function, function.theta), choice.name))


def _mapped(study: RaceStudy, choice: Choice, side: int, done: float, share: float) -> Map:
    alone = not in_one_batch(choice.build(optimizers))
    return Map(choice, study.basins(choice, ALONE if alone else side, done, share), alone=alone)
