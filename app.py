"""The loss-landscape lab: page settings, language, and the way to the pages."""

from pathlib import Path

import streamlit as st

from ui.browser import script_run
from ui.frame import navigation, opening
from ui.words.translator import current_translator

ROOT = Path(__file__).parent

t = current_translator()
st.set_page_config(page_title=t("app.title"), page_icon=str(ROOT / "assets" / "icon.svg"), layout="wide", initial_sidebar_state=320)
st.html(ROOT / "assets" / "app.css")
page = st.navigation(navigation.pages(t), position="hidden")
if page.url_path == navigation.EXPLORE and opening.cold():
    script_run.run_in_place_of(page, opening.run)
else:
    page.run()
