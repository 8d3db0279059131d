"""Maps: a loss over all predictions of three classes, and over the scores of three documents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from landscape.losses.curves import expected
from landscape.losses.shapes import Loss

# Points a side of a map, an odd number, so that the middle is among them.
SIDE = 71
# Scores of two documents, relative to the third, are drawn from -REACH to REACH; a lowest point is looked for this much farther.
REACH, FARTHER = 5.0, 3.0
# Probabilities below this are outside: there the logarithm leaves for infinity.
LEAST = 1e-3
GRADES = (2.0, 1.0, 0.0)
HEIGHT = np.sqrt(3) / 2


@dataclass(frozen=True, eq=False)
class LossMap:
    """A loss over a plane of predictions: `values[j, i]` is it at (x[i], y[j]), NaN where there is no prediction; `lowest` is the place
    (x, y) of its least value, None where it is farther away than the map reaches.
    """

    x: np.ndarray
    y: np.ndarray
    values: np.ndarray
    lowest: tuple[float, float] | None


def class_map(loss: Loss, target: float, *, soft: bool) -> LossMap:
    """Return the loss over the simplex of three probabilities, of which the first is to be `target` and the others alike.

    (p1, p2, p3) is drawn at x = p3 + p1 / 2 and y = p1 sqrt(3) / 2, in a triangle with p1 = 1 at its top, p2 = 1 and p3 = 1 at its foot.
    """
    shares = (target, (1 - target) / 2, (1 - target) / 2)

    def value(logits: Tensor) -> Tensor:
        return loss(logits, torch.tensor(shares, dtype=logits.dtype).expand_as(logits)) if soft else expected(loss, logits, shares)

    x, y = np.linspace(0, 1, SIDE), np.linspace(0, HEIGHT, SIDE)
    first = y[:, None] / HEIGHT + 0 * x
    third = x - first / 2
    p = np.stack([first, 1 - first - third, third], axis=-1)
    values = np.full((SIDE, SIDE), np.nan)
    inside = (p >= LEAST).all(axis=-1)
    values[inside] = value(torch.tensor(np.log(p[inside]))).numpy()
    best = p[np.unravel_index(np.nanargmin(values), values.shape)]
    found = _lowest(lambda logits: value(torch.tensor(np.append(logits, 0.0))[None]), np.log(best[:2] / best[2]))
    q = torch.tensor(np.append(found, 0.0)).softmax(0).numpy()
    return LossMap(x, y, values, (float(q[2] + q[0] / 2), float(q[0] * HEIGHT)))


def order_map(loss: Loss) -> LossMap:
    """Return the loss of three documents of the grades 2, 1, 0 over s1 - s3 and s2 - s3."""

    def value(scores: Tensor) -> Tensor:
        return loss(scores, torch.tensor(GRADES, dtype=scores.dtype).expand_as(scores))

    side = np.linspace(-REACH, REACH, SIDE)
    scores = np.stack([*np.meshgrid(side, side), np.zeros((SIDE, SIDE))], axis=-1)
    values = value(torch.tensor(scores.reshape(-1, 3))).numpy().reshape(SIDE, SIDE)
    j, i = np.unravel_index(values.argmin(), values.shape)
    found = _lowest(lambda two: value(torch.tensor(np.append(two, 0.0))[None]), np.array([side[i], side[j]]))
    near = np.abs(found).max() <= REACH and (values == values.min()).sum() == 1
    return LossMap(side, side, values, (float(found[0]), float(found[1])) if near else None)


def _lowest(value, start: np.ndarray) -> np.ndarray:
    """Return where the loss is least, by the method of Nelder and Mead (1965), within some distance of the map."""
    bounds = [(-REACH - FARTHER, REACH + FARTHER)] * 2
    found = minimize(
        lambda place: float(value(place)), start.clip(-REACH, REACH), method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-7}
    )
    return found.x
