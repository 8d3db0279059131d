"""Source: the objective of a command, from the query of a scene or from a user's Python file or module."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import numpy as np

from landscape.command.terminal import Progress, Stop
from landscape.errors import LandscapeError, Phrase
from landscape.files.result import versions
from landscape.objective import Objective, shaken
from landscape.sampling.engines import SOURCE_PREFIX
from landscape.scene.link import OTHER_PAGES, parts_of, passing
from landscape.scene.scene import CHOICES, Scene
from landscape.scene.study import Study


def opened(source: str, progress: Progress, stop: Stop) -> tuple[Objective, Study | None]:
    """Return the objective named by `source`, and the study of the scene if it is a query; raise `LandscapeError` where there is none."""
    if is_link(source):
        study = Study(scene_of(source), report=lambda stage, share: progress(share), should_stop=stop)
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


def is_link(source: str) -> bool:
    """Say whether a source is a scene's query or its whole address: a path such as lr=0.1/study.py:risk is none."""
    return "://" in source or (("=" in source or source in ("", "?")) and not re.search(r"\.py(:\w*)?$", source))


def scene_of(link: str) -> Scene:
    """Return the scene of a query or a whole address of Explore; refuse another page's, and a link with a key that is not read."""
    page, query = parts_of(link)
    if page in OTHER_PAGES:
        raise LandscapeError("other_page", owner="link", got=Phrase("page_of", name=page))
    query = urlencode([pair for pair in parse_qsl(query.removeprefix("?"), keep_blank_values=True) if not passing(pair[0])])
    scene = Scene.from_query(query)
    for key, nearest, entry in Scene.unread(query):
        got = repr(key)[:60]
        if entry:
            example = f"{entry}={next(iter(CHOICES[entry]))}"
            raise LandscapeError("idle_setting", owner="link", example=example, got=got)
        nearest = nearest or get_close_matches(key, Scene.keys(), n=1, cutoff=0.0)[0]
        raise LandscapeError("unknown_key", owner="link", known=", ".join(Scene.keys()), nearest=nearest, got=got)
    return scene


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
