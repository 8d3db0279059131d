"""Curves: a loss as a function of one number, with its derivatives and its influence.

The number is the residual of a sample, its margin, the probability predicted for one of two classes, or the difference of two documents'
scores, as the loss's trait `of` has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import brentq
from torch import Tensor

from landscape.losses.shapes import Loss

PARTS = ("value", "gradient", "curvature", "influence")
RESIDUAL, MARGIN, PROBABILITY, DIFFERENCE = AXES = ("residual", "margin", "probability", "difference")
AXIS_OF = {"residual": RESIDUAL, "margin": MARGIN, "classes": PROBABILITY, "distribution": PROBABILITY, "ranking": DIFFERENCE}
# Those among the losses of distributions whose targets may be distributions; of others the expectation over the target is drawn.
OF_TWO = ("kl", "jensen_shannon")
# How far the curves go on either side of zero, and in how many points: an even number, so that no point is at zero. Of a probability it is
# the score log(p / (1 - p)).
SPANS = {RESIDUAL: (-6.0, 6.0), MARGIN: (-3.0, 3.0), PROBABILITY: (-5.0, 5.0), DIFFERENCE: (-4.0, 4.0)}
POINTS = 160
# A jump is found by narrowing an interval down to this share of the span; what changes there by less than this share of all is none.
NARROWEST, LEAST_JUMP = 1e-9, 1e-4
# An interval is looked into where the function changes by this share of all, and is this much steeper than on the flatter side.
SEEN, STEEPER = 5e-3, 3.0
# Into so many parts an interval is divided at a time; an odd number, since the middle is often the place of a jump.
PARTED = 9
# Standard normal noise is integrated between these ends.
NOISE = 12.0
NOISE_POINTS = 6000
# The location of noise is looked for between these ends.
FARTHEST = 3.0
# The margin, or the difference of scores, at which the pulls of losses are compared.
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
    """A loss along its axis: `parts` has the `PARTS` that it has there, `scale` what the influence is the gradient divided by.

    Of a residual r = y - f, the influence is that of one observation on a location fitted to standard normal data, psi(r) / E[psi'], with
    psi the gradient (Hampel 1974). Of a margin, or of a difference of scores that should be large, it is the pull l'(m) of a sample on the
    score, relative to that at m = -1. It is NaN where that denominator is zero or not finite. Of a probability there is none, and gradient
    and curvature are those by the score log(p / (1 - p)). `efficiency` is, of a residual, the variance of the mean of standard normal data
    over that of the location fitted with the loss: E[psi']^2 / E[psi^2].
    """

    axis: str
    parts: dict[str, Broken]
    scale: float = float("nan")
    efficiency: float = float("nan")

    @property
    def jumps(self) -> bool:
        """Whether the loss or a derivative of it jumps somewhere."""
        return any(np.isnan(part.y).any() or len(part.deltas) for name, part in self.parts.items() if name != "influence")


def function_of(loss: Loss, axis: str, *, target: float = 1.0, soft: bool = False) -> Function:
    """Return the loss as a function of the number that `axis` names: a residual target - output, the margin of a sample of the class +1,
    the score log(p / (1 - p)) of class 1, or the difference of the scores of two documents, of which the first has the higher grade.

    `target` is the probability of class 1 that the prediction is compared with; the loss takes it as a distribution where it is `soft`,
    else its expectation over the two classes is returned.
    """
    match axis:
        case "residual":
            return lambda residual: loss(-residual, torch.zeros_like(residual))
        case "margin":
            return lambda margin: loss(margin, torch.ones_like(margin))
        case "difference":
            return lambda difference: loss(_pair(difference, 0.0), _pair(torch.ones_like(difference), 0.0))
    if soft:
        return lambda score: loss(_pair(torch.zeros_like(score), score), _pair(torch.full_like(score, 1 - target), target))
    return lambda score: expected(loss, _pair(torch.zeros_like(score), score), (1 - target, target))


def expected(loss: Loss, logits: Tensor, target: Sequence[float]) -> Tensor:
    """Return the expectation of the loss of `logits` (N, K) over the classes, which have the probabilities `target` (K,): shape (N,)."""
    classes = [(share, torch.full((len(logits),), k)) for k, share in enumerate(target) if share > 0]
    return sum(share * loss(logits, true) for share, true in classes)


def _pair(first: Tensor, second: Tensor | float) -> Tensor:
    return torch.stack([first, second if isinstance(second, Tensor) else torch.full_like(first, second)], dim=1)


def loss_curve(
    loss: Loss, axis: str, *, near: Sequence[float] = (), target: float = 1.0, soft: bool = False, smooth: bool = False
) -> LossCurve:
    """Return the curves of a loss along `axis`, in double precision; `near` are places where it may well have a kink. Of a `smooth` one no
    jumps are looked for, which takes most of the time. `target` and `soft` are those of `function_of`.
    """
    function = function_of(loss, axis, target=target, soft=soft)
    x = _even_probabilities() if axis == PROBABILITY else _places(*SPANS[axis], near)
    ladder = np.stack(derivatives(function, x))
    jumps = [np.empty((0, 3)) if smooth else _jumps(function, order, x, ladder[order]) for order in range(3)]
    parts = {part: _broken(x, ladder[k], jumps[k], jumps[k - 1] if k else None) for k, part in enumerate(PARTS[:3])}
    if axis == PROBABILITY:
        return LossCurve(axis, {part: replace(broken, x=1 / (1 + np.exp(-broken.x))) for part, broken in parts.items()})
    if axis == RESIDUAL:
        scale, efficiency = _of_noise(function, jumps[1])
    else:
        scale, efficiency = float(derivatives(function, np.array([MISTAKEN]))[1][0]), float("nan")
    slope = parts["gradient"]
    scaled = slope.y / scale if np.isfinite(scale) and scale != 0 else np.full_like(slope.y, np.nan)
    return LossCurve(axis, {**parts, "influence": Broken(slope.x, scaled, np.empty((0, 2)))}, scale, efficiency)


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


def _even_probabilities() -> np.ndarray:
    """Return the scores of evenly spaced probabilities."""
    low, high = (1 / (1 + np.exp(-end)) for end in SPANS[PROBABILITY])
    p = np.linspace(low, high, POINTS)
    return np.log(p) - np.log1p(-p)


@np.errstate(invalid="ignore", over="ignore")  # infinity less infinity, and what is as steep as that, is no jump
def _jumps(function: Function, order: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return where the derivative of that order jumps between the points x, and its values on either side: shape (k, 3)."""
    known = y[np.isfinite(y)]
    span, whole = x[-1] - x[0], max(np.ptp(known) if known.size else 0.0, 1e-12)
    steps = np.diff(y)
    steep = np.abs(steps / np.diff(x))
    around = np.minimum(np.roll(steep, 1), np.roll(steep, -1))
    suspect = (np.abs(steps) > SEEN * whole) & (steep > STEEPER * around)
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
    found = (np.abs(after - before) > LEAST_JUMP * whole) & np.isfinite(before) & np.isfinite(after)
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


def _of_noise(function: Function, jumps: np.ndarray) -> tuple[float, float]:
    """Return E[psi'] and E[psi']^2 / E[psi^2] of psi(Z - T), for standard normal Z and the location T where E[psi] is zero; NaN where there
    is none. By Stein's identity E[psi'] is E[Z psi], in which the jumps of psi need no derivative.
    """
    nothing = float("nan"), float("nan")
    r = _places(-NOISE, NOISE, jumps[:, 0], NOISE_POINTS)
    psi = derivatives(function, r)[1]
    if not np.isfinite(psi).all():
        return nothing

    def mean(values: np.ndarray, location: float) -> float:
        return float(np.trapezoid(values * np.exp(-((r + location) ** 2) / 2), r) / np.sqrt(2 * np.pi))

    def pull(location: float) -> float:
        return mean(psi, location)

    if not pull(-FARTHEST) * pull(FARTHEST) < 0:
        return nothing
    location = 0.0 if abs(pull(0.0)) < 1e-12 else float(brentq(pull, -FARTHEST, FARTHEST, xtol=1e-12))
    sensitivity = mean(psi * (r + location), location)
    return sensitivity, sensitivity**2 / mean(psi**2, location)
