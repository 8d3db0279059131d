"""Fitting: the scene that the weights of a file are explored in, told by the file itself or by its tensors' names and shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import nn

from landscape.data.datasets import Dataset, datasets
from landscape.errors import LandscapeError
from landscape.files.weights import Weights, listed, put_weights
from landscape.networks.models import make_model, models
from landscape.scene.scene import Choice, Scene, choose
from landscape.scene.suggestions import USUAL_LOSSES


def fitting_scene(weights: Weights, current: Scene, dataset_of: Callable[[Scene], Dataset]) -> Scene:
    """Return the scene that the weights are explored in, with their fingerprint; `dataset_of` gives a scene's data.

    That is the scene the file names. Where it names none: `current` if they fit its model; else `current` with the model of the catalogue
    that names and shapes tell, on its own data or else, under their usual loss, on the first of the catalogue's data sets that it fits.
    Raises `LandscapeError` where they fit nothing.
    """
    if weights.scene is not None:
        named = replace(Scene.from_query(weights.scene, saved=True), function=None, weights=weights.fingerprint)
        put_weights(_model(named, dataset_of(named)), weights)
        return named
    for scene in _candidates(weights, replace(current, function=None, weights=weights.fingerprint)):
        if fits(weights, scene, dataset_of):
            return scene if scene.data == current.data else _with_usual_loss(scene, dataset_of(scene))
    raise LandscapeError(
        "weights_unknown",
        model=current.model.name,
        data=current.data.name,
        expected=_expected(current, dataset_of),
        got=listed(weights.tensors),
    )


def fits(weights: Weights, scene: Scene, dataset_of: Callable[[Scene], Dataset]) -> bool:
    """Return whether the weights are exactly those of the scene's model on its data."""
    try:
        put_weights(_model(scene, dataset_of(scene)), weights)
    except LandscapeError:
        return False
    return True


def _model(scene: Scene, dataset: Dataset) -> nn.Module:
    return make_model(scene.model.name, dataset, seed=scene.seed, **dict(scene.model.settings))


def _expected(scene: Scene, dataset_of: Callable[[Scene], Dataset]) -> str:
    """Return the tensors of the scene's own model, or a dash where the scene has none to show."""
    try:
        return listed(_model(scene, dataset_of(replace(scene, function=None))).state_dict())
    except LandscapeError:
        return "–"


def _with_usual_loss(scene: Scene, dataset: Dataset) -> Scene:
    return replace(scene, loss=choose("loss", USUAL_LOSSES[dataset.task]))


def _candidates(weights: Weights, current: Scene) -> Iterator[Scene]:
    """Yield the scenes whose models have such layers: on the current data, then on each of the catalogue's; the current model first."""
    choices = [choice for name in models for choice in _choices(name, weights, current.model)]
    choices.sort(key=lambda choice: choice.name != current.model.name)  # what the visitor chose comes first
    for data in (current.data, *(choose("data", name) for name in datasets)):
        for choice in choices:
            yield replace(current, data=data, model=choice)


def _choices(name: str, weights: Weights, current: Choice) -> Iterator[Choice]:
    """Yield the model `name` with the settings that the shapes tell and, of what they cannot tell, the current ones or the defaults."""
    told = _told(name, [tensor.shape for tensor in weights.tensors.values()])
    if told is None:
        return
    kept = dict(current.settings) if current.name == name else {}
    entry = models[name]
    has = {parameter.name for parameter in entry.parameters}
    activations = ({}, *({"activation": value} for value in ("prelu", "maxout") if "activation" in has))  # those that shapes tell
    skips = ({}, {"skip": True}, {"skip": False}) if "skip" in has else ({},)
    for settings in ({**kept, **told, **activation, **skip} for skip in skips for activation in activations):
        try:
            yield choose("model", name, **settings)
        except LandscapeError:  # wider or deeper than the catalogue goes, or without such an activation
            continue


def _told(name: str, shapes: list[torch.Size]) -> dict[str, object] | None:
    """Return the sizes of the model `name` as far as tensors of these `shapes` tell them; None where it has no such tensors."""
    matrices = [shape for shape in shapes if len(shape) == 2]
    hidden = tuple(columns for _, columns in matrices[1:])  # what goes into a layer: what comes out may be in pieces (maxout)
    if not matrices or (name in ("residual_mlp", "deep_linear") and len(set(hidden)) != 1):
        return None
    match name:
        case "linear" | "logistic":
            return {"bias": any(len(shape) == 1 for shape in shapes)}
        case "mlp":
            return {"widths": hidden}
        case "residual_mlp":
            return {"width": hidden[0], "depth": len(hidden)}
        case "deep_linear":
            return {"width": hidden[0], "depth": len(matrices)}
        case "cnn":
            return {"channels": tuple(shape[0] for shape in shapes if len(shape) == 4)}
    return {}
