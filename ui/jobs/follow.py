"""Following a job: a page shows its newest result; the last good one of another request stays on screen until the first is there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import streamlit as st

from ui.browser import script_run
from ui.jobs.job import Job, Stages, job_of
from ui.session.scene import of_page, refusal, remarks
from ui.words.titles import title_of
from ui.words.translator import Translator

if TYPE_CHECKING:
    from landscape.scene.record import Record

# Seconds after which a change that has no picture yet is worth a word, and the picture before it is dimmed.
WORTH_A_WORD = 0.35
# Seconds that a first picture waits for its last stage, which is often at hand.
GRACE = 0.04
# What the box brings along while the picture is still the one before. A style alone would stand elsewhere, where Streamlit keeps it to the
# end of the run and after; with an element it comes and goes with the box.
DIMMED = "<i hidden></i><style>.lv-pictures, .lv-chips, .lv-facts, .lv-panels { opacity: 0.35; filter: grayscale(0.7); }</style>"


@dataclass(frozen=True)
class Request:
    """What a page asks for: its scene, and those of the files named in it that this visitor has brought."""

    page: str
    scene: Record
    files: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Shown:
    """A result, and what had been asked for."""

    request: Request
    result: object


class Following:
    """What one run of a page shows of its job: `result`, the newest one or else the last good one (None before the first), `scene`, which
    it is of, `ended`, whether nothing more will come, and messages and progress, which have their places above the picture in every run, so
    that it keeps its own.
    """

    def __init__(self, t: Translator, job: Job):
        self._t, self._job = t, job
        self._messages = st.container(key="messages")
        with st.container(key="progress"):
            self._place = st.empty()
        self._told = False
        self._found: object | None = None  # what this run draws of the job
        self._look()
        with self._messages:
            self._say()
        shown = st.session_state.get(_key(job, "shown"))
        if self._found is not None:
            shown = st.session_state[_key(job, "shown")] = _Shown(job.request, self._found)
        self.result = None if shown is None else shown.result
        self.scene = job.request.scene if shown is None else shown.request.scene

    def rest(self) -> None:
        """Wait for what comes after the picture, and run the page again as soon as there is more; Cancel ends it, and so does a hand on a
        part of the page that is run by itself, which has then the word.
        """
        if self.ended:
            return
        if not self._told:  # a run can draw one box; the next one draws its own at once
            self._wait(self._found, dims=False)
        if not script_run.asked_for_part():
            script_run.rerun()

    def _look(self) -> None:
        """Wait for the first result, and take the newest that there is."""
        job, left = self._job, _left(self._job)
        if not left:
            self._wait(None, dims=True)
            job.wait_for_end(GRACE)
        job.outcome()
        self._found, finished = job.found()
        if left:  # others may wait on, and what they see is not what was asked for here
            self._found = left.result
        self.ended = bool(left) or (finished and not job.given_up)

    def _wait(self, known: object | None, *, dims: bool) -> None:
        """Wait for something newer than `known`, or the end; from some time on, say so in a box."""
        job, quiet, bar = self._job, time.monotonic() + WORTH_A_WORD, None

        def news(seconds: float) -> bool:
            return job.wait_for_news(known, seconds) or (not dims and script_run.asked_for_part())

        while not script_run.wait(news, max(0.1, quiet - time.monotonic())):
            bar = bar or _Bar(self._t, job, self._place, dims=dims)
            bar.show()
        if bar is not None:
            self._told = True
            self._place.empty()

    def _say(self) -> None:
        """Say what was refused, the visitor's last request before the scene itself, or why it ended, and which scene the picture is of."""
        t, job = self._t, self._job
        error, shown = refusal() or job.error, st.session_state.get(_key(job, "shown"))
        if _left(job):
            st.info(t("progress.cancelled" if self._found is None else "progress.cancelled_finer"), icon=":material/info:")
        elif error is not None and error.code == "table_missing" and not getattr(job.request.scene, "table", ""):
            st.info(t("explore.bring_table"), icon=":material/upload_file:")
        elif error is not None:
            st.error(t.refusal(error), icon=":material/error:")
        for key, fields in remarks():
            st.info(t(key, **{name: _listed(t, value) for name, value in fields.items()}), icon=":material/info:")
        if self._found is None and shown is not None:
            st.caption(t("progress.shown", scene=title_of(shown.request.scene, t)))


def _listed(t: Translator, value: object) -> object:
    """Return a remark's value as it is, or the phrases that it lists, in this language."""
    if not isinstance(value, list):
        return value
    return reduce(lambda before, after: t("remark.listed", before=before, after=after), (t(key, **fields) for key, fields in value))


class _Bar:
    """The box with what is computed, for how long, how far it is, and Cancel."""

    def __init__(self, t: Translator, job: Job, place: st.delta_generator.DeltaGenerator, *, dims: bool):
        self._t, self._job, self._said = t, job, None
        with place.container(key="drawing" if dims else "refining"):
            if dims:
                st.html(DIMMED)
            bar, button = st.columns([4, 1], vertical_alignment="center")
            self._bar = bar.empty()
            button.button(t("progress.cancel"), key="cancel", on_click=_leave, args=(job,))

    def show(self) -> None:
        """Say it again if it has changed."""
        stage, share = self._job.progress
        said = stage, round(min(max(share, 0.0), 1.0), 2), int(time.monotonic() - self._job.began)
        if said == self._said:
            return
        self._said = said
        scene = title_of(self._job.request.scene, self._t)
        self._bar.progress(said[1], text=self._t("progress.doing", stage=self._t(f"progress.{stage}"), scene=scene, seconds=said[2]))


def follow(t: Translator, request: Request, stages: Stages) -> Following:
    """Compute `request` by `stages` in a job that all sessions share, and return what to show of it now.

    It waits until there is a first result. The page draws `Following.result` and calls `Following.rest()` at its end. What `stages` reports
    as its stage is said as `progress.<stage>`.
    """
    return Following(t, _job(request, stages))


def room(t: Translator) -> None:
    """Keep the room of the pictures where there is none yet."""
    st.html(f'<div class="waiting">{t("view.loading")}</div>')


def _job(request: Request, stages: Stages) -> Job:
    """Return the job of `request`; the session leaves the one that its page followed before, and forgets that it was cancelled."""
    key = of_page("job", request.page)
    job = st.session_state.get(key)
    if job is not None and job.request == request and (not job.given_up or _left(job)):
        return job
    if job is not None:
        job.leave()
        st.session_state.pop(_key(job, "left"), None)
    job = st.session_state[key] = job_of(request, stages)
    return job


def _left(job: Job) -> _Shown | None:
    """Return what was shown when the visitor cancelled this job, None if nobody did; what others have waited for is shown all the same."""
    known, shown = st.session_state.get(_key(job, "left"), (None, None))
    return shown if known is job and not job.complete else None


def _leave(job: Job) -> None:
    st.session_state[_key(job, "left")] = job, _Shown(job.request, job.found()[0])
    job.leave()


def _key(job: Job, name: str) -> str:
    return of_page(name, job.request.page)
