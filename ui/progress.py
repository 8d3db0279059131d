"""Progress: a page's job from start to finish; the last good picture stays on screen until a better one is there."""

from __future__ import annotations

import streamlit as st

from landscape.scene import Scene
from landscape.study import Exploration
from ui.i18n import Translator
from ui.jobs import Files, Job
from ui.share import notice, weights_let_go

# How long a run of the script waits for a first picture before it shows the last one with a progress bar.
FIRST_PICTURE = 0.8
# How often the browser asks while a job runs.
EVERY = 0.4


def explore(t: Translator, scene: Scene, files: Files) -> Exploration | None:
    """Start or follow the job of `scene`, and return what is to be drawn now; refusals are shown in the page's language.

    Messages and progress have containers in every run, so that the picture below them keeps its place.
    """
    job = _job(scene, files)
    job.wait(FIRST_PICTURE)
    job.outcome()
    if job.exploration is not None:
        st.session_state["last_good"] = job.exploration
    if job.finished:
        st.session_state.pop("followed", None)
    with st.container(key="messages"):
        _messages(t, job)
    with st.container(key="progress"):
        st.fragment(_follow, run_every=None if job.finished else EVERY)(t, job, job.exploration)
    return st.session_state.get("last_good")


def room(t: Translator) -> None:
    """Keep the room of the pictures, saying that they are on their way if they are."""
    words = "" if st.session_state["job"].finished else t("view.loading")
    st.html(f'<div class="waiting">{words}</div>')


def _job(scene: Scene, files: Files) -> Job:
    """Return the session's job if it is this scene's; else a new one, and the old one is told to stop."""
    job = st.session_state.get("job")
    if job is None or job.scene != scene or job.deserted:
        if job is not None:
            job.cancel()
        job = st.session_state["job"] = Job(scene, files)
    return job


def _messages(t: Translator, job: Job) -> None:
    """Say what was refused, the visitor's last request before the scene itself, or why there is nothing to see."""
    error = notice() or job.error
    if error is None and job.finished and job.exploration is None:
        st.info(t("progress.cancelled"), icon=":material/info:")
    elif error is not None and error.code == "table_missing" and not job.scene.table:
        st.info(t("explore.bring_table"), icon=":material/upload_file:")
    elif error is not None:
        st.error(t.refusal(error), icon=":material/error:")
    elif weights_let_go():
        st.info(t("explore.weights_let_go"), icon=":material/info:")


def _follow(t: Translator, job: Job, drawn: Exploration | None) -> None:
    """Show how far the job is, with Cancel; run the page again as soon as it has something newer than what is drawn."""
    if job.exploration is not drawn:
        st.rerun()
    if job.finished:
        if st.session_state.get("followed") is job:
            del st.session_state["followed"]
            st.rerun()  # the page still polls: let it draw once more without
        return
    st.session_state["followed"] = job
    job.ask()
    stage, share = job.progress
    bar, button = st.columns([4, 1], vertical_alignment="center")
    bar.progress(share, text=t(f"progress.{stage}"))
    button.button(t("progress.cancel"), key="cancel", on_click=job.cancel)
