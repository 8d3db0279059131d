"""Title bar: the app's name, the menu of its pages, Copy link, and the language."""

from __future__ import annotations

import streamlit as st

from ui.browser.component import register
from ui.frame import navigation
from ui.session.address import link
from ui.session.scene import current_scene
from ui.words.translator import LANGUAGES, Translator


def title_bar(t: Translator) -> None:
    """The app's name, the menu of its pages, Copy link where the page shows a scene, and the language switch."""
    scene = current_scene()
    st.markdown(f"#### {t('app.name')}")
    navigation.menu(t, "pages")
    if scene is None:
        _language(t)
        return
    copy, switch = st.columns([1, 1], vertical_alignment="center")
    with copy:
        _COPY_LINK(key="copy_link", data={"copy": t("app.copy_link"), "copied": t("app.copied"), "query": link(scene, t.language)})
    with switch:
        _language(t)


def _language(t: Translator) -> None:
    st.session_state["language_switch"] = t.language  # Back and Forward change it too
    st.segmented_control(
        t("app.language"),
        list(LANGUAGES),
        key="language_switch",
        format_func={"en": "EN", "zh": "中文"}.get,
        label_visibility="collapsed",
        required=True,
        width="stretch",
        on_change=_switch_language,
    )


def _switch_language() -> None:
    st.session_state["language"] = st.query_params["lang"] = st.session_state["language_switch"]


_COPY_LINK = register("link")
