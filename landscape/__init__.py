"""Loss landscapes, curvature and trajectories: numpy in, numpy out, torch inside.

An objective (an empirical risk or an analytic function) is seen through trajectories, planes, surfaces, spectra and critical points; a
scene names all of it in one line.

The names below are imported from their modules when they are first used: torch alone takes seconds, and who asks for a refusal or for
the command line's help need not wait for it.
"""

from __future__ import annotations

from importlib import import_module

_PUBLIC = {
    "errors": ("Cancelled", "LandscapeError"),
    "objective": ("Block", "Objective"),
    "plane": ("Plane",),
    "data.datasets": ("Dataset", "make_dataset"),
    "data.table": ("read_table",),
    "networks.models": ("make_model",),
    "losses.losses": ("make_loss",),
    "losses.penalties": ("make_penalty",),
    "objectives.functions": ("make_function",),
    "objectives.risk": ("EmpiricalRisk",),
    "curvature.blocks": ("BlockCurvature", "block_curvatures"),
    "curvature.critical": ("CriticalPoint", "find_critical_points"),
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
