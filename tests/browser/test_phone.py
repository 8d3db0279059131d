"""The Explore page on a phone 390 pixels wide, under a finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import RANGES, cell, center, drawn, nudge, pixel, redrawn, start, step, widget
from tests.browser.test_hands import SEEN
from tests.browser.visit import Visit

PHONE = {"width": 390, "height": 844}
WIDER = """() => [...document.querySelectorAll('[data-testid=stMain] *')].filter(element => {
  const { left, right, width } = element.getBoundingClientRect();
  return width && (left < -0.5 || right > innerWidth + 0.5) && !element.closest('svg, .lv-relief, .katex');
}).map(element => element.className)"""

# The words that an element's words lie on, where the page puts something else at the same place.
COVERED = """name => {
  const own = document.querySelector(name), links = [...own.querySelectorAll('a')].map(link => link.getBoundingClientRect());
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), lie = [];
  while (words.nextNode()) {
    const { currentNode: text } = words, range = document.createRange();
    if (!text.data.trim() || own.contains(text) || !text.parentElement.closest('[data-testid=stMain], [data-testid=stSidebar]')) continue;
    if (!text.parentElement.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    range.selectNodeContents(text);
    for (const p of range.getClientRects()) {
      if (p.width > 1 && links.some(q => p.left < q.right && q.left < p.right && p.top < q.bottom && q.top < p.bottom)) lie.push(text.data);
    }
  }
  return lie;
}"""
# Whether the sheet has stopped moving: it slides, and the machine may be busy.
RESTS = """() => new Promise(done => {
  const read = () => JSON.stringify(document.querySelector('[data-testid=stSidebar]').getBoundingClientRect()), before = read();
  setTimeout(() => done(before === read()), 150);
})"""
BAR = '<div data-testid="stProgress" style="height: 60px"></div>'


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


@pytest.mark.parametrize("place", [(0.9, -1.6)])
def test_a_tap_on_the_relief_sets_the_start_where_the_finger_is(phone, place):
    x, y, a, b = phone.evaluate(SEEN, list(place))
    redrawn(phone, lambda: tap(phone, x, y))
    assert start(phone) == pytest.approx((a, b), abs=min(cell(phone)))


@pytest.mark.parametrize("picture", [".lv-map", ".lv-relief"])
def test_two_fingers_zoom_both_pictures(phone, picture):
    phone.locator(picture).scroll_into_view_if_needed()
    x, y = center(phone.locator(picture))
    finger = phone.context.new_cdp_session(phone)
    before = phone.evaluate(RANGES)

    def spread() -> None:
        for kind, apart in (("touchStart", 30), ("touchMove", 40), ("touchMove", 60)):
            points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    redrawn(phone, spread)
    for (low, high), (old_low, old_high) in zip(phone.evaluate(RANGES), before, strict=True):
        assert (high - low) / (old_high - old_low) == pytest.approx(0.5, rel=0.02)
    assert start(phone) is None


def test_the_controls_are_a_sheet_from_below_that_leaves_the_picture_in_view(phone):
    rate = widget(phone, "opt.gd.lr")
    expect(rate).not_to_be_in_viewport()
    phone.get_by_test_id("stExpandSidebarButton").click()
    sheet = phone.get_by_test_id("stSidebar")
    expect(sheet).to_be_in_viewport(ratio=0.99)
    phone.wait_for_function(RESTS)
    box = sheet.bounding_box()
    assert (box["x"], box["width"]) == (0, PHONE["width"])
    assert box["height"] <= 0.55 * PHONE["height"] and box["y"] + box["height"] == pytest.approx(PHONE["height"], abs=1)
    picture = phone.locator(".lv-relief").bounding_box()
    assert picture["y"] + picture["height"] <= box["y"] + 1
    expect(widget(phone, "data").get_by_role("combobox")).to_be_in_viewport()
    redrawn(phone, lambda: nudge(phone, "opt.gd.lr"))
    expect(rate).to_be_in_viewport()
    expect(phone.locator(".lv-relief")).to_be_in_viewport(ratio=0.95)
    phone.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(rate).not_to_be_in_viewport()
    expect(phone.locator(".lv-relief")).to_be_in_viewport()


@pytest.mark.parametrize("opened", [False, True])
def test_the_page_links_lie_on_no_other_words(phone, opened):
    if opened:
        phone.get_by_test_id("stExpandSidebarButton").click()
        phone.wait_for_timeout(400)  # the sheet slides in
    assert phone.evaluate(COVERED, ".st-key-pages_narrow") == []


def test_the_progress_box_lies_on_no_control(phone):
    """Its place is tried with a box of its size, since a job may be over before it is seen."""
    phone.locator(".lv-transport").scroll_into_view_if_needed()
    widget(phone, "progress").evaluate("(box, html) => box.insertAdjacentHTML('beforeend', html)", BAR)
    expect(phone.get_by_test_id("stProgress")).to_be_attached()
    box, picture = widget(phone, "progress").bounding_box(), phone.locator(".lv-relief").bounding_box()
    assert picture["y"] - 40 <= box["y"] and box["y"] + box["height"] <= picture["y"] + picture["height"]
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]


def test_a_formula_too_long_for_a_phone_goes_on_in_the_next_line(open_page):
    page = open_page("data=line_outliers&model=linear&loss=huber&resolution=11&steps=5", **PHONE)
    drawn(page)
    page.locator(".st-key-formulas summary").click()
    page.locator(".st-key-formulas .katex-display").nth(1).wait_for()
    page.wait_for_timeout(500)  # the fonts of formulas come late
    clipped = "displays => displays.map(display => display.scrollWidth - display.clientWidth)"
    assert max(page.locator(".st-key-formulas .katex-display").evaluate_all(clipped)) < 8
