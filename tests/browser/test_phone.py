"""The Explore page on a phone 390 pixels wide, under a finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import cell, drawn, nudge, pixel, redrawn, start, step, widget
from tests.browser.visit import Visit

PHONE = {"width": 390, "height": 844}
WIDER = """() => [...document.querySelectorAll('[data-testid=stMain] *')].filter(element => {
  const { left, right, width } = element.getBoundingClientRect();
  return width && (left < -0.5 || right > innerWidth + 0.5) && !element.closest('svg, .lv-relief, .katex');
}).map(element => element.className)"""


@pytest.fixture
def phone(open_page: Visit) -> Page:
    page = open_page("resolution=31&steps=40", **PHONE)
    page.context.new_cdp_session(page).send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})
    drawn(page)
    return page


def tap(page: Page, x: float, y: float) -> None:
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_nothing_is_wider_than_the_screen(phone):
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    assert phone.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= PHONE["width"]
    assert phone.evaluate(WIDER) == []
    phone.get_by_test_id("stMain").get_by_test_id("stExpander").locator("summary").click()
    expect(phone.get_by_test_id("stMain").get_by_test_id("stExpanderDetails")).to_be_visible()
    assert phone.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= PHONE["width"]


def test_the_transport_is_large_enough_for_a_finger_and_works(phone):
    for button in phone.locator(".lv-buttons button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 32
        assert box["x"] > -0.5 and box["x"] + box["width"] <= PHONE["width"]
    phone.locator(".lv-transport").scroll_into_view_if_needed()
    phone.locator(".lv-transport [data-do=reset]").click()
    phone.locator(".lv-transport [data-do=forward]").click()
    assert step(phone) == 1


def test_a_tap_on_the_contour_sets_the_start(phone):
    phone.locator(".lv-map").scroll_into_view_if_needed()
    redrawn(phone, lambda: tap(phone, *pixel(phone, 1.3, -2.1)))
    assert start(phone) == pytest.approx((1.3, -2.1), abs=max(cell(phone)))


def test_the_controls_open_over_the_picture_and_change_it(phone):
    slider = widget(phone, "opt.gd.lr").locator("input[type=range]")
    expect(slider).not_to_be_in_viewport()
    phone.get_by_test_id("stExpandSidebarButton").click()
    expect(widget(phone, "data").get_by_role("combobox")).to_be_in_viewport()
    expect(phone.get_by_test_id("stSidebar")).to_be_in_viewport(ratio=0.99)
    redrawn(phone, lambda: nudge(phone, "opt.gd.lr"))
    phone.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(slider).not_to_be_in_viewport()
    expect(phone.locator(".lv-relief")).to_be_in_viewport()


def test_a_formula_too_long_for_a_phone_goes_on_in_the_next_line(open_page):
    page = open_page("data=line_outliers&model=linear&loss=huber&resolution=11&steps=5", **PHONE)
    drawn(page)
    page.locator(".st-key-formulas summary").click()
    page.locator(".st-key-formulas .katex-display").nth(1).wait_for()
    page.wait_for_timeout(500)  # the fonts of formulas come late
    clipped = "displays => displays.map(display => display.scrollWidth - display.clientWidth)"
    assert max(page.locator(".st-key-formulas .katex-display").evaluate_all(clipped)) < 8
