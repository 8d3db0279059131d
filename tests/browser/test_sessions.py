"""Many visitors at once, over Streamlit's own protocol: everybody gets the last picture, and nobody another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser.server import Server
from tests.browser.session import Session
from tests.browser.soak import megabytes

PATIENCE = 120.0


def together(app: Server, queries: Sequence[str]) -> list[Session]:
    async def all_of_them() -> list[Session]:
        return list(await asyncio.gather(*(Session(app.url, query).visit(PATIENCE) for query in queries)))

    with ThreadPoolExecutor(1) as thread:  # the browser tests' own thread has a loop of its own running
        return thread.submit(asyncio.run, all_of_them()).result()


@pytest.fixture(scope="module")
def warm(app: Server) -> Server:
    together(app, [""])
    return app


def test_fifty_sessions_of_one_scene_all_get_its_last_picture(warm):
    for turn in range(2):
        sessions = together(warm, [f"seed={turn}"] * 50)
        assert [session.faults for session in sessions] == [[]] * 50
        assert len({session.shown for session in sessions}) == 1


def test_sessions_of_different_scenes_get_each_its_own(warm):
    sessions = together(warm, [f"steps={steps}" for steps in range(60, 70)])
    assert [session.faults for session in sessions] == [[]] * 10
    assert len({session.shown for session in sessions}) == 10


def test_a_picture_is_small_and_comes_once(warm):
    (session,) = together(warm, [""])
    assert len(session.pictures) == 1
    assert session.received < 150_000


def test_visits_one_after_the_other_leave_no_memory_behind(warm):
    together(warm, [""] * 5)
    before = megabytes(warm.process)
    for _ in range(30):
        together(warm, [""])
    assert not megabytes(warm.process) > before + 40
    assert not warm.complaints()
