"""The session's scene, and what is said of the visitor's last request for another one."""

from __future__ import annotations

import streamlit as st

from landscape.errors import LandscapeError
from landscape.scene.scene import Scene


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
