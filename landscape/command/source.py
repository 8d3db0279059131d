"""Source: the objective of a command, from the query of a scene or from a user's Python file or module."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path

import numpy as np

from landscape.command.terminal import Progress, Stop
from landscape.errors import LandscapeError
from landscape.files.result import versions
from landscape.objective import Objective, shaken
from landscape.sampling.engines import SOURCE_PREFIX
from landscape.scene.scene import Scene
from landscape.scene.study import Study


def opened(source: str, progress: Progress, stop: Stop) -> tuple[Objective, Study | None]:
    """Return the objective named by `source`, and the study of the scene if it is a query; raise `LandscapeError` where there is none."""
    if "=" in source or source == "":
        study = Study(Scene.from_query(source), report=lambda stage, share: progress(share), should_stop=stop)
        return study.objective, study
    place, _, name = source.rpartition(":")
    try:
        found = getattr(_module(place), name)
    except (ImportError, AttributeError, FileNotFoundError) as error:
        raise LandscapeError("no_objective", owner=source, got=str(error)) from error
    found = found() if callable(found) and not isinstance(found, Objective) else found
    if not isinstance(found, Objective):
        raise LandscapeError("no_objective", owner=source, got=f"a {type(found).__name__}")
    return found, None


def _module(place: str) -> object:
    """Import a module by its dotted name, or from a file whose path ends in .py."""
    if not place.endswith(".py"):
        return importlib.import_module(place)
    spec = importlib.util.spec_from_file_location(SOURCE_PREFIX + Path(place).stem, place)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # dataclasses need it in sys.modules
    spec.loader.exec_module(module)
    return module


def fingerprint(objective: Objective) -> dict[str, object]:
    """Return data that identify the objective, with its loss at three points: the file that a source names may change between commands."""
    return {
        "dim": objective.dim,
        "samples": objective.samples,
        "dtype": str(objective.dtype),
        "theta": hashlib.sha256(np.ascontiguousarray(objective.theta).tobytes()).hexdigest(),
        "values": [float(objective.value(theta)).hex() for theta in (objective.theta, *(shaken(objective.theta, seed) for seed in (1, 2)))],
        "versions": versions(),
    }
