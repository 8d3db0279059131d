"""Race: up to eight optimizers on one landscape with one budget, and what their learning rates do."""

from functools import partial

import streamlit as st

from ui.controls import place, widgets
from ui.controls.race import RaceControls, dialed
from ui.frame import explain, navigation
from ui.frame.title_bar import title_bar
from ui.jobs.follow import Request, follow, room
from ui.jobs.study import raced
from ui.pictures.board import show
from ui.pictures.race import message_of
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
    controls = RaceControls(t, files)
    controls.race(scene)
    widgets.clear()
write_address(t.language)

following = follow(t, Request("race", scene, files.brought(scene)), partial(raced, scene, files.copy()))
if following.result is None:
    room(t)
else:
    controls.mark(following.result)
    hands = {"on_placed": place.placed, "on_moved": place.moved, "on_dialed": dialed}
    show(message_of(following.result, t), key="race_board", **hands, own=place.seen())
explain.formulas(t, scene)
following.rest()
