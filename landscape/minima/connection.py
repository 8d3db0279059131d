"""Connection: a curve of low loss between two minima, and the barrier on it beside that of the straight line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from scipy.special import comb

from landscape.arrays import real_array
from landscape.errors import Cancelled, require_name, require_range, require_seed, require_whole
from landscape.objective import ArrayLike, Objective, require_objective

# Points of the curve at which a training step takes gradients, one in each of as many equal parts of [0, 1].
SAMPLES = 8
# Distance of the first control points from the straight line, as a share of the root mean square of end - start: by the symmetry of a
# landscape the line itself may be stationary.
ASIDE = 0.02


@dataclass(frozen=True, eq=False)
class Connection:
    """A curve between two points: `points` (n, D) at the parameters `t` (n,), from 0 to 1, and the `losses` (n,) there.

    `nodes` (m, D) are the start, the control points (of a polyline: its corners) and the end. `straight` (n,) are the losses at
    (1 - t) start + t end.
    """

    kind: str
    nodes: np.ndarray
    t: np.ndarray
    points: np.ndarray
    losses: np.ndarray
    straight: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.nodes, self.t, self.points, self.losses, self.straight):
            array.setflags(write=False)

    @property
    def barrier(self) -> float:
        """`barrier_of` the curve."""
        return barrier_of(self.t, self.losses)

    @property
    def straight_barrier(self) -> float:
        """`barrier_of` the straight line."""
        return barrier_of(self.t, self.straight)

    @property
    def height(self) -> float:
        """The largest loss on the curve. On no path between two minima is it lower than at the lowest saddle that must be crossed."""
        return float(self.losses.max())


def barrier_of(t: np.ndarray, losses: np.ndarray) -> float:
    """Return max over t of losses(t) - ((1 - t) losses(0) + t losses(1)), which is never negative, as t has both ends.

    With equal losses at the ends it is the error barrier of Frankle et al. 2020, section 2, who subtract the mean of the ends; the
    interpolation is that of Entezari et al. 2022, definition 2.1. It is taken on the grid of t, and may be larger between two of its
    points. NaN where a loss is NaN.
    """
    t = real_array("barrier_of", "t", t, ("n",))
    losses = real_array("barrier_of", "losses", losses, t.shape)
    return float((losses - ((1 - t) * losses[0] + t * losses[-1])).max())


def connect(
    objective: Objective,
    start: ArrayLike,
    end: ArrayLike,
    *,
    kind: str = "bezier",
    bends: int = 1,
    steps: int = 600,
    lr: float = 0.2,
    resolution: int = 61,
    seed: int = 0,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Connection:
    """Return a curve from `start` to `end`, each (D,), with a low mean loss along it (Garipov et al. 2018, section 3).

    `kind` is "line" (nothing is trained), "bezier" (with one of the `bends` the quadratic curve of the paper, of degree bends + 1
    otherwise) or "polyline" (with as many corners). The control points minimize the mean over t of the loss at the curve's point t, by
    `steps` of Adam, whose rate `lr` is in units of the root mean square of end - start and falls to zero along a cosine. Each step takes
    one random t in each of `SAMPLES` equal parts of [0, 1], from a generator seeded by `seed`. Losses are then taken at `resolution`
    points. `report` hears the finished share; `Cancelled` is raised where `should_stop`, called before each step, answers True. Raises
    `LandscapeError` for an unknown kind, or points that are not of the objective's space.
    """
    require_objective("connect", objective)
    seed = require_seed("connect", seed)
    require_name("kind", kind, WEIGHTS)
    bends, steps = (require_whole("connect", name, number, 1, 10_000) for name, number in (("bends", bends), ("steps", steps)))
    resolution, lr = require_whole("connect", "resolution", resolution, 3, 10_000), require_range("connect", "lr", lr, 0.0, None)
    ends = np.stack([objective.tensor(theta).double().numpy(force=True) for theta in (start, end)])
    weights, generator = WEIGHTS[kind], np.random.default_rng(seed)
    bends, steps = (0, 0) if kind == "line" else (bends, steps)
    size = float(np.sqrt(np.mean((ends[1] - ends[0]) ** 2)))
    bent = weights(np.linspace(0, 1, bends + 2)[1:-1], 0) @ ends + ASIDE * size * generator.standard_normal((bends, objective.dim))
    inner = torch.tensor(bent)
    adam = torch.optim.Adam([inner], lr=lr * size, foreach=False)
    for step in range(steps):
        if should_stop is not None and should_stop():
            raise Cancelled
        t = (np.arange(SAMPLES) + generator.random(SAMPLES)) / SAMPLES
        share = weights(t, bends)
        thetas = share @ _nodes(ends, inner)
        inner.grad = torch.from_numpy(share[:, 1:-1].T @ objective.gradients(thetas) / SAMPLES)
        adam.param_groups[0]["lr"] = lr * size * (1 + np.cos(np.pi * step / steps)) / 2
        adam.step()
        if report is not None:
            report((step + 1) / steps)
    nodes, t = _nodes(ends, inner), np.linspace(0, 1, resolution)
    points, line = weights(t, bends) @ nodes, weights(t, 0) @ ends
    straight = objective.values(line)
    return Connection(kind, nodes, t, points, straight.copy() if kind == "line" else objective.values(points), straight)


def bernstein(t: np.ndarray, bends: int) -> np.ndarray:
    """Return the weights (n, bends + 2) of the nodes in the points `t` of a Bezier curve of degree bends + 1."""
    k, t = np.arange(bends + 2), t[:, None]
    return comb(bends + 1, k) * t**k * (1 - t) ** (bends + 1 - k)


def hats(t: np.ndarray, bends: int) -> np.ndarray:
    """Return the weights (n, bends + 2) of the nodes in the points `t` of a polyline whose parts take equal shares of [0, 1]."""
    return np.maximum(0.0, 1 - np.abs((bends + 1) * t[:, None] - np.arange(bends + 2)))


WEIGHTS: Mapping[str, Callable[[np.ndarray, int], np.ndarray]] = MappingProxyType({"line": hats, "bezier": bernstein, "polyline": hats})


def _nodes(ends: np.ndarray, inner: torch.Tensor) -> np.ndarray:
    return np.concatenate([ends[:1], inner.numpy(), ends[1:]])
