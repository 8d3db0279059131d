"""Outliers: drag a point, and every fitted line and the landscape follow."""

import streamlit as st

from ui.controls import outliers
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
    outliers.controls(t, scene)
write_address(t.language)

outliers.rest()
following = follow(t, Request("outliers", scene), outliers.stages(scene))
if following.result is None:
    room(t)
else:
    outliers.board(t, following.result)
following.rest()
