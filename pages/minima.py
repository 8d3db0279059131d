"""Minima: what tells minima of the same loss apart, one study at a time."""

import streamlit as st

from ui.controls import widgets
from ui.controls.minima import controls, take
from ui.frame import explain, navigation
from ui.frame.title_bar import title_bar
from ui.jobs.follow import Request, follow, room
from ui.jobs.study import studied
from ui.pictures.board import show
from ui.pictures.minima import message_of
from ui.session.address import arrive, write_address
from ui.session.scene import current_scene
from ui.words.translator import current_translator

t = current_translator()
arrive(t.language)
navigation.menu(t, "pages_narrow")
scene = current_scene()
with st.sidebar:
    title_bar(t)
    controls(t, scene)
    widgets.clear()
write_address(t.language)

following = follow(t, Request("minima", scene), studied(scene))
if following.result is None:
    room(t)
else:
    show(message_of(following.result, following.scene, t), key="minima_board", on_dialed=take)
explain.study(t, scene)
following.rest()
