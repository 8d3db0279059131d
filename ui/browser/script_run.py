"""The script run of a session, by parts of Streamlit that are not public; their test says which version they were seen on."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st
from streamlit import runtime
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

# How often a waiting run looks whether the visitor has asked for another, in seconds.
GLANCE = 0.03


def session_id() -> str | None:
    """Return the id of the session that this run belongs to, None outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.session_id


def connected(session: str | None) -> bool:
    """Say whether the session's browser is there; without a server nobody can tell, and it is taken to be."""
    return session is None or not runtime.exists() or runtime.get_instance().is_active_session(session)


def came_by_history() -> bool:
    """Say whether Back or Forward of the browser asked for this run: the address then says what the page is to show."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def serves_pages_itself() -> bool:
    """Say whether Streamlit takes the folder `pages/` for its own to serve."""
    return bool(PagesManager.uses_pages_directory)


def leave_pages_to_app() -> None:
    """Make Streamlit leave the folder `pages/` to the app's own navigation."""
    PagesManager.uses_pages_directory = False


def run_in_place_of(page: st.Page, act: Callable[[], None]) -> None:
    """Do `act` as if the page's own script did: its elements have the ids that the page's will have, which then takes them over."""
    with get_script_run_ctx().run_with_active_hash(page._script_hash):
        act()


def asked_for_part() -> bool:
    """Say whether the visitor has asked for a run of a part of the page, a fragment, which waits until this run has ended."""
    context = get_script_run_ctx(suppress_warning=True)
    requests = None if context is None else context.script_requests
    return requests is not None and requests._state is ScriptRequestType.RERUN and bool(requests._rerun_data.fragment_id_queue)


def make_way() -> None:
    """End this run here if the visitor has asked for another: Streamlit looks by itself only where something is drawn."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        context.yield_check()


def rerun() -> None:
    """Run the page again, unless the visitor has asked for another run: `st.rerun` would go on with this one's address and page instead."""
    make_way()
    st.rerun()


def wait(until: Callable[[float], bool], seconds: float) -> bool:
    """Wait until `until(glance)`, which itself waits for up to `glance` seconds, is true, or `seconds` are over; return whether it is.

    The run makes way meanwhile for another that the visitor asks for.
    """
    deadline = time.monotonic() + seconds
    while not until(max(0.0, min(GLANCE, deadline - time.monotonic()))):
        if time.monotonic() >= deadline:
            return False
        make_way()
    return True
