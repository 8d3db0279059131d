"""Corner: bisection, gradient descent and Newton's method on one curve of one parameter, and how fast each comes to its minimum."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from landscape.descent.bisection import Bisection, bisect
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import Trajectory, descend
from landscape.objective import Block, Objective

# Halvings after which an interval is as narrow as numbers go.
TO_THE_END = 80
# Errors below this share of 1 + |x| are rounding.
ROUNDED = 1e-14
# A run has come to a point within this distance of it.
NEAR = 1e-6


@dataclass(frozen=True)
class Shape:
    """A curve f(x): its `formula`, the `interval` that is halved, and the `window` that is drawn."""

    formula: Callable[[Tensor], Tensor]
    interval: tuple[float, float]
    window: tuple[float, float]


def _tilted(x: Tensor) -> Tensor:
    return (x**2 - 1) ** 2 + 0.3 * x


def _log_cosh(x: Tensor) -> Tensor:
    return torch.logaddexp(x, -x) - math.log(2)


def _exponential(x: Tensor) -> Tensor:
    return torch.exp(x) - 2 * x


def _quartic(x: Tensor) -> Tensor:
    return x**4 / 4


SHAPES: Mapping[str, Shape] = {
    "double_well": Shape(_tilted, (-1.9, -0.1), (-2.0, 2.0)),
    "log_cosh": Shape(_log_cosh, (-2.0, 2.7), (-3.0, 3.0)),
    "exponential": Shape(_exponential, (-1.0, 2.5), (-1.5, 3.0)),
    "quartic": Shape(_quartic, (-1.3, 1.9), (-2.0, 2.0)),
}


class Curve(Objective):
    """The function of one parameter of a shape."""

    dim = 1
    blocks = (Block("x", (1,), 0, 1, kind="whole"),)

    def __init__(self, shape: Shape):
        self._formula, self.theta = shape.formula, np.array([sum(shape.window) / 2])
        self.theta.setflags(write=False)

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        return self._formula(theta[0])

    def of_rows(self) -> Callable[[Tensor], Tensor]:
        return lambda rows: self._formula(rows[:, 0])

    def values(self, thetas: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self.of_rows()(self.tensors(thetas)).numpy(force=True)

    def slope(self, x: float) -> float:
        """Return f'(x)."""
        return float(self.gradient(np.array([x]))[0])

    def bend(self, x: float) -> float:
        """Return f''(x)."""
        return float(self.hessian(np.array([x]))[0, 0])


@dataclass(frozen=True, eq=False)
class Corner:
    """Three ways down one curve: `halved` intervals around the minimum `lowest`, and the runs of gradient descent and of Newton from one
    start, whose tangent parabolas have the `slopes` and `bends` (T+1,) of its points.
    """

    curve: Curve
    shape: Shape
    halved: Bisection
    descent: Trajectory
    newton: Trajectory
    lr: float
    lowest: float
    slopes: np.ndarray
    bends: np.ndarray

    @property
    def errors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The distance of the middles, of gradient descent and of Newton from the minimum, after each step."""
        return tuple(np.abs(xs - self.lowest) for xs in (self.halved.middles, self.descent.thetas[:, 0], self.newton.thetas[:, 0]))

    @property
    def factor(self) -> float:
        """The factor |1 - lr f''| by which gradient descent shrinks a small error at the minimum."""
        return abs(1 - self.lr * self.curve.bend(self.lowest))

    @property
    def shrinking(self) -> float | None:
        """The factor that was measured, over the last steps with errors that are neither large nor rounding; None without such steps."""
        errors = self.errors[1]
        fine = np.flatnonzero((errors[1:] > 1e3 * ROUNDED) & (errors[:-1] < 1e-2))
        return None if not len(fine) else float(errors[fine[-1] + 1] / errors[fine[-1]])

    @property
    def order(self) -> float | None:
        """The order of convergence that Newton's last errors before rounding show: log of one ratio of errors by log of the one before."""
        errors = self.errors[2]
        with np.errstate(divide="ignore", invalid="ignore"):
            falls = np.diff(np.log(errors))
        fine = [k for k in range(1, len(falls)) if errors[k + 1] > 10 * ROUNDED and errors[k - 1] < 0.5 and falls[k] < falls[k - 1] < 0]
        return None if not fine else float(falls[fine[-1]] / falls[fine[-1] - 1])

    @property
    def end(self) -> str:
        """Where Newton's method ends: "minimum", "other_minimum", "maximum", "left" for infinity, or "unsettled"."""
        last = float(self.newton.thetas[-1, 0])
        low, high = self.shape.window
        if not np.isfinite(last) or abs(last - (low + high) / 2) > 10 * (high - low):
            return "left"
        if abs(self.curve.slope(last)) > NEAR:
            return "unsettled"
        if self.curve.bend(last) < 0:
            return "maximum"
        return "minimum" if abs(last - self.lowest) < 1e-2 else "other_minimum"


def corner(name: str, start: float, lr: float, steps: int) -> Corner:
    """Return all three on the curve of that name, `steps` steps each."""
    shape = SHAPES[name]
    curve = Curve(shape)
    halved = bisect(curve.slope, *shape.interval, steps=steps)
    lowest = float(bisect(curve.slope, *shape.interval, steps=TO_THE_END).middles[-1])
    begin = np.array([start])
    descent, newton = (
        descend(curve, make_optimizer(method, lr=rate), begin, steps=steps) for method, rate in (("gd", lr), ("newton", 1.0))
    )
    points = [float(x) for x in newton.thetas[:, 0]]
    slopes, bends = (np.array([found(x) for x in points]) for found in (curve.slope, curve.bend))
    return Corner(curve, shape, halved, descent, newton, lr, lowest, slopes, bends)
