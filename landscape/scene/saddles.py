"""Saddles: the scene of the page on critical points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from landscape.catalogue import Parameter
from landscape.errors import require_name
from landscape.objectives.functions import functions
from landscape.plane import Window
from landscape.saddles.escape import Pace
from landscape.saddles.field import STEPS
from landscape.saddles.networks import NETS
from landscape.saddles.race import RACERS
from landscape.saddles.textbook import BESIDE, PACE, SETTINGS
from landscape.scene.fields import Choice, Group, Kind, Pairs, chosen, frame, number, of_kind, point
from landscape.scene.record import Record
from landscape.scene.suggestions import sharpness, suggested_lr

# What the page may be about: one function and a race on it, small networks, or what the number of dimensions does.
PARTS = ("race", "networks", "dimension")
FIELDS = ("none", *STEPS)


@dataclass(frozen=True)
class Names(Kind):
    """Some of a few names, at least one, each once and in a fixed order; a link joins them by commas."""

    known: tuple[str, ...]
    rank = 2

    def read(self, given: Mapping[str, str], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        return self.check(key, given[key].split(",")) if key in given else default

    def write(self, key: str, value: tuple[str, ...]) -> Pairs:
        return [(key, ",".join(value))]

    def check(self, key: str, value: Any) -> tuple[str, ...]:
        names = [require_name(key, name, self.known) for name in value or ("",)]
        return tuple(name for name in self.known if name in names)


@dataclass(frozen=True)
class SaddlesScene(Record):
    """What the Saddles page shows.

    Of its part "race": a function and what races on it from `start` (None: the function's own), with the numbers of the methods; `field`
    is the direction field on the map. Of its part "networks": a `net` of so many hidden `units`, a linear one of so many layers (`depth`),
    with an L2 penalty of strength `decay`. Of its part "dimension": random landscapes of 1 to so many `dimensions`.
    """

    part: str = number(Parameter("part", "race", "part", choices=PARTS), group=Group.DRAWING)
    function: Choice = chosen(functions, "saddle", group=Group.OBJECTIVE, moves=True, **SETTINGS)
    racers: tuple[str, ...] = of_kind(Names(RACERS), RACERS, group=Group.RUN)
    lr: float = number(Parameter("lr", PACE.lr, "learning rate", 1e-5, 10.0, "log"), group=Group.RUN)
    momentum: float = number(Parameter("momentum", PACE.momentum, "momentum", 0.0, 0.99), group=Group.RUN)
    noise: float = number(Parameter("noise", PACE.noise, "noise", 1e-6, 10.0, "log"), group=Group.RUN)
    steps: int = number(Parameter("steps", 200, "steps", 10, 1000, "log"), group=Group.RUN)
    start: tuple[float, float] | None = point(BESIDE, group=Group.RUN, optional=True)
    window: Window | None = frame(group=Group.DRAWING)
    field: str = number(Parameter("field", "gradient", "field", choices=FIELDS), group=Group.DRAWING)
    net: str = number(Parameter("net", "tanh", "net", choices=NETS), group=Group.OBJECTIVE)
    units: int = number(Parameter("units", 2, "units", 1, 3), group=Group.OBJECTIVE)
    depth: int = number(Parameter("depth", 2, "depth", 2, 3), group=Group.OBJECTIVE)
    decay: float = number(Parameter("decay", 0.03, "decay", 0.0, 0.2), group=Group.OBJECTIVE)
    dimensions: int = number(Parameter("dimensions", 5, "dimensions", 2, 8), group=Group.OBJECTIVE)
    seed: int = number(Parameter("seed", 0, "seed", 0, 10**6), group=Group.RUN)

    @property
    def pace(self) -> Pace:
        """The numbers of the methods."""
        return Pace(self.lr, self.momentum, self.noise)

    @property
    def textbook(self) -> bool:
        """Whether it is the function of which every number is known, at the rates they are known for."""
        return self.function == type(self)().function and self.pace == PACE

    def with_function(self, function: Choice) -> SaddlesScene:
        """Return the scene of another function, from its own start and at a learning rate that suits it."""
        if function == type(self)().function:
            return replace(type(self)(), racers=self.racers, field=self.field)
        built = function.build(functions)
        share = functions[function.name].traits.get("lr_share", 1.0)
        lr = suggested_lr(lambda: sharpness(built, built.theta), "gd", share=share)
        return replace(self, function=function, lr=lr, start=None, window=None)
