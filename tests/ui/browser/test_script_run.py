"""What of Streamlit is not public and used all the same: seen on this version, to be looked at again with another."""

import inspect
import time

import streamlit
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from ui.browser import script_run


def test_the_version_that_these_parts_were_seen_on():
    assert streamlit.__version__ == "1.67.0"
    assert {"yield_check", "is_history_navigation", "session_id"} <= {*inspect.signature(ScriptRunContext).parameters}
    assert callable(ScriptRunContext.run_with_active_hash) and isinstance(streamlit.Page._script_hash, property)
    assert PagesManager.uses_pages_directory in (None, True, False)


def test_outside_of_a_run_nobody_asks_for_anything():
    assert script_run.session_id() is None and script_run.connected(None) and not script_run.came_by_history()
    script_run.make_way()


def test_waiting_ends_with_what_it_waits_for_or_with_its_time():
    glances = []

    def third(glance):
        glances.append(glance)
        return len(glances) == 3

    assert script_run.wait(third, 10.0) and len(glances) == 3 and max(glances) <= script_run.GLANCE
    began = time.monotonic()
    assert not script_run.wait(lambda glance: time.sleep(glance), 0.1)
    assert time.monotonic() - began >= 0.1


def waits_and_counts():
    import streamlit as st

    from ui.browser import script_run

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    if st.session_state["runs"] == 1:
        context = script_run.get_script_run_ctx()
        from streamlit.runtime.scriptrunner import RerunData

        context.script_requests.request_rerun(RerunData())  # as a click does while the script runs
        script_run.wait(lambda glance: False, 5.0)
        st.session_state["waited"] = True


def test_a_waiting_run_makes_way_for_the_next_one():
    app = AppTest.from_function(waits_and_counts, default_timeout=4).run()
    assert not app.exception and app.session_state["runs"] == 2 and "waited" not in app.session_state
