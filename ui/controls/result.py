"""The boxes of the page that opens a file: the upload, the file's name, which of its maps is shown, and how such files are made."""

from __future__ import annotations

from html import escape

import streamlit as st

from landscape.errors import LandscapeError
from ui.controls import weights
from ui.controls.upload import result_upload
from ui.controls.weights import OpenedWeights, open_weights
from ui.controls.widgets import capitalized
from ui.session.files import session_files
from ui.session.result import MOST_BYTES, OpenedResult, open_result
from ui.session.scene import current_scene
from ui.words.translator import Translator

PYTHON = 'save_result("mine.npz", surface=surface, quantities=maps, plane=plane, trajectory=path, spectrum=spectrum, density=density)'
SHELL = 'python -m landscape surface "data=digits&model=mlp&loss=cross_entropy&plane=pca&start=auto&window=auto" --out mine.npz'


def result_box(t: Translator) -> None:
    """Draw the box for a file; what was opened before stays until another one could be read."""

    def received(content: bytes | None, size: str, name: str) -> None:
        st.session_state.pop("result_refusal", None)
        try:
            st.session_state["result"] = _open(content, name, size)
        except LandscapeError as error:
            st.session_state["result_refusal"] = error

    result_upload(t, MOST_BYTES, received)


def _open(content: bytes | None, name: str, size: str) -> OpenedResult | OpenedWeights:
    """Read a file as what its name says it is."""
    if name.lower().endswith(weights.SUFFIX):
        return open_weights(content, name, size, current_scene("explore"), session_files())
    return open_result(content, name, size)


def heading(t: Translator, opened: OpenedResult) -> bool:
    """Name the file, and return whether the visitor asked to explore its scene."""
    with st.container(horizontal=True, vertical_alignment="center", key="opened"):
        st.html(f'<div class="file">{escape(opened.name)}</div>', width="stretch")
        return opened.exploration.scene is not None and st.button(t("result.explore"), key="explore_scene", icon=":material/arrow_forward:")


def chosen_map(t: Translator, opened: OpenedResult) -> str:
    """Return what relief and contour show: the visitor's choice where the file has several maps, else the only one."""
    names = list(opened.exploration.maps) or ["loss"]
    if len(names) == 1:
        return names[0]
    return st.pills(
        t("result.shows"),
        names,
        default=names[0],
        key=f"shows_{opened.fingerprint}",
        format_func=lambda name: capitalized(t(f"figure.{name}")),
        label_visibility="collapsed",
        required=True,
    )


def how_to(t: Translator) -> None:
    """Say what can be opened, and how such a file is made."""
    with st.container(key="how_to"):
        st.markdown(t("result.what"))
        st.markdown(t("result.from_python"))
        st.code(PYTHON, language="python", wrap_lines=True)
        st.markdown(t("result.from_shell"))
        st.code(SHELL, language="bash", wrap_lines=True)
        weights.how_to(t)


def current() -> OpenedResult | OpenedWeights | None:
    """Return what the session has open."""
    return st.session_state.get("result")


def refusal() -> LandscapeError | None:
    """Return why the last file could not be opened, or None."""
    return st.session_state.get("result_refusal")
