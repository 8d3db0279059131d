"""A session and its job: one given up while the page was away is begun again, one that its visitor has cancelled is not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Event
from types import SimpleNamespace

import pytest

from landscape.data.table import open_table
from landscape.scene.scene import choose
from tests.ui.jobs.test_job import LONG, QUICK, ended, request
from ui.jobs import follow
from ui.jobs import job as jobs
from ui.jobs.follow import Request
from ui.jobs.study import explored
from ui.session import scene as session_scene
from ui.session.files import Files


def asked(scene):
    return follow._job(request(scene), partial(explored, scene, Files()))


@pytest.fixture
def session(monkeypatch):
    """Who asks, and what Streamlit remembers of that session."""
    asks = SimpleNamespace(id="one", there=True, states={})
    monkeypatch.setattr(jobs.script_run, "session_id", lambda: asks.id)
    monkeypatch.setattr(jobs.script_run, "connected", lambda session: asks.there)
    state = property(lambda self: asks.states.setdefault(asks.id, {}))
    browser = type("Streamlit", (), {"session_state": state})()
    for module in (follow, session_scene):
        monkeypatch.setattr(module, "st", browser)
    return asks


@pytest.fixture
def busy():
    """Workers that have other things to do until the test ends."""
    gate = Event()
    for _ in range(jobs.WORKERS):
        jobs._pool().submit(gate.wait)
    yield
    gate.set()


def test_a_page_that_comes_back_finds_a_job_that_goes_on(session, monkeypatch):
    monkeypatch.setattr(jobs, "GONE", 0.3)
    job = asked(LONG)
    session.there = False
    assert ended(job) and job.given_up
    session.there = True
    again = asked(LONG)
    assert again is not job and not again.given_up
    again.leave()


@pytest.mark.usefixtures("busy")
def test_a_job_that_is_cancelled_before_it_began_is_not_begun_again(session):
    job = asked(QUICK)
    follow._leave(job)
    assert asked(QUICK) is job


def test_who_cancels_and_comes_back_later_waits_with_those_who_have_stayed(session):
    shared = asked(LONG)
    session.id = "two"
    assert asked(LONG) is shared
    follow._leave(shared)
    assert asked(LONG) is shared and session.states["two"]["explore.left"][0] is shared
    asked(QUICK)
    assert asked(LONG) is shared and "explore.left" not in session.states["two"]
    assert not shared.given_up
    for session.id in ("one", "two"):
        shared.leave()
    assert ended(shared)


def test_two_pages_keep_what_they_follow_apart(session):
    first = asked(LONG)
    other = follow._job(Request("open_result", LONG), lambda hooks: iter(["other"]))
    assert other is not first and asked(LONG) is first
    follow._leave(first)
    assert follow._left(first) and not follow._left(other)
    assert ended(other) and other.result == "other" and ended(first)


def test_a_session_that_was_refused_for_want_of_a_file_asks_anew_when_it_has_it(session):
    scene, files = replace(QUICK, data=choose("data", "table"), table="0123456789abcdef"), Files()

    def job():
        return follow._job(Request("explore", scene, files.brought(scene)), partial(explored, scene, files.copy()))

    refused = job()
    assert ended(refused) and refused.error.code == "table_missing" and job() is refused
    files.keep_table(open_table(b"x,y\n" + b"".join(b"%d,%d\n" % (k, 2 * k) for k in range(20))), scene.table, "mine.csv", 4)
    again = job()
    assert again is not refused and ended(again) and (again.error is None or again.error.code != "table_missing")
