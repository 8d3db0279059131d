"""The landscape's view under a visitor's hands: rotating, clicking, and playing the path."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import find
from tests.browser.explore import (
    CAMERA,
    at_rest,
    camera,
    cell,
    center,
    drawn,
    nudge,
    open_settings,
    picture,
    pixel,
    query,
    redrawn,
    rotate,
    start,
    step,
    widget,
)
from tests.browser.visit import ARGUMENTS, Contexts, Visit
from ui.words.translator import LANGUAGES, Translator

SMALL = "resolution=31&steps=40"
HOVERED = """() => {
  const relief = document.querySelector('.lv-relief');
  relief.on('plotly_hover', event => { window.hovered = [event.points[0].x, event.points[0].y]; });
}"""
STATES = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  window.states = [];
  new MutationObserver(() => window.states.push(app.dataset.testScriptState)).observe(app, { attributeFilter: ['data-test-script-state'] });
}"""
POINTS = """path => {
  const traces = document.querySelector('.lv-map').data.filter(trace => trace.meta?.role === 'path' && trace.meta.path === path);
  return traces.map(trace => trace.x.length);
}"""


def press(page: Page, act: str) -> None:
    page.locator(f".lv-transport [data-do={act}]").click()


def test_the_camera_stays_through_every_redrawing(open_page):
    page = open_page(SMALL)
    drawn(page)
    at_rest(page)
    first = camera(page)
    rotate(page)
    turned = camera(page)
    assert max(abs(x - y) for x, y in zip(first, turned, strict=True)) > 0.1

    redrawn(page, lambda: nudge(page, "opt.gd.lr"))
    assert camera(page) == pytest.approx(turned, abs=0.01)

    at_rest(page)
    press(page, "play")
    page.wait_for_function("() => document.querySelector('.lv-scrubber').value > 5 && document.querySelector('.lv-scrubber').value < 35")
    assert camera(page) == pytest.approx(turned, abs=0.01)
    at_rest(page)

    open_settings(page, "data")
    redrawn(page, lambda: nudge(page, "data.line.noise", times=3))
    assert query(page)["data.noise"] == "0.65"
    assert camera(page) == pytest.approx(turned, abs=0.01)

    page.keyboard.press("Escape")
    page.locator("[data-do=camera]").click()
    page.wait_for_function(f"first => Math.abs({CAMERA}.eye.x - first) < 0.01", arg=first[0])


def test_a_click_on_the_contour_moves_the_start_there(open_page, wire):
    page = open_page(SMALL)
    drawn(page)
    redrawn(page, lambda: page.mouse.click(*pixel(page, 1.3, -2.1)))
    assert start(page) == pytest.approx((1.3, -2.1), abs=min(cell(page)))
    path = picture(wire.view(page), "contour")["data"][1]
    assert [path[side][0] for side in "xy"] == pytest.approx(start(page), abs=1e-12)


def test_a_click_on_the_relief_moves_the_start_to_the_hovered_point_and_a_drag_does_not(open_page, wire):
    page = open_page(SMALL)
    drawn(page)
    at_rest(page)
    page.evaluate(HOVERED)
    before = page.url
    sent = len(wire.sent)
    rotate(page, dx=60, dy=10)
    camera(page)
    assert page.url == before and len(wire.sent) == sent

    x, y = center(page.locator(".lv-relief"))
    page.mouse.move(x + 20, y + 30)
    page.mouse.move(x + 22, y + 31)
    page.wait_for_function("() => window.hovered")
    hovered = page.evaluate("window.hovered")

    def click() -> None:
        page.mouse.down()
        page.mouse.up()

    redrawn(page, click)
    da, db = cell(page)
    a, b = start(page)
    assert abs(a - hovered[0]) <= da and abs(b - hovered[1]) <= db


def test_the_path_plays_and_obeys_without_a_rerun(open_page, wire):
    page = open_page(SMALL)
    drawn(page)
    at_rest(page)
    page.evaluate(STATES)
    sent = len(wire.sent)

    press(page, "reset")
    assert step(page) == 0
    press(page, "play")
    page.wait_for_function("() => document.querySelector('.lv-scrubber').value >= 3")
    expect(page.locator(".lv-play")).to_have_attribute("aria-label", Translator("en")("view.pause"))
    press(page, "play")
    stopped = step(page)
    page.wait_for_timeout(400)  # longer than five steps of the playback would take
    assert 3 <= step(page) == stopped < 40
    assert str(stopped) in page.locator(".lv-step").text_content()

    press(page, "back")
    assert step(page) == stopped - 1
    press(page, "forward")
    press(page, "forward")
    assert step(page) == stopped + 1

    for k in (17, 0, 40):
        page.locator(".lv-scrubber").evaluate("(bar, k) => { bar.value = k; bar.dispatchEvent(new Event('input', { bubbles: true })); }", k)
        assert step(page) == k
        for path in range(2):
            page.wait_for_function(f"([path, k]) => ({POINTS})(path).every(count => count === k + 1)", arg=[path, k])
            assert len(page.evaluate(POINTS, path)) == 2

    press(page, "reset")
    assert step(page) == 0
    page.locator(".lv-transport").press(" ")
    page.wait_for_selector(".lv-play[data-playing=true]")
    page.locator(".lv-transport").press("ArrowRight")
    page.wait_for_selector(".lv-play[data-playing=false]")
    assert (page.evaluate("window.states"), len(wire.sent)) == ([], sent)


def test_a_faster_playback_reaches_the_end_and_stops_there(open_page):
    page = open_page(SMALL)
    drawn(page)
    page.locator(".lv-speeds button").last.click()
    page.locator(".lv-transport [data-do=reset]").click()
    press(page, "play")
    page.wait_for_selector(".lv-play[data-playing=false]")
    assert step(page) == 40
    expect(page.locator(".lv-speeds button[aria-pressed=true]")).to_have_text(re.compile("4"))


@pytest.fixture(scope="module")
def without_webgl(chromium):
    drop = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
    arguments = [argument for argument in ARGUMENTS if argument not in drop]
    browser = chromium.browser_type.launch(executable_path=find(), args=[*arguments, "--disable-gpu", "--disable-3d-apis"])
    yield browser
    browser.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_webgl_a_sentence_says_so_and_the_contour_works(without_webgl, app, language):
    pages = Visit(Contexts(without_webgl), app)
    page = pages(SMALL, lang=language)
    assert not page.evaluate("!!document.createElement('canvas').getContext('webgl')")
    drawn(page)
    expect(page.locator(".lv-message")).to_have_text(Translator(language)("view.no_webgl"))
    expect(page.locator(".lv-message")).to_be_visible()
    redrawn(page, lambda: page.mouse.click(*pixel(page, -0.9, -1.7)))
    assert start(page) == pytest.approx((-0.9, -1.7), abs=min(cell(page)))
    assert pages.complaints() == []
    pages.close()


def test_a_playhead_keeps_its_step_as_long_as_the_runs_are_the_same(open_page):
    page = open_page("resolution=21&steps=20")
    drawn(page)
    page.locator(".lv-scrubber").press("Home")
    for _ in range(7):
        page.locator(".lv-scrubber").press("ArrowRight")
    page.get_by_test_id("stSidebar").locator("summary").last.click()
    redrawn(page, lambda: widget(page, "log").locator("label").first.click(force=True))
    assert step(page) == 7
    redrawn(page, lambda: page.locator(".lv-map").press("+"))
    assert step(page) == 7
    redrawn(page, lambda: nudge(page, "opt.gd.lr"))
    assert step(page) == 20
