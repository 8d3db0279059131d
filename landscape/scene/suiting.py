"""Suiting: what nobody settled in a scene, made to suit the rest of it.

The scenes here have the fields of Explore's; `version` is that of the link that they are read from (None: today's).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cache
from typing import TypeVar

import numpy as np
from torch import nn

from landscape.catalogue import Entry
from landscape.data.datasets import Dataset, datasets
from landscape.data.fit import fits
from landscape.descent.optimizers import optimizers
from landscape.descent.schedules import schedules
from landscape.errors import LandscapeError
from landscape.losses.entry import loss_entry
from landscape.networks.models import models
from landscape.objective import Objective
from landscape.scene.fields import Choice
from landscape.scene.record import Record
from landscape.scene.suggestions import (
    LARGEST,
    STEPS,
    calmed_lr,
    moves,
    sharpness,
    sketched,
    stand_in,
    suggested_lr,
    suggested_schedule,
    suits_loss,
    suits_model,
    tried_lr,
    usual_loss,
    usual_model,
)

S = TypeVar("S", bound=Record)

# What is made to suit a landscape where nobody settled it; "opt" stands for the learning rates, "settings" for those of the model, "path"
# for a plane of the path, which has to move.
SPACE = frozenset({"plane", "start", "window"})
PACE = frozenset({"opt", "steps", "schedule"})
SUITED = SPACE | PACE | {"model", "settings", "loss", "path"}
# The planes that only a path that moves can span.
OF_A_PATH = ("pca", "three_points")
# The data of a link whose model or loss does not go with the default ones, the first that does.
OTHERWISE = ("moons", "digits", "ranking")


def suited(
    scene: S,
    dataset: Dataset | None,
    settled: Collection[str],
    *,
    prepare: Callable[[nn.Module], None] | None = None,
    keys: Collection[str] | None = None,
    former: S | None = None,
    version: int | None = None,
) -> S:
    """Return the scene with each field of `SUITED` that is not `settled` made to suit the others.

    Data get a model and a loss, where the present ones do not suit them. Two parameters are drawn whole, more in the plane of the path,
    or a random one where no path moves. Settings of the model are those that it declares; steps are too, and where none are declared
    they stay, unless they were those that the `former` scene, which a visitor just left, declared. The optimizers of `keys`, or all, get a
    learning rate, by the curvature where they set out and a trial run, or for a loss with kinks by trial alone. The model goes through
    `prepare` first.
    """
    if dataset is not None:
        if "model" not in settled and not suits_model(scene.model.name, dataset):
            scene = replace(scene, model=scene.choose("model", usual_model(dataset), version))
        if "settings" not in settled:
            declared = models[scene.model.name].traits.get("settings", {})
            scene = replace(scene, model=scene.choose("model", scene.model.name, **{**dict(scene.model.settings), **declared}))
        if "loss" not in settled and not suits_loss(loss_entry(scene.loss.name, scene.loss.settings), scene.model.name, dataset):
            scene = replace(scene, loss=scene.choose("loss", usual_loss(scene.model.name, dataset), version))
    scene = scene.unplaced(but=settled)
    objective = scene.objective(None if dataset is None else sketched(dataset), prepare)
    if "plane" not in settled and (objective.dim <= 2 or scene.plane.name == "coordinates"):
        scene = replace(scene, plane=scene.choose("plane", "coordinates" if objective.dim <= 2 else "pca", version))
    if "steps" not in settled:
        once_declared = former is not None and former.traits.get("steps") == scene.steps
        scene = replace(scene, steps=scene.traits.get("steps", STEPS if once_declared else scene.steps))
    if "schedule" not in settled:
        kinks = {"kinks": scene.has_kinks, "former_kinks": former is not None and former.has_kinks}
        name = suggested_schedule(scene.schedule.name, **kinks)
        scene = scene if name == scene.schedule.name else replace(scene, schedule=scene.choose("schedule", name, version))
    if "opt" not in settled:
        scene = _paced(scene, objective, scene.row("opt").keys if keys is None else keys, version)
    return scene if "path" in settled else _drawable(scene, objective, version)


def completed(scene: S, given: Collection[str], guessed: Collection[str], version: int) -> S:
    """Return the scene, read from a link that says what is `given`, with what it leaves to be `guessed` made to suit that."""
    settled = {key for key in SUITED if key in given} | (SUITED - set(guessed) - PACE - {"settings", "path"})
    settled |= {"data", *PACE, "settings"} if "opt" in given else {"data"}
    settled |= {"settings"} if any(key.startswith("model.") for key in given) else set()
    settled |= {"plane", "path"} if any(key.startswith("plane.") for key in given) else {"path"} if "plane" in given else set()
    if not set(guessed) - settled:
        return scene
    bare = scene.unplaced(but=settled)
    try:
        dataset = None if scene.function is not None else scene.data.build(datasets, scene.seed)
        return suited(bare, dataset, settled, version=version)
    except LandscapeError:
        return bare  # a visitor's table is not here yet, and what does not go together is refused where it is to be drawn


def data_for(scene: Record, named: Collection[str], version: int) -> Choice:
    """Return the scene's data; where its model or loss, those of them that a link has `named`, cannot take them, some that they can."""
    entries = [_entry(scene, key) for key in named] if scene.function is None else []

    def suits(data: Choice) -> bool:
        dataset = data.build(datasets, scene.seed)
        return all(fits(entry, dataset) for entry in entries)

    others = (scene.choose("data", name, version) for name in OTHERWISE)
    return next(filter(suits, (scene.data, *others)), scene.data) if entries else scene.data


def _entry(scene: Record, key: str) -> Entry:
    choice = getattr(scene, key)
    return loss_entry(choice.name, choice.settings) if key == "loss" else scene.row(key).kind.catalogue[choice.name]


def _drawable(scene: S, objective: Objective, version: int | None) -> S:
    if scene.plane.name not in OF_A_PATH or moves(objective, tuple(choice.build(optimizers) for choice in scene.optimizers)):
        return scene
    return replace(scene, plane=scene.choose("plane", "random", version)).unplaced()


def _paced(scene: S, objective: Objective, keys: Collection[str], version: int | None) -> S:
    """Return the scene with learning rates for the optimizers of `keys`, the ones that cannot serve so many parameters replaced."""
    whole = scene.plane.name == "coordinates" and objective.dim == 2
    start, paced = np.array(scene.start) if whole and scene.start is not None else None, scene
    largest = scene.traits.get("largest_lr", LARGEST)
    sharpest = cache(lambda: sharpness(objective, objective.theta if start is None else start))
    for key, choice in zip(scene.row("opt").keys, scene.optimizers, strict=False):
        if key not in keys:
            continue
        name = stand_in(choice.name, objective)
        choice = choice if name == choice.name else scene.choose(key, name, version)
        run = {"start": start, "steps": scene.steps, "schedule": scene.schedule.build(schedules)}
        if scene.has_kinks:
            lr = tried_lr(objective, name, dict(choice.settings), **run)
        else:
            lr = suggested_lr(sharpest, name, largest=largest, share=scene.traits.get("lr_share", 1.0))
            if "largest_lr" not in scene.traits:  # what is declared has been tried, and such models take long to try
                lr = calmed_lr(objective, name, dict(choice.settings), lr, **run)
        paced = paced.with_choice(key, scene.choose(key, name, **{**dict(choice.settings), "lr": lr}))
    return paced
