"""The loss-landscape lab: page settings, language, and the way to the pages."""

from pathlib import Path

import streamlit as st

from ui.i18n import current_translator

t = current_translator()
st.set_page_config(page_title=t("app.title"), page_icon=str(Path(__file__).parent / "assets" / "icon.svg"), layout="wide", initial_sidebar_state="auto")
st.html(Path(__file__).parent / "assets" / "app.css")
st.navigation([st.Page("pages/explore.py", title=t("explore.title"), default=True)], position="hidden").run()
