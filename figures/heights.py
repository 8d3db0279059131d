"""Values as heights and colors: as they are, or log10 above the lowest ground so that decades of loss are told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from figures.numbers import number
from figures.style import round_ticks, shown_range

SHALLOWEST = 1e-4  # least offset, as a share of the rise of most of the surface: a flat valley's rounding errors are no relief
# In nine of ten places a valley's floor, as the grid hits and misses it, may look rough by this share of its height above the offset.
ROUGHEST = 0.15
# What is shown as it is, and what has a sign that says more than its size; all else spans decades.
EVEN = ("accuracy", "test_accuracy")
SIGNED = ("smallest_eigenvalue",)


@dataclass(frozen=True)
class LogHeight:
    """The map loss -> log10(loss - floor + offset), increasing, with its range worth drawing.

    `floor` is the lowest loss of the surface; below it the map goes on along its tangent, for a path finds lower ground between the points
    of the grid. `offset` is what the lowest 1 % of the surface rises above it (tuned here), or of what does rise where a plateau is lowest.
    Smaller, and one grid point that happens to hit a minimum would look like a well; larger, and the valley floor would look flat. It is
    larger where a valley is narrower than the grid's cells, whose points hit its floor and miss it in turn: that would look like teeth.
    """

    floor: float
    offset: float
    low: float
    high: float
    cut: bool
    signed = False

    @classmethod
    def of(cls, values: np.ndarray) -> LogHeight:
        """Fit the map to a surface's `values`; paths have no say, or one that runs away would flatten the ground."""
        finite = values[np.isfinite(values)]
        if finite.size == 0:
            return cls(0.0, 1.0, 0.0, 1.0, False)
        floor = float(finite.min())
        rise = _above(finite, floor)
        lowest = float(np.quantile(rise, 0.01)) or float(np.quantile(rise[rise > 0], 0.01) if rise.any() else 1.0)
        high = float(np.quantile(rise, 0.9))
        offset = max(lowest, SHALLOWEST * high, _roughness(values, floor, high))
        low, high, cut = shown_range(np.log10(rise + offset), factor=1.6)
        return cls(floor, offset, low, high, cut)

    def height(self, losses: np.ndarray) -> np.ndarray:
        """Return the height of each loss; NaN where it is not finite."""
        losses = np.asarray(losses, dtype=np.float64)
        height = np.full(losses.shape, np.nan)
        finite = np.isfinite(losses)
        rise = losses[finite] - self.floor
        height[finite] = np.log10(_above(losses[finite], self.floor) + self.offset) + np.minimum(rise, 0.0) / (self.offset * math.log(10))
        return height

    def loss(self, heights: np.ndarray) -> np.ndarray:
        """Return the losses whose heights these are; the inverse of `height`."""
        above = np.asarray(heights, dtype=np.float64) - math.log10(self.offset)
        return self.offset * np.where(above > 0, np.expm1(np.maximum(above, 0.0) * math.log(10)), above * math.log(10)) + self.floor

    def ticks(self, most: int = 7) -> tuple[list[float], list[str]]:
        """Return heights and labels of at most `most` round losses between low and high; the last says so when values lie above."""
        levels = [self.low, *np.linspace(self.low, self.high, most)[1:-1], self.high]
        labels: dict[str, float] = {}
        for level in levels[:-1]:
            loss = self._loss(level)
            rounded = self._round(loss, level)
            label = number(rounded)
            labels.setdefault(label, float(self.height(np.array(rounded))))
        top = number(self._loss(self.high))
        labels = {label: place for label, place in labels.items() if self.low <= place < self.high - 0.04 * (self.high - self.low)}
        return [*labels.values(), self.high], [*labels, f"≥ {top}" if self.cut else top]

    def _loss(self, level: float) -> float:
        """Return the loss at a height, 0 where only rounding keeps it off."""
        loss, reach = float(self.loss(level)), float(self.loss(self.high)) - self.floor
        return 0.0 if abs(loss) <= 1e-12 * reach else loss

    def _round(self, loss: float, level: float) -> float:
        """Return the roundest number close to `loss`: it may move the tick by a twentieth of the range."""
        slack = (self.high - self.low) / 20
        for rounded in (0.0, *(float(f"{loss:.{digits}e}") for digits in range(3))):
            if rounded >= self.floor and abs(float(self.height(np.array(rounded))) - level) <= slack:
                return rounded
        return loss


@dataclass(frozen=True)
class EvenHeight:
    """Values as their own heights, between the ends of the range worth drawing; where they are `signed`, zero is in its middle.

    `sunk` and `cut` say whether there are values below and above it.
    """

    low: float
    high: float
    sunk: bool
    cut: bool
    signed: bool

    @classmethod
    def of(cls, values: np.ndarray, signed: bool = False) -> EvenHeight:
        """Fit the range to a surface's `values`."""
        finite = values[np.isfinite(values)]
        if not signed:
            low, high, _ = shown_range(finite, factor=np.inf)
            return cls(low, high, False, False, False)
        _, reach, cut = shown_range(np.append(np.abs(finite), 0.0))
        return cls(-reach, reach, cut and bool(finite.min() < -reach), cut and bool(finite.max() > reach), True)

    def height(self, values: np.ndarray) -> np.ndarray:
        """Return the values, NaN where they are not finite."""
        values = np.asarray(values, dtype=np.float64)
        return np.where(np.isfinite(values), values, np.nan)

    def shown(self, values: np.ndarray) -> tuple[float, float]:
        """Return the ends of that part of the range in which there are `values`."""
        finite = values[np.isfinite(values)]
        low, high = finite.min(initial=self.high), finite.max(initial=self.low)
        low, high = max(float(low), self.low), min(float(high), self.high)
        return (low, high) if low < high else (self.low, self.high)

    def ticks(self, most: int = 7) -> tuple[list[float], list[str]]:
        """Return at most `most` places and their labels, both ends among them; an end says so when values lie beyond it."""
        room = 0.06 * (self.high - self.low)
        between = [place for place in round_ticks(self.low, self.high, most - 2) if self.low + room < place < self.high - room]
        ends = ("≤ " if self.sunk else "") + number(self.low), ("≥ " if self.cut else "") + number(self.high)
        return [self.low, *between, self.high], [ends[0], *map(number, between), ends[1]]


Height = LogHeight | EvenHeight


def height_of(shows: str, values: np.ndarray) -> Height:
    """Return the map from the `values` of what is shown to heights."""
    if shows in EVEN:
        return EvenHeight.of(values)
    below = values[np.isfinite(values)].min(initial=0.0) < 0
    if shows in SIGNED or (shows.endswith("eigenvalue") and below):
        return EvenHeight.of(values, signed=True)
    return LogHeight.of(values)


def _roughness(values: np.ndarray, floor: float, high: float) -> float:
    """Return the offset at which hardly a valley looks rougher than `ROUGHEST`.

    Across a valley, the lowest of three neighbors is above its floor by up to an eighth of their second difference (of a parabola). A value
    far above all others counts as three times as high as most.
    """
    misses, rises = [], []
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.minimum(np.atleast_2d(values), floor + 3 * high)
        for lines in (values, values.T):
            before, here, after = lines[:-2], lines[1:-1], lines[2:]
            miss = (before - here + after - here) / 8
            valley = (here <= before) & (here <= after) & np.isfinite(miss)
            misses.append(miss[valley])
            rises.append(here[valley] - floor)
        needed = np.maximum(np.concatenate(misses) / ROUGHEST - np.concatenate(rises), 0.0)
    return float(np.quantile(needed, 0.9)) if needed.size else 0.0


def _above(losses: np.ndarray, floor: float) -> np.ndarray:
    """Return how far losses lie above `floor`, at least 0, and where that overflows the largest number that can still be added to."""
    with np.errstate(over="ignore"):
        return np.clip(losses - floor, 0.0, np.finfo(np.float64).max / 4)
