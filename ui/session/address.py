"""The address bar: it says the page's scene and the language, so that the link is the scene."""

from __future__ import annotations

from urllib.parse import parse_qsl

import streamlit as st

from landscape.errors import LandscapeError
from landscape.scene.scene import Scene
from ui.browser import script_run
from ui.session.scene import current_scene, refuse, set_scene


def arrive(language: str) -> None:
    """Take the scene that the address names, where a visit begins or where Back or Forward has brought it; else keep the session's.

    Where the link is refused it is the default scene, and the refusal is kept for `notice`. The address stays as it came: another one of
    the same meaning would be a step of the browser's history that changes nothing.
    """
    if "scene" in st.session_state and not script_run.came_by_history():
        return
    try:
        set_scene(Scene.from_query({key: st.query_params[key] for key in st.query_params}))
    except LandscapeError as error:
        set_scene(Scene())
        refuse(error)
    st.session_state["address"] = address(current_scene(), language)


def write_address(scene: Scene | None, language: str) -> None:
    """Put the scene, on a page that has one, and the language into the address bar, keeping nothing else there."""
    wanted = address(scene, language)
    if wanted != st.session_state.get("address"):  # not what the run was asked with: that is old where runs overtake one another
        st.session_state["address"] = wanted
        st.query_params.from_dict(wanted)


def address(scene: Scene | None, language: str) -> dict[str, str]:
    """Return what the address bar says of a page that shows `scene`, or none."""
    query = "" if scene is None else scene.to_link()
    return {**dict(parse_qsl(query, keep_blank_values=True)), "lang": language}


def link(scene: Scene, language: str) -> str:
    """Return the query part of the scene's link, with its leading "?"."""
    return f"?{scene.to_link()}&lang={language}"
