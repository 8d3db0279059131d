"""Saddles: the scene of the page on critical points."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from landscape.catalogue import Parameter
from landscape.errors import require_name
from landscape.objectives.functions import AnalyticFunction, functions
from landscape.plane import Window
from landscape.saddles.escape import Pace
from landscape.saddles.field import STEPS
from landscape.saddles.networks import NETS
from landscape.saddles.noisy_line import BESIDE as BESIDE_LINE
from landscape.saddles.noisy_line import RATE, NoisyLine
from landscape.saddles.race import OF_SAMPLES, RACERS
from landscape.saddles.textbook import BESIDE, PACE, SETTINGS
from landscape.scene.fields import Choice, Group, Kind, Pairs, chosen, frame, number, of_kind, point
from landscape.scene.record import Record
from landscape.scene.suggestions import sharpness, suggested_lr

# What the page may be about: one function and a race on it, small networks, or what the number of dimensions does.
PARTS = ("race", "networks", "dimension")
# What a race may be on: a test function, or the smallest network, which has samples.
LANDSCAPES = ("function", "noisy_line")
# What a link to the network means that does not say it; one with it always does.
OF_LINE = {"racers": OF_SAMPLES, "lr": RATE, "start": BESIDE_LINE}
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

    Of its part "race": a `landscape`, which is the function or the smallest network on a noisy line, and what races on it from `start`
    (None: its own), with the numbers of the methods; `field` is the direction field on the map. Of its part "networks": a `net` of so many
    hidden `units`, a linear one of so many layers (`depth`), with an L2 penalty of strength `decay`. Of its part "dimension": random
    landscapes of 1 to so many `dimensions`.
    """

    part: str = number(Parameter("part", "race", "part", choices=PARTS), group=Group.DRAWING)
    landscape: str = number(Parameter("landscape", "function", "landscape", choices=LANDSCAPES), group=Group.OBJECTIVE, moves=True)
    function: Choice = chosen(functions, "saddle", group=Group.OBJECTIVE, moves=True, **SETTINGS)
    racers: tuple[str, ...] = of_kind(Names(OF_SAMPLES), RACERS, group=Group.RUN)
    lr: float = number(Parameter("lr", PACE.lr, "learning rate", 1e-5, 10.0, "log"), group=Group.RUN)
    momentum: float = number(Parameter("momentum", PACE.momentum, "momentum", 0.0, 0.99), group=Group.RUN)
    noise: float = number(Parameter("noise", PACE.noise, "noise", 1e-6, 10.0, "log"), group=Group.RUN)
    batch: int = number(Parameter("batch", PACE.batch, "samples in a batch", 1, 40), group=Group.RUN)
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
        return Pace(self.lr, self.momentum, self.noise, self.batch)

    @property
    def textbook(self) -> bool:
        """Whether it is the function of which every number is known, at the rates they are known for."""
        return not self.sampled and self.function == type(self)().function and replace(self.pace, batch=PACE.batch) == PACE

    @property
    def sampled(self) -> bool:
        """Whether the landscape of the race is the network's, which has samples."""
        return self.landscape == "noisy_line"

    @property
    def running(self) -> tuple[str, ...]:
        """Those of the racers that can run here: a test function has no samples for mini-batches."""
        known = OF_SAMPLES if self.sampled else RACERS
        return tuple(name for name in self.racers if name in known) or RACERS[:1]

    def race_landscape(self) -> AnalyticFunction | NoisyLine:
        """Return the objective that the race is on; it has a `window`."""
        return NoisyLine() if self.sampled else self.function.build(functions)

    def with_network(self) -> SaddlesScene:
        """Return the scene of the smallest network on a noisy line, from beside its ridge, with stochastic gradient descent in the race."""
        return replace(type(self)(), landscape="noisy_line", field=self.field, **OF_LINE)

    def with_function(self, function: Choice) -> SaddlesScene:
        """Return the scene of another function, from its own start and at a learning rate that suits it."""
        if function == type(self)().function:
            return replace(type(self)(), racers=self._of_function(), field=self.field)
        built = function.build(functions)
        share = functions[function.name].traits.get("lr_share", 1.0)
        lr = suggested_lr(lambda: sharpness(built, built.theta), "gd", share=share)
        known = {"landscape": "function", "racers": self._of_function()}
        return replace(self, function=function, lr=lr, start=None, window=None, **known)

    def _of_function(self) -> tuple[str, ...]:
        return RACERS if self.racers == OF_SAMPLES else replace(self, landscape="function").running

    def _completed(self, given: Mapping[str, str], version: int) -> SaddlesScene:
        return replace(self, **{key: value for key, value in OF_LINE.items() if key not in given}) if self.sampled else self

    def _guessed(self, default: Record) -> Collection[str]:
        return OF_LINE if self.sampled else ()
