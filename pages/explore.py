"""Explore: choose data, a model, a loss and optimizers, and see the landscape, the path and the curvature."""

from functools import partial

import streamlit as st

from ui.controls import place
from ui.controls.explore import Controls
from ui.frame import explain, gallery, navigation
from ui.frame.title_bar import title_bar
from ui.jobs.follow import Request, follow, room
from ui.jobs.study import explored
from ui.pictures.board import show
from ui.pictures.explored import message_of
from ui.session.address import arrive, write_address
from ui.session.files import session_files
from ui.session.scene import current_scene
from ui.words.translator import current_translator

t = current_translator()
arrive(t.language)
navigation.menu(t, "pages_narrow")
scene, files = current_scene(), session_files()

with st.sidebar:
    title_bar(t)
    controls = Controls(t, files)
    controls.explore(scene)
write_address(t.language)

gallery.show(t, scene)
following = follow(t, Request("explore", scene, files.brought(scene)), partial(explored, scene, files.copy()))
exploration = following.result
controls.start.fill(exploration)
if exploration is None:
    room(t)
else:
    controls.mark_limits(exploration)
    message = message_of(exploration, t, ended=following.ended)
    show(message, key="view", on_placed=place.placed, on_moved=place.moved, own=place.seen())
explain.formulas(t, scene)
following.rest()
