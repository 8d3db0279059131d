"""The session's scenes, one a page, and what is said on a page of the visitor's last request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from landscape.errors import LandscapeError
from ui import registry
from ui.registry import Page

if TYPE_CHECKING:
    from landscape.scene.record import Record


def enter(page: str) -> None:
    """Make `page` the one that is open: the functions below are about it unless they are told another."""
    st.session_state["page"] = page


def on_this_page(act: Callable[..., None]) -> Callable[..., None]:
    """Return `act` as a callback that is about the page that is open now, also where it comes when another one has been entered."""
    page = _open()

    def acting(*given: object) -> None:
        there = _open()
        enter(page)
        try:
            act(*given)
        finally:
            enter(there)

    return acting


def open_page() -> Page:
    """Return the page that is open."""
    return registry.page(_open())


def of_page(name: str, page: str = "") -> str:
    """Return the key under which the session's state holds what each page has of its own, such as "explore.scene"."""
    return f"{page or _open()}.{name}"


def visited(page: str = "") -> bool:
    """Say whether the session has a scene of its own on a page."""
    return of_page("scene", page) in st.session_state


def current_scene(page: str = "") -> Record | None:
    """Return the session's scene on a page, the default one before the first visit; None for a page without scenes."""
    kind = registry.page(page).kind() if page else open_page().kind()
    return st.session_state.get(of_page("scene", page)) or (kind and kind())


def set_scene(scene: Record, page: str = "") -> None:
    """Make `scene` the session's on a page; what was said there of an earlier request is said no more."""
    st.session_state[of_page("scene", page)] = scene
    for said in ("refusal", "remarks"):
        st.session_state.pop(of_page(said, page), None)


def change_scene(scene: Record) -> None:
    """Make `scene` the session's, and say so where the weights of a file had to go for it."""
    gone = getattr(current_scene(), "weights", "") and not scene.weights
    set_scene(scene)
    if gone:
        remark("explore.weights_let_go")


def refuse(error: LandscapeError) -> None:
    """Keep a refusal on the page until the next change."""
    st.session_state[of_page("refusal")] = error


def refusal() -> LandscapeError | None:
    """Return the refusal to show, or None."""
    return st.session_state.get(of_page("refusal"))


def remark(key: str, **fields: object) -> None:
    """Keep a sentence on the page until the next change: what was changed along with what the visitor asked for."""
    st.session_state.setdefault(of_page("remarks"), []).append((key, fields))


def remarks() -> list[tuple[str, dict[str, object]]]:
    """Return the sentences to show: their keys and fields."""
    return st.session_state.get(of_page("remarks"), [])


def _open() -> str:
    return st.session_state.get("page", registry.PAGES[0].id)
