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


@dataclass(frozen=True, eq=False)
class Codes:
    """Points (S, N, 2) in the plane of a code, with the true `classes` (N,); on the `circle` where they have length 1."""

    key: str
    points: np.ndarray
    classes: np.ndarray
    circle: bool = False


@dataclass(frozen=True, eq=False)
class Tiles:
    """Gray `images` (S, rows, columns, height, width), about 0 where nothing is and 1 where all is; the first row is as given."""

    key: str
    images: np.ndarray


@dataclass(frozen=True, eq=False)
class Regions:
    """Two classes of points (N, 2) and `scores` (S, ny, nx) at x (nx,), y (ny,): class 1 is predicted where a score is above 0.

    `counted` (S, N) says which of the points the loss counts, where it does not count all.
    """

    key: str
    points: np.ndarray
    classes: np.ndarray
    x: np.ndarray
    y: np.ndarray
    scores: np.ndarray
    counted: np.ndarray | None = None


Picture = Bars | Threads | Descents | Strip | Matrix | Learned | Codes | Tiles | Regions
