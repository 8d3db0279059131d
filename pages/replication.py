"""Replication: what papers claim of loss landscapes, measured here and now, and what of it holds at this scale."""

import streamlit as st

from ui.controls import replication
from ui.frame import explain, navigation
from ui.frame.title_bar import title_bar
from ui.jobs.follow import follow
from ui.jobs.study import replicating
from ui.pictures.board import show
from ui.pictures.replicated import board_of
from ui.session.address import arrive, write_address
from ui.session.scene import current_scene
from ui.words.translator import current_translator

t = current_translator()
arrive(t.language)
navigation.menu(t, "pages_narrow")
scene = current_scene()
with st.sidebar:
    title_bar(t)
    replication.controls(t, scene)
write_address(t.language)

request = replication.asked(scene)
following = follow(t, request, replicating(request.scene))
verdicts = replication.found(scene, following.result)
running = "" if following.result is None or following.ended else following.result.running
replication.table(t, scene, verdicts, running, busy=not following.ended)
if verdicts:
    show(board_of(tuple(verdicts.values()), t).message(), key="replication_board")
explain.replication(t, scene)
following.rest()
