"""Jobs: growing results computed on worker threads for all sessions that ask for them, with progress and Cancel."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition, Event, Lock

import streamlit as st
import torch

from landscape.errors import Cancelled, LandscapeError
from ui.browser import script_run
from ui.jobs.memory import Memory

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


@dataclass(frozen=True)
class Hooks:
    """What a job gives to the generator that it runs: `report(stage, share)` takes its progress, `should_stop()` says that nobody waits any
    more (it may then raise `Cancelled`), `memory` holds the results that all jobs share.
    """

    memory: MutableMapping[tuple, object]
    report: Callable[[str, float], None]
    should_stop: Callable[[], bool]


# Makes the generator of a growing result: each one it yields is a newer and fuller one, and the last is the whole. A result whose
# attribute `finished` is true is known to be the last without asking for another.
Stages = Callable[[Hooks], Iterator[object]]


class Job:
    """One request being computed: its newest result, its progress, and how it ended.

    Any number of sessions may follow it; it ends early when the last one has left. Its worker is given back after every stage, so that
    jobs take turns and a long one does not keep a short one waiting.
    """

    def __init__(self, request: Hashable):
        self.request = request
        self.result: object | None = None
        self.error: LandscapeError | None = None
        self.progress: tuple[str, float] = ("waiting", 0.0)
        self.began = time.monotonic()
        self.finished = False
        self.complete = False  # whether it has found all that there is
        self._defect: Exception | None = None
        self._news = Condition()
        self._stop = Event()
        self._followers: dict[str | None, _Presence] = {}
        self._looked = self.began

    @classmethod
    def begin(cls, request: Hashable, stages: Stages) -> Job:
        """Return the job of `request`, with its first stage given to a worker."""
        job = cls(request)
        job.join()
        _pool().submit(job._advance, stages(Hooks(memory(), job._hear, job._unwanted)))
        return job

    @classmethod
    def done(cls, request: Hashable, result: object) -> Job:
        """Return a job that has found `result` already."""
        job = cls(request)
        job.result, job.finished, job.complete = result, True, True
        return job

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

    def wait_for_news(self, known: object | None, seconds: float) -> bool:
        """Return whether there is something newer than `known`, or an end, waiting at most `seconds` for it."""
        self.join()
        with self._news:
            return self._news.wait_for(lambda: self.finished or self.result is not known, seconds)

    def found(self) -> tuple[object | None, bool]:
        """Return the newest result and whether it is the last, as they are at one and the same moment."""
        with self._news:
            return self.result, self.finished

    def wait_for_end(self, seconds: float) -> None:
        """Return when the job has ended, or after `seconds`."""
        with self._news:
            self._news.wait_for(lambda: self.finished, seconds)

    def outcome(self) -> None:
        """Raise what the worker raised other than a refusal or a cancel: a defect must be seen."""
        if self._defect is not None:
            raise self._defect

    def _advance(self, stages: Iterator[object]) -> None:
        """Compute one stage, and come back for the next one when the others have had their turn.

        Nothing of an ended job keeps its generator: sessions hold on to jobs, and the paths of a large model are large.
        """
        try:
            result = next(stages, None)
        except LandscapeError as error:
            self.error = error.with_traceback(None)
        except Cancelled:
            pass  # nobody waits for it
        except Exception as defect:  # `outcome` raises it where it is seen
            self._defect = defect
        else:
            last, whole = result is None or getattr(result, "finished", False), result is not None or not self._stop.is_set()
            result = self.result if result is None else result
            if not last:
                self._tell(result)
                _pool().submit(self._advance, stages)
                return
            self.complete = result is not None and whole  # stages that end early because they were told to have not found all
            if self.complete:
                memory()["result", self.request] = result
            self._tell(result, finished=True)
            return
        self._tell(self.result, finished=True)

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

    def _tell(self, result: object | None, *, finished: bool = False) -> None:
        with self._news:
            self.result, self.finished = result, finished
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
    """The jobs under way, by request: sessions that ask for the same share one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: dict[Hashable, Job] = {}

    def job(self, request: Hashable, stages: Stages) -> Job:
        with self._lock:
            self._jobs = {known: job for known, job in self._jobs.items() if not job.finished}
            known = memory().get(("result", request))
            if known is not None:
                return Job.done(request, known)
            job = self._jobs.get(request)
            if job is None or not job.join():
                job = self._jobs[request] = Job.begin(request, stages)
            return job


def job_of(request: Hashable, stages: Stages) -> Job:
    """Return the job of `request`: one that has found everything already, one under way, or a new one that runs `stages`.

    Equal requests must have equal results, whoever asks.
    """
    return _desk().job(request, stages)


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
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="job", initializer=torch.set_num_threads, initargs=(1,))
