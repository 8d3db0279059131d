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
page = navigation.opened(t)
if opening.cold() and not page.url_path:  # the first page, which alone has an opening
    script_run.run_in_place_of(page, opening.run)
else:
    page.run()
