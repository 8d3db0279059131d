"""The Minima page in a browser: balls of several rates roll on one timeline."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from landscape.minima.studies import studies
from landscape.scene.minima import MinimaScene
from tests.browser.explore import alerts, drawn, nudge, pick, query, redrawn
from ui.words.translator import LANGUAGES, Translator

HEAVY = {"connection", "depth", "edge", "batches", "sam", "river"}  # their last stage takes seconds to minutes
BALLS = "() => [...document.querySelector('.lv-film')._fullData[3].x]"
SCRUB = "(bar, step) => { bar.value = step; bar.dispatchEvent(new Event('input', { bubbles: true })); }"


@pytest.fixture
def open_minima(open_page):
    """open_minima(query, lang): the page by its own address, where Streamlit first looks for its server in two wrong places."""

    def opened(asked: str, lang: str = "en") -> Page:
        page = open_page(asked, lang=lang, path="minima", width=1280)
        drawn(page)
        open_page.errors[:] = [error for error in open_page.errors if "/minima/_stcore/" not in error]
        return page

    return opened


@pytest.mark.parametrize("language", LANGUAGES)
def test_balls_roll_on_one_timeline_and_end_where_their_rates_let_them(open_minima, language):
    t = Translator(language)
    page = open_minima("", language)
    expect(page.locator(".lv-fact", has_text=t("minima.wells.sharp")).first).to_contain_text("2/λ = 0.08")
    page.locator(".lv-scrubber").evaluate(SCRUB, 0)
    page.wait_for_function(f"({BALLS})().every(x => Math.abs(x - 2.01) < 1e-6)")
    page.locator(".lv-scrubber").evaluate(SCRUB, 200)
    page.wait_for_function(f"Math.abs(({BALLS})()[0] + 2) < 1e-3")
    ends = page.evaluate(BALLS)
    assert ends[1] == pytest.approx(2, abs=1e-3) and ends[5] == pytest.approx(-2, abs=1e-3)


def test_another_rate_is_a_link_that_comes_back(open_minima):
    page = open_minima("")
    redrawn(page, lambda: nudge(page, "study.wells.lr", times=2))
    there = MinimaScene.from_query(query(page))
    assert there.study.get("lr") == 0.15
    again = open_minima(there.to_link())
    assert MinimaScene.from_query(query(again)) == there


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_study_has_its_own_board_and_link(open_minima, language):
    t = Translator(language)
    page = open_minima("study.lr=0.2", language)
    redrawn(page, lambda: pick(page, "study", t("studies.persistence")))
    card = page.locator(".lv-fact").filter(has_text=t("minima.persistence.basins"))
    expect(card.locator(".lv-fact-value")).to_have_text("✓ 121")
    assert page.locator(".lv-scrubber:visible").count() == 0
    there = MinimaScene.from_query(query(page))
    assert there.study.name == "persistence" and there.study.get("surface") == "rastrigin"


def test_the_dial_shifts_the_test_curve_at_once_and_then_the_cards(open_minima):
    t = Translator("en")
    page = open_minima("")
    page.locator(".lv-line input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("Math.abs(document.querySelector('.lv-film')._fullData[1].x[0] + 4.2 - 0.35) < 1e-6")
    rise = page.locator(".lv-fact").filter(has_text=t("minima.wells.rise", shift="0.35"))
    expect(rise.locator(".lv-fact-value")).to_have_text("✓ 0.06125 | 1.531")
    assert MinimaScene.from_query(query(page)).study.get("shift") == 0.35


@pytest.mark.parametrize("study", studies)
def test_each_study_shows_a_picture_and_a_heavy_one_can_be_cancelled(open_page, study):
    t = Translator("en")
    page = open_page(f"study={study}", path="minima", width=1280)
    page.wait_for_selector(".lv .js-plotly-plot .main-svg")
    open_page.errors[:] = [error for error in open_page.errors if "/minima/_stcore/" not in error]
    expect(page.locator(".lv-fact").first).to_be_visible()
    expect(page.get_by_text(t(f"minima.about.{study}"), exact=True)).to_be_visible()
    if study in HEAVY:
        cancel = page.locator(".st-key-cancel").get_by_role("button")
        expect(cancel).to_have_text(t("progress.cancel"))
        expect(page.locator(".st-key-progress").get_by_role("progressbar")).to_be_visible()
        cancel.click()
        page.wait_for_selector(".st-key-cancel", state="detached")
        assert any(t("progress.cancelled_finer") in alert for alert in alerts(page))
    drawn(page)
    assert page.locator(".lv-pictures .js-plotly-plot").count() >= 2
    assert (study in HEAVY) == bool(alerts(page))
