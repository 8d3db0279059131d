"""Every page of the registry in a browser, by the menu, in both languages: nothing goes wrong, and no English is left on a Chinese page."""

from __future__ import annotations

from itertools import chain

import pytest
from playwright.sync_api import expect

from tests.browser.explore import MENU, go_to
from tests.browser.test_languages import WORDS, english
from tests.browser.visit import wait_for_run
from ui.registry import PAGES
from ui.words.translator import LANGUAGES, Translator

# Of a language, of kinds of files, of people, of methods, of formulas, and of the columns of scikit-learn's tables.
NAMES = {
    "Python",
    "npz",
    "safetensors",
    "Tukey",
    "Huber",
    "Keskar",
    "MM",
    "log-cosh",
    "ISTA",
    "SAM",
    "ln",
    "tr",
    "BFGS",
    "WSD",
    "age",
    "sex",
    "bmi",
    "bp",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_from_every_other(open_page, language):
    page, t = open_page("steps=5&resolution=11", lang=language), Translator(language)
    for entry in (*PAGES[1:], *PAGES):
        go_to(page, t(f"pages.{entry.id}"))
        page.wait_for_url(f"**/{entry.address}?*lang={language}")
        wait_for_run(page)
        expect(page.locator(MENU).filter(visible=True).first).to_contain_text(t(f"pages.{entry.id}"))
        if language == "zh":
            assert {*chain(*english(page.evaluate(WORDS)).values())} <= NAMES, entry.id
