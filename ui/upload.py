"""Upload: the visitor's own table, in the visitor's language; one that is too large is refused before it leaves the browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import partial

import streamlit as st

from landscape.datasets import Dataset
from landscape.errors import LandscapeError
from landscape.table import MAX_BYTES, read_table
from ui.component import register
from ui.i18n import Translator
from ui.jobs import Tables
from ui.share import refuse

# Tables kept in one session; the oldest goes first.
MOST_TABLES = 4


def session_tables() -> Tables:
    """Return this session's tables by fingerprint, each a reader of (target column, seed)."""
    return st.session_state.setdefault("tables", {})


def table_upload(t: Translator, on_table: Callable[[str], None]) -> None:
    """Draw the upload box; `on_table(fingerprint)` runs after a table was read and kept."""
    megabytes = MAX_BYTES // 10**6

    def received() -> None:
        file = st.session_state["upload"].file
        if not file:
            return
        try:
            on_table(_keep(file))
        except LandscapeError as error:
            refuse(error)

    data = {"words": t("explore.upload"), "rule": t("explore.upload_rule", most=megabytes), "most": MAX_BYTES}
    _COMPONENT(key="upload", data=data, on_file_change=received)


def _keep(file: dict[str, object]) -> str:
    """Read the file once, so that a refusal comes now, and keep it under the fingerprint of its bytes."""
    if file["bytes"] is None:
        size = f"{float(file['size']) / 1e6:.0f} MB"
        raise LandscapeError("table_too_large", most=MAX_BYTES // 10**6, got=size)
    content = base64.b64decode(str(file["bytes"]), validate=True)
    read_table(content)
    fingerprint = hashlib.sha256(content).hexdigest()[:16]
    tables = session_tables()
    tables[fingerprint] = partial(_read, content)
    while len(tables) > MOST_TABLES:
        del tables[next(iter(tables))]
    return fingerprint


def _read(content: bytes, target: int, seed: int) -> Dataset:
    return read_table(content, target=target, seed=seed)


_COMPONENT = register("upload")
