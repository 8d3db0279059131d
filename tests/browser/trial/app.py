"""The lab with more entries in its registry; the test copies this start of the server beside the scripts of other pages."""

import os
from pathlib import Path

import tests.browser.trial
from ui import registry
from ui.registry import Page
from ui.words import translator

HERE, THERE = Path(tests.browser.trial.__file__).resolve().parent, Path(__file__).resolve().parent
GROUPS = ("landscapes", "losses", "training", "files")

translator.LOCALES = Path(os.environ["TRIAL_LOCALES"])
if registry.PAGES[-1].folder == registry.FOLDER:
    registry.PAGES += (Page("trial", "landscapes", "science", "tests.browser.trial.line:LineScene", folder=HERE / "pages"),)
    others = sorted((THERE / "pages").glob("*.py"))
    registry.PAGES += tuple(Page(path.stem, GROUPS[k % 4], "star", folder=path.parent) for k, path in enumerate(others))
app = HERE.parents[2] / "app.py"
exec(compile(app.read_text(encoding="utf-8"), str(app), "exec"), {"__name__": "__main__", "__file__": str(app)})  # as deploy/ does
