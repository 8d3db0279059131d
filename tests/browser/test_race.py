"""The Race page in a browser: all stand at one tick, the rule's numbers follow it, and the dial moves its pictures without a rerun."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import drawn
from ui.words.translator import Translator

SCRUB = "(bar, step) => { bar.value = step; bar.dispatchEvent(new Event('input', { bubbles: true })); }"
RULE = "() => [...document.querySelector('.lv-film')._fullData[1].text]"
HEADS = """() => document.querySelector('.lv-map')._fullData.filter(trace => trace.meta?.role === 'head').map(({ x, y }) => [x[0], y[0]])"""
COUNTS = "() => [...[...document.querySelectorAll('.lv-chart')][1]._fullData[4].y]"


@pytest.fixture
def open_race(open_page):
    """open_race(query, lang): the page by its own address, where Streamlit first looks for its server in two wrong places."""

    def opened(asked: str, lang: str = "en") -> Page:
        page = open_page(asked, lang=lang, path="race", width=1280)
        drawn(page)
        open_page.errors[:] = [error for error in open_page.errors if "/race/_stcore/" not in error]
        return page

    return opened


@pytest.mark.parametrize("language", ["en", "zh"])
def test_eight_race_by_one_clock_and_the_rule_follows(open_race, language):
    t, page = Translator(language), open_race("resolution=21", language)
    expect(page.locator(".lv-chips .lv-chip:not(.lv-mark)")).to_have_count(8)
    page.locator(".lv-scrubber").evaluate(SCRUB, 0)
    page.wait_for_function(f"() => ({RULE})()[0] === '1'")
    starts = page.evaluate(HEADS)
    assert starts == [pytest.approx([-4.8, 0.2])] * 8
    first = page.evaluate(RULE)
    page.locator(".lv-scrubber").evaluate(SCRUB, 10)
    page.wait_for_function(f"() => ({RULE})()[0] === '11'")
    assert all(now != then for now, then in zip(page.evaluate(RULE), first, strict=True))
    expect(page.locator(".lv-step")).to_contain_text(t("race.tick.evaluations"))
    page.wait_for_timeout(400)  # the heads are told to Plotly when the playhead rests
    assert len({tuple(round(side, 3) for side in head) for head in page.evaluate(HEADS)}) == 8
    expect(page.locator(".lv-sheet tbody tr")).to_have_count(8)
    expect(page.locator(".lv-sheet")).to_contain_text(t("race.at.saddle"))  # where Newton's method goes


def test_the_condition_number_is_dialed_without_a_rerun_and_is_then_in_the_link(open_race):
    page = open_race("topic=rates&steps=10&opt=gd&opt.lr=0.005")
    expect(page.locator(".lv-fact[data-tone='good']")).to_have_count(5)  # every check holds
    assert page.evaluate(COUNTS) == [691, 93]
    page.locator(".lv-dial input").evaluate(SCRUB, 30)
    page.wait_for_function(f"() => ({COUNTS})().join() === '6908,315'")
    page.wait_for_url("**/race?*kappa=1000*")
