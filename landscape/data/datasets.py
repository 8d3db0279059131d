"""Datasets: the catalogue of all of them, real ones and made ones, each defined by the formula of its entry.

Traits: `clean_test`, the test targets have no noise and no outliers; `outliers`, some rows are known to be outliers, and the data set says
which.
"""

from __future__ import annotations

from landscape.data.dataset import SEED, Dataset, split
from landscape.data.lines import lines
from landscape.data.points import points
from landscape.data.published import published
from landscape.data.real import real
from landscape.data.structures import structures

__all__ = ["SEED", "Dataset", "datasets", "make_dataset", "split"]

datasets = real.extended(*lines.values(), *points.values(), *structures.values(), *published.values())


def make_dataset(name: str, *, seed: int = 0, **params: object) -> Dataset:
    """Return the data set `name` of the catalogue; the same seed and parameters give the same bytes.

    `seed` fixes the noise of a synthetic data set and the split of a real one. Raises `LandscapeError` for an unknown name or a value out
    of its range.
    """
    return datasets.make(name, SEED.check("dataset", seed), **params)
