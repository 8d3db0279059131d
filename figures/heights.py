"""Heights: the maps from values to heights and colors, linear, or logarithmic above the minimum of a loss."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from figures.numbers import number
from figures.style import round_ticks, shown_range

SHALLOWEST = 1e-4  # smallest offset, as a share of the 90 % quantile of loss - min: below are rounding errors of a flat valley
# Largest error from grid points that miss a valley's floor, relative to loss - floor + offset, at 90 % of the valley's points.
ROUGHEST = 0.15
# Quantities with linear heights, and those with a color scale centered at zero; all others are logarithmic.
EVEN = ("accuracy", "test_accuracy")
SIGNED = ("smallest_eigenvalue",)


@dataclass(frozen=True)
class LogHeight:
    """The increasing map loss -> log10(loss - floor + offset), with the range of heights to draw, `low` to `high`.

    `floor` is the minimum of the surface; below it the map continues along its tangent, since a path may reach lower losses between grid
    points. `offset` is the 1 % quantile of loss - floor, or that of its positive values where a plateau is lowest (tuned here): with a
    smaller one, a single grid point close to a minimum would look like a deep hole, with a larger one valleys would look flat. It is larger
    where a valley is narrower than the grid's cells, so that it does not look jagged. `cut` says that some losses are above the range.
    """

    floor: float
    offset: float
    low: float
    high: float
    cut: bool
    signed = False

    @classmethod
    def of(cls, values: np.ndarray) -> LogHeight:
        """Return the map for the `values` of a surface; losses of paths are not used, since a diverged one would flatten the surface."""
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
        """Return heights and labels of at most `most` round losses between low and high; the last label has a ≥ where losses are above."""
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
        """Return the loss at a height, set to 0 where it differs from 0 by rounding."""
        loss, reach = float(self.loss(level)), float(self.loss(self.high)) - self.floor
        return 0.0 if abs(loss) <= 1e-12 * reach else loss

    def _round(self, loss: float, level: float) -> float:
        """Return the number with the fewest digits near `loss`: the tick may move by a twentieth of the range."""
        slack = (self.high - self.low) / 20
        for rounded in (0.0, *(float(f"{loss:.{digits}e}") for digits in range(3))):
            if rounded >= self.floor and abs(float(self.height(np.array(rounded))) - level) <= slack:
                return rounded
        return loss


@dataclass(frozen=True)
class EvenHeight:
    """The identity, with the range of values to draw, `low` to `high`; for `signed` values it is symmetric about zero.

    `sunk` and `cut` say whether there are values below and above the range.
    """

    low: float
    high: float
    sunk: bool
    cut: bool
    signed: bool

    @classmethod
    def of(cls, values: np.ndarray, signed: bool = False) -> EvenHeight:
        """Return the map for the `values` of a surface."""
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
        """Return the ends of the part of the range that contains `values`."""
        finite = values[np.isfinite(values)]
        low, high = finite.min(initial=self.high), finite.max(initial=self.low)
        low, high = max(float(low), self.low), min(float(high), self.high)
        return (low, high) if low < high else (self.low, self.high)

    def ticks(self, most: int = 7) -> tuple[list[float], list[str]]:
        """Return at most `most` ticks and labels, both ends included; an end's label has a ≤ or ≥ where values are beyond it."""
        room = 0.06 * (self.high - self.low)
        between = [place for place in round_ticks(self.low, self.high, most - 2) if self.low + room < place < self.high - room]
        ends = ("≤ " if self.sunk else "") + number(self.low), ("≥ " if self.cut else "") + number(self.high)
        return [self.low, *between, self.high], [ends[0], *map(number, between), ends[1]]


Height = LogHeight | EvenHeight


def height_of(shows: str, values: np.ndarray) -> Height:
    """Return the map to heights for the `values` of the quantity `shows`."""
    if shows in EVEN:
        return EvenHeight.of(values)
    below = values[np.isfinite(values)].min(initial=0.0) < 0
    if shows in SIGNED or (shows.endswith("eigenvalue") and below):
        return EvenHeight.of(values, signed=True)
    return LogHeight.of(values)


def _roughness(values: np.ndarray, floor: float, high: float) -> float:
    """Return the offset with which the error from grid points that miss a valley's floor is within `ROUGHEST`, for 90 % of them.

    The lowest of three neighbors across a valley is above its floor by at most an eighth of their second difference (for a parabola).
    Values are clipped at three times the 90 % quantile, `high`, above the floor.
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
    """Return max(losses - floor, 0), clipped so that sums with it do not overflow."""
    with np.errstate(over="ignore"):
        return np.clip(losses - floor, 0.0, np.finfo(np.float64).max / 4)
