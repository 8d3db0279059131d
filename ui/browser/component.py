"""Component: a folder of assets/ with one .html, .css and .js file of its own name, registered with Streamlit once a process."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st

from ui.browser import static

ASSETS = Path(__file__).parents[2] / "assets"

# A script that the browser fetches once, by its content's address, in place of one that comes with every message.
LOADER = """
let coming;
const fetched = async (tries = 0) => {{  // again under another name, since browsers remember an address that failed
  try {{
    return await import(new URL("{address}" + (tries ? `?again=${{tries}}` : ""), document.baseURI).href);
  }} catch (error) {{
    if (tries === 6) throw error;
    await new Promise(done => setTimeout(done, 250 * 2 ** tries));
    return fetched(tries + 1);
  }}
}};
const load = () => coming ??= fetched().catch(error => {{ coming = undefined; throw error; }});

export default function (given) {{
  let leave, left = false;
  load().then(script => {{ if (!left) leave = script.default(given); }});
  return () => {{ left = true; leave?.(); }};
}}
"""


@cache
def register(name: str, *, served: bool = False, **attributes: str) -> Callable[..., object]:
    """Return the component of `assets/<name>/`. It shares the page's style sheets, since Plotly and the theme write there.

    Streamlit sends a component's script with each of its messages; one that is `served` is fetched instead, once. `attributes` give
    attributes that its HTML has already another value, and the component thereby another name.
    """
    html, css, js = ((ASSETS / name / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    for attribute, value in attributes.items():
        html = re.sub(rf'\b{attribute}="[^"]*"', f'{attribute}="{value}"', html)
    static.install()
    if served:
        js = LOADER.format(address=static.address(ASSETS / name / f"{name}.js"))
    title = "_".join(["landscape", name, *(re.sub(r"\W", "", value) for value in attributes.values())])
    return st.components.v2.component(title, html=html, css=css, js=js, isolate_styles=False)
