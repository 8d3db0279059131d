"""Explore: choose data, a model, a loss and optimizers, and see the landscape, the path and the curvature."""

from dataclasses import replace

import streamlit as st

from ui import explain, gallery, progress, share
from ui.controls import Controls
from ui.i18n import current_translator
from ui.picture import payload_of
from ui.upload import session_files
from ui.view import show

t = current_translator()
scene = share.current_scene()
files = session_files()

with st.sidebar:
    share.title_bar(t, scene)
    controls = Controls(t, files)
    controls.explore(scene)

gallery.show(t, scene)
exploration = progress.explore(t, scene, files)
share.write_address(scene, t.language)


def start_here(a: float, b: float) -> None:
    """Let the optimizers set out from the point that was clicked."""
    share.set_scene(replace(share.current_scene(), start=(a, b)))


if exploration is None:
    progress.room(t)
else:
    controls.mark_limits(exploration)
    show(payload_of(exploration, t), key="view", on_start=start_here)
explain.formulas(t, scene)
