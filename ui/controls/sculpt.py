"""Controls of the Sculpt page: which term, its settings, the seed and the grid."""

from __future__ import annotations

import streamlit as st

from landscape.catalogue import Parameter
from landscape.scene.record import Record
from landscape.scene.sculpt import SculptScene
from landscape.sculpting.sculptures import sculptures
from ui.controls import widgets
from ui.words.translator import Translator


def controls(t: Translator, scene: SculptScene) -> None:
    """Draw the controls of `scene`, with one line of what the chosen term is meant to do."""
    choice = scene.sculpture

    def choose(scene: Record, name: object) -> Record:
        return scene.with_choice("sculpture", scene.choose("sculpture", str(name)))

    names = {"options": list(sculptures), "format_func": lambda name: t(f"sculptures.{name}")}
    widgets.mirror(st.selectbox, t("sculpt.choose"), "sculpture", choice.name, choose, **names)
    st.caption(t(f"sculpt.about.{choice.name}"))
    with st.container():
        for parameter in sculptures[choice.name].parameters:
            _setting(t, scene, parameter)
    _number(t, scene, "seed")
    with st.expander(t("sculpt.drawing"), icon=":material/landscape:"):
        _number(t, scene, "resolution")


def _setting(t: Translator, scene: SculptScene, parameter: Parameter) -> None:
    name, settings = scene.sculpture.name, dict(scene.sculpture.settings)

    def change(scene: Record, value: object) -> Record:
        return scene.with_choice("sculpture", scene.choose("sculpture", name, **{**settings, parameter.name: value}))

    label = t(f"sculptures.{name}.{parameter.name}")
    widgets.parameter(t, parameter, label, f"sculpture.{name}.{parameter.name}", settings[parameter.name], change)


def _number(t: Translator, scene: SculptScene, key: str) -> None:
    def change(scene: Record, value: object) -> Record:
        return scene.with_value(key, value)

    widgets.parameter(t, SculptScene.row(key).kind.parameter, t(f"sculpt.control.{key}"), key, getattr(scene, key), change)
