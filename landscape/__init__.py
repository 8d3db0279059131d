"""Loss landscapes, curvature and trajectories: numpy in, numpy out, torch inside.

An objective (an empirical risk or an analytic function) is seen through trajectories, planes, surfaces, spectra and critical points; a
scene names all of it in one line.

The names below are imported from their modules when they are first used: torch alone takes seconds, and who asks for a refusal or for
the command line's help need not wait for it.
"""

from __future__ import annotations

from importlib import import_module

_PUBLIC = {
    "blocks": ("BlockCurvature", "block_curvatures"),
    "critical": ("CriticalPoint", "find_critical_points"),
    "curvature": ("curvature_along", "dense_hessian"),
    "datasets": ("Dataset", "make_dataset"),
    "density": ("Density", "spectral_density"),
    "directions": (
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
    "engines": ("Spread",),
    "errors": ("Cancelled", "LandscapeError"),
    "files": ("Recording", "Result", "load_result", "save_result"),
    "functions": ("make_function",),
    "journal": ("Journal",),
    "losses": ("make_loss",),
    "models": ("make_model",),
    "objective": ("Block", "Objective"),
    "optimizers": ("make_optimizer",),
    "penalties": ("make_penalty",),
    "plane": ("Plane",),
    "quantities": ("sample_quantities",),
    "recorder": ("Recorder",),
    "replay": ("Journalled",),
    "risk": ("EmpiricalRisk",),
    "scene": ("Scene",),
    "schedules": ("make_schedule",),
    "sharpness": (
        "Peak",
        "Sharpness",
        "SharpnessAlong",
        "ball_sharpness",
        "box_sharpness",
        "measure_sharpness",
        "rayleigh_quotient",
        "sharpness_along",
    ),
    "spectrum": ("Spectrum", "top_eigenpairs"),
    "study": ("Study",),
    "surface": ("Surface", "sample_surface"),
    "table": ("read_table",),
    "trace": ("Estimate", "hessian_trace"),
    "trajectory": ("Trajectory", "descend"),
    "weights": ("Weights", "put_weights", "read_weights"),
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
