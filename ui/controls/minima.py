"""Controls of the Minima page: which study, and its parameters from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from landscape.catalogue import Parameter
from landscape.errors import LandscapeError
from landscape.minima.studies import studies
from landscape.scene.minima import MinimaScene
from landscape.scene.record import Record
from ui.controls import widgets
from ui.session.scene import current_scene, refuse, set_scene
from ui.words.translator import Translator


def controls(t: Translator, scene: MinimaScene) -> None:
    """Draw the controls of `scene`, with what its study asks."""
    choice = scene.study

    def choose(scene: Record, name: object) -> Record:
        return scene.with_choice("study", scene.choose("study", str(name)))

    names = {"options": list(studies), "format_func": lambda name: t(f"studies.{name}")}
    widgets.mirror(st.selectbox, t("minima.choose"), "study", choice.name, choose, **names)
    st.caption(t(f"minima.about.{choice.name}"))
    traits = studies[choice.name].traits
    for parameter in studies[choice.name].parameters:
        if parameter.name not in traits.get("dials", ()):
            _setting(t, scene, parameter)
        if parameter.name in traits.get("ticks", {}):
            widgets.limits(t, parameter, traits["ticks"][parameter.name])


def take(parameter: str, values: Mapping[str, object]) -> None:
    """Take a parameter of the study that a hand has dialed on the board."""
    try:
        set_scene(_with(current_scene(), parameter, values["value"]))
    except LandscapeError as error:
        refuse(error)


def _with(scene: MinimaScene, parameter: str, value: object) -> MinimaScene:
    settings = {**dict(scene.study.settings), parameter: value}
    return scene.with_choice("study", scene.choose("study", scene.study.name, **settings))


def _setting(t: Translator, scene: MinimaScene, parameter: Parameter) -> None:
    name = scene.study.name

    def change(scene: Record, value: object) -> Record:
        return _with(scene, parameter.name, value)

    label = t(f"studies.{name}.{parameter.name}")
    widgets.parameter(t, parameter, label, f"study.{name}.{parameter.name}", scene.study.get(parameter.name), change)
