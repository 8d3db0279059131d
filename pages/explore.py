"""Explore: choose data, a model, a loss and optimizers, and see the landscape, the path and the curvature."""

import streamlit as st

from ui.controls import place
from ui.controls.explore import Controls
from ui.frame import explain, gallery
from ui.frame.title_bar import page_links, title_bar
from ui.jobs import follow
from ui.pictures.board import show
from ui.pictures.explored import message_of
from ui.session import address
from ui.session.files import session_files
from ui.session.scene import current_scene
from ui.words.translator import current_translator

t = current_translator()
address.arrive(t.language)
page_links(t, "pages_narrow")
scene = current_scene()
files = session_files()

with st.sidebar:
    title_bar(t, scene)
    controls = Controls(t, files)
    controls.explore(scene)
address.write_address(scene, t.language)

gallery.show(t, scene)
job = follow.Progress(t, scene, files)
exploration = job.picture()
controls.start.fill(exploration)
if exploration is None:
    follow.room(t)
else:
    controls.mark_limits(exploration)
    show(message_of(exploration, t, ended=job.ended), key="view", on_placed=place.placed, on_moved=place.moved, own=place.seen())
explain.formulas(t, scene)
job.rest()
