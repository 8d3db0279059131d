"""A job ends by itself when its page is gone, and at once when it is cancelled; what it found before stays."""

from __future__ import annotations

import time

import pytest

from landscape.scene import Scene
from ui import jobs
from ui.jobs import Files, Job

LONG = Scene.from_query("data=digits&model=mlp&model.widths=64-32&loss=cross_entropy&plane=pca&steps=2000&start=auto&window=auto")
QUICK = Scene.from_query("steps=5&resolution=11")


def ended(job, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not job.finished and time.monotonic() < deadline:
        time.sleep(0.01)
    return job.finished


def test_a_job_whose_page_no_longer_asks_ends_and_gives_its_worker_back(monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 0.2)
    job = Job(LONG, Files())
    assert ended(job) and job.deserted and job.error is None


def test_a_job_whose_browser_has_left_ends_within_seconds_and_one_that_comes_back_goes_on(monkeypatch):
    monkeypatch.setattr(jobs, "GONE", 0.6)
    there = [True]
    monkeypatch.setattr(jobs, "_connected", lambda session: there[0])
    job = Job(LONG, Files())
    for present in (False, True, False, True):  # a page that is reloaded
        there[0] = present
        time.sleep(0.3)
    assert not job.finished
    there[0] = False
    assert ended(job) and job.error is None


def test_a_job_whose_page_asks_goes_on(monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 1.0)
    job = Job(LONG, Files())
    for _ in range(15):
        time.sleep(0.1)
        job.ask()
    assert not job.finished and not job.deserted
    job.cancel()
    assert ended(job)


def test_a_cancelled_job_ends_without_an_error_and_is_not_restarted():
    job = Job(LONG, Files())
    job.cancel()
    assert ended(job) and job.exploration is None and job.error is None
    job.outcome()


def test_waiting_returns_with_the_whole_of_a_quick_scene():
    job = Job(QUICK, Files())
    job.wait(30.0)
    assert ended(job) and job.exploration.finished


def test_a_defect_in_a_worker_is_raised_on_the_page(monkeypatch):
    def broken(self):
        raise ZeroDivisionError("a defect")
        yield

    monkeypatch.setattr(jobs.Study, "explore", broken)
    job = Job(QUICK, Files())
    assert ended(job)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        job.outcome()
