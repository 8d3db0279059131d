"""The Sculpt page in a browser: one slider moves landscape and task together, without a rerun, and says the strength."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from landscape.scene.sculpt import SculptScene
from tests.browser.explore import drawn, pick, query, redrawn, step
from ui.words.translator import Translator

STATE = """() => {
  const map = document.querySelector('.lv-map'), ground = map._fullData.find(trace => trace.meta?.role === 'ground');
  const head = map._fullData.find(trace => trace.meta?.role === 'head'), ring = map._fullData.find(trace => trace.meta?.role === 'ring');
  const bars = document.querySelector('.lv-film')._fullData, relief = document.querySelector('.lv-relief')._fullData;
  return { low: Math.min(...[...ground.customdata].flatMap(row => [...row])), at: [head.x[0], head.y[0]], ring: ring && Math.max(...ring.x),
    bars: [...bars[0].x], zeros: [...bars[1].x].filter(value => value === 0).length,
    relief: Math.min(...[...relief.find(trace => trace.type === 'surface').z].flatMap(row => [...row])) };
}"""
SCRUB = "(bar, step) => { bar.value = step; bar.dispatchEvent(new Event('input', { bubbles: true })); }"
HALF = 15  # the step of strength 0.5


@pytest.fixture
def open_sculpt(open_page):
    """open_sculpt(query, lang): the page by its own address, where Streamlit first looks for its server in two wrong places."""

    def opened(asked: str, lang: str = "en") -> Page:
        page = open_page(asked, lang=lang, path="sculpt", width=1280)
        drawn(page)
        open_page.errors[:] = [error for error in open_page.errors if "/sculpt/_stcore/" not in error]
        return page

    return opened


def scrubbed(page: Page, to: int) -> dict:
    """Take the slider to a step, wait until the map shows another, and return what is shown."""
    before = page.evaluate(STATE)
    page.locator(".lv-scrubber").evaluate(SCRUB, to)
    page.wait_for_function(
        f"before => {{ const now = ({STATE})(); return now.low !== before.low && now.relief !== before.relief; }}", arg=before
    )
    page.wait_for_timeout(400)  # the pictures that were drawn last
    return page.evaluate(STATE)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_slider_moves_the_landscape_and_the_task(open_sculpt, language):
    t = Translator(language)
    page = open_sculpt("sculpture=l1&resolution=21", language)
    expect(page.locator(".lv")).to_have_attribute("data-shown", re.compile("True$"))  # what several seeds find comes last
    shown = page.locator(".lv").get_attribute("data-shown")
    expect(page.locator(".lv-step")).to_have_text("λ = 0.5")  # where a closed form is known
    first = scrubbed(page, 0)
    assert first["at"] == pytest.approx([2.0, 0.3], abs=1e-6) and first["zeros"] == 0 and first["low"] == pytest.approx(0, abs=0.01)
    half = scrubbed(page, HALF)
    expect(page.locator(".lv-step")).to_have_text("λ = 0.5")
    assert page.locator(".lv-scrubber").get_attribute("aria-valuetext") == "λ = 0.5"
    assert half["at"] == pytest.approx([1.5, 0.0], abs=1e-9) and half["zeros"] == 8
    assert half["low"] == half["relief"] == pytest.approx(0.92, abs=0.02) and half["ring"] == pytest.approx(1.5, abs=1e-6)
    page.locator(".lv-scrubber").press("ArrowLeft")
    expect(page.locator(".lv-step")).to_have_text("λ = 0.45")
    assert page.locator(".lv").get_attribute("data-shown") == shown  # nothing has been asked of the server
    card = page.locator(".lv-fact", has_text=t("sculpt.check"))
    expect(card.locator(".lv-fact-value")).to_have_text("✓ (1.5, 0)")
    assert card.get_attribute("data-tone") == "good"
    expect(page.get_by_text(t("sculpt.about.l1"))).to_be_visible()


def test_another_term_is_a_link_that_comes_back(open_sculpt):
    t = Translator("en")
    page = open_sculpt("sculpture=l1&resolution=21&seed=1")
    redrawn(page, lambda: pick(page, "sculpture", t("sculptures.dropout")))
    expect(page.locator(".lv-step")).to_contain_text("p = ")
    there = SculptScene.from_query(query(page))
    assert (there.sculpture.name, there.seed, there.resolution) == ("dropout", 1, 21)
    again = open_sculpt(there.to_link())
    assert SculptScene.from_query(query(again)) == there
    assert step(again) == 5  # without motion the usual strength, 0.2, is shown
    facts = [other.locator(".lv-fact-value").all_inner_texts() for other in (page, again)]
    assert facts[0] == facts[1] and len(facts[0]) >= 5
