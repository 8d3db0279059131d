"""Curves: a loss as a function of one number, the residual or the margin of a sample, with its derivatives and its influence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import brentq
from torch import Tensor

from landscape.losses.shapes import Loss

PARTS = ("value", "gradient", "curvature", "influence")
RESIDUAL, MARGIN = "residual", "margin"
# How far the curves go on either side of zero, and in how many points: an even number, so that no point is at zero.
SPANS = {RESIDUAL: (-6.0, 6.0), MARGIN: (-3.0, 3.0)}
POINTS = 160
# A jump is found by narrowing an interval down to this share of the span; what changes there by less than this share of all is none.
NARROWEST, LEAST_JUMP = 1e-9, 1e-4
# An interval is looked into where the function is this much steeper than on the flatter side of it.
STEEPER = 3.0
# Into so many parts an interval is divided at a time; an odd number, since the middle is often the place of a jump.
PARTED = 9
# Standard normal noise is integrated between these ends.
NOISE = 12.0
NOISE_POINTS = 6000
# The location of noise is looked for between these ends.
FARTHEST = 3.0
# The margin at which the pulls of losses are compared.
MISTAKEN = -1.0

Function = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Broken:
    """A function of one number: `x` and `y` (n,), where at a jump x has three equal places and y the two sides around a NaN.

    `deltas` (k, 2) are places and weights of its Dirac deltas, those of a derivative where its integral jumps.
    """

    x: np.ndarray
    y: np.ndarray
    deltas: np.ndarray


@dataclass(frozen=True, eq=False)
class LossCurve:
    """A loss over its residual or its margin: `parts` has the `PARTS`, `scale` what the influence is the gradient divided by.

    Of a residual r = y - f, the influence is that of one observation on a location fitted to standard normal data, psi(r) / E[psi'], with
    psi the gradient (Hampel 1974). Of a margin m it is the pull l'(m) of a sample on the score, relative to that at m = -1. It is NaN
    where that denominator is zero or not finite.
    """

    axis: str
    parts: dict[str, Broken]
    scale: float


def function_of(loss: Loss, axis: str) -> Function:
    """Return the loss as a function of the residual target - output, or of the margin of a sample of the class +1."""
    if axis == RESIDUAL:
        return lambda residual: loss(-residual, torch.zeros_like(residual))
    return lambda margin: loss(margin, torch.ones_like(margin))


def loss_curve(loss: Loss, axis: str, *, near: Sequence[float] = ()) -> LossCurve:
    """Return the curves of a loss of `axis` over its span, in double precision; `near` are places where it may well have a kink."""
    function = function_of(loss, axis)
    x = _places(*SPANS[axis], near)
    ladder = np.stack(derivatives(function, x))
    jumps = [_jumps(function, order, x, ladder[order]) for order in range(3)]
    parts = {part: _broken(x, ladder[k], jumps[k], jumps[k - 1] if k else None) for k, part in enumerate(PARTS[:3])}
    scale = _sensitivity(function, jumps[1]) if axis == RESIDUAL else float(derivatives(function, np.array([MISTAKEN]))[1][0])
    slope = parts["gradient"]
    scaled = slope.y / scale if np.isfinite(scale) and scale != 0 else np.full_like(slope.y, np.nan)
    parts["influence"] = Broken(slope.x, scaled, np.empty((0, 2)))
    return LossCurve(axis, parts, scale)


def derivatives(function: Function, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return value, first and second derivative at `x` (n,), each by automatic differentiation; at a kink one of its one-sided values."""
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = function(point)
    slope = _derivative(value, point)
    bend = _derivative(slope, point)
    return tuple(part.detach().numpy() for part in (value, slope, bend))


def _derivative(value: Tensor, point: Tensor) -> Tensor:
    if not value.requires_grad:  # constant, piece by piece
        return torch.zeros_like(point)
    (slope,) = torch.autograd.grad(value.sum(), point, create_graph=True, allow_unused=True)
    return torch.zeros_like(point) if slope is None else slope


def _places(low: float, high: float, near: Sequence[float], points: int = POINTS) -> np.ndarray:
    """Return points from low to high, with two more close around each place of `near` and its mirror image."""
    apart = 1e-6 * (high - low)
    close = [place + side for size in near for place in (size, -size) for side in (-apart, apart)]
    return np.unique([*np.linspace(low, high, points), *(place for place in close if low < place < high)])


def _jumps(function: Function, order: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return where the derivative of that order jumps between the points x, and its values on either side: shape (k, 3)."""
    known = y[np.isfinite(y)]
    span, least = x[-1] - x[0], LEAST_JUMP * max(np.ptp(known) if known.size else 0.0, 1e-12)
    steps = np.diff(y)
    steep = np.abs(steps / np.diff(x))
    around = np.minimum(np.roll(steep, 1), np.roll(steep, -1))
    suspect = (np.abs(steps) > least) & (steep > STEEPER * around)
    low, high = x[:-1][suspect], x[1:][suspect]
    if not low.size:
        return np.empty((0, 3))

    def at(places: np.ndarray) -> np.ndarray:
        return derivatives(function, places.ravel())[order].reshape(places.shape)

    while (high - low).max() > NARROWEST * span:
        ends = np.linspace(low, high, PARTED + 1)
        most = np.abs(np.diff(at(ends), axis=0)).argmax(axis=0)
        low, high = (np.take_along_axis(ends, (most + side)[None], axis=0)[0] for side in (0, 1))
    aside = 10 * NARROWEST * span
    before, after = at(np.stack([low - aside, high + aside]))
    found = np.abs(after - before) > least
    places = ((low + high) / 2)[found]
    fresh = np.diff(places, prepend=-np.inf) > 4 * aside  # a place found from both sides is one
    return np.stack([places, before[found], after[found]], axis=1)[fresh]


def _broken(x: np.ndarray, y: np.ndarray, jumps: np.ndarray, below: np.ndarray | None) -> Broken:
    """Return the function with its jumps; those `below`, of its integral, are its deltas."""
    deltas = np.empty((0, 2)) if below is None else np.stack([below[:, 0], below[:, 2] - below[:, 1]], axis=1)
    clear = np.ones(len(x), bool)
    for place in {*jumps[:, 0], *deltas[:, 0]}:
        clear &= np.abs(x - place) > 1e-7 * (x[-1] - x[0])  # what is said of a kink itself is one of many
    x, y = x[clear], y[clear]
    ends = np.searchsorted(x, jumps[:, 0])
    gap = np.full(len(jumps), np.nan)
    sides = np.stack([jumps[:, 1], gap, jumps[:, 2]], axis=1)
    return Broken(np.insert(x, np.repeat(ends, 3), np.repeat(jumps[:, 0], 3)), np.insert(y, np.repeat(ends, 3), sides.ravel()), deltas)


def _sensitivity(function: Function, jumps: np.ndarray) -> float:
    """Return E[psi'(Z - T)] of standard normal Z at the location T where E[psi(Z - T)] is zero; NaN where there is none.

    By Stein's identity it is E[Z psi(Z - T)], in which the jumps of psi need no derivative.
    """
    r = _places(-NOISE, NOISE, jumps[:, 0], NOISE_POINTS)
    psi = derivatives(function, r)[1]
    if not np.isfinite(psi).all():
        return float("nan")

    def mean(location: float, power: int = 0) -> float:
        noise = r + location
        return float(np.trapezoid(psi * noise**power * np.exp(-(noise**2) / 2), r) / np.sqrt(2 * np.pi))

    if not mean(-FARTHEST) * mean(FARTHEST) < 0:
        return float("nan")
    location = 0.0 if abs(mean(0.0)) < 1e-12 else float(brentq(mean, -FARTHEST, FARTHEST, xtol=1e-12))
    return mean(location, power=1)
