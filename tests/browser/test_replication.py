"""The Replication page in a browser: a claim is run by its button, another is cancelled, and what was found stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.explore import SETTLED, alerts, go_to, widget
from tests.browser.visit import WAIT
from ui.words.translator import LANGUAGES, Translator

QUICK, HEAVY = "hessian_outliers", "sam"
SEEDS = {language: k for k, language in enumerate(LANGUAGES)}  # what one visitor has had run is there at once for the next


@pytest.fixture
def open_replication(open_page):
    """open_replication(query, lang): the page by its own address, where Streamlit first looks for its server in two wrong places."""

    def opened(asked: str, lang: str) -> Page:
        page = open_page(asked, lang=lang, path="replication", width=1280)
        page.wait_for_function(SETTLED)
        open_page.errors[:] = [error for error in open_page.errors if "/replication/_stcore/" not in error]
        return page

    return opened


def button(page: Page, claim: str) -> Locator:
    return widget(page, f"run_{claim}").get_by_role("button")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_claim_runs_by_its_button_another_is_cancelled_and_what_was_found_stays(open_replication, language):
    t = Translator(language)
    page = open_replication(f"claim={QUICK}&claim2={HEAVY}&seed={SEEDS[language]}", language)
    quick, heavy = (widget(page, f"claim_{claim}") for claim in (QUICK, HEAVY))
    for row in (quick, heavy):
        expect(row).to_contain_text(t("replication.not_run"))
    assert page.locator(".lv").count() == 0  # no picture before a run

    button(page, QUICK).click()
    progress = page.locator(".st-key-progress")
    expect(progress.get_by_role("progressbar")).to_be_visible()
    expect(progress).to_contain_text(t("progress.replicating"))
    expect(quick).to_contain_text(t("replication.running"))
    expect(heavy).to_contain_text(t("replication.not_run"))
    expect(button(page, HEAVY)).to_be_disabled()  # one at a time
    expect(quick).to_contain_text(t("replication.holds"), timeout=WAIT)
    expect(quick.locator("[data-tone]")).to_have_count(9)  # three measures of three numbers of classes
    expect(quick.locator("[data-tone=good]")).to_have_count(9)  # three measures of three numbers of classes
    page.wait_for_function(SETTLED)
    expect(page.locator(".lv .js-plotly-plot")).to_have_count(1)
    expect(button(page, QUICK)).to_be_disabled()
    found = quick.inner_text()

    button(page, HEAVY).click()
    expect(heavy).to_contain_text(t("replication.running"))
    cancel = page.locator(".st-key-cancel").get_by_role("button")
    expect(cancel).to_have_text(t("progress.cancel"))
    cancel.click()
    page.wait_for_function(SETTLED)
    assert any(t("progress.cancelled") in alert or t("progress.cancelled_finer") in alert for alert in alerts(page))
    expect(heavy).to_contain_text(t("replication.not_run"))
    expect(button(page, HEAVY)).to_be_enabled()
    assert quick.inner_text() == found

    go_to(page, t("pages.losses"))
    page.wait_for_url("**/losses*")
    page.wait_for_function(SETTLED)
    go_to(page, t("pages.replication"))
    page.wait_for_url("**/replication*")
    expect(quick).to_contain_text(t("replication.holds"))
    assert quick.inner_text() == found
    expect(page.locator(".lv .js-plotly-plot")).to_have_count(1)
