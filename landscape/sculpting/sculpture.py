"""Sculpture: a loss with a knob, trained at each of its strengths, and what the knob moves and costs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from landscape.objective import Objective
from landscape.plane import Window
from landscape.sculpting.pictures import Picture

# Steps of the first fit, and of each later one, which starts where the one before it ended.
FIRST_STEPS, MORE_STEPS = 200, 40


@dataclass(frozen=True, eq=False)
class Measure:
    """A number at each strength, `values` (S,), by its name in both languages.

    `part` says on which data it is taken ("train", "test", or "" where that is no question), `share` that it is one of 1.
    """

    name: str
    values: np.ndarray
    part: str = ""
    share: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values))


@dataclass(frozen=True, eq=False)
class Check:
    """What was `found` at a strength, beside what a closed form says there."""

    strength: float
    found: np.ndarray
    expected: np.ndarray
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether they agree."""
        return bool(np.abs(self.found - self.expected).max() <= self.tolerance)


@dataclass(frozen=True, eq=False)
class Effect:
    """What the knob does at each strength: the measures that it is meant to move, their prices, and pictures of the task, the first of
    them the largest.
    """

    aims: tuple[Measure, ...]
    prices: tuple[Measure, ...]
    pictures: tuple[Picture, ...] = ()
    check: Check | None = None


@dataclass(frozen=True, eq=False)
class Ring:
    """A closed curve on a whole plane of parameters that changes with the strength: `points` (S, m, 2)."""

    name: str
    points: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", read_only(self.points))


class Sculpture(ABC):
    """A base loss with a knob. `strengths` (S,) are where it is trained; the objective is `affine` in the strength where it is a base loss
    plus the strength times a term.
    """

    strengths: np.ndarray
    usual: float  # the strength at which its effect is told beside none
    affine: bool = True
    window: Window | None = None  # of the plane of two parameters; None leaves it to the minima

    @property
    def usual_step(self) -> int:
        """The step of the usual strength."""
        return int(np.abs(self.strengths - self.usual).argmin())

    @abstractmethod
    def objective(self, strength: float) -> Objective:
        """Return the whole objective at a strength: the landscape that is drawn and trained on."""

    @abstractmethod
    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        """Return what the trained parameters `thetas` (S, D) at `strengths` (S,) do on the task."""

    def fit(self, strength: float, start: np.ndarray, steps: int) -> np.ndarray:
        """Return the parameters that training reaches from `start`: by L-BFGS on all samples."""
        return descended(self.objective(strength), start, steps)

    def fits(self, strengths: np.ndarray, turn: Callable[[float], None] = lambda share: None) -> np.ndarray:
        """Return the trained parameters (S, D), each strength from where the one before it ended; `turn` hears the share that is done."""
        theta, found = self.objective(float(strengths[0])).theta, []
        for k, strength in enumerate(strengths):
            turn(k / len(strengths))
            theta = self.fit(float(strength), theta, MORE_STEPS if k else FIRST_STEPS)
            found.append(theta)
        return np.array(found)

    def rings(self, thetas: np.ndarray) -> tuple[Ring, ...]:
        """Return curves to be drawn over a whole plane, at each strength."""
        return ()


def descended(objective: Objective, start: np.ndarray, steps: int, gain: float = 1e-8) -> np.ndarray:
    """Return where L-BFGS comes to rest from `start`: after `steps` steps, or one that gains less than `gain`.

    It is torch's: scipy's waits most of the time for the threads of its linear algebra, on vectors that one thread is done with at once.
    """
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    settings = {"max_iter": steps, "max_eval": 2 * steps, "tolerance_grad": 1e-5, "tolerance_change": gain}
    optimizer = torch.optim.LBFGS([theta], line_search_fn="strong_wolfe", **settings)

    def slope() -> float:
        value, theta.grad = objective.value_and_gradient(theta)
        return value

    optimizer.step(slope)
    return theta.detach().numpy().copy()


def read_only(values: object) -> np.ndarray:
    """Return a read-only float64 copy of `values`."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array
