"""The Race page's further topics in a browser: maps of basins, the corner of one parameter, and workers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from landscape.scene.race import RaceScene
from tests.browser.explore import drawn, query
from ui.words.translator import LANGUAGES, Translator

CODES = """() => [...document.querySelectorAll('.lv-chart')].map(chart => {
  const ground = chart._fullData?.find(trace => trace.meta?.role === 'ground');
  return ground ? new Set([...ground.z].flatMap(row => [...row])).size : 0;
})"""
POINTS = "() => document.querySelector('.lv-film')._fullData.slice(3).map(trace => trace.x[0])"
HEADS = "() => document.querySelector('.lv-map')._fullData.filter(trace => trace.meta?.role === 'head').map(trace => trace.x[0])"
SCRUB = "(bar, step) => { bar.value = step; bar.dispatchEvent(new Event('input', { bubbles: true })); }"


@pytest.fixture
def open_race(open_page):
    """open_race(query, lang): the page by its own address, where Streamlit first looks for its server in two wrong places."""

    def opened(asked: str, lang: str = "en") -> Page:
        page = open_page(asked, lang=lang, path="race", width=1280)
        drawn(page)
        open_page.errors[:] = [error for error in open_page.errors if "/race/_stcore/" not in error]
        return page

    return opened


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_topic_shows_what_it_is_about(open_race, language):
    t = Translator(language)
    page = open_race("topic=basins&starts=41", language)
    page.wait_for_function(f"({CODES})().length === 4 && ({CODES})().every(count => count > 0)")
    assert page.evaluate(CODES) == [4, 4, 4, 9]  # Newton's method is attracted by saddles and the maximum, too
    expect(page.get_by_role("rowheader").first).to_contain_text(t("figure.minimum"))

    page.get_by_text(t("race.topic.corner"), exact=True).first.click()
    page.wait_for_selector(".lv-film")
    drawn(page)
    expect(page.locator(".lv-fact", has_text="✓")).to_have_count(3)
    page.locator(".st-key-astray_maximum button").click()
    expect(page.locator(".lv-fact", has_text=t("race.corner.newton_ends"))).to_contain_text(t("race.corner.end.maximum"))
    page.locator(".lv-scrubber").evaluate(SCRUB, 30)
    page.wait_for_function(f"Math.abs(({POINTS})()[2] - 0.0754) < 1e-3")  # Newton's point
    assert RaceScene.from_query(query(page)).begin == 0.25

    page.get_by_text(t("race.topic.workers"), exact=True).first.click()
    page.wait_for_selector(".lv-map")
    drawn(page)
    expect(page.locator(".lv-fact", has_text="✓")).to_contain_text(t("race.workers.batch"))
    page.locator(".lv-scrubber").evaluate(SCRUB, 4)
    page.wait_for_function(f"new Set(({HEADS})()).size === 5")  # four workers, apart between two averages, and their mean
    page.locator(".lv-scrubber").evaluate(SCRUB, 8)
    page.wait_for_function(f"(xs => Math.max(...xs) - Math.min(...xs) < 1e-9)(({HEADS})())")
