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
    exact: np.ndarray | None = None  # (S, K), what a closed form says of them


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


@dataclass(frozen=True, eq=False)
class Strip:
    """Labels along a sequence, of classes `names`: the `true` (N,), and the `predicted` (S, N), of which some are `alone` (S, N)."""

    key: str
    names: tuple[str, ...]
    true: np.ndarray
    predicted: np.ndarray
    alone: np.ndarray


@dataclass(frozen=True, eq=False)
class Matrix:
    """How many samples of class i were taken for class j: `counts` (S, K, K)."""

    key: str
    names: tuple[str, ...]
    counts: np.ndarray


@dataclass(frozen=True, eq=False)
class Learned:
    """A curve learned from points: the `true` one (m,) at `times` (m,), observations `found` (n,) at `seen` (n,), and `curves` (S, m)."""

    key: str
    times: np.ndarray
    true: np.ndarray
    seen: np.ndarray
    found: np.ndarray
    curves: np.ndarray


Picture = Bars | Threads | Descents | Strip | Matrix | Learned
