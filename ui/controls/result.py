"""Result: a file of `save_result` that a visitor opened, read and made ready to be drawn; one a session, since it may be large."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np
import streamlit as st

from landscape.curvature.critical import CriticalPoint
from landscape.curvature.density import Density
from landscape.curvature.spectrum import Spectrum
from landscape.descent.optimizers import optimizers
from landscape.descent.trajectory import Trajectory
from landscape.errors import LandscapeError, require_range
from landscape.files.result import Recording, Result, load_result
from landscape.plane import Plane
from landscape.planes.directions import explained_variance, pca_plane, random_walk_share
from landscape.sampling.quantities import QUANTITIES
from landscape.sampling.surface import Surface
from landscape.scene.path import Path
from landscape.scene.scene import Scene
from ui.controls import weights
from ui.controls.upload import result_upload
from ui.controls.weights import OpenedWeights, open_weights
from ui.controls.widgets import capitalized
from ui.session.files import session_files
from ui.session.scene import current_scene
from ui.words.translator import Translator

# The file: Streamlit closes the connection on a message of 25 MB, and base64 adds a third. The numbers in it as float64, in bytes: a
# small host has about 700 MB in all.
MOST_BYTES = 16 * 10**6
MOST_IN_MEMORY = 64 * 10**6
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

PYTHON = 'save_result("mine.npz", surface=surface, quantities=maps, plane=plane, trajectory=path, spectrum=spectrum, density=density)'
SHELL = 'python -m landscape surface "data=digits&model=mlp&loss=cross_entropy&plane=pca&start=auto&window=auto" --out mine.npz'


@dataclass(frozen=True, eq=False)
class Opened:
    """A result and what is drawn of it; None where there is no such thing.

    `maps` are the surfaces by what they show, "loss" first; they, `path`, `spectrum` and `density` are thinned to what a browser can
    draw. `rows` (steps drawn,) are the rows of the trajectory that `path` consists of, `critical` the critical points that the file's
    plane holds inside the window. `plane` is where the path is seen from: the file's, or the path's own principal plane (`own_plane`).
    `explained` is the share of the path's variance in it, `random_walk` that of a random walk.
    """

    name: str
    fingerprint: str
    result: Result
    scene: Scene | None
    maps: dict[str, Surface]
    path: Path | None = None
    rows: np.ndarray | None = None
    spectrum: Spectrum | None = None
    density: Density | None = None
    critical: tuple[CriticalPoint, ...] = ()
    plane: Plane | None = None
    own_plane: bool = False
    explained: float | None = None
    random_walk: float | None = None

    @property
    def dim(self) -> int | None:
        """How many parameters theta has, as far as the file knows."""
        result = self.result
        parts = (
            result.plane and result.plane.origin,
            result.trajectory and result.trajectory.thetas[0],
            result.critical and result.critical[0].theta,
            result.spectrum and result.spectrum.eigenvectors,
        )
        return next((len(part) for part in parts if part is not None), None)

    @property
    def thinned(self) -> bool:
        """Whether the path or its numbering leaves steps out."""
        trajectory = self.result.trajectory
        return self.rows is not None and (len(self.rows) < len(trajectory) or isinstance(trajectory, Recording))


def result_box(t: Translator) -> None:
    """Draw the box for a file; what was opened before stays until another one could be read."""

    def received(content: bytes | None, size: str, name: str) -> None:
        st.session_state.pop("result_refusal", None)
        try:
            st.session_state["result"] = _open(content, name, size)
        except LandscapeError as error:
            st.session_state["result_refusal"] = error

    result_upload(t, MOST_BYTES, received)


def _open(content: bytes | None, name: str, size: str) -> Opened | OpenedWeights:
    """Read a file as what its name says it is."""
    if name.lower().endswith(weights.SUFFIX):
        return open_weights(content, name, size, current_scene("explore"), session_files())
    return open_result(content, name, size)


def heading(t: Translator, opened: Opened) -> bool:
    """Name the file, and return whether the visitor asked to explore its scene."""
    with st.container(horizontal=True, vertical_alignment="center", key="opened"):
        st.html(f'<div class="file">{escape(opened.name)}</div>', width="stretch")
        return opened.scene is not None and st.button(t("result.explore"), key="explore_scene", icon=":material/arrow_forward:")


def chosen_map(t: Translator, opened: Opened) -> str:
    """Return what relief and contour show: the visitor's choice where the file has several maps, else the only one."""
    names = list(opened.maps) or ["loss"]
    if len(names) == 1:
        return names[0]
    return st.pills(
        t("result.shows"),
        names,
        default=names[0],
        key=f"shows_{opened.fingerprint}",
        format_func=lambda name: capitalized(t(f"figure.{name}")),
        label_visibility="collapsed",
        required=True,
    )


def how_to(t: Translator) -> None:
    """Say what can be opened, and how such a file is made."""
    with st.container(key="how_to"):
        st.markdown(t("result.what"))
        st.markdown(t("result.from_python"))
        st.code(PYTHON, language="python", wrap_lines=True)
        st.markdown(t("result.from_shell"))
        st.code(SHELL, language="bash", wrap_lines=True)
        weights.how_to(t)


def current() -> Opened | OpenedWeights | None:
    """Return what the session has open."""
    return st.session_state.get("result")


def refusal() -> LandscapeError | None:
    """Return why the last file could not be opened, or None."""
    return st.session_state.get("result_refusal")


def open_result(content: bytes | None, name: str, size: str = "") -> Opened:
    """Read a file's content (None: too large to be sent, `size` says how large). Raises `LandscapeError` for what cannot be drawn."""
    if content is None:
        raise LandscapeError("result_too_large", most=f"{MOST_BYTES / 10**6:.4g}", got=size)
    result = load_result(content, most_bytes=MOST_IN_MEMORY)
    scene = scene_of(result)
    opened = Opened(name, hashlib.sha256(content).hexdigest()[:16], result, scene, drawn_maps(result))
    if result.spectrum is not None and len(result.spectrum.eigenvalues):
        opened = replace(opened, spectrum=_drawn_spectrum(result.spectrum))
    if result.density is not None:
        opened = replace(opened, density=_drawn_density(result.density))
    if result.critical and result.plane is not None and opened.maps:
        window = next(iter(opened.maps.values()))
        opened = replace(opened, critical=_held(result.critical, result.plane, window)[:MOST_MARKS])
    return opened if result.trajectory is None else _with_path(opened, result.trajectory)


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
    return Spectrum(spectrum.eigenvalues[k], spectrum.eigenvectors[:, k], spectrum.residuals[k])


def _with_path(opened: Opened, trajectory: Trajectory) -> Opened:
    """Return what was opened with its path, seen from the file's plane or from one of its own."""
    rows = _evenly(len(trajectory), MOST_STEPS)
    plane = opened.result.plane or _own_plane(trajectory)
    if plane is None:
        a = b = distance = np.full(len(rows), np.nan)
        explained = random_walk = None
    else:
        a, b, distance = _seen(plane, trajectory.thetas, rows)
        explained = _explained(plane, trajectory)
        random_walk = _random_walk(opened, trajectory)
    optimizer = _optimizer(opened)
    path = Path(
        optimizer,
        np.nan,
        None,
        a,
        b,
        trajectory.losses[rows],
        None,
        distance,
        trajectory.status,
        int(np.searchsorted(rows, trajectory.step)),
    )
    own = plane is not None and opened.result.plane is None
    return replace(opened, path=path, rows=rows, plane=plane, own_plane=own, explained=explained, random_walk=random_walk)


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


def _random_walk(opened: Opened, trajectory: Trajectory) -> float | None:
    """Return the share of a random walk that such a plane holds, where it is known what plane it is."""
    kind = "pca" if opened.result.plane is None else opened.scene.plane.name if opened.scene is not None else None
    steps, dim = len(trajectory) - 1, trajectory.thetas.shape[1]
    return None if kind is None or not 1 <= steps <= LONGEST_WALK else random_walk_share(kind, steps, dim)


def _optimizer(opened: Opened) -> str:
    """Return the id of the optimizer that the recipe names or the scene has alone, or ""."""
    told = opened.result.recipe["asked"].get("optimizer")
    if isinstance(told, str) and told in optimizers:
        return told
    return opened.scene.optimizers[0].name if opened.scene is not None and len(opened.scene.optimizers) == 1 else ""


def _evenly(length: int, most: int) -> np.ndarray:
    """Return at most `most` indices of `length`, evenly spaced, both ends among them."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(int))
