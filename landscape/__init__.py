"""Loss landscapes, curvature and trajectories: numpy in, numpy out, torch inside.

An objective (an empirical risk or an analytic function) is seen through trajectories, planes, surfaces, spectra and critical points; a
scene names all of it in one line.
"""

from landscape.blocks import BlockCurvature, block_curvatures
from landscape.critical import CriticalPoint, find_critical_points
from landscape.curvature import curvature_along, dense_hessian
from landscape.datasets import Dataset, make_dataset
from landscape.density import Density, spectral_density
from landscape.directions import (
    coordinate_plane,
    explained_variance,
    hessian_plane,
    make_plane,
    pca_plane,
    plane_through,
    random_plane,
    random_walk_share,
    random_walk_variance,
)
from landscape.engines import Spread
from landscape.errors import Cancelled, LandscapeError
from landscape.files import Recording, Result, load_result, save_result
from landscape.functions import make_function
from landscape.journal import Journal
from landscape.losses import make_loss
from landscape.models import make_model
from landscape.objective import Block, Objective
from landscape.optimizers import make_optimizer
from landscape.penalties import make_penalty
from landscape.plane import Plane
from landscape.quantities import sample_quantities
from landscape.recorder import Recorder
from landscape.replay import Journalled
from landscape.risk import EmpiricalRisk
from landscape.scene import Scene
from landscape.schedules import make_schedule
from landscape.sharpness import (
    Peak,
    Sharpness,
    SharpnessAlong,
    ball_sharpness,
    box_sharpness,
    measure_sharpness,
    rayleigh_quotient,
    sharpness_along,
)
from landscape.spectrum import Spectrum, top_eigenpairs
from landscape.study import Study
from landscape.surface import Surface, sample_surface
from landscape.table import read_table
from landscape.trace import Estimate, hessian_trace
from landscape.trajectory import Trajectory, descend
from landscape.weights import Weights, put_weights, read_weights

__all__ = [
    "Block",
    "BlockCurvature",
    "Cancelled",
    "CriticalPoint",
    "Dataset",
    "Density",
    "EmpiricalRisk",
    "Estimate",
    "Journal",
    "Journalled",
    "LandscapeError",
    "Objective",
    "Peak",
    "Plane",
    "Recorder",
    "Recording",
    "Result",
    "Scene",
    "Sharpness",
    "SharpnessAlong",
    "Spectrum",
    "Spread",
    "Study",
    "Surface",
    "Trajectory",
    "Weights",
    "ball_sharpness",
    "block_curvatures",
    "box_sharpness",
    "coordinate_plane",
    "curvature_along",
    "dense_hessian",
    "descend",
    "explained_variance",
    "find_critical_points",
    "hessian_plane",
    "hessian_trace",
    "load_result",
    "make_dataset",
    "make_function",
    "make_loss",
    "make_model",
    "make_optimizer",
    "make_penalty",
    "make_plane",
    "make_schedule",
    "measure_sharpness",
    "pca_plane",
    "plane_through",
    "put_weights",
    "random_plane",
    "random_walk_share",
    "random_walk_variance",
    "rayleigh_quotient",
    "read_table",
    "read_weights",
    "sample_quantities",
    "sample_surface",
    "save_result",
    "sharpness_along",
    "spectral_density",
    "top_eigenpairs",
]
