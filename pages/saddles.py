"""Saddles: critical points of whole landscapes, and who is held by them."""

import streamlit as st

from ui.controls import place, widgets
from ui.controls.saddles import controls
from ui.frame import explain, navigation
from ui.frame.title_bar import title_bar
from ui.jobs.follow import Request, follow, room
from ui.jobs.study import beside_saddles
from ui.pictures.board import show
from ui.pictures.saddles import message_of
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

following = follow(t, Request("saddles", scene), beside_saddles(scene))
if following.result is None:
    room(t)
else:
    show(message_of(following.result, t), key="view", on_placed=place.placed, on_moved=place.moved, own=place.seen())
explain.saddles(t, scene)
following.rest()
