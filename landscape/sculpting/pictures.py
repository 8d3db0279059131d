"""Pictures: what a sculpture does on its task, as numbers at each of S strengths; `figures` draws them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Bars:
    """A bar for each coefficient: `values` (S, K) with the `names` of the K."""

    key: str
    names: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Threads:
    """The same coefficients as curves over the strength."""

    key: str
    names: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Descents:
    """How solvers move one number, step by step: `values` (S, T+1) of each by its name."""

    key: str
    values: dict[str, np.ndarray]


Picture = Bars | Threads | Descents
