"""The controls of the outliers page, and what its hands do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from landscape.scene.edits import moved
from landscape.scene.outliers import Outliers, dragged
from ui.browser import script_run
from ui.pictures.board import show
from ui.pictures.outliers import board_of
from ui.session.scene import current_scene, of_page, set_scene
from ui.words.translator import Translator


def rest() -> None:
    """Say that the whole page is being run: nothing is in a hand."""
    st.session_state.pop(of_page("hand"), None)


@st.fragment
def board(t: Translator, outliers: Outliers) -> None:
    """Draw what is known of the scene; a dragged point runs this alone again, computing what follows the hand."""
    hand = st.session_state.pop(of_page("hand"), None)
    if hand == "rests":
        script_run.rerun()
    shown = dragged(current_scene(), outliers) if hand else outliers

    def on_moved(picture: str, values: Mapping[str, Any]) -> None:
        scene, points = current_scene(), outliers.points
        at = (float(values["x"]), float(values["y"]))
        set_scene(replace(scene, edits=moved(scene.edits, points.rows, int(points.number[values["point"]]), at)))
        st.session_state[of_page("hand")] = "rests" if values["done"] else "drags"

    show(board_of(shown, t, dragging=bool(hand)).message(), key="view", on_moved=on_moved)
