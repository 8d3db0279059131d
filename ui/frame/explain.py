"""Explain: the formulas and sources behind a scene, from the catalogues."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from landscape.catalogue import Entry
from landscape.losses.entry import loss_entry
from landscape.minima.studies import studies
from landscape.replication.claims import claims
from landscape.scene.minima import MinimaScene
from landscape.scene.replication import ReplicationScene
from landscape.scene.saddles import SaddlesScene
from landscape.scene.scene import TABLE, Scene
from landscape.scene.sculpt import SculptScene
from landscape.sculpting.sculptures import sculptures
from ui.frame.definitions import CLAIMS, definitions_of
from ui.words.translator import Translator

RISK = r"R(\theta) = \frac{1}{N}\sum_{i=1}^{N} \ell\big(f(x_i;\theta),\, y_i\big)"
PENALIZED = r"R(\theta) = \frac{1}{N}\sum_{i=1}^{N} \ell\big(f(x_i;\theta),\, y_i\big) + \Omega(\theta)"


def sculpture(t: Translator, scene: SculptScene) -> None:
    """Draw a folded sheet with the formula of the scene's term, its source, and how its landscape is drawn."""
    sheet = st.expander(t("explain.title"), icon=":material/function:", key="formulas", on_change="rerun")
    if not sheet.open:
        return
    with sheet:
        _line(t, "sculptures", sculptures[scene.sculpture.name])
        st.markdown(t("sculpt.drawn"))


def study(t: Translator, scene: MinimaScene) -> None:
    """Draw a folded sheet with the formula of the scene's study, its source, and how its pictures are to be read."""
    sheet = st.expander(t("explain.title"), icon=":material/function:", key="formulas", on_change="rerun")
    if not sheet.open:
        return
    with sheet:
        _line(t, "studies", studies[scene.study.name])
        st.markdown(t(f"minima.drawn.{scene.study.name}"))


def saddles(t: Translator, scene: SaddlesScene) -> None:
    """Draw a folded sheet with the definitions that the scene's part uses, and their sources."""
    sheet = st.expander(t("explain.title"), icon=":material/function:", key="formulas", on_change="rerun")
    if not sheet.open:
        return
    with sheet:
        st.markdown(t(f"saddles.drawn.{scene.part}"))
        for defined in definitions_of(scene):
            _row(t, t(f"saddles.defined.{defined.name}"), defined.formula, defined.source)


def replication(t: Translator, scene: ReplicationScene) -> None:
    """Draw a folded sheet with what each of the scene's claims measures."""
    sheet = st.expander(t("explain.title"), icon=":material/function:", key="formulas", on_change="rerun")
    if not sheet.open:
        return
    with sheet:
        st.markdown(t("replication.drawn"))
        for name in scene.names:
            _row(t, t(f"claims.{name}"), CLAIMS[name], claims[name].source)


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
            catalogue = scene.row(key).kind.catalogue
            _line(t, catalogue.noun, loss_entry(choice.name, choice.settings) if key == "loss" else catalogue[choice.name])


def loss_formulas(t: Translator, entries: Iterable[Entry]) -> None:
    """Draw a folded sheet with the formula and the source of each of these losses."""
    sheet = st.expander(t("explain.title"), icon=":material/function:", key="formulas", on_change="rerun")
    if not sheet.open:
        return
    with sheet:
        st.markdown(t("curves.formulas"))
        for entry in entries:
            _line(t, "losses", entry)


def _line(t: Translator, noun: str, entry: Entry) -> None:
    _row(t, t(f"{noun}.{entry.name}"), entry.formula, entry.source)


def _row(t: Translator, title: str, latex: str, cited: str) -> None:
    place, formula, source = st.columns([2, 4, 3], vertical_alignment="center")
    place.markdown(f"**{title}**")
    if latex:
        formula.latex(t.formula(latex))
    source.caption(t.source(cited))
