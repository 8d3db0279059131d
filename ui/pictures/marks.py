"""Marks: the paths and the marked points of an exploration, with their names for the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from figures.numbers import number
from landscape.curvature.critical import FLAT, CriticalPoint
from landscape.plane import Plane
from landscape.sampling.surface import Surface
from landscape.scene.exploration import Exploration
from landscape.scene.path import Path
from ui.words.translator import Translator

# A mark's label has room for so many eigenvalues.
MOST_WRITTEN = 4


@dataclass(frozen=True)
class LabelledPath(Path):
    """A path with its name for the reader."""

    label: str = ""


@dataclass(frozen=True)
class Mark:
    """A point marked in the plane: `kind` is "start", or a critical point's; `slice_only` when it holds in the drawn slice alone."""

    a: float
    b: float
    value: float
    kind: str
    label: str = ""
    slice_only: bool = False


def paths_of(exploration: Exploration, t: Translator) -> list[LabelledPath]:
    """Return the paths with their names; runs of the same optimizer are told apart by their learning rates, and look different."""
    paths = exploration.paths
    names, found = [path.optimizer for path in paths], []
    for k, path in enumerate(paths):
        label, turn = t(f"optimizers.{path.optimizer}") if path.optimizer else t("result.path"), names[: k + 1].count(path.optimizer)
        if names.count(path.optimizer) > 1:
            label += f", η = {number(path.lr)}"
        look = path.optimizer if turn == 1 else f"{path.optimizer} {turn}"
        found.append(LabelledPath(**{f.name: getattr(path, f.name) for f in fields(Path)} | {"optimizer": look}, label=label))
    return found


def marks_of(exploration: Exploration, shows: str) -> list[Mark]:
    """Return what is marked on the map of `shows`: the start of the first path on it, critical points, a slice's lowest point."""
    marks = [_start(path) for path in on_the_maps(exploration.paths, exploration)[:1]]
    marks += [critical_mark(point, exploration.plane) for point in exploration.critical]
    surface = exploration.maps[shows]
    lowest = shows == "loss" and not exploration.whole and np.isfinite(surface.values).any()
    return [*marks, _lowest(surface)] if lowest else marks


def on_the_maps(paths: Sequence[Path], exploration: Exploration) -> list[Path]:
    """Return those of the exploration's `paths` of which it is known where they run on its maps."""
    return [] if exploration.plane is None or exploration.own_plane else list(paths)


def _start(path: Path) -> Mark:
    """Return where the path sets out."""
    return Mark(float(path.a[0]), float(path.b[0]), float(path.losses[0]), "start")


def _lowest(surface: Surface) -> Mark:
    """Return the lowest point drawn: a minimum of the slice, which says nothing of the whole space."""
    j, i = np.unravel_index(np.nanargmin(surface.values), surface.values.shape)
    return Mark(float(surface.a[i]), float(surface.b[j]), float(surface.values[j, i]), "minimum", slice_only=True)


def critical_mark(critical: CriticalPoint, plane: Plane) -> Mark:
    """Return where the critical point is seen in the plane, with its eigenvalues."""
    a, b = plane.project(critical.theta)
    return Mark(float(a), float(b), critical.value, critical.kind, _eigenvalues(critical))


def _eigenvalues(critical: CriticalPoint) -> str:
    values = critical.eigenvalues
    zero = max(critical.zero, FLAT * float(np.abs(values).max()))  # a result's file does not say what was zero
    values = np.where(np.abs(values) <= zero, 0.0, values)
    written = [number(value) for value in values[:MOST_WRITTEN]]
    return "λ = " + ", ".join(written if len(values) <= MOST_WRITTEN else [*written[:-1], "…", number(values[-1])])
