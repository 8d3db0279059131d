"""Breakdown: how a line gives way as more and more samples are replaced by bad ones (Donoho & Huber 1983)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landscape.arrays import real_array
from landscape.errors import LandscapeError, require_name, require_range, require_seed
from landscape.objective import ArrayLike
from landscape.regression.design import Design, design_of, points_of
from landscape.regression.high_breakdown import KINDS, fit_high_breakdown
from landscape.regression.linear import LinearFit, LossChoice, fit_linear

SHARES = tuple(step / 50 for step in range(31))
PLACES = ("vertical", "leverage")
# The bias from which on a line counts as broken.
BROKEN = 3.0


@dataclass(frozen=True, eq=False)
class Breakdown:
    """The bias of a line against the share of bad samples.

    `biases` (k,): how far the slopes are from those fitted to the samples as they were, with one feature as |slope - first slope| in units
    of the targets' median absolute deviation over the feature's; with several the Euclidean norm of that. `shares` (k,) as they came out
    in whole samples. `point` is the least share swept whose bias exceeds `BROKEN` = 3 or is not finite, NaN where there is none.
    """

    shares: np.ndarray
    biases: np.ndarray
    point: float


def breakdown_point(
    inputs: ArrayLike,
    targets: ArrayLike,
    loss: LossChoice,
    *,
    shares: Sequence[float] = SHARES,
    size: float = 1000.0,
    kind: str = "vertical",
    scale: float | str = "mad",
    seed: int = 0,
) -> Breakdown:
    """Replace a growing share of samples, in an order drawn by the seed, by bad ones, and measure the bias of each fit.

    `loss` is one for `fit_linear`, which gets `scale`, or "lts" or "mm" for a line of high breakdown. A "vertical" bad sample keeps its
    inputs, and its target goes `size` median absolute deviations off the first line, above it right of the middle of the first feature and
    below it left of that: so that all of them pull at the slope. A "leverage" one goes to sqrt(size) deviations right of the middle in all
    features, and `size` below the first line. Both are spread by up to a tenth, so that they do not coincide.
    """
    seed, shares = require_seed("line fit", seed), real_array("line fit", "shares", shares, ("n",))
    require_name("line fit", kind, PLACES)
    require_range("line fit", "size", size, 0.0, None)
    for share in shares:
        require_range("line fit", "share", share, 0.0, 1.0)
    inputs, targets = points_of(inputs, targets)
    design, first = design_of(inputs, targets), _fitted(inputs, targets, loss, scale, seed)
    if not np.isfinite(first.coefficients).all():
        raise LandscapeError("not_finite", owner="line fit", name="inputs, targets", got=first.status)
    generator = np.random.default_rng(seed)
    order, spread = generator.permutation(len(targets)), 1 + generator.random(len(targets)) / 10
    counts = np.round(np.array(shares) * len(targets)).astype(np.int64)
    biases = np.empty(len(counts))
    for at, count in enumerate(counts):
        bad = order[:count]
        moved, raised = inputs.copy(), targets.copy()
        moved[bad], raised[bad] = _bad(design, first, inputs[bad], spread[bad], size, kind)
        fit = _fitted(moved, raised, loss, scale, seed)
        biases[at] = np.linalg.norm((fit.coefficients - first.coefficients) * design.units / design.unit)
    shares = counts / len(targets)
    broken = shares[~(biases <= BROKEN)]
    for values in (shares, biases):
        values.setflags(write=False)
    return Breakdown(shares, biases, float(broken.min()) if len(broken) else float("nan"))


def _fitted(inputs: np.ndarray, targets: np.ndarray, loss: LossChoice, scale: float | str, seed: int) -> LinearFit:
    if isinstance(loss, str) and loss in KINDS:
        return fit_high_breakdown(inputs, targets, kind=loss, seed=seed)
    return fit_linear(inputs, targets, loss, scale=scale)


def _bad(design: Design, first: LinearFit, inputs: np.ndarray, spread: np.ndarray, size: float, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what replaces samples: inputs (m, d) and targets (m,)."""
    if kind == "vertical":
        side = np.where(inputs[:, 0] >= design.centers[0], 1.0, -1.0)
        return inputs, first.predict(inputs) + side * size * spread * design.unit
    far = design.centers + np.sqrt(size) * spread[:, None] * design.units
    return far, first.predict(far) - size * spread * design.unit
