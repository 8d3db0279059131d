"""Progress: a page's job from start to finish; the last good picture stays on screen until a better one is there."""

from __future__ import annotations

import streamlit as st

from landscape.scene import Scene
from landscape.study import Exploration
from ui.i18n import Translator
from ui.jobs import Job, Tables
from ui.share import notice

# How long a run of the script waits for a first picture before it shows the last one with a progress bar.
PATIENCE = 0.8
# How often the browser asks while a job runs.
EVERY = 0.4


def explore(t: Translator, scene: Scene, tables: Tables) -> Exploration | None:
    """Start or follow the job of `scene`, and return what is to be drawn now; refusals are shown in the page's language."""
    refused = notice()
    job = _job(scene, tables)
    job.wait(PATIENCE)
    job.outcome()
    if job.exploration is not None:
        st.session_state["last_good"] = job.exploration
    for error in (refused, job.error):
        if error is not None:
            st.error(t.refusal(error), icon=":material/error:")
    if not job.finished:
        with st.container(key="progress"):
            _follow(t, job, job.exploration)
    return st.session_state.get("last_good")


def _job(scene: Scene, tables: Tables) -> Job:
    """Return the session's job if it is this scene's; else a new one, and the old one is told to stop."""
    job = st.session_state.get("job")
    if job is None or job.scene != scene:
        if job is not None:
            job.cancel()
        job = st.session_state["job"] = Job(scene, tables)
    return job


@st.fragment(run_every=EVERY)
def _follow(t: Translator, job: Job, drawn: Exploration | None) -> None:
    """Show how far the job is, with Cancel; run the page again as soon as it has something newer than what is drawn."""
    if job.finished or job.exploration is not drawn:
        st.rerun()
    stage, share = job.progress
    bar, button = st.columns([4, 1], vertical_alignment="center")
    bar.progress(share, text=t(f"progress.{stage}"))
    button.button(t("progress.cancel"), key="cancel", on_click=job.cancel)
