"""The address bar: it says the page's scene and the language, so that the link is the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import streamlit as st

from landscape.errors import LandscapeError
from ui.browser import script_run
from ui.session.scene import current_scene, enter, open_page, refuse, remark, set_scene, visited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from landscape.scene.link import Unread
    from landscape.scene.record import Record

# Of the keys in a link that no scene knows, how many are named on the page, and how much of each.
MOST_NAMED = 3
LONGEST_SHOWN = 40


def enter_page(page: str) -> None:
    """Make `page` the open one. What the address bar says where a visitor comes from another page need not be said again: said while the
    browser is still on its way, it would be a step of its history on the page before.
    """
    if page != open_page().id:
        st.session_state["address"] = st.query_params.to_dict()
    enter(page)


def arrive(language: str) -> None:
    """Take the scene that the address names where the page is visited for the first time or by Back or Forward; else keep the session's.

    Where the link is refused it is the default scene, and the refusal is kept on the page. The address stays as it came: another one of
    the same meaning would be a step of the browser's history that changes nothing. What of it the scene does not know is said.
    """
    kind = open_page().kind()
    if kind is None or (visited() and not script_run.came_by_history()):
        return
    asked = {key: st.query_params[key] for key in st.query_params}
    try:
        set_scene(kind.from_query(asked))
        _name(kind.unread(asked))
    except LandscapeError as error:
        set_scene(kind())
        refuse(error)
    st.session_state["address"] = address_of(open_page().id, language)


def write_address(language: str) -> None:
    """Put the scene, on a page that has one, and the language into the address bar, keeping nothing else there.

    Where Back or Forward has brought a page without a scene, its address stays as it is: a new one would bar the way further back.
    """
    wanted = address_of(open_page().id, language)
    if open_page().kind() is None and script_run.came_by_history():
        st.session_state["address"] = wanted
    if wanted != st.session_state.get("address"):  # not what the run was asked with: that is old where runs overtake one another
        st.session_state["address"] = wanted
        st.query_params.from_dict(wanted)


def address_of(page: str, language: str) -> dict[str, str]:
    """Return what the address bar says of the session's scene on `page`; of a page that it has not visited, nothing but the language."""
    return {**_pairs(current_scene(page) if visited(page) else None), "lang": language}


def link(scene: Record, language: str) -> str:
    """Return the query part of the scene's link, with its leading "?"."""
    return f"?{scene.to_link()}&lang={language}"


def _name(unread: Sequence[Unread]) -> None:
    """Say on the page in one sentence which keys of the link were not read, and which were meant maybe; they may be many."""
    if not unread:
        return
    keys: list[tuple[str, dict[str, object]]] = []
    for key in unread[:MOST_NAMED]:
        name, entry, nearest = (_quoted(text) for text in (key.key, key.entry, key.nearest))
        if key.entry:
            keys.append(("remark.idle_key", {"name": name, "entry": entry}))
        elif key.nearest:
            keys.append(("remark.unknown_key", {"name": name, "nearest": nearest}))
        else:
            keys.append(("remark.strange_key", {"name": name}))
    if len(unread) > MOST_NAMED:
        keys.append(("remark.more_keys", {"count": len(unread) - MOST_NAMED}))
    remark("remark.left_out", keys=keys)


def _quoted(key: str) -> str:
    """Return a key as code in Markdown, which nobody can write a link or a picture by."""
    shown = "".join(sign for sign in key if sign.isprintable() and sign != "`")
    return f"`{shown[:LONGEST_SHOWN]}…`" if len(shown) > LONGEST_SHOWN else f"`{shown or ' '}`"


def _pairs(scene: Record | None) -> dict[str, str]:
    return {} if scene is None else dict(parse_qsl(scene.to_link(), keep_blank_values=True))
