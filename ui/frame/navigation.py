"""Navigation: the menu of the pages, in groups, and the way from one page to another."""

from __future__ import annotations

import streamlit as st

from ui import registry
from ui.browser import script_run
from ui.registry import Page
from ui.session.address import address_of, enter_page
from ui.session.scene import open_page
from ui.words.translator import Translator


def opened(t: Translator) -> st.Page:
    """Tell Streamlit of every page, and return the one that is open."""
    scripts = st.session_state["scripts"] = {page.id: _script(page, t) for page in registry.PAGES}
    shown = st.navigation(list(scripts.values()), position="hidden")
    enter_page(next(page.id for page in registry.PAGES if page.address == shown.url_path))
    return shown


def menu(t: Translator, key: str) -> None:
    """Draw the menu of the pages, named after the open one; each link has the address its page would give itself, so that Back is one step.

    `key` is "pages" in the sidebar, or "pages_narrow" above the page, which the style sheet shows on a phone, where the sidebar is folded.
    """
    _take_over()
    shown, scripts = open_page(), st.session_state["scripts"]
    with st.container(key=key), st.popover(t(f"pages.{shown.id}"), icon=_symbol(shown), width="stretch"):
        for group, pages in registry.groups().items():
            st.caption(t(f"pages.group.{group}"))
            for page in pages:
                address = address_of(page.id, t.language)
                st.page_link(scripts[page.id], label=t(f"pages.{page.id}"), icon=_symbol(page), query_params=address)


def go(t: Translator, page: str) -> None:
    """Leave the open page for another one."""
    st.switch_page(st.session_state["scripts"][page], query_params=address_of(page, t.language))


def _take_over() -> None:
    """Let app.py run this page, where Streamlit has run it by itself.

    It does so where a process's very first visit is to a page's own address: only `st.navigation` tells it that the folder `pages/` is
    not its own to serve.
    """
    if script_run.serves_pages_itself() or "scripts" not in st.session_state:
        script_run.leave_pages_to_app()
        script_run.rerun()


def _script(page: Page, t: Translator) -> st.Page:
    """Return the page as Streamlit knows it."""
    return st.Page(page.script, title=t(f"pages.{page.id}"), url_path=page.address or None, default=not page.address)


def _symbol(page: Page) -> str:
    return f":material/{page.icon}:"
