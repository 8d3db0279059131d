"""Losses: several losses side by side, as curves whose parameters a hand dials, and as surfaces over a line's two parameters."""

from functools import partial

import streamlit as st

from landscape.losses.entry import loss_entry
from landscape.scene.comparison import compare
from ui.controls.losses import controls, take
from ui.frame import explain, navigation
from ui.frame.title_bar import title_bar
from ui.jobs.follow import Request, follow, room
from ui.pictures.board import show
from ui.pictures.compared import board_of
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

following = follow(t, Request("losses", scene), partial(compare, scene))
if following.result is None:
    room(t)
else:
    show(board_of(following.result, t).message(), key="losses_view", on_dialed=take)
explain.loss_formulas(t, [loss_entry(choice.name, choice.settings) for choice in scene.losses])
following.rest()
