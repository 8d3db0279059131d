"""Navigation: the pages of the app, and the links between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from ui.browser import script_run
from ui.words.translator import Translator

EXPLORE = ""  # the default page's address
PAGES = Path(__file__).resolve().parents[2] / "pages"


def pages(t: Translator) -> list[st.Page]:
    """Return every page, by absolute paths, since the Cloud's entry file stands in another folder."""
    return [
        st.Page(PAGES / "explore.py", title=t("explore.title"), default=True),
        st.Page(PAGES / "open_result.py", title=t("result.title")),
    ]


def take_over() -> None:
    """Let app.py run this page, where Streamlit has run it by itself.

    It does so where a process's very first visit is to a page's own address: only `st.navigation` tells it that the folder `pages/` is
    not its own to serve.
    """
    if script_run.serves_pages_itself():
        script_run.leave_pages_to_app()
        script_run.rerun()


def links(t: Translator, addresses: Sequence[Mapping[str, str]], key: str) -> None:
    """Draw a link to each page, in one line, each with the query that the page would give itself: the back button then needs one click.

    `key` is "pages" in the sidebar, or "pages_narrow" above the page, which the style sheet shows on a phone, where the sidebar is folded.
    """
    with st.container(horizontal=True, gap="small", key=key):
        for page, address in zip(pages(t), addresses, strict=True):
            st.page_link(page, label=page.title, query_params=address)


def go_to_explore(t: Translator, address: Mapping[str, str]) -> None:
    """Leave this page for Explore."""
    st.switch_page(pages(t)[0], query_params=address)
