"""Jobs: studies computed on worker threads, so that a page stays alive, shows progress and can cancel."""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Condition, Event

import streamlit as st
import torch
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from landscape.datasets import Dataset
from landscape.errors import Cancelled, LandscapeError
from landscape.scene import Scene
from landscape.study import Exploration, Study
from landscape.weights import Weights
from ui.memory import Memory

# Two small jobs at a time: more would only slow one another down on a host of two cores.
WORKERS = 2
# Bytes of results that all sessions share: a small host has about 700 MB in all.
REMEMBERED = 120 * 10**6

# Seconds without a question from its page after which a job ends; a hidden tab may ask only once a minute.
PATIENCE = 90.0
# Seconds without a connection to its browser after which a job ends: a reloaded page is back sooner.
GONE = 5.0
# Seconds that a first picture waits for its last stage, which is often at hand.
GRACE = 0.04


@dataclass(frozen=True)
class Files:
    """The visitor's own files that scenes name, by the fingerprint of their bytes: tables, each a reader of (target column, seed), weights,
    and the names of their files.
    """

    tables: MutableMapping[str, Callable[[int, int], Dataset]] = field(default_factory=dict)
    weights: MutableMapping[str, Weights] = field(default_factory=dict)
    names: MutableMapping[str, str] = field(default_factory=dict)

    def keep_weights(self, weights: Weights, name: str, most: int) -> None:
        """Keep these weights too, but no more than `most` in all."""
        self.weights[weights.fingerprint], self.names[weights.fingerprint] = weights, name
        while len(self.weights) > most:
            oldest = next(iter(self.weights))
            del self.weights[oldest], self.names[oldest]

    def copy(self) -> Files:
        """Return what is there now: a worker must not see the session change."""
        return Files(dict(self.tables), dict(self.weights), dict(self.names))


class Job:
    """One scene being explored: its newest exploration, its progress, and how it ended."""

    def __init__(self, scene: Scene, files: Files):
        self.scene = scene
        self.exploration: Exploration | None = None
        self.error: LandscapeError | None = None
        self.progress: tuple[str, float] = ("paths", 0.0)
        self._news = Condition()
        self._stop = Event()
        self._asked = self._seen = time.monotonic()
        context = get_script_run_ctx(suppress_warning=True)
        self._session = None if context is None else context.session_id
        self._future: Future[None] = _pool().submit(self._run, files.copy())

    @property
    def finished(self) -> bool:
        """Whether nothing more will come, whatever the reason."""
        return self._future.done()

    def cancel(self) -> None:
        """Ask the worker to stop at its next look; what it has found so far stays."""
        self._stop.set()
        self._future.cancel()

    @property
    def deserted(self) -> bool:
        """Whether its page is closed, or has not asked for so long that it must be gone: its worker is then needed by others."""
        now = time.monotonic()
        if _connected(self._session):
            self._seen = now
        return now - self._seen > GONE or now - self._asked > PATIENCE

    def ask(self) -> None:
        """Let the job know that its page is still there."""
        self._asked = time.monotonic()

    def wait(self, seconds: float) -> None:
        """Return when the job is finished, or soon after it has a first picture, or after `seconds`."""
        self.ask()
        deadline = time.monotonic() + seconds
        with self._news:
            while self.exploration is None and not self.finished and (left := deadline - time.monotonic()) > 0:
                self._news.wait(left)
            if not self.finished:
                self._news.wait_for(lambda: self.finished, GRACE)

    def outcome(self) -> None:
        """Raise what the worker raised other than a refusal or a cancel: a defect must be seen."""
        if self.finished and not self._future.cancelled():
            self._future.result()

    def _run(self, files: Files) -> None:
        hooks = {"report": self._hear, "should_stop": lambda: self._stop.is_set() or self.deserted}
        study = Study(self.scene, memory=_memory(), tables=files.tables, weights=files.weights, **hooks)
        try:
            for exploration in study.explore():
                self._tell(exploration)
        except LandscapeError as error:
            self.error = error
        except Cancelled:
            pass  # the visitor asked for it
        finally:
            self._tell(self.exploration)

    def _hear(self, stage: str, share: float) -> None:
        self.progress = (stage, share)

    def _tell(self, exploration: Exploration | None) -> None:
        with self._news:
            self.exploration = exploration
            self._news.notify_all()


def study_of(scene: Scene, files: Files) -> Study:
    """Return a study that shares the memory of all sessions, for the cheap questions that controls ask."""
    return Study(scene, memory=_memory(), tables=files.tables, weights=files.weights)


def _connected(session: str | None) -> bool:
    """Say whether the session's browser is there; without a server nobody can tell, and it is taken to be."""
    return session is None or not runtime.exists() or runtime.get_instance().is_active_session(session)


@st.cache_resource
def _memory() -> Memory:
    return Memory(REMEMBERED)


@st.cache_resource
def _pool() -> ThreadPoolExecutor:
    """Return the workers of all sessions; one thread each, so that the same scene gives the same bytes on any number of cores."""
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="study", initializer=torch.set_num_threads, initargs=(1,))
