"""Explore: choose data, a model, a loss and optimizers, and see the landscape, the path and the curvature."""

import streamlit as st

from ui import explain, gallery, place, progress, share
from ui.controls import Controls
from ui.i18n import current_translator
from ui.picture import message_of
from ui.upload import session_files
from ui.view import show

t = current_translator()
share.arrive(t.language)
share.page_links(t, "pages_narrow")
scene = share.current_scene()
files = session_files()

with st.sidebar:
    share.title_bar(t, scene)
    controls = Controls(t, files)
    controls.explore(scene)
share.write_address(scene, t.language)

gallery.show(t, scene)
job = progress.Progress(t, scene, files)
exploration = job.picture()
controls.start.fill(exploration)
if exploration is None:
    progress.room(t)
else:
    controls.mark_limits(exploration)
    show(message_of(exploration, t, ended=job.ended), key="view", on_start=place.start_at, on_window=place.show_window, own=place.seen())
explain.formulas(t, scene)
job.rest()
