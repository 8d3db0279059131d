"""Component: a folder of assets/ with one .html, .css and .js file of its own name, registered with Streamlit once a process."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parent.parent / "assets"


def register(name: str, **attributes: str) -> Callable[..., object]:
    """Return the component of `assets/<name>/`. It shares the page's style sheets, since Plotly and the theme write there.

    `attributes` give attributes that its HTML has already another value, and the component thereby another name.
    """
    html, css, js = ((ASSETS / name / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    for attribute, value in attributes.items():
        html = re.sub(rf'\b{attribute}="[^"]*"', f'{attribute}="{value}"', html)
    title = "_".join(["landscape", name, *(re.sub(r"\W", "", value) for value in attributes.values())])
    return st.components.v2.component(title, html=html, css=css, js=js, isolate_styles=False)
