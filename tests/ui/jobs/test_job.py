"""A job ends by itself when its page is gone, and at once when it is cancelled; what it found before stays."""

from __future__ import annotations

import gc
import time
import weakref
from dataclasses import replace
from types import SimpleNamespace

import pytest

from landscape.scene.scene import Scene
from landscape.scene.study import Study
from ui.jobs import job as jobs
from ui.jobs.job import Job, job_of
from ui.session.files import Files

LONG = Scene.from_query("data=digits&model=mlp&model.widths=64-32&loss=cross_entropy&plane=pca&steps=2000&start=auto&window=auto")
QUICK = Scene.from_query("steps=5&resolution=11")


def exploration(scene, *, finished):
    return SimpleNamespace(scene=scene, finished=finished)


def ended(job, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not job.finished and time.monotonic() < deadline:
        time.sleep(0.01)
    return job.finished


def test_a_job_whose_page_no_longer_asks_ends_and_gives_its_worker_back(monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 0.2)
    job = Job.begin(LONG, Files())
    assert ended(job) and job.given_up and job.error is None


def test_a_job_whose_browser_has_left_ends_within_seconds_and_one_that_comes_back_goes_on(monkeypatch):
    monkeypatch.setattr(jobs, "GONE", 0.6)
    there = [True]
    monkeypatch.setattr(jobs.script_run, "connected", lambda session: there[0])
    job = Job.begin(LONG, Files())
    for present in (False, True, False, True):  # a page that is reloaded
        there[0] = present
        time.sleep(0.3)
    assert not job.finished
    there[0] = False
    assert ended(job) and job.error is None


def test_a_job_whose_page_asks_goes_on(monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 1.0)
    job = Job.begin(LONG, Files())
    for _ in range(15):
        time.sleep(0.1)
        assert job.join()
    assert not job.finished and not job.given_up
    job.leave()
    assert ended(job)


def test_a_cancelled_job_ends_without_an_error_and_is_not_restarted():
    job = Job.begin(LONG, Files())
    job.leave()
    assert ended(job) and job.exploration is None and job.error is None
    job.outcome()


def test_every_stage_is_news_and_the_last_one_ends_it():
    job, known, seen = Job.begin(QUICK, Files()), None, []
    while not job.finished:
        assert job.wait_for_news(known, 30.0)
        known = job.exploration
        seen.append(known)
    assert seen[-1].finished and not any(exploration.finished for exploration in seen[:-1])


def test_without_news_the_wait_ends_with_its_time(monkeypatch):
    monkeypatch.setattr(jobs, "_pool", lambda: SimpleNamespace(submit=lambda *work: None))  # all workers are busy
    job = Job.begin(QUICK, Files())
    began = time.monotonic()
    assert not job.wait_for_news(None, 0.1) and time.monotonic() - began >= 0.1


def test_a_job_that_ends_takes_nobody_in_and_an_ended_one_keeps_no_study():
    alive = weakref.WeakSet()

    class Watched(Study):
        def __init__(self, *args, **settings):
            super().__init__(*args, **settings)
            alive.add(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "Study", Watched)
        done, given_up = Job.begin(replace(QUICK, steps=9), Files()), Job.begin(LONG, Files())
        assert ended(done) and done.complete and done.join()
        given_up.leave()
        assert given_up.given_up and not given_up.join() and ended(given_up)
        refused = Job.begin(Scene.from_query("data=table&table=0123456789abcdef"), Files())
        assert ended(refused) and refused.error is not None and not refused.given_up
    gc.collect()
    assert not alive and done.exploration is not None


def test_sessions_that_ask_for_one_scene_share_a_job_and_the_last_to_leave_ends_it(monkeypatch):
    session = ["one"]
    monkeypatch.setattr(jobs.script_run, "session_id", lambda: session[0])
    first = job_of(LONG, Files())
    session[0] = "two"
    assert job_of(LONG, Files()) is first
    first.leave()
    time.sleep(0.5)
    assert not first.finished
    session[0] = "one"
    first.leave()
    assert ended(first) and not first.complete
    again = job_of(LONG, Files())
    assert again is not first
    again.leave()


def test_a_scene_that_is_finished_is_known_to_everybody_at_once():
    scene = Scene.from_query("steps=6&resolution=11")
    assert ended(job_of(scene, Files()))
    again = job_of(scene, Files())
    assert again.finished and again.complete and again.exploration.scene == scene


def test_a_scene_of_a_visitor_s_file_is_nobody_else_s():
    scene = Scene.from_query("data=table&table=0123456789abcdef")
    job = job_of(scene, Files())
    assert ended(job) and job.error.code == "table_missing"
    assert job_of(scene, Files()) is not job


def test_a_long_job_does_not_keep_short_ones_waiting_for_all_of_it(monkeypatch):
    one_worker = jobs.ThreadPoolExecutor(1)
    monkeypatch.setattr(jobs, "_pool", lambda: one_worker)
    turns = []

    def stages(self):
        for k in range(3):
            turns.append((self.scene.steps, k))
            time.sleep(0.05)
            yield exploration(self.scene, finished=k == 2)

    monkeypatch.setattr(jobs.Study, "explore", stages)
    both = [Job.begin(replace(QUICK, steps=steps), Files()) for steps in (1, 2)]
    assert all(map(ended, both))
    assert turns == [(1, 0), (2, 0), (1, 1), (2, 1), (1, 2), (2, 2)]


def test_a_defect_in_a_worker_is_raised_on_the_page(monkeypatch):
    def broken(self):
        raise ZeroDivisionError("a defect")
        yield

    monkeypatch.setattr(jobs.Study, "explore", broken)
    job = Job.begin(QUICK, Files())
    assert ended(job)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        job.outcome()
