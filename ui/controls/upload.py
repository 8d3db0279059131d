"""Upload: a file of the visitor's, in the visitor's language; one that is too large is refused before it leaves the browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import streamlit as st

from landscape.data.table import MAX_BYTES, open_table
from landscape.errors import LandscapeError
from ui.browser.component import register
from ui.session.files import session_files
from ui.session.scene import on_this_page, refuse
from ui.words.translator import Translator

# What comes of an upload: its content, or None where it is too large to be sent; its size in words; its name.
Received = Callable[[bytes | None, str, str], None]

# Tables kept in one session; the oldest goes first.
MOST_TABLES = 4


def table_upload(t: Translator, on_table: Callable[[str], None]) -> None:
    """Draw the box for a table; `on_table(fingerprint)` runs after one was read and kept."""
    megabytes = MAX_BYTES // 10**6

    def received(content: bytes | None, size: str, name: str) -> None:
        try:
            on_table(_keep(content, size, name))
        except LandscapeError as error:
            refuse(error)

    _box(_TABLE, "upload", t("explore.upload"), t("explore.upload_rule", most=megabytes), MAX_BYTES, received)


def result_upload(t: Translator, most: int, on_file: Received) -> None:
    """Draw the box for a result or weights of at most `most` bytes; `on_file(content, size, name)` runs with what was sent."""
    _box(_RESULT, "result_upload", t("result.upload"), t("result.upload_rule", most=most // 10**6), most, on_file)


def _box(component: Callable[..., object], key: str, words: str, rule: str, most: int, on_file: Received) -> None:
    def received() -> None:
        file = st.session_state[key].file
        if file:
            content = None if file["bytes"] is None else base64.b64decode(str(file["bytes"]), validate=True)
            on_file(content, f"{float(file['size']) / 1e6:.0f} MB", str(file["name"]))

    component(key=key, data={"words": words, "rule": rule, "most": most}, on_file_change=on_this_page(received))


def _keep(content: bytes | None, size: str, name: str) -> str:
    """Read the table, so that a refusal comes now, and keep it under the fingerprint of its bytes."""
    if content is None:
        raise LandscapeError("table_too_large", most=MAX_BYTES // 10**6, got=size)
    fingerprint = hashlib.sha256(content).hexdigest()[:16]
    session_files().keep_table(open_table(content), fingerprint, name, MOST_TABLES)
    return fingerprint


_TABLE = register("upload")
_RESULT = register("upload", accept=".npz,.safetensors")
