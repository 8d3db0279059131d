"""Controls of the Losses page: which losses, on which data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from landscape.catalogue import Parameter
from landscape.data.datasets import datasets
from landscape.errors import LandscapeError
from landscape.losses.curves import MARGIN, PROBABILITY, RESIDUAL
from landscape.losses.own import OWN_LOSS, losses_and_own
from landscape.scene.comparison import LOSS_KEYS, LossesScene, dialed, drawable, ground_of, turned
from landscape.scene.fields import Choice, choice_of
from ui.controls import widgets
from ui.controls.expression import own_loss
from ui.session.scene import current_scene, refuse, set_scene
from ui.words.translator import Translator

# The data sets with one input and a number to predict.
LINES = ("line", "line_outliers", "phones", "stars_cyg", "animals", "anscombe")


def controls(t: Translator, scene: LossesScene) -> None:
    """Draw the controls of `scene` in the current container."""
    names = [name for name in losses_and_own if drawable(choice_of(losses_and_own, name, {}))]
    named = {"options": names, "format_func": lambda name: t(f"losses.{name}"), "max_selections": len(LOSS_KEYS)}
    widgets.mirror(st.multiselect, t("curves.losses"), "losses", [choice.name for choice in scene.losses], _chosen, **named)
    grounds = {ground_of(choice) for choice in scene.losses}
    if RESIDUAL in grounds:
        data = {"options": [name for name in LINES if name in datasets], "format_func": lambda name: t(f"datasets.{name}")}
        widgets.mirror(st.selectbox, t("curves.data"), "data", scene.data.name, _on_data, **data)
    if MARGIN in grounds:
        _number(scene, "far", t("curves.far"), t)
    if scene.along(PROBABILITY):
        _number(scene, "target", t("curves.target"), t)
    if grounds - {None}:
        _number(scene, "surfaces", t("curves.surfaces"), t)
    for key, choice in scene.keyed():
        if choice.name == OWN_LOSS:
            own_loss(t, key, choice, partial(_with, key), sliders=False)
            continue
        for parameter in losses_and_own[choice.name].parameters:
            if parameter not in dialed(choice):
                _setting(t, key, choice, parameter)


def _with(key: str, scene: LossesScene, choice: Choice) -> LossesScene:
    return scene.with_choice(key, choice)


def _number(scene: LossesScene, name: str, label: str, t: Translator) -> None:
    def change(scene: LossesScene, value: object) -> LossesScene:
        return scene.with_value(name, value)

    widgets.parameter(t, scene.row(name).kind.parameter, label, name, getattr(scene, name), change)


def _setting(t: Translator, key: str, choice: Choice, parameter: Parameter) -> None:
    """A parameter that is no number on a scale, which no dial can turn."""

    def change(scene: LossesScene, value: object) -> LossesScene:
        return scene.with_choice(key, choice_of(losses_and_own, choice.name, {**dict(choice.settings), parameter.name: value}))

    label = f"{t(f'losses.{choice.name}')}: {t(f'losses.{choice.name}.{parameter.name}')}"
    widgets.parameter(t, parameter, label, f"{key}.{choice.name}.{parameter.name}", choice.get(parameter.name), change)


def take(key: str, values: Mapping[str, object]) -> None:
    """Take a parameter of a loss, "loss2.delta", that a hand has dialed."""
    loss, _, parameter = key.partition(".")
    scene = current_scene()
    choice = dict(zip(LOSS_KEYS, scene.losses, strict=False)).get(loss)
    if choice is None:
        return
    try:
        (found,) = [known for known in dialed(choice) if known.name == parameter]
        set_scene(scene.with_choice(loss, turned(choice, found, values["value"])))
    except LandscapeError as error:
        refuse(error)


def _chosen(scene: LossesScene, names: object) -> LossesScene:
    """Return the scene with the losses of these names, those that were there with their settings; the last one stays."""
    known = {choice.name: choice for choice in scene.losses}
    chosen = tuple(known.get(name) or choice_of(losses_and_own, name, {}) for name in names)
    return replace(scene, losses=chosen or scene.losses)


def _on_data(scene: LossesScene, name: object) -> LossesScene:
    return replace(scene, data=choice_of(datasets, str(name), {}))
