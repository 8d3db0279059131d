"""Networks small enough for all their critical points to be found, and a plane through three of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn

from landscape.curvature.critical import CriticalPoints, find_critical_points
from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.losses.penalties import make_penalty
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane, Window
from landscape.planes.directions import plane_through
from landscape.planes.window import window_around
from landscape.saddles.symmetry import Orbit, hidden_layers, nearest_copy, orbits

NETS = ("tanh", "deep_linear")
# The waves that the tanh network is to follow, and the line of the linear one: no noise, so that nothing but the network bends them.
SAMPLES, FREQUENCY, SLOPE = 21, 1.5, 2.0
# Room around the three points, as a share of their distance.
ROOM = 0.45
# Three points are on a line where the third is off it by less than this share of their distances.
STRAIGHT = 1e-3


@dataclass(frozen=True, eq=False)
class Network:
    """A network with its risk."""

    model: nn.Module
    risk: EmpiricalRisk


def small_network(net: str, *, units: int = 2, depth: int = 2, decay: float = 0.03, seed: int = 0) -> Network:
    """Return a network with one input and one output: "tanh" with one hidden layer of `units`, for a sine; or "deep_linear" of `depth`
    layers, `units` wide, for a line. `decay` is the strength of the L2 penalty; without one, minima may lie at infinity.
    """
    x = np.linspace(-2, 2, SAMPLES)[:, None] if net == "tanh" else np.linspace(-1, 1, SAMPLES)[:, None]
    y = np.sin(FREQUENCY * x) if net == "tanh" else SLOPE * x
    line = make_dataset("line")  # any data of one input and one target
    model = (
        make_model("mlp", line, widths=(units,), activation="tanh", seed=seed)
        if net == "tanh"
        else make_model("deep_linear", line, depth=depth, width=units, seed=seed)
    )
    penalty = make_penalty("l2", strength=decay) if decay > 0 else None
    return Network(model, EmpiricalRisk(model, make_loss("mse"), (x, y), penalty=penalty, check=False))


def critical_orbits(
    network: Network,
    *,
    seed: int = 0,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[CriticalPoints, list[Orbit]]:
    """Return the critical points in the whole parameter space, and the same with symmetric copies as one."""
    points = find_critical_points(network.risk, seed=seed, report=report, should_stop=should_stop)
    return points, orbits(points, network.model)


def three_points(network: Network, points: CriticalPoints, groups: Sequence[Orbit]) -> np.ndarray | None:
    """Return three critical points (3, D) that span a plane, None where there are no such: one of each orbit as far as there are so many,
    each by its copy nearest to the first.
    """
    if not groups:
        return None
    layers, chosen = hidden_layers(network.model), [groups[0].point.theta]
    others = [nearest_copy(layers, group.point.theta, chosen[0]) for group in groups[1:]]
    for theta in [*others, *(point.theta for point in points)]:
        if len(chosen) < 3 and _off(theta, chosen):
            chosen.append(theta)
    return np.array(chosen) if len(chosen) == 3 else None


def plane_of(points: np.ndarray) -> tuple[Plane, Window]:
    """Return the plane through three points (3, D) and a window with all of them in it."""
    plane = plane_through(*points)
    return plane, window_around(np.array(plane.project(points)), margin=ROOM)


def _off(theta: np.ndarray, chosen: Sequence[np.ndarray]) -> bool:
    """Return whether theta is none of the chosen points and on no line through two of them."""
    away = theta - chosen[0]
    if len(chosen) == 1:
        return bool(np.linalg.norm(away) > STRAIGHT)
    along = (chosen[1] - chosen[0]) / np.linalg.norm(chosen[1] - chosen[0])
    return bool(np.linalg.norm(away - (away @ along) * along) > STRAIGHT * max(1.0, float(np.linalg.norm(away))))
