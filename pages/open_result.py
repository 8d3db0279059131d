"""Open a result: draw a file that `save_result`, the command line or `Recorder` wrote, or find the model that weights fit."""

import streamlit as st

from ui.controls import result, weights
from ui.frame import navigation
from ui.frame.title_bar import title_bar
from ui.pictures.board import show
from ui.pictures.opened import board_of, missing, recipe_of, warning_of
from ui.session.address import write_address
from ui.session.scene import set_scene
from ui.words.translator import current_translator

t = current_translator()
navigation.menu(t, "pages_narrow")
with st.sidebar:
    title_bar(t)
    content = st.container()

write_address(t.language)
result.result_box(t)
with st.container(key="messages"):
    if error := result.refusal():
        st.error(t.refusal(error), icon=":material/error:")
opened = result.current()
if opened is None:
    result.how_to(t)
elif isinstance(opened, weights.OpenedWeights):
    if weights.heading(t, opened):
        set_scene(opened.scene, "explore")
        navigation.go(t, "explore")
    with content.expander(t("result.tensors")):
        st.code(weights.tensors_of(opened), language=None, wrap_lines=True)
else:
    if result.heading(t, opened):
        set_scene(opened.exploration.scene, "explore")
        navigation.go(t, "explore")
    sentence = missing(opened, t)
    if sentence:
        st.info(sentence, icon=":material/info:")
    warning = warning_of(opened, t)
    if warning:
        st.warning(warning, icon=":material/warning:")
    shows = result.chosen_map(t, opened)
    show(board_of(opened, t, shows).message(), key="result_view")
    with content.expander(t("result.recipe")):
        st.code(recipe_of(opened), language="json", wrap_lines=True)
