"""Opened: a file of `save_result` as an exploration, thinned to what a browser can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from landscape.curvature.critical import CriticalPoint
from landscape.curvature.density import Density
from landscape.curvature.spectrum import Spectrum
from landscape.descent.optimizers import optimizers
from landscape.descent.trajectory import Trajectory
from landscape.errors import LandscapeError, require_range
from landscape.files.result import Result
from landscape.plane import Plane
from landscape.planes.directions import explained_variance, pca_plane, random_walk_share
from landscape.sampling.quantities import QUANTITIES
from landscape.sampling.surface import Surface
from landscape.scene.exploration import Exploration
from landscape.scene.path import Path
from landscape.scene.scene import Scene

# What a browser draws at once: points a side, steps of a path, eigenvalues.
MOST_SIDE, MOST_STEPS, MOST_EIGENVALUES, MOST_DENSITY, MOST_MARKS = 201, 3000, 300, 4000, 200
# A critical point this far off the plane, as a share of what the window spans in the space of theta, lies in it.
OFF_PLANE = 1e-5
# Numbers that are projected at once, and the work (points squared times parameters) that a plane of the path's own may take: about 0.5 s.
NUMBERS_A_TURN = 2**20
MOST_WORK = 10**9
# A random walk longer than this is not simulated.
LONGEST_WALK = 10_000
# Losses and coordinates beyond this overflow in a picture's own arithmetic.
FARTHEST = 1e100


def opened(result: Result) -> Exploration:
    """Return what can be drawn of a result. Raises `LandscapeError` for numbers that no picture can hold."""
    maps, dim = drawn_maps(result), dim_of(result)
    samples = told_of(result).get("samples")
    found = Exploration(scene_of(result), maps, result.plane, whole=dim == 2, dim=dim, finished=True)
    found = replace(found, samples=samples if type(samples) is int else None)
    if result.spectrum is not None and len(result.spectrum.eigenvalues):
        found = replace(found, spectrum=_drawn_spectrum(result.spectrum))
    if result.density is not None:
        found = replace(found, density=_drawn_density(result.density))
    if result.critical and result.plane is not None and maps:
        found = replace(found, critical=_held(result.critical, result.plane, next(iter(maps.values())))[:MOST_MARKS])
    return found if result.trajectory is None else _with_path(found, result)


def drawn_rows(trajectory: Trajectory) -> np.ndarray:
    """Return the rows of a trajectory that are drawn: at most `MOST_STEPS`, evenly chosen, both ends among them."""
    return _evenly(len(trajectory), MOST_STEPS)


def dim_of(result: Result) -> int | None:
    """Return how many parameters theta has, by the parts of the file or else by its recipe; None where neither says."""
    parts = (
        result.plane and result.plane.origin,
        result.trajectory and result.trajectory.thetas[0],
        result.critical and result.critical[0].theta,
        result.spectrum and result.spectrum.eigenvectors,
    )
    told = told_of(result).get("dim")
    found = next((len(part) for part in parts if part is not None), told)
    return found if type(found) is int and found > 0 else None


def told_of(result: Result) -> dict[str, object]:
    """Return what the recipe says of the objective."""
    told = result.recipe["asked"].get("objective")
    return told if isinstance(told, dict) else {}


def scene_of(result: Result) -> Scene | None:
    """Return the scene that the file carries, or that the command line was given as its source; None where that is none any more."""
    query = result.recipe["asked"].get("source") if result.scene is None else result.scene
    if not isinstance(query, str) or (query and "=" not in query):
        return None
    try:
        return Scene.from_query(query, saved=True)
    except LandscapeError:
        return None


def sampled(result: Result) -> dict[str, Surface]:
    """Return the file's surfaces by what they show, "loss" first where there is one, in the order of `QUANTITIES`."""
    found = dict(result.quantities or {})
    if result.surface is not None:
        found["loss"] = result.surface
    return {name: found[name] for name in QUANTITIES if name in found}


def drawn_maps(result: Result) -> dict[str, Surface]:
    """Return the file's surfaces that have an area, with at most `MOST_SIDE` points a side, evenly chosen."""
    return {name: _drawn_surface(name, surface) for name, surface in sampled(result).items() if min(surface.values.shape) > 1}


def _drawn_surface(name: str, surface: Surface) -> Surface:
    _require_drawable("surface" if name == "loss" else name, a=surface.a, b=surface.b, values=surface.values)
    i, j = _evenly(len(surface.a), MOST_SIDE), _evenly(len(surface.b), MOST_SIDE)
    if (len(j), len(i)) == surface.values.shape:
        return surface
    part = np.ix_(j, i)
    return Surface(surface.a[i], surface.b[j], surface.values[part], surface.error[part], surface.evaluations)


def _require_drawable(owner: str, **arrays: np.ndarray) -> None:
    """Refuse numbers that are finite and beyond `FARTHEST`."""
    for name, numbers in arrays.items():
        finite = numbers[np.isfinite(numbers)]
        for number in (finite.min(initial=0.0), finite.max(initial=0.0)):
            require_range(owner, name, float(number), -FARTHEST, FARTHEST)


def _drawn_density(density: Density) -> Density:
    """Return the density at no more than `MOST_DENSITY` places: those of `spectral_density` are about a thousand."""
    _require_drawable("density", grid=density.grid, values=density.values, standard_error=density.standard_error)
    k = _evenly(len(density.grid), MOST_DENSITY)
    return replace(density, grid=density.grid[k], values=density.values[k], standard_error=density.standard_error[k])


def _held(points: Sequence[CriticalPoint], plane: Plane, window: Surface) -> tuple[CriticalPoint, ...]:
    """Return the critical points that lie in the plane, inside the window; in the file's order."""
    corners = plane.embed(*np.meshgrid(window.a[[0, -1]], window.b[[0, -1]]))
    reach = float(np.linalg.norm(corners - plane.origin, axis=-1).max())
    with np.errstate(all="ignore"):  # a file may hold any numbers
        thetas = np.array([point.theta for point in points])
        (a, b), off = plane.project(thetas), plane.distance(thetas)
        inside = (a >= window.a[0]) & (a <= window.a[-1]) & (b >= window.b[0]) & (b <= window.b[-1])
    return tuple(point for point, shown in zip(points, inside & (off <= OFF_PLANE * reach), strict=True) if shown)


def _drawn_spectrum(spectrum: Spectrum) -> Spectrum:
    k = slice(MOST_EIGENVALUES)
    bounds = None if spectrum.bounds is None else spectrum.bounds[k]
    return Spectrum(spectrum.eigenvalues[k], spectrum.eigenvectors[:, k], spectrum.residuals[k], bounds)


def _with_path(exploration: Exploration, result: Result) -> Exploration:
    """Return the exploration with the file's path, seen from the file's plane or from one of its own."""
    trajectory, rows = result.trajectory, drawn_rows(result.trajectory)
    plane = result.plane or _own_plane(trajectory)
    if plane is None:
        a = b = distance = np.full(len(rows), np.nan)
        seen = exploration
    else:
        a, b, distance = _seen(plane, trajectory.thetas, rows)
        shares = {"explained": _explained(plane, trajectory), "random_walk": _random_walk(exploration.scene, result)}
        seen = replace(exploration, plane=plane, own_plane=result.plane is None, **shares)
    step = int(np.searchsorted(rows, trajectory.step))
    path = Path(_optimizer(exploration.scene, result), a, b, trajectory.losses[rows], distance, trajectory.status, step)
    return replace(seen, paths=(path,))


def _own_plane(trajectory: Trajectory) -> Plane | None:
    """Return the path's principal plane where that costs little."""
    points, dim = trajectory.thetas.shape
    if dim < 2 or points**2 * dim > MOST_WORK or not np.isfinite(trajectory.thetas).all():
        return None
    try:
        return pca_plane(trajectory)
    except LandscapeError:
        return None


def _seen(plane: Plane, thetas: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the coordinates and the distance off the plane of these rows; in turns, so that the points are nowhere copied whole."""
    turn, seen = max(1, NUMBERS_A_TURN // thetas.shape[1]), []
    with np.errstate(all="ignore"):  # a diverged run may be too far away for its distance to be a number
        for first in range(0, len(rows), turn):
            points = thetas[rows[first : first + turn]]
            points = np.where(np.isfinite(points), points, np.nan)
            seen.append(np.vstack([plane.project(points), plane.distance(points)]))
    a, b, distance = np.hstack(seen)
    return a, b, distance


def _explained(plane: Plane, trajectory: Trajectory) -> float | None:
    finite = np.isfinite(trajectory.thetas).all(axis=1)
    if finite.sum() < 2:
        return None
    with np.errstate(all="ignore"):
        share = explained_variance(plane, trajectory.thetas)
    return share if np.isfinite(share) else None


def _random_walk(scene: Scene | None, result: Result) -> float | None:
    """Return the share of a random walk that such a plane holds, where it is known what plane it is."""
    kind = "pca" if result.plane is None else scene.plane.name if scene is not None else None
    steps, dim = len(result.trajectory) - 1, result.trajectory.thetas.shape[1]
    return None if kind is None or not 1 <= steps <= LONGEST_WALK else random_walk_share(kind, steps, dim)


def _optimizer(scene: Scene | None, result: Result) -> str:
    """Return the id of the optimizer that the recipe names or the scene has alone, or ""."""
    told = result.recipe["asked"].get("optimizer")
    if isinstance(told, str) and told in optimizers:
        return told
    return scene.optimizers[0].name if scene is not None and len(scene.optimizers) == 1 else ""


def _evenly(length: int, most: int) -> np.ndarray:
    """Return at most `most` indices of `length`, evenly spaced, both ends among them."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(int))
