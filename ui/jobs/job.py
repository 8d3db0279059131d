"""Jobs: studies computed on worker threads for all sessions that ask for them, with progress and Cancel."""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from threading import Condition, Event, Lock

import streamlit as st
import torch

from landscape.errors import Cancelled, LandscapeError
from landscape.scene.scene import Scene
from landscape.scene.study import Exploration, Study
from ui.browser import script_run
from ui.jobs.memory import Memory
from ui.session.files import Files

# Two small jobs at a time: more would only slow one another down on a host of two cores.
WORKERS = 2
# Bytes of results that all sessions share: a small host has about 700 MB in all.
REMEMBERED = 120 * 10**6

# Seconds without a question from its pages after which a job ends: a page that waits for it asks many times a second.
PATIENCE = 20.0
# Seconds without a connection to its browser after which a page counts as gone: a reloaded one is back sooner.
GONE = 5.0
# Seconds between two looks of a worker whether anybody still waits.
LOOK = 0.2
# Seconds that a first picture waits for its last stage, which is often at hand.
GRACE = 0.04


class Job:
    """One scene being explored: its newest exploration, its progress, and how it ended.

    Any number of sessions may follow it; it ends early when the last one has left. Its worker is given back after every stage, so that
    jobs take turns and a long one does not keep a short one waiting.
    """

    def __init__(self, scene: Scene):
        self.scene = scene
        self.exploration: Exploration | None = None
        self.error: LandscapeError | None = None
        self.progress: tuple[str, float] = ("paths", 0.0)
        self.began = time.monotonic()
        self.finished = False
        self._defect: Exception | None = None
        self._news = Condition()
        self._stop = Event()
        self._followers: dict[str | None, _Presence] = {}
        self._looked = self.began

    @classmethod
    def begin(cls, scene: Scene, files: Files) -> Job:
        """Return the job of `scene`, with its first stage given to a worker."""
        job, files = cls(scene), files.copy()
        job.join()
        hooks = {"report": job._hear, "should_stop": job._unwanted}
        stages = Study(scene, memory=memory(), tables=files.tables, weights=files.weights, **hooks).explore()
        _pool().submit(job._advance, stages)
        return job

    @classmethod
    def done(cls, exploration: Exploration) -> Job:
        """Return a job that has found `exploration` already."""
        job = cls(exploration.scene)
        job.exploration, job.finished = exploration, True
        return job

    @property
    def complete(self) -> bool:
        """Whether it has found all that there is."""
        return self.exploration is not None and self.exploration.finished

    @property
    def given_up(self) -> bool:
        """Whether it was ended, or will be at its worker's next look, before it had found everything: nobody seemed to wait for it."""
        return self._stop.is_set() and not self.complete and self.error is None

    def join(self) -> bool:
        """Let the job know that this session's page waits for it; return False where it is too late, since it ends."""
        with self._news:
            if self._stop.is_set():
                return False
            self._followers.setdefault(script_run.session_id(), _Presence()).asked = time.monotonic()
            return True

    def leave(self) -> None:
        """Say that this session does not wait any more; a job that nobody waits for stops at its worker's next look."""
        with self._news:
            self._followers.pop(script_run.session_id(), None)
            if not self._followers:
                self._stop.set()

    def wait_for_news(self, known: Exploration | None, seconds: float) -> bool:
        """Return whether there is something newer than `known`, or an end, waiting at most `seconds` for it."""
        self.join()
        with self._news:
            return self._news.wait_for(lambda: self.finished or self.exploration is not known, seconds)

    def found(self) -> tuple[Exploration | None, bool]:
        """Return the newest exploration and whether it is the last, as they are at one and the same moment."""
        with self._news:
            return self.exploration, self.finished

    def wait_for_end(self, seconds: float) -> None:
        """Return when the job has ended, or after `seconds`."""
        with self._news:
            self._news.wait_for(lambda: self.finished, seconds)

    def outcome(self) -> None:
        """Raise what the worker raised other than a refusal or a cancel: a defect must be seen."""
        if self._defect is not None:
            raise self._defect

    def _advance(self, stages: Generator[Exploration]) -> None:
        """Compute one stage, and come back for the next one when the others have had their turn.

        Nothing of an ended job keeps its study: sessions hold on to jobs, and the paths of a large model are large.
        """
        try:
            exploration = next(stages, None)
        except LandscapeError as error:
            self.error = error.with_traceback(None)
        except Cancelled:
            pass  # nobody waits for it
        except Exception as defect:  # `outcome` raises it where it is seen
            self._defect = defect
        else:
            if exploration is not None and not exploration.finished:
                self._tell(exploration)
                _pool().submit(self._advance, stages)
                return
            stages.close()
            if exploration is not None:
                memory()["exploration", self.scene] = exploration
                self._tell(exploration, finished=True)
                return
        self._tell(self.exploration, finished=True)

    def _unwanted(self) -> bool:
        if self._stop.is_set():
            return True
        now = time.monotonic()
        if now - self._looked < LOOK:
            return False
        self._looked = now
        with self._news:  # nobody can join between the look and the end
            if not any(presence.lasts(session) for session, presence in self._followers.items()):
                self._stop.set()
        return self._stop.is_set()

    def _hear(self, stage: str, share: float) -> None:
        self.progress = (stage, share)

    def _tell(self, exploration: Exploration | None, *, finished: bool = False) -> None:
        with self._news:
            self.exploration, self.finished = exploration, finished
            self._news.notify_all()


class _Presence:
    """When a session last asked, and when its browser was last seen."""

    def __init__(self) -> None:
        self.asked = self._seen = time.monotonic()

    def lasts(self, session: str | None) -> bool:
        now = time.monotonic()
        if script_run.connected(session):
            self._seen = now
        return now - self._seen <= GONE and now - self.asked <= PATIENCE


class _Desk:
    """The jobs under way, by scene: sessions that ask for the same scene share one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: dict[Scene, Job] = {}

    def job(self, scene: Scene, files: Files) -> Job:
        with self._lock:
            self._jobs = {known: job for known, job in self._jobs.items() if not job.finished}
            if not files.suffice(scene):
                return Job.begin(scene, files)  # to be refused
            known = memory().get(("exploration", scene))
            if known is not None:
                return Job.done(known)
            job = self._jobs.get(scene)
            if job is None or not job.join():
                job = self._jobs[scene] = Job.begin(scene, files)
            return job


def job_of(scene: Scene, files: Files) -> Job:
    """Return the job of `scene`: one that has found everything already, one under way, or a new one."""
    return _desk().job(scene, files)


def study_of(scene: Scene, files: Files) -> Study:
    """Return a study that shares the memory of all sessions, for the cheap questions that controls ask."""
    return Study(scene, memory=memory(), tables=files.tables, weights=files.weights)


@st.cache_resource
def memory() -> Memory:
    """Return the results of all sessions."""
    return Memory(REMEMBERED)


@st.cache_resource
def _desk() -> _Desk:
    return _Desk()


@st.cache_resource
def _pool() -> ThreadPoolExecutor:
    """Return the workers of all sessions; one thread each, so that the same scene gives the same bytes on any number of cores."""
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="study", initializer=torch.set_num_threads, initargs=(1,))
