"""Loss landscapes, Hessian spectra and optimizer trajectories: numpy arrays in and out, computed with torch.

An objective is an empirical risk or an analytic function. Trajectories, planes, surfaces, spectra and critical points are computed from it;
a scene is the URL query that names an objective and everything computed from it.

The public names are imported from their modules on first use: importing torch takes seconds, and `landscape.errors` or the command line's
help do not need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for editors and type checkers, which do not run __getattr__; a name imported as itself is public (PEP 484)
    from landscape.curvature.blocks import BlockCurvature as BlockCurvature
    from landscape.curvature.blocks import block_curvatures as block_curvatures
    from landscape.curvature.critical import CriticalPoint as CriticalPoint
    from landscape.curvature.critical import CriticalPoints as CriticalPoints
    from landscape.curvature.critical import find_critical_points as find_critical_points
    from landscape.curvature.density import Density as Density
    from landscape.curvature.density import spectral_density as spectral_density
    from landscape.curvature.hessian import curvature_along as curvature_along
    from landscape.curvature.hessian import dense_hessian as dense_hessian
    from landscape.curvature.sharpness import Peak as Peak
    from landscape.curvature.sharpness import Sharpness as Sharpness
    from landscape.curvature.sharpness import ball_sharpness as ball_sharpness
    from landscape.curvature.sharpness import box_sharpness as box_sharpness
    from landscape.curvature.sharpness import measure_sharpness as measure_sharpness
    from landscape.curvature.sharpness import rayleigh_quotient as rayleigh_quotient
    from landscape.curvature.spectrum import Spectrum as Spectrum
    from landscape.curvature.spectrum import top_eigenpairs as top_eigenpairs
    from landscape.curvature.trace import Estimate as Estimate
    from landscape.curvature.trace import hessian_trace as hessian_trace
    from landscape.data.datasets import Dataset as Dataset
    from landscape.data.datasets import make_dataset as make_dataset
    from landscape.data.table import read_table as read_table
    from landscape.descent.optimizers import make_optimizer as make_optimizer
    from landscape.descent.schedules import make_schedule as make_schedule
    from landscape.descent.sharpness_along import SharpnessAlong as SharpnessAlong
    from landscape.descent.sharpness_along import sharpness_along as sharpness_along
    from landscape.descent.trajectory import Trajectory as Trajectory
    from landscape.descent.trajectory import descend as descend
    from landscape.errors import Cancelled as Cancelled
    from landscape.errors import LandscapeError as LandscapeError
    from landscape.files.journal import Journal as Journal
    from landscape.files.recorder import Recorder as Recorder
    from landscape.files.replay import Journalled as Journalled
    from landscape.files.result import Recording as Recording
    from landscape.files.result import Result as Result
    from landscape.files.result import load_result as load_result
    from landscape.files.result import save_result as save_result
    from landscape.files.weights import Weights as Weights
    from landscape.files.weights import put_weights as put_weights
    from landscape.files.weights import read_weights as read_weights
    from landscape.losses.expression import parse_loss as parse_loss
    from landscape.losses.losses import make_loss as make_loss
    from landscape.losses.penalties import make_penalty as make_penalty
    from landscape.losses.properties import Properties as Properties
    from landscape.losses.properties import loss_properties as loss_properties
    from landscape.minima.connection import Connection as Connection
    from landscape.minima.connection import barrier_of as barrier_of
    from landscape.minima.connection import connect as connect
    from landscape.minima.matching import Matching as Matching
    from landscape.minima.matching import match as match
    from landscape.networks.models import make_model as make_model
    from landscape.objective import Block as Block
    from landscape.objective import Objective as Objective
    from landscape.objectives.functions import make_function as make_function
    from landscape.objectives.risk import EmpiricalRisk as EmpiricalRisk
    from landscape.plane import Plane as Plane
    from landscape.planes.directions import coordinate_plane as coordinate_plane
    from landscape.planes.directions import explained_variance as explained_variance
    from landscape.planes.directions import hessian_plane as hessian_plane
    from landscape.planes.directions import make_plane as make_plane
    from landscape.planes.directions import pca_plane as pca_plane
    from landscape.planes.directions import plane_through as plane_through
    from landscape.planes.directions import random_plane as random_plane
    from landscape.planes.directions import random_walk_share as random_walk_share
    from landscape.planes.directions import random_walk_variance as random_walk_variance
    from landscape.regression.breakdown import Breakdown as Breakdown
    from landscape.regression.breakdown import breakdown_point as breakdown_point
    from landscape.regression.high_breakdown import fit_high_breakdown as fit_high_breakdown
    from landscape.regression.linear import LinearFit as LinearFit
    from landscape.regression.linear import fit_linear as fit_linear
    from landscape.regression.minima import Minima as Minima
    from landscape.regression.minima import tukey_minima as tukey_minima
    from landscape.regression.outliers import Detection as Detection
    from landscape.regression.outliers import Outliers as Outliers
    from landscape.regression.outliers import detect as detect
    from landscape.regression.outliers import residual_outliers as residual_outliers
    from landscape.regression.scores import ScoreFit as ScoreFit
    from landscape.regression.scores import fit_score as fit_score
    from landscape.saddles.gaussian import Census as Census
    from landscape.saddles.gaussian import count_points as count_points
    from landscape.saddles.gaussian import expected_points as expected_points
    from landscape.saddles.indices import IndexByLoss as IndexByLoss
    from landscape.saddles.indices import index_by_loss as index_by_loss
    from landscape.saddles.slices import SlicePoint as SlicePoint
    from landscape.saddles.slices import slice_points as slice_points
    from landscape.saddles.symmetry import Orbit as Orbit
    from landscape.saddles.symmetry import orbits as orbits
    from landscape.sampling.engines import Spread as Spread
    from landscape.sampling.quantities import sample_quantities as sample_quantities
    from landscape.sampling.surface import Surface as Surface
    from landscape.sampling.surface import sample_surface as sample_surface
    from landscape.scene.exploration import Exploration as Exploration
    from landscape.scene.exploration import explore as explore
    from landscape.scene.scene import Scene as Scene
    from landscape.scene.study import Study as Study

_PUBLIC = {
    "errors": ("Cancelled", "LandscapeError"),
    "objective": ("Block", "Objective"),
    "plane": ("Plane",),
    "data.datasets": ("Dataset", "make_dataset"),
    "data.table": ("read_table",),
    "networks.models": ("make_model",),
    "losses.expression": ("parse_loss",),
    "losses.losses": ("make_loss",),
    "losses.penalties": ("make_penalty",),
    "losses.properties": ("Properties", "loss_properties"),
    "regression.breakdown": ("Breakdown", "breakdown_point"),
    "regression.high_breakdown": ("fit_high_breakdown",),
    "regression.linear": ("LinearFit", "fit_linear"),
    "regression.minima": ("Minima", "tukey_minima"),
    "regression.outliers": ("Detection", "Outliers", "detect", "residual_outliers"),
    "regression.scores": ("ScoreFit", "fit_score"),
    "objectives.functions": ("make_function",),
    "objectives.risk": ("EmpiricalRisk",),
    "curvature.blocks": ("BlockCurvature", "block_curvatures"),
    "curvature.critical": ("CriticalPoint", "CriticalPoints", "find_critical_points"),
    "curvature.density": ("Density", "spectral_density"),
    "curvature.hessian": ("curvature_along", "dense_hessian"),
    "curvature.sharpness": ("Peak", "Sharpness", "ball_sharpness", "box_sharpness", "measure_sharpness", "rayleigh_quotient"),
    "curvature.spectrum": ("Spectrum", "top_eigenpairs"),
    "curvature.trace": ("Estimate", "hessian_trace"),
    "descent.optimizers": ("make_optimizer",),
    "descent.schedules": ("make_schedule",),
    "descent.sharpness_along": ("SharpnessAlong", "sharpness_along"),
    "descent.trajectory": ("Trajectory", "descend"),
    "planes.directions": (
        "coordinate_plane",
        "explained_variance",
        "hessian_plane",
        "make_plane",
        "pca_plane",
        "plane_through",
        "random_plane",
        "random_walk_share",
        "random_walk_variance",
    ),
    "sampling.engines": ("Spread",),
    "sampling.quantities": ("sample_quantities",),
    "sampling.surface": ("Surface", "sample_surface"),
    "saddles.gaussian": ("Census", "count_points", "expected_points"),
    "saddles.indices": ("IndexByLoss", "index_by_loss"),
    "saddles.slices": ("SlicePoint", "slice_points"),
    "saddles.symmetry": ("Orbit", "orbits"),
    "minima.connection": ("Connection", "barrier_of", "connect"),
    "minima.matching": ("Matching", "match"),
    "files.journal": ("Journal",),
    "files.recorder": ("Recorder",),
    "files.replay": ("Journalled",),
    "files.result": ("Recording", "Result", "load_result", "save_result"),
    "files.weights": ("Weights", "put_weights", "read_weights"),
    "scene.exploration": ("Exploration", "explore"),
    "scene.scene": ("Scene",),
    "scene.study": ("Study",),
}
_MODULES = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> object:
    """Import a public name from its module, on its first use (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
