"""Share: the visitor's scene, kept in the session and written into the address bar, so that the link is the scene."""

from __future__ import annotations

from urllib.parse import parse_qsl

import streamlit as st

from landscape.errors import LandscapeError
from landscape.scene import Scene
from ui.i18n import LANGUAGES, Translator


def current_scene() -> Scene:
    """Return the session's scene; on a first visit, the link's, or the default one with the refusal kept for `notice`."""
    if "scene" not in st.session_state:
        try:
            st.session_state["scene"] = Scene.from_query({key: st.query_params[key] for key in st.query_params})
        except LandscapeError as error:
            st.session_state["scene"] = Scene()
            st.session_state["notice"] = error
    return st.session_state["scene"]


def set_scene(scene: Scene) -> None:
    """Make `scene` the session's, for the rest of this run and the next ones."""
    st.session_state["scene"] = scene


def notice() -> LandscapeError | None:
    """Return the refusal to show in this run, once."""
    return st.session_state.pop("notice", None)


def write_address(scene: Scene, language: str) -> None:
    """Put the scene and the language into the address bar, keeping nothing else there."""
    wanted = {**dict(parse_qsl(scene.to_query(), keep_blank_values=True)), "lang": language}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def link(scene: Scene, language: str) -> str:
    """Return the query part of the scene's link, with its leading "?"."""
    return "?" + "&".join(part for part in (scene.to_query(), f"lang={language}") if part)


def title_bar(t: Translator) -> None:
    """The app's name and the language switch."""
    name, switch = st.columns([3, 2], vertical_alignment="center")
    name.markdown(f"**{t('app.name')}**")
    with switch:
        st.segmented_control(
            t("app.language"),
            list(LANGUAGES),
            default=t.language,
            key="language_switch",
            format_func={"en": "EN", "zh": "中文"}.get,
            label_visibility="collapsed",
            required=True,
            on_change=_switch_language,
        )


def _switch_language() -> None:
    st.session_state["language"] = st.query_params["lang"] = st.session_state["language_switch"]
