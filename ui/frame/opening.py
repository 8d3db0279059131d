"""Opening: what the very first visitor after a start sees while the package is still being imported, which takes seconds.

It is the default scene as the page will draw it, the same elements at the same places, so that the page takes them over without drawing
them again. `python -m assets.opening.record` writes it; a test says when it has to be written again.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from threading import Event
from urllib.parse import urlencode

import streamlit as st

from landscape.scene.link import passing
from ui.browser.component import register
from ui.words.translator import current_translator

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "opening"
# What stands for all that takes long to import.
SLOW = "ui.controls.explore"

_loaded = Event()


def cold() -> bool:
    """Say whether this process has not yet imported what a page needs; others may be waiting for the same imports."""
    return not _loaded.is_set()


def run() -> None:
    """Draw the opening, import what the page needs, and run the page in its place."""
    show(current_translator().language)
    load()
    st.rerun()


def show(language: str) -> None:
    """Draw the line and the gallery, and the picture where the address asks for the default scene; the page's own names and places."""
    said = {key: value for key, value in st.query_params.items() if not passing(key)}
    st.container(key="pages_narrow")
    row = json.loads((FOLDER / f"gallery.{language}.json").read_text(encoding="utf-8"))
    default = urlencode(said) in ("", row.pop("default"))
    register("gallery")(key="gallery", data={**row, "unfolded": default})
    st.container(key="messages")
    st.container(key="progress").empty()
    if default:
        register("view", served=True)(key="view", data=(FOLDER / f"view.{language}.bin").read_bytes())


def load() -> None:
    """Import what the page needs."""
    import_module(SLOW)
    _loaded.set()
