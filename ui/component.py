"""Component: a folder of assets/ with one .html, .css and .js file of its own name, registered with Streamlit once a process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parent.parent / "assets"


def register(name: str) -> Callable[..., object]:
    """Return the component of `assets/<name>/`. It shares the page's style sheets, since Plotly and the theme write there."""
    html, css, js = ((ASSETS / name / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component(f"landscape_{name}", html=html, css=css, js=js, isolate_styles=False)
