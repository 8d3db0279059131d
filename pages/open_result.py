"""Open a result: draw a file that `save_result`, the command line or `Recorder` wrote, or find the model that weights fit."""

import streamlit as st

from ui import navigation, result, share, weights
from ui.i18n import current_translator
from ui.result_picture import missing, payload_of, recipe_of
from ui.view import show

t = current_translator()
share.page_links(t, "pages_narrow")
with st.sidebar:
    share.title_bar(t)
    content = st.container()

share.write_address(None, t.language)
result.result_box(t)
with st.container(key="messages"):
    if error := result.refusal():
        st.error(t.refusal(error), icon=":material/error:")
opened = result.current()
if opened is None:
    result.how_to(t)
elif isinstance(opened, weights.OpenedWeights):
    if weights.heading(t, opened):
        share.set_scene(opened.scene)
        navigation.go_to_explore(t, share.address(opened.scene, t.language))
    with content.expander(t("result.tensors")):
        st.code(weights.tensors_of(opened), language=None, wrap_lines=True)
else:
    if result.heading(t, opened):
        share.set_scene(opened.scene)
        navigation.go_to_explore(t, share.address(opened.scene, t.language))
    sentence = missing(opened, t)
    if sentence:
        st.info(sentence, icon=":material/info:")
    shows = result.chosen_map(t, opened)
    with st.container(key="result" if opened.maps else "no_surface" if opened.path is not None else "no_path"):
        show(payload_of(opened, t, shows).message(), key="result_view")
    with content.expander(t("result.recipe")):
        st.code(recipe_of(opened), language="json", wrap_lines=True)
