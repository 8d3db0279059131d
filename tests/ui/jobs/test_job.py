"""A job ends by itself when its page is gone, and at once when it is cancelled; what it found before stays."""

from __future__ import annotations

import gc
import time
import weakref
from dataclasses import replace
from functools import partial
from threading import Event
from types import SimpleNamespace

import pytest

from landscape.data.table import open_table
from landscape.errors import Cancelled
from landscape.scene.scene import Scene
from landscape.scene.study import Study
from ui.jobs import job as jobs
from ui.jobs import study
from ui.jobs.follow import Request
from ui.jobs.job import Job, job_of
from ui.jobs.study import explored
from ui.session.files import Files

LONG = Scene.from_query("data=digits&model=mlp&model.widths=64-32&loss=cross_entropy&plane=pca&steps=2000&start=auto&window=auto")
QUICK = Scene.from_query("steps=5&resolution=11")


def request(scene):
    return Request("explore", scene)


def begun(scene):
    return Job.begin(request(scene), partial(explored, scene, Files()))


def asked(scene):
    return job_of(request(scene), partial(explored, scene, Files()))


def found(finished):
    return SimpleNamespace(finished=finished)


def ended(job, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not job.finished and time.monotonic() < deadline:
        time.sleep(0.01)
    return job.finished


def test_a_job_whose_page_no_longer_asks_ends_and_gives_its_worker_back(monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 0.2)
    job = begun(LONG)
    assert ended(job) and job.given_up and job.error is None


def test_a_job_whose_browser_has_left_ends_within_seconds_and_one_that_comes_back_goes_on(monkeypatch):
    monkeypatch.setattr(jobs, "GONE", 0.6)
    there = [True]
    monkeypatch.setattr(jobs.script_run, "connected", lambda session: there[0])
    job = begun(LONG)
    for present in (False, True, False, True):  # a page that is reloaded
        there[0] = present
        time.sleep(0.3)
    assert not job.finished
    there[0] = False
    assert ended(job) and job.error is None


def test_a_job_whose_page_asks_goes_on(monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 1.0)
    job = begun(LONG)
    for _ in range(15):
        time.sleep(0.1)
        assert job.join()
    assert not job.finished and not job.given_up
    job.leave()
    assert ended(job)


def test_a_cancelled_job_ends_without_an_error_and_is_not_restarted():
    job = begun(LONG)
    job.leave()
    assert ended(job) and job.result is None and job.error is None
    job.outcome()


def test_every_stage_is_news_and_the_last_one_ends_it():
    job, known, seen = begun(QUICK), None, []
    while not job.finished:
        assert job.wait_for_news(known, 30.0)
        known = job.result
        seen.append(known)
    assert seen[-1].finished and not any(exploration.finished for exploration in seen[:-1])


def test_without_news_the_wait_ends_with_its_time(monkeypatch):
    monkeypatch.setattr(jobs, "_pool", lambda: SimpleNamespace(submit=lambda *work: None))  # all workers are busy
    job = begun(QUICK)
    began = time.monotonic()
    assert not job.wait_for_news(None, 0.1) and time.monotonic() - began >= 0.1


def test_a_job_that_ends_takes_nobody_in_and_an_ended_one_keeps_no_study():
    alive = weakref.WeakSet()

    class Watched(Study):
        def __init__(self, *args, **settings):
            super().__init__(*args, **settings)
            alive.add(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "Study", Watched)
        done, given_up = begun(replace(QUICK, steps=9)), begun(LONG)
        assert ended(done) and done.complete and done.join()
        given_up.leave()
        assert given_up.given_up and not given_up.join() and ended(given_up)
        refused = begun(Scene.from_query("data=table&table=0123456789abcdef"))
        assert ended(refused) and refused.error is not None and not refused.given_up
    gc.collect()
    assert not alive and done.result is not None


def test_sessions_that_ask_for_one_scene_share_a_job_and_the_last_to_leave_ends_it(monkeypatch):
    session = ["one"]
    monkeypatch.setattr(jobs.script_run, "session_id", lambda: session[0])
    first = asked(LONG)
    session[0] = "two"
    assert asked(LONG) is first
    first.leave()
    time.sleep(0.5)
    assert not first.finished
    session[0] = "one"
    first.leave()
    assert ended(first) and not first.complete
    again = asked(LONG)
    assert again is not first
    again.leave()


def test_a_scene_that_is_finished_is_known_to_everybody_at_once():
    scene = Scene.from_query("steps=6&resolution=11")
    assert ended(asked(scene))
    again = asked(scene)
    assert again.finished and again.complete and again.result.scene == scene


def test_a_result_of_a_visitor_s_file_is_shown_to_nobody_who_lacks_it():
    table = open_table(b"x,y\n1,2\n2,4.1\n3,6\n4,7.9\n5,10\n6,12.2\n7,14\n8,16\n9,18\n10,20\n")
    scene = Scene.from_query(
        "data=table&table=0123456789abcdef&model=linear&loss=mse&plane=coordinates&steps=5&resolution=11&start=auto&window=auto"
    )
    owner, other = Files({scene.table: table}), Files()

    def job(files):
        return job_of(Request("explore", scene, files.brought(scene)), partial(explored, scene, files))

    theirs = job(owner)
    assert ended(theirs) and theirs.complete and theirs.error is None
    refused = job(other)
    assert ended(refused) and refused.error.code == "table_missing" and refused.result is None
    assert job(owner).result is theirs.result and job(other) is not refused


def test_a_long_job_does_not_keep_short_ones_waiting_for_all_of_it(monkeypatch):
    one_worker = jobs.ThreadPoolExecutor(1)
    monkeypatch.setattr(jobs, "_pool", lambda: one_worker)
    turns = []

    def stages(name, hooks):
        for k in range(3):
            turns.append((name, k))
            time.sleep(0.05)
            yield found(k == 2)

    both = [Job.begin(name, partial(stages, name)) for name in "ab"]
    assert all(map(ended, both))
    assert turns == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_a_result_that_does_not_say_that_it_is_the_last_is_known_by_the_end_of_the_stages():
    job = Job.begin("numbers", lambda hooks: iter([1, 2, 3]))
    assert ended(job) and job.complete and job.result == 3
    again = job_of("numbers", lambda hooks: iter(()))
    assert again.finished and again.complete and again.result == 3


def test_stages_that_end_early_because_nobody_waits_have_not_found_all():
    begun = Event()

    def stages(hooks):
        yield "coarse"
        begun.set()
        while not hooks.should_stop():
            time.sleep(0.01)

    job = Job.begin("early", stages)
    assert begun.wait(10)
    job.leave()
    assert ended(job) and job.given_up and not job.complete
    assert job_of("early", lambda hooks: iter(["whole"])) is not job


def test_stages_that_yield_nothing_end_without_a_result_and_are_not_remembered():
    job = Job.begin("nothing", lambda hooks: iter(()))
    assert ended(job) and job.result is None and not job.complete
    assert job_of("nothing", lambda hooks: iter([1])) is not job


def test_stages_report_how_far_they_are_and_are_told_to_stop():
    reported, stopped = Event(), Event()

    def stages(hooks):
        hooks.report("surface", 0.4)
        reported.set()
        while not hooks.should_stop():
            time.sleep(0.01)
        stopped.set()
        raise Cancelled
        yield

    job = Job.begin("told", stages)
    assert reported.wait(10) and job.progress == ("surface", 0.4)
    job.leave()
    assert stopped.wait(10) and ended(job) and job.given_up


def test_a_defect_in_a_worker_is_raised_on_the_page():
    def broken(hooks):
        raise ZeroDivisionError("a defect")
        yield

    job = Job.begin("broken", broken)
    assert ended(job)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        job.outcome()
