"""Sculpt: a term is added to a loss, and the landscape, the task and the price move with its strength."""

import streamlit as st

from ui.controls.sculpt import controls
from ui.frame import explain, navigation
from ui.frame.title_bar import title_bar
from ui.jobs.follow import Request, follow, room
from ui.jobs.study import carved
from ui.pictures.board import show
from ui.pictures.sculpted import message_of
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
write_address(t.language)

following = follow(t, Request("sculpt", scene), carved(scene))
if following.result is None:
    room(t)
else:
    show(message_of(following.result, scene, t), key="sculpt_board")
explain.sculpture(t, scene)
following.rest()
