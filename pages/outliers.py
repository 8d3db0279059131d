"""Outliers: drag a point, and every fitted line and the landscape follow."""

import streamlit as st

from landscape.scene.outliers import studied
from ui.controls import outliers as hands
from ui.frame import navigation
from ui.frame.title_bar import title_bar
from ui.jobs.follow import Request, follow, room
from ui.session.address import arrive, write_address
from ui.session.scene import current_scene
from ui.words.translator import current_translator

t = current_translator()
arrive(t.language)
navigation.menu(t, "pages_narrow")
scene = current_scene()
with st.sidebar:
    title_bar(t)
write_address(t.language)

hands.rest()
following = follow(t, Request("outliers", scene), lambda hooks: studied(scene))
if following.result is None:
    room(t)
else:
    hands.board(t, following.result)
following.rest()
