"""The critical points of a small network: in the whole space, with symmetric copies as one, and in a slice through three of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from landscape.plane import Plane
from landscape.saddles.networks import critical_orbits, plane_of, small_network, three_points
from landscape.saddles.slices import SlicePoint, slice_points
from landscape.saddles.symmetry import Orbit
from landscape.sampling.surface import Surface, sample_surface
from landscape.scene.saddles import SaddlesScene

RESOLUTION = 61


@dataclass(frozen=True, eq=False)
class NetworkSaddles:
    """What is known of a network's critical points: `orbits`, each with `found`, the number of its copies that the search came to; how
    many `starts` it had, of which `infinite` led to infinity, and the share `missing` of arrivals, by estimate, at points not listed.

    `surface` is the loss on the `plane` through the three points `corners` (3, D); `sliced` are the critical points of the slice.
    """

    scene: SaddlesScene
    dim: int
    orbits: tuple[Orbit, ...]
    starts: int
    infinite: int
    missing: float
    corners: np.ndarray | None = None
    plane: Plane | None = None
    surface: Surface | None = None
    sliced: tuple[SlicePoint, ...] = ()
    finished: bool = False


def network_stages(scene: SaddlesScene, report: Callable[[str, float], None], should_stop: Callable[[], bool]) -> Iterator[NetworkSaddles]:
    """Yield the critical points of the scene's network, then those of the slice."""
    depth = scene.depth if scene.net == "deep_linear" else 1
    network = small_network(scene.net, units=scene.units, depth=max(depth, 2), decay=scene.decay, seed=scene.seed)
    report("critical", 0.0)
    points, groups = critical_orbits(network, seed=scene.seed, report=partial(report, "critical"), should_stop=should_stop)
    known = {"starts": points.starts, "infinite": points.infinite, "missing": points.missing}
    found = NetworkSaddles(scene, network.risk.dim, tuple(groups), **known)
    corners = three_points(network, points, groups)
    if corners is None:
        yield replace(found, finished=True)
        return
    plane, window = plane_of(corners)
    surface = sample_surface(network.risk, plane, window, resolution=RESOLUTION, should_stop=should_stop)
    found = replace(found, corners=corners, plane=plane, surface=surface)
    yield found
    sliced = slice_points(network.risk, plane, window, seed=scene.seed, report=partial(report, "slice"), should_stop=should_stop)
    yield replace(found, sliced=tuple(sliced), finished=True)
