"""Share: the visitor's scene, kept in the session and written into the address bar, so that the link is the scene."""

from __future__ import annotations

from urllib.parse import parse_qsl

import streamlit as st

from landscape.errors import LandscapeError
from landscape.scene.scene import Scene
from ui import navigation, script_run
from ui.component import register
from ui.i18n import LANGUAGES, Translator


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


def current_scene() -> Scene:
    """Return the session's scene."""
    return st.session_state.get("scene") or Scene()


def set_scene(scene: Scene) -> None:
    """Make `scene` the session's; what was said of an earlier request has then had its time."""
    st.session_state["scene"] = scene
    for said in ("notice", "let_go", "remarks"):
        st.session_state.pop(said, None)


def refuse(error: LandscapeError) -> None:
    """Keep a refusal on the page until the next change."""
    st.session_state["notice"] = error


def change_scene(scene: Scene) -> None:
    """Make `scene` the session's, and keep in mind whether the weights of a file had to go for it."""
    gone = bool(current_scene().weights) and not scene.weights
    set_scene(scene)
    st.session_state["let_go"] = gone


def weights_let_go() -> bool:
    """Return whether the last change let the weights of a file go."""
    return st.session_state.get("let_go", False)


def remark(key: str, **fields: object) -> None:
    """Keep a sentence on the page until the next change: what was changed along with what the visitor asked for."""
    st.session_state.setdefault("remarks", []).append((key, fields))


def remarks() -> list[tuple[str, dict[str, object]]]:
    """Return the sentences to show: their keys and fields."""
    return st.session_state.get("remarks", [])


def notice() -> LandscapeError | None:
    """Return the refusal to show, or None."""
    return st.session_state.get("notice")


def write_address(scene: Scene | None, language: str) -> None:
    """Put the scene, on a page that has one, and the language into the address bar, keeping nothing else there."""
    wanted = address(scene, language)
    if wanted != st.session_state.get("address"):  # not what the run was asked with: that is old where runs overtake one another
        st.session_state["address"] = wanted
        st.query_params.from_dict(wanted)


def address(scene: Scene | None, language: str) -> dict[str, str]:
    """Return what the address bar says of a page that shows `scene`, or none."""
    query = "" if scene is None else scene.to_query()
    return {**dict(parse_qsl(query, keep_blank_values=True)), "lang": language}


def link(scene: Scene, language: str) -> str:
    """Return the query part of the scene's link, with its leading "?"."""
    return "?" + "&".join(part for part in (scene.to_query(), f"lang={language}") if part)


def title_bar(t: Translator, scene: Scene | None = None) -> None:
    """The app's name, the links to its pages, Copy link where the page shows a scene, and the language switch."""
    st.markdown(f"#### {t('app.name')}")
    navigation.take_over()
    page_links(t, "pages")
    if scene is None:
        _language(t)
        return
    copy, switch = st.columns([1, 1], vertical_alignment="center")
    with copy:
        _COPY_LINK(key="copy_link", data={"copy": t("app.copy_link"), "copied": t("app.copied"), "query": link(scene, t.language)})
    with switch:
        _language(t)


def page_links(t: Translator, key: str) -> None:
    """The links to the pages, Explore's with the session's scene."""
    shown = current_scene()
    navigation.links(t, [address(shown, t.language), address(None, t.language)], key)


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
