"""The Saddles page in a browser: who is held, who leaves, by one timeline; a click starts elsewhere, and a network's copies are one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from landscape.scene.saddles import SaddlesScene
from tests.browser.explore import drawn, query, redrawn, widget
from ui.words.translator import Translator

Open = Callable[..., Page]

HEADS = (
    """() => document.querySelector('.lv-map').data.filter(trace => trace.meta?.role === 'head').map(({ x, y }) => [x.at(-1), y.at(-1)])"""
)
ARROWS = """() => document.querySelector('.lv-map').data.find(trace => trace.meta?.role === 'field')?.x.length ?? 0"""
SCRUB = "(bar, step) => { bar.value = step; bar.dispatchEvent(new Event('input', { bubbles: true })); }"


@pytest.fixture
def open_saddles(open_page) -> Open:
    """open_saddles(query, lang): the page by its own address, where Streamlit first looks for its server in two wrong places."""

    def opened(asked: str, lang: str = "en", **size: int) -> Page:
        page = open_page(asked, lang=lang, path="saddles", **{"width": 1280, **size})
        drawn(page)
        open_page.errors[:] = [error for error in open_page.errors if "/saddles/_stcore/" not in error]
        return page

    return opened


def test_gradient_descent_is_held_on_the_ridge_and_leaves_beside_it_at_step_139(open_saddles):
    t, page = Translator("en"), open_saddles("start=1.0,0.0")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text(t("saddles.never"))
    assert page.evaluate(HEADS)[0] == pytest.approx([0, 0], abs=1e-3)
    redrawn(page, widget(page, "starts").get_by_text("y = 1e-6", exact=True).click)
    expect(rows.nth(1)).to_contain_text("139")
    expect(rows.nth(5)).to_contain_text(t("saddles.never"))  # Newton
    for key, told in (("held", "✓ (0, 0)"), ("leaves", "✓ 139 · 50"), ("noisy", "✓ 39"), ("free", "✓ (0, 1)")):
        card = page.locator(".lv-fact").filter(has_text=t(f"saddles.check.{key}"))
        expect(card.locator(".lv-fact-value")).to_have_text(told)
        assert card.get_attribute("data-tone") == "good"
    bar = page.locator(".lv-scrubber")
    for step, far in ((138, (0.0, 0.5)), (139, (0.5, 0.6))):
        bar.evaluate(SCRUB, step)
        page.wait_for_timeout(500)
        assert far[0] < page.evaluate(HEADS)[0][1] <= far[1]


def test_arrows_are_switched_and_a_click_starts_elsewhere(open_saddles):
    page = open_saddles("racers=gd,newton")
    assert page.evaluate(ARROWS) > 500
    redrawn(page, widget(page, "field").get_by_text(Translator("en")("saddles.field.none"), exact=True).click)
    assert page.evaluate(ARROWS) == 0 and query(page)["field"] == "none"
    box = page.locator(".lv-map").bounding_box()
    redrawn(page, lambda: page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"]))
    start = SaddlesScene.from_query(query(page)).start
    assert start != (1.0, 1e-6) and np.abs(page.evaluate(HEADS)[0]) == pytest.approx([0, 1], abs=1e-3)


@pytest.mark.parametrize("language", ["zh"])
def test_a_network_s_critical_points_are_listed_with_their_copies(open_saddles, language):
    t, page = Translator(language), open_saddles("part=networks&net=deep_linear&units=1&depth=3&decay=0.1", language)
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text(t("figure.minimum"))
    expect(first).to_contain_text(t("saddles.found_of", found=4, copies=4))
    phone = open_saddles("", language, width=390, height=844)
    assert phone.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
