"""Claim: what a paper says, what is measured of it here, the band that must lie in, and the verdict of a run.

Traits of an entry: `says`, the claim in one sentence; `measures`, each with its band; `link`, where the paper is; `expected`, whether it
holds at this scale: a claim that does not is kept as a caution; `why`, what is to be said where it does not hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

import numpy as np

from landscape.catalogue import Entry
from landscape.errors import Cancelled, Phrase


@dataclass(frozen=True)
class Band:
    """Where a number must lie, both ends included."""

    low: float = -inf
    high: float = inf

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Measure:
    """What is measured of a claim, by its name in words, and the band that each of its values must lie in."""

    name: Phrase
    band: Band


@dataclass(frozen=True)
class Finding:
    """One measured value: of which measure, by its place among the claim's, and in which setting, such as "η = 0.4"."""

    measure: int
    setting: str
    value: float


@dataclass(frozen=True, eq=False)
class Series:
    """One line of a graph, (n,) and (n,), or single points where it is no `line`; those of one `group` share a color."""

    name: str
    x: np.ndarray
    y: np.ndarray
    line: bool = True
    group: int = 0
    dashed: bool = False

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)


@dataclass(frozen=True, eq=False)
class Graph:
    """The picture of a verdict: series over x, a `level` that y is to be compared with, and whether y (and x) are on a log scale."""

    x: str
    y: str
    series: tuple[Series, ...]
    level: float | None = None
    log: bool = False
    log_x: bool = False


@dataclass(frozen=True, eq=False)
class Found:
    """What a run found: its `findings`, their graph, and its cost in `evaluations` of the loss or of a derivative of it.

    `unfit` says why the run is not one that the claim is about, such as one that has not come far enough; it then decides nothing.
    """

    findings: tuple[Finding, ...]
    graph: Graph
    evaluations: int
    unfit: Phrase | None = None


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a run of the claim `claim` found, beside the `measures` with their bands, and how many seconds it took."""

    claim: str
    seed: int
    measures: tuple[Measure, ...]
    expected: bool
    found: Found
    seconds: float

    @property
    def holds(self) -> bool | None:
        """Whether every finding lies in the band of its measure; None where the run decides nothing."""
        return None if self.found.unfit is not None else all(map(self.inside, self.found.findings))

    @property
    def as_expected(self) -> bool:
        """Whether it holds, or was not expected to."""
        return self.holds is True or not self.expected

    def inside(self, finding: Finding) -> bool:
        """Whether a finding lies in the band of its measure."""
        return finding.value in self.measures[finding.measure].band

    def measured(self, measure: int) -> tuple[Finding, ...]:
        """Return the findings of the measure at that place."""
        return tuple(finding for finding in self.found.findings if finding.measure == measure)


@dataclass(frozen=True)
class Run:
    """What a claim is run with; `report` hears the share that is done, and where `should_stop` answers True, `Cancelled` is raised."""

    seed: int = 0
    report: Callable[[float], None] = lambda share: None
    should_stop: Callable[[], bool] = lambda: False

    def turn(self, share: float) -> None:
        """Report the share that is done, and end here where nobody waits."""
        if self.should_stop():
            raise Cancelled
        self.report(share)

    def part(self, k: int, n: int) -> Callable[[float], None]:
        """Return what hears the progress of part k of n."""
        return lambda share: self.report((k + share) / n)


def claim(
    name: str, title: str, *, source: str, link: str, says: Phrase, measures: tuple[Measure, ...], why: Phrase, expected: bool = True
) -> Callable[[Callable[[Run], Found]], Entry]:
    """Make the decorated function, which runs the claim, its entry of the catalogue; that one builds a `Verdict` from a `Run`."""

    def declare(find: Callable[[Run], Found]) -> Entry:
        def judged(run: Run) -> Verdict:
            began = time.monotonic()
            found = find(run)
            return Verdict(name, run.seed, measures, expected, found, time.monotonic() - began)

        traits = {"says": says, "measures": measures, "why": why, "link": link, "expected": expected}
        return Entry(name, title, judged, source=source, traits=MappingProxyType(traits))

    return declare
