"""The lab with one entry more in its registry; the test puts this start of the server into a folder of its own."""

import os
import runpy
from pathlib import Path

import tests.browser.trial
from ui import registry
from ui.registry import Page
from ui.words import translator

HERE = Path(tests.browser.trial.__file__).resolve().parent

translator.LOCALES = Path(os.environ["TRIAL_LOCALES"])
if registry.PAGES[-1].id != "trial":
    registry.PAGES += (Page("trial", "landscapes", "science", "tests.browser.trial.line:LineScene", folder=HERE / "pages"),)
runpy.run_path(str(HERE.parents[2] / "app.py"))
