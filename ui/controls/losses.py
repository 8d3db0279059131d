"""Controls of the Losses page: which losses, on which data."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from landscape.data.datasets import datasets
from landscape.errors import LandscapeError
from landscape.losses.losses import losses
from landscape.scene.comparison import LOSS_KEYS, LossesScene
from landscape.scene.fields import choice_of
from ui.controls import widgets
from ui.session.scene import current_scene, refuse, set_scene
from ui.words.translator import Translator

# The data sets with one input and a number to predict.
LINES = ("line", "line_outliers", "phones", "stars_cyg", "animals", "anscombe")
KINDS = ("residual", "margin", "classes", "distribution", "ranking")


def controls(t: Translator, scene: LossesScene) -> None:
    """Draw the controls of `scene` in the current container."""
    names = [name for name in losses if losses[name].traits["of"] in KINDS]
    named = {"options": names, "format_func": lambda name: t(f"losses.{name}"), "max_selections": len(LOSS_KEYS)}
    widgets.mirror(st.multiselect, t("curves.losses"), "losses", [choice.name for choice in scene.losses], _chosen, **named)
    data = [name for name in LINES if name in datasets]
    widgets.mirror(
        st.selectbox, t("curves.data"), "data", scene.data.name, _on_data, options=data, format_func=lambda name: t(f"datasets.{name}")
    )
    widgets.mirror(st.toggle, t("curves.far"), "far", scene.far, lambda scene, value: replace(scene, far=value))
    widgets.mirror(st.toggle, t("curves.surfaces"), "surfaces", scene.surfaces, lambda scene, value: replace(scene, surfaces=value))


def dialed(key: str, values: dict) -> None:
    """Take a parameter of a loss, "loss2.delta", that a hand has dialed."""
    loss, _, parameter = key.partition(".")
    scene = current_scene()
    choice = dict(zip(LOSS_KEYS, scene.losses, strict=False)).get(loss)
    if choice is None:
        return
    try:
        set_scene(scene.with_choice(loss, choice_of(losses, choice.name, {**dict(choice.settings), parameter: values["value"]})))
    except LandscapeError as error:
        refuse(error)


def _chosen(scene: LossesScene, names: object) -> LossesScene:
    """Return the scene with the losses of these names, those that were there with their settings; the last one stays."""
    known = {choice.name: choice for choice in scene.losses}
    chosen = tuple(known.get(name) or choice_of(losses, name, {}) for name in names)
    return replace(scene, losses=chosen or scene.losses)


def _on_data(scene: LossesScene, name: object) -> LossesScene:
    return replace(scene, data=choice_of(datasets, str(name), {}))
