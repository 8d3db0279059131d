"""Progress: a page's job from start to finish; the last good picture stays on screen, dimmed, until one of the new scene is there."""

from __future__ import annotations

import time
from functools import partial

import streamlit as st

from landscape.scene.scene import OPTIMIZER_KEYS, Scene
from landscape.scene.study import Exploration
from ui.browser import script_run
from ui.jobs.job import GRACE, Job, job_of
from ui.session.files import Files
from ui.session.scene import notice, remarks, weights_let_go
from ui.words.translator import Translator

# Seconds after which a change that has no picture yet is worth a word, and the picture before it is dimmed.
WORTH_A_WORD = 0.35
# What the box brings along while the picture is still the one before. A style alone would stand elsewhere, where Streamlit keeps it to the
# end of the run and after; with an element it comes and goes with the box.
DIMMED = "<i hidden></i><style>.lv-pictures, .lv-chips, .lv-facts, .lv-panels { opacity: 0.35; filter: grayscale(0.7); }</style>"


class Progress:
    """What one run of the page shows of its scene's job: messages, and how far it is.

    Both have their places in every run, above the picture, so that it keeps its own.
    """

    def __init__(self, t: Translator, scene: Scene, files: Files):
        self._t, self._job = t, _job(scene, files)
        self._messages = st.container(key="messages")
        with st.container(key="progress"):
            self._place = st.empty()
        self._told = False
        self._found: Exploration | None = None  # what this run draws of the job
        self.ended = False  # whether it was the last when it was looked at

    def picture(self) -> Exploration | None:
        """Return what is to be drawn now: wait for the scene's first picture; the last good one where none will come."""
        job = self._job
        if not self._left:
            self._wait(None, dims=True)
            job.wait_for_end(GRACE)
        job.outcome()
        self._found, finished = job.found()
        if self._left:  # others may wait on, and what they see is not what was asked for here
            _, self._found = st.session_state["left"]
        self.ended = self._left or (finished and not job.given_up)
        with self._messages:
            self._say()
        if self._found is not None:
            st.session_state["last_good"] = self._found
        return st.session_state.get("last_good")

    def rest(self) -> None:
        """Wait for what comes after the picture, and run the page again as soon as there is more; Cancel ends it."""
        if self.ended:
            return
        if not self._told:  # a run can draw one box; the next one draws its own at once
            self._wait(self._found, dims=False)
        script_run.rerun()

    @property
    def _left(self) -> bool:
        """Whether the visitor has cancelled this job; what others have waited for to its end is drawn all the same."""
        job, _ = st.session_state.get("left", (None, None))
        return job is self._job and not job.complete

    def _wait(self, known: Exploration | None, *, dims: bool) -> None:
        """Wait for something newer than `known`, or the end; from some time on, say so in a box."""
        job, quiet, bar = self._job, time.monotonic() + WORTH_A_WORD, None
        while not script_run.wait(partial(job.wait_for_news, known), max(0.1, quiet - time.monotonic())):
            bar = bar or _Bar(self._t, job, self._place, dims=dims)
            bar.show()
        if bar is not None:
            self._told = True
            self._place.empty()

    def _say(self) -> None:
        """Say what was refused, the visitor's last request before the scene itself, or why it ended, and which scene the picture is of."""
        t, job = self._t, self._job
        error, drawn = notice() or job.error, st.session_state.get("last_good")
        if self._left:
            st.info(t("progress.cancelled" if self._found is None else "progress.cancelled_finer"), icon=":material/info:")
        elif error is not None and error.code == "table_missing" and not job.scene.table:
            st.info(t("explore.bring_table"), icon=":material/upload_file:")
        elif error is not None:
            st.error(t.refusal(error), icon=":material/error:")
        elif weights_let_go():
            st.info(t("explore.weights_let_go"), icon=":material/info:")
        for key, fields in remarks():
            st.info(t(key, **fields), icon=":material/info:")
        if self._found is None and drawn is not None:
            st.caption(t("progress.shown", scene=title_of(drawn.scene, t)))


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
        words = self._t("progress.doing", stage=self._t(f"progress.{stage}"), scene=title_of(self._job.scene, self._t), seconds=said[2])
        self._bar.progress(said[1], text=words)


def title_of(scene: Scene, t: Translator) -> str:
    """Return a scene's short name: its function, or its data, model and loss, and its optimizers."""
    subject = ("function",) if scene.function is not None else ("data", "model", "loss")
    nouns = {"function": "functions", "data": "datasets", "model": "models", "loss": "losses"}
    names = [t(f"{nouns[key]}.{getattr(scene, key).name}") for key in subject]
    names += [t(f"optimizers.{choice.name}") for _, choice in zip(OPTIMIZER_KEYS, scene.optimizers, strict=False)]
    return " · ".join(names)


def room(t: Translator) -> None:
    """Keep the room of the pictures where there is none yet."""
    st.html(f'<div class="waiting">{t("view.loading")}</div>')


def _job(scene: Scene, files: Files) -> Job:
    """Return the job of `scene`; the session leaves the one that it followed before, and forgets that it was cancelled."""
    job = st.session_state.get("job")
    if job is not None and job.scene == scene and not _outlived(job, files):
        return job
    if job is not None:
        job.leave()
    st.session_state.pop("left", None)
    job = st.session_state["job"] = job_of(scene, files)
    return job


def _outlived(job: Job, files: Files) -> bool:
    """Say whether the job was given up while the page was away, not by its visitor, or refused for want of a file that is here now."""
    wanted = job.error is not None and job.error.code in ("table_missing", "weights_missing")
    cancelled = st.session_state.get("left", (None, None))[0] is job
    return (job.given_up and not cancelled) or (wanted and files.suffice(job.scene))


def _leave(job: Job) -> None:
    st.session_state["left"] = job, job.found()[0]
    job.leave()
