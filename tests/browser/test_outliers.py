"""The outliers page by hand: a dragged point takes lines, landscape and numbers along, points come and go, and a link says it all."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import drawn, query, redrawn, widget
from ui.words.translator import LANGUAGES, Translator

Open = Callable[..., Page]

CLEAN = "data=line_outliers&data.outlier=0.0"
PHONE = {"width": 390, "height": 844}
# Where the points are on the page, and the middle of each unit of the axes from there, in pixels.
POINTS = """() => {
  const div = document.querySelector('.lv-chart'), box = div.getBoundingClientRect(), { xaxis, yaxis } = div._fullLayout;
  const { x, y } = div.data.find(trace => trace.meta?.role === 'handle');
  return Array.from(x, (at, k) => [box.x + xaxis._offset + xaxis.d2p(at), box.y + yaxis._offset + yaxis.d2p(y[k])]);
}"""
PLACE = """([x, y]) => {
  const div = document.querySelector('.lv-chart'), box = div.getBoundingClientRect(), { xaxis, yaxis } = div._fullLayout;
  return [box.x + xaxis._offset + xaxis.d2p(x), box.y + yaxis._offset + yaxis.d2p(y)];
}"""
TABLE = "() => { const { x, y } = document.querySelector('.lv-chart').data.find(t => t.meta?.role === 'handle'); return [[...x], [...y]]; }"
LOWEST = """() => {
  const { x, y, customdata } = document.querySelector('.lv-map')._fullData.find(trace => trace.meta?.role === 'ground');
  let best = [Infinity];
  Array.from(customdata, (row, j) => Array.from(row, (loss, i) => { if (loss < best[0]) best = [loss, x[i], y[j]]; }));
  return [best[1], best[2], x[1] - x[0], y[1] - y[0]];
}"""
PRESS = """([x, y, ms]) => new Promise(done => {
  const target = document.elementFromPoint(x, y);
  const finger = { pointerType: 'touch', pointerId: 7, isPrimary: true, bubbles: true, button: 0 };
  const about = { ...finger, clientX: x, clientY: y };
  target.dispatchEvent(new PointerEvent('pointerdown', { ...about, buttons: 1 }));
  setTimeout(() => { window.dispatchEvent(new PointerEvent('pointerup', about)); done(); }, ms);
})"""
WIDER = "() => document.querySelector('[data-testid=stMain]').scrollWidth"


@pytest.fixture
def open_outliers(open_page) -> Open:
    """open_outliers(query, language): the page at its own address, drawn."""

    def opened(scene: str = "", language: str = "en", **size: int) -> Page:
        page = open_page(scene, language, path="outliers", **{"width": 1280, "height": 720, **size})
        drawn(page)
        page.wait_for_function("() => document.querySelector('.lv-chart')._fullLayout")
        open_page.errors[:] = [error for error in open_page.errors if "/outliers/_stcore/" not in error]  # Streamlit's own two
        return page

    return opened


def slope(page: Page, name: str, language: str = "en"):
    """The number that the legend shows of a line."""
    return page.locator(".lv-chip").filter(has_text=Translator(language)(name)).locator("b").first


def test_the_last_point_dragged_by_30_takes_squared_error_along_and_neither_huber_nor_absolute_error(open_outliers):
    page = open_outliers(CLEAN)
    expect(slope(page, "losses.mse")).to_have_text("1.000")
    x, y = page.evaluate(POINTS)[-1]
    there = page.evaluate(PLACE, [9, 39])
    page.mouse.move(x, y)
    page.mouse.down()
    for share in np.linspace(0.1, 1, 8):
        page.mouse.move(x, y + share * (there[1] - y))
        page.wait_for_timeout(60)
    expect(slope(page, "losses.mse")).to_have_text("2.636")  # while the hand still holds it
    expect(slope(page, "losses.huber")).to_have_text("1.083")
    expect(slope(page, "losses.mae")).to_have_text("1.000")
    a, b, wide, high = page.evaluate(LOWEST)
    assert abs(a - 2.636) <= wide and abs(b + 4.364) <= high
    assert "edits" not in query(page)
    redrawn(page, page.mouse.up)
    assert query(page)["edits"] == "m9,9.0,39.0"
    expect(slope(page, "losses.mse")).to_have_text("2.636")
    expect(page.locator(".lv-fact").filter(has_text=Translator("en")("outliers.check"))).to_contain_text("✓")
    page.go_back()
    expect(slope(page, "losses.mse")).to_have_text("1.000")


def test_points_come_by_a_click_or_enter_and_go_by_two_clicks_delete_or_a_long_press(open_outliers):
    page = open_outliers(CLEAN)
    redrawn(page, lambda: page.mouse.click(*page.evaluate(PLACE, [2, 20])))
    assert query(page)["edits"] == "a2.0,20.0" and page.evaluate(TABLE)[1][-1] == 20
    page.mouse.dblclick(*page.evaluate(POINTS)[-1])
    page.wait_for_url(lambda url: "edits" not in url)
    drawn(page)
    assert len(page.evaluate(TABLE)[0]) == 10
    chart = page.locator(".lv-chart").first
    chart.focus()
    for _ in range(3):
        chart.press("Tab")
    redrawn(page, lambda: page.keyboard.press("Delete"))
    assert query(page)["edits"] in ("r2", "r3")
    redrawn(page, lambda: page.keyboard.press("Enter"))
    assert "~a" in query(page)["edits"] and len(page.evaluate(TABLE)[0]) == 10
    redrawn(page, lambda: page.evaluate(PRESS, [*page.evaluate(POINTS)[0], 900]))
    assert query(page)["edits"].startswith("r0~") and len(page.evaluate(TABLE)[0]) == 9


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_leverage_point_breaks_the_robust_ones_too_and_a_link_says_so(open_outliers, open_page, language):
    t = Translator(language)
    page = open_outliers("", language)
    redrawn(page, widget(page, "starts").get_by_text(t("outliers.start.leverage"), exact=True).click)
    for name, told in (("losses.mae", "-0.154"), ("losses.huber", "-0.118"), ("losses.tukey", "-0.076"), ("outliers.lts", "1.000")):
        expect(slope(page, name, language)).to_have_text(told)
    again = open_outliers("&".join(f"{key}={value}" for key, value in query(page).items() if key != "lang"), language)
    expect(slope(again, "losses.mae", language)).to_have_text("-0.154")
    assert query(again)["data.leverage"] == "30.0"


def test_the_last_point_gone_is_one_sentence_and_a_click_begins_anew(open_outliers):
    page = open_outliers("data=none&edits=a2.0,3.0")
    t = Translator("en")
    expect(page.get_by_text(t("outliers.said.one_point"))).to_be_visible()
    page.mouse.dblclick(*page.evaluate(POINTS)[0])
    expect(page.get_by_text(t("outliers.said.empty"))).to_be_visible()
    drawn(page)
    page.wait_for_timeout(500)
    page.mouse.click(*page.evaluate(PLACE, [5, 5]))
    expect(page.get_by_text(t("outliers.said.one_point"))).to_be_visible()


def test_a_label_is_turned_by_hand(open_outliers):
    page = open_outliers("part=classes")
    cards = page.locator(".lv-fact-value")
    expect(cards.first).to_have_text("3/7")
    x, y = page.evaluate(POINTS)[-1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(*page.evaluate(PLACE, [20, 0.5]), steps=4)
    redrawn(page, page.mouse.up)
    expect(cards.first).to_have_text("0/7")
    assert json.loads(json.dumps(page.evaluate(TABLE)[1]))[-1] == 1


@pytest.mark.parametrize("language", ["zh"])
def test_nothing_is_wider_than_a_phone(open_outliers, language):
    page = open_outliers("", language, **PHONE)
    assert page.evaluate(WIDER) <= PHONE["width"]
    expect(slope(page, "losses.mse", language)).to_have_text("2.636")
