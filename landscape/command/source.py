"""Source: the objective of a command, from a link of a scene or from a user's Python file or module."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import inspect
import random
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import torch
from torch import nn

from landscape.command.terminal import Progress, Stop
from landscape.errors import LandscapeError, Phrase
from landscape.files.result import versions
from landscape.objective import Objective, shaken
from landscape.sampling.engines import SOURCE_FOLDERS, SOURCE_PREFIX, stands_in
from landscape.scene.link import OTHER_PAGES, parts_of, passing
from landscape.scene.scene import CHOICES, Scene
from landscape.scene.study import Study


def opened(source: str, progress: Progress, stop: Stop, until: ExitStack) -> tuple[Objective, Study | None]:
    """Return the objective named by `source`, and the study of the scene if it is a link; raise `LandscapeError` where there is none.

    Until `until` is closed the modules beside a file can be imported, as where Python runs it.
    """
    if is_link(source):
        study = Study(scene_of(source), report=lambda stage, share: progress(share), should_stop=stop)
        return study.objective, study
    place, _, name = source.rpartition(":")
    if not place or not name:
        place = source.rstrip(":")
        example = f"{place}:{next(_names_in(place), 'NAME')}"
        raise LandscapeError("no_objective_name", owner=source, example=example, got=Phrase("no_name"))
    with stop.at_once(), drawing_alike():  # nothing is lost by it here
        module = _module(source, place, until)
        if not hasattr(module, name):
            near = get_close_matches(name, _own_names(module), n=1, cutoff=0.0)
            raise LandscapeError("no_objective_name", owner=source, example=f"{place}:{(*near, 'NAME')[0]}", got=f"{name!r}")
        return _objective(source, getattr(module, name)), None


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
            raise LandscapeError("idle_setting", owner="link", example=f"{entry}={next(iter(CHOICES[entry]))}", got=got)
        nearest = nearest or get_close_matches(key, Scene.keys(), n=1, cutoff=0.0)[0]
        raise LandscapeError("unknown_key", owner="link", known=", ".join(Scene.keys()), nearest=nearest, got=got)
    return scene


def _module(source: str, place: str, until: ExitStack) -> ModuleType:
    """Import a module by its dotted name, or from a file whose path ends in .py."""
    if not place.endswith(".py"):
        try:
            return _ran(source, lambda: importlib.import_module(place))
        except LandscapeError as error:
            missing = getattr(error.__cause__, "name", None) if isinstance(error.__cause__, ModuleNotFoundError) else None
            if missing and f"{place}.".startswith(f"{missing}."):
                raise LandscapeError("no_objective", owner=source, got=Phrase("no_module", name=missing)) from None
            raise
    if not Path(place).is_file():
        raise LandscapeError("no_objective", owner=source, got=Phrase("no_file", name=place))
    until.enter_context(beside(Path(place).resolve().parent))
    spec = importlib.util.spec_from_file_location(SOURCE_PREFIX + Path(place).stem, place)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # dataclasses need it in sys.modules
    _ran(source, lambda: spec.loader.exec_module(module))
    return module


def _objective(source: str, found: object) -> Objective:
    """Return the objective that a name of a study stands for, or that the function it stands for returns."""
    if isinstance(found, nn.Module):
        raise LandscapeError("only_a_model", owner=source, got=f"a {type(found).__name__}")
    if callable(found) and not isinstance(found, Objective):
        if needed := _needed(found):
            raise LandscapeError("needs_arguments", owner=source, got=f"{found.__qualname__}({', '.join(needed)})")
        found = _ran(source, found)
    if not isinstance(found, Objective):
        raise LandscapeError("no_objective", owner=source, got=f"a {type(found).__name__}")
    return found


def _ran(source: str, act: Callable[[], Any]) -> Any:
    """Return what code of a study returns; what it raises is the cause of a refusal."""
    try:
        return act()
    except LandscapeError:
        raise
    except (Exception, SystemExit) as error:  # a script may read its own options
        raise LandscapeError("study_failed", owner=source, got=in_a_line(error)) from error


def in_a_line(error: BaseException) -> str:
    """Return an exception's type and the beginning of what it says."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _needed(function: Callable[..., object]) -> list[str]:
    """Return the names of the arguments without which a function or class cannot be called; of one without a signature, none."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return []
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [parameter.name for parameter in parameters if parameter.default is parameter.empty and parameter.kind not in optional]


def _own_names(module: ModuleType) -> list[str]:
    """Return the names in a module that are objectives, or functions and classes that it defines."""
    own = [
        name for name, value in vars(module).items() if isinstance(value, Objective) or getattr(value, "__module__", "") == module.__name__
    ]
    return [name for name in own if not name.startswith("_")]


def _names_in(place: str) -> Iterator[str]:
    """Yield the names that a file defines, without running it: those that are assigned, and then its functions."""
    if not Path(place).is_file():
        return
    try:
        body = ast.parse(Path(place).read_bytes()).body
    except (SyntaxError, ValueError):  # running it will say so
        return
    yield from (name.id for node in body if isinstance(node, ast.Assign) for name in node.targets if isinstance(name, ast.Name))
    yield from (node.name for node in body if isinstance(node, ast.FunctionDef))


@contextmanager
def beside(folder: Path) -> Iterator[None]:
    """Let the modules in a folder be imported; forget them at the end, since those of another folder may have the same names."""
    if folder in {Path(place).resolve() for place in sys.path}:
        yield
        return
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    SOURCE_FOLDERS.append(folder)
    try:
        yield
    finally:
        SOURCE_FOLDERS.remove(folder)
        sys.path.remove(str(folder))
        for name in [name for name in set(sys.modules) - before if stands_in(folder, name)]:
            del sys.modules[name]


@contextmanager
def drawing_alike() -> Iterator[None]:
    """Let what draws from a global generator without a seed draw the same in every process, or a study could not be taken up."""
    python, arrays = random.getstate(), np.random.get_state()  # noqa: NPY002 - the study's own code draws from it
    with torch.random.fork_rng(devices=[]):
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002 - likewise
        torch.manual_seed(0)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(arrays)  # noqa: NPY002 - likewise


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
