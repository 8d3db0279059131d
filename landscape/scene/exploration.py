"""Exploration: what is drawn of a scene, and the stages in which it grows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from landscape.curvature.critical import CriticalPoint
from landscape.curvature.density import Density
from landscape.curvature.spectrum import Spectrum
from landscape.data.datasets import Dataset
from landscape.errors import require_made
from landscape.objectives.prediction import Prediction
from landscape.plane import Plane
from landscape.planes.directions import explained_variance, finite_part, random_walk_share
from landscape.sampling.surface import Surface
from landscape.scene.path import Path
from landscape.scene.scene import Scene
from landscape.scene.study import COARSE, Study

# What takes less than this (in seconds) is not worth a picture of its own before it.
AT_ONCE = 0.12
# The eigenpairs at both ends take about as long as this many evaluations.
LANCZOS = 300
# The share of the points of a model's surface that is usually evaluated.
USUAL_SHARE = 0.15


@dataclass(frozen=True, eq=False)
class Exploration:
    """What is known of a landscape and drawn of it, computed from a scene or read from a file; what is not known, or not yet, is None or
    empty. `finished` says that nothing more will come.

    `maps` are surfaces over one plane by the quantity they show (`QUANTITIES`), "loss" first. `paths` are seen from `plane`; it is their
    own principal plane, and not that of the maps, where `own_plane` says so. `explained` is the share of the paths' variance in
    it, `random_walk` that of a random walk of as many steps. `whole` says that the plane is the whole parameter space, `dim` and
    `samples` count parameters and data. `spectrum`, `gradient_norm` and `limits` (each optimizer's largest stable learning rate) are
    those of one place, `critical` the critical points in the window, of which `unseen` more, by estimate, were not found.
    """

    scene: Scene | None
    maps: Mapping[str, Surface]
    plane: Plane | None = None
    paths: tuple[Path, ...] = ()
    explained: float | None = None
    random_walk: float | None = None
    own_plane: bool = False
    whole: bool = False
    dim: int | None = None
    samples: int | None = None
    spectrum: Spectrum | None = None
    density: Density | None = None
    gradient_norm: float | None = None
    limits: tuple[float | None, ...] = ()
    dataset: Dataset | None = None
    predictions: tuple[Prediction, ...] = ()
    critical: tuple[CriticalPoint, ...] = ()
    unseen: float = 0.0
    finished: bool = False

    @property
    def surface(self) -> Surface | None:
        """The loss over the plane."""
        return self.maps.get("loss")


def explore(study: Study) -> Iterator[Exploration]:
    """Yield the exploration of the study's scene as it grows: a first picture soon, then curvature, finer surfaces and critical points."""
    require_made("explore", "study", study, Study, "Study")
    scene = study.scene
    first, seconds = _first_surface(study)
    picture = Exploration(
        scene,
        {"loss": first},
        study.plane,
        study.sights,
        explained_variance(study.plane, np.concatenate([finite_part(path) for path in study.trajectories])),
        random_walk_share(scene.plane.name, len(study.trajectories[0]) - 1, study.objective.dim),
        whole=study.whole,
        dim=study.objective.dim,
        samples=study.objective.samples,
        dataset=study.dataset,
    )
    slow = seconds * LANCZOS > AT_ONCE
    if slow:
        yield picture
    picture = replace(picture, paths=study.paths, predictions=study.predictions)
    if slow:
        yield picture
    picture = replace(picture, spectrum=study.spectrum, gradient_norm=study.gradient_norm, limits=study.limits)
    finer = sorted({n for n in (*COARSE, scene.resolution) if len(first.a) < n <= scene.resolution})
    if not finer and not study.whole:
        yield replace(picture, finished=True)
        return
    yield picture
    for resolution in finer:
        picture = replace(picture, maps={"loss": study.surface(resolution)}, finished=resolution == finer[-1] and not study.whole)
        yield picture
    if study.whole:
        yield replace(picture, critical=study.critical, unseen=study.unseen, finished=True)


def _first_surface(study: Study) -> tuple[Surface, float]:
    """Return the finest surface that takes no more than `AT_ONCE`, at least the coarsest, and the seconds one evaluation takes."""
    study.sights  # noqa: B018 - not part of what is timed
    began = time.perf_counter()
    finest = study.scene.resolution
    surface = study.surface(min(COARSE[0], finest))
    seconds = (time.perf_counter() - began) / surface.evaluations
    for resolution in (*COARSE[1:], finest):
        share = 1.0 if study.tolerance(resolution) is None else USUAL_SHARE
        if resolution <= finest and seconds * share * resolution**2 < AT_ONCE:
            surface = study.surface(resolution)
    return surface, seconds
