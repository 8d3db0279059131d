"""Claims: what a sculpture moves and costs over several draws of its data, and not on one alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from landscape.catalogue import Value
from landscape.sculpting.sculpture import Measure, read_only
from landscape.sculpting.sculptures import make_sculpture


@dataclass(frozen=True, eq=False)
class Claim:
    """What n seeds found: `before` and `after` (n, M) are the `measures` (M) at the first and at the usual strength.

    The measures, aims and then prices, are those of the last seed: here they give their names.
    """

    measures: tuple[Measure, ...]
    before: np.ndarray
    after: np.ndarray

    def medians(self, measure: Measure) -> tuple[float, float]:
        """Return the medians of a measure before and after."""
        index = [(known.name, known.part) for known in self.measures].index((measure.name, measure.part))
        return float(np.median(self.before[:, index])), float(np.median(self.after[:, index]))


def claim(name: str, seeds: Iterable[int], *, turn: Callable[[float], None] = lambda share: None, **params: Value) -> Claim:
    """Train the sculpture `name` from its first to its usual strength, as its film does, on each of the `seeds`; `turn` hears the share
    that is done.
    """
    seeds, found = list(seeds), []
    for k, seed in enumerate(seeds):
        turn(k / len(seeds))
        sculpture = make_sculpture(name, seed=seed, **params)
        strengths = sculpture.strengths[: sculpture.usual_step + 1]
        effect = sculpture.effect(strengths, sculpture.fits(strengths))
        measures = (*effect.aims, *effect.prices)
        found.append([measure.values[[0, -1]] for measure in measures])
    before, after = np.moveaxis(np.array(found), 2, 0)
    return Claim(measures, read_only(before), read_only(after))
