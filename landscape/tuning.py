"""Tuning: the model, loss, plane and learning rates that suit a scene after one of its choices was changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from landscape.catalogue import Catalogue
from landscape.datasets import Dataset
from landscape.losses import losses
from landscape.models import fits, models
from landscape.objective import Objective
from landscape.scene import OPTIMIZER_KEYS, Scene, choose
from landscape.study import Study

# Methods that scale every coordinate by themselves, or know the curvature, begin here whatever the landscape.
SELF_SCALED = {"adagrad": 0.2, "rmsprop": 0.02, "adam": 0.05, "adamw": 0.05, "newton": 1.0}
SMALLEST, LARGEST = 1e-5, 0.5
WITH_MOMENTUM = 0.2
PRODUCTS = 10


def tuned(study: Study, changed: str) -> Scene:
    """Return the study's scene made to suit itself after its field `changed` ("data", "model", "opt2", ...) got another name.

    Another function, dataset or model is another space: it gets a plane that can be drawn in it. Other data get a model and a loss that
    take them. Another landscape or optimizer gets learning rates to begin with. Starts and windows of a former landscape are dropped.
    """
    scene = study.scene
    if changed == "data" and scene.function is None:
        scene = _adapted(scene, study.dataset)
    if changed in ("function", "data", "model", "loss", "plane"):
        scene = replace(scene, start=None, window=None)
    if changed in ("function", "data", "model"):
        scene = _drawable(scene, study.on(scene).objective)
    keys = OPTIMIZER_KEYS if changed in ("function", "data", "model", "loss") else (changed,)
    for key, choice in zip(OPTIMIZER_KEYS, scene.optimizers, strict=False):
        if key in keys:
            lr = suggested_lr(study.on(scene).objective, choice.name)
            scene = scene.with_choice(key, choose(key, choice.name, **{**dict(choice.settings), "lr": lr}))
    return scene


def fitting(catalogue: Catalogue, dataset: Dataset) -> list[str]:
    """Return the names of the models or losses that suit a dataset."""
    return [name for name, entry in catalogue.items() if fits(entry, dataset)]


def suggested_lr(objective: Objective, optimizer: str) -> float:
    """Return a learning rate to begin with, to one digit.

    For gradient descent 1 / |lambda| of the sharpest direction at theta, half of the largest stable one, but no more than 0.5, since
    networks sharpen as they learn (Cohen et al. 2021); a fifth of that with momentum, which adds up its steps.
    """
    if optimizer in SELF_SCALED:
        return SELF_SCALED[optimizer]
    share = WITH_MOMENTUM if optimizer in ("momentum", "nesterov") else 1.0
    sharpest = max(_sharpness(objective), 1 / LARGEST)
    return float(f"{max(share / sharpest, SMALLEST):.0e}")


def _sharpness(objective: Objective) -> float:
    """Return the Hessian's norm at theta by a few steps of the power method: enough for one digit, and quick enough for a click."""
    product = objective.curvature(objective.theta)
    direction, norm = np.random.default_rng(0).standard_normal(objective.dim), 1.0
    for _ in range(PRODUCTS):
        direction = product(direction / np.linalg.norm(direction))
        norm = float(np.linalg.norm(direction))
        if norm == 0 or not np.isfinite(norm):
            return 0.0
    return norm


def _adapted(scene: Scene, dataset: Dataset) -> Scene:
    for key, catalogue, usual in (("model", models, "mlp"), ("loss", losses, "mse" if dataset.task == "regression" else "cross_entropy")):
        if not fits(catalogue[getattr(scene, key).name], dataset):
            scene = scene.with_choice(key, choose(key, usual))
    return scene


def _drawable(scene: Scene, objective: Objective) -> Scene:
    """Return the scene with the whole plane where there are two parameters, and the path's plane instead of two out of many."""
    if objective.dim == 2:
        return replace(scene, plane=choose("plane", "coordinates"))
    return replace(scene, plane=choose("plane", "pca")) if scene.plane.name == "coordinates" else scene
