"""Explain: the formulas and sources behind a scene, from the catalogues."""

from __future__ import annotations

import streamlit as st

from landscape.losses.entry import loss_entry
from landscape.scene.scene import CHOICES, TABLE, Scene
from ui.words.translator import Translator

RISK = r"R(\theta) = \frac{1}{N}\sum_{i=1}^{N} \ell\big(f(x_i;\theta),\, y_i\big)"
PENALIZED = r"R(\theta) = \frac{1}{N}\sum_{i=1}^{N} \ell\big(f(x_i;\theta),\, y_i\big) + \Omega(\theta)"


def formulas(t: Translator, scene: Scene) -> None:
    """Draw a folded sheet with what the landscape is, and the formula and source of each of the scene's choices.

    It is filled only where it is open: its thirty elements would be drawn with every change of the scene.
    """
    sheet = st.expander(t("explain.title"), icon=":material/function:", key="formulas", on_change="rerun")
    if not sheet.open:
        return
    with sheet:
        st.markdown(t("explain.function") if scene.function is not None else t("explain.risk"))
        if scene.function is None:
            st.latex(RISK if scene.penalty is None else PENALIZED)
        for key, choice in scene.choices():
            if choice.name == TABLE:
                continue
            entry = loss_entry(choice.name, choice.settings) if key == "loss" else CHOICES[key][choice.name]
            title, formula, source = st.columns([2, 4, 3], vertical_alignment="center")
            title.markdown(f"**{t(f'{CHOICES[key].noun}.{choice.name}')}**")
            if entry.formula:
                formula.latex(t.formula(entry.formula))
            source.caption(t.source(entry.source))
