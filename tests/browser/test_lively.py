"""Lively hands: held keys, drags and fast clicks on every kind of control, Back and Forward, and a visitor without rest."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import Page, expect

from landscape.scene.scene import Scene
from tests.browser.explore import drawn, nudge, open_settings, pick, pixel, query, redrawn, start, widget
from tests.browser.soak import megabytes, soak
from tests.browser.visit import wait_for_run

QUICK = "resolution=21&steps=20"
# All that a server far away says comes so many milliseconds late, in order.
DISTANT = """late => {
  const listen = WebSocket.prototype.addEventListener
  WebSocket.prototype.addEventListener = function (kind, hear, ...rest) {
    return listen.call(this, kind, kind === "message" ? event => setTimeout(() => hear.call(this, event), late) : hear, ...rest)
  }
}"""


def alive(page: Page) -> None:
    """Fail unless the page answers one more change with its own picture."""
    expect(page.get_by_role("dialog")).to_have_count(0)
    drawn(page)
    redrawn(page, lambda: nudge(page, "steps", "ArrowRight"))
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_held_arrow_key_on_a_slider_leaves_the_page_alive(open_page):
    page = open_page(QUICK)
    drawn(page)
    handle = widget(page, "opt.gd.lr").locator("input[type=range]")
    handle.focus()
    for pause in (300, 300, 60, 60):  # without the setting in .streamlit/config.toml the page died in the second round
        for key in ("ArrowRight", "ArrowLeft"):
            for _ in range(6):
                handle.press(key)
                page.wait_for_timeout(pause)
    alive(page)
    assert Scene.from_query(query(page)).optimizers == Scene().optimizers


@pytest.mark.parametrize("late", [120, 250])
def test_no_press_is_lost_where_the_answer_to_an_earlier_one_comes_between(open_page, late):
    open_page.watchers.append(lambda page: page.add_init_script(f"({DISTANT})({late})"))
    page = open_page(QUICK)
    drawn(page)
    handle = widget(page, "opt.gd.lr").locator("input[type=range]")
    handle.focus()
    places = []
    for key, pause in (("ArrowRight", 300), ("ArrowLeft", 350), ("ArrowRight", 400), ("ArrowLeft", 250)):
        for _ in range(5):
            places.append(int(handle.input_value()))
            handle.press(key)
            page.wait_for_timeout(pause)
    drawn(page)
    up = range(places[0], places[0] + 5)
    down = range(places[0] + 5, places[0], -1)
    assert places == [*up, *down, *up, *down]
    assert Scene.from_query(query(page)).optimizers == Scene().optimizers


def test_the_last_of_many_fast_changes_is_what_is_drawn_and_linked(open_page, wire):
    page = open_page(QUICK)
    drawn(page)
    handle = widget(page, "steps").locator("input[type=range]")
    handle.focus()
    for _ in range(12):
        handle.press("ArrowRight")
    page.wait_for_timeout(600)
    drawn(page)
    shown = int(widget(page, "steps").locator("input[type=range]").get_attribute("aria-valuetext") or 0)
    assert shown == Scene.from_query(query(page)).steps == len(wire.losses(page)[0]) - 1 > 20


def test_a_slider_dragged_to_and_fro_ends_where_the_hand_let_go(open_page):
    page = open_page(QUICK)
    drawn(page)
    box = widget(page, "opt.gd.lr").get_by_test_id("stSlider").or_(widget(page, "opt.gd.lr")).first.bounding_box()
    rng, y = random.Random(1), box["y"] + box["height"] * 0.7
    for _ in range(4):
        page.mouse.move(box["x"] + box["width"] * rng.random(), y)
        page.mouse.down()
        for _ in range(10):
            page.mouse.move(box["x"] + box["width"] * rng.random(), y)
            page.wait_for_timeout(20)
        page.mouse.up()
    alive(page)


def test_fast_clicks_set_the_start_that_was_clicked_last(open_page):
    page = open_page(QUICK)
    drawn(page)
    for k in range(12):
        page.mouse.click(*pixel(page, -2.4 + 0.4 * k, 2.0 - 0.3 * k))
        page.wait_for_timeout(60)
    page.wait_for_timeout(600)
    drawn(page)
    assert start(page) == pytest.approx((2.0, -1.3), abs=0.1)
    alive(page)


def test_select_boxes_toggles_number_boxes_and_folds_in_quick_succession_leave_the_page_alive(open_page):
    page = open_page(QUICK)
    drawn(page)
    boxes = [widget(page, key).get_by_role("combobox") for key in ("opt", "plane")]
    for box in boxes:
        box.evaluate("box => { box.dataset.marked = 'here' }")
    for title in ("Adam", "Newton", "RMSProp", "SGD", "Gradient descent"):
        pick(page, "opt", title)
    drawn(page)
    for box in boxes:  # a box that is drawn anew closes the list that a quick hand has opened in it
        expect(box).to_have_attribute("data-marked", "here")
    for _ in range(2):
        for fold in page.locator("[data-testid=stSidebar] summary").all():
            fold.click()
    widget(page, "log").locator("label").first.click(force=True)
    open_settings(page, "data")
    field = widget(page, "seed").locator("input")
    for number in range(5):
        field.fill(str(number), force=True)
        field.press("Enter")
    alive(page)


def test_back_undoes_a_change_and_forward_redoes_it(open_page, wire):
    page = open_page(QUICK)
    first = drawn(page)
    address = page.url
    second = redrawn(page, lambda: nudge(page, "opt.gd.lr"))
    third = redrawn(page, lambda: page.mouse.click(*pixel(page, 1.3, -2.1)))
    runs = [first, second, third]
    for place in (1, 0, 1, 2, 1, 0):
        current = page.locator(".lv").get_attribute("data-shown")
        forward = runs.index(current) < place
        redrawn(page, lambda forward=forward: page.go_forward() if forward else page.go_back())
        assert page.locator(".lv").get_attribute("data-shown") == runs[place]
    assert page.url == address and Scene.from_query(query(page)) == Scene.from_query(QUICK)
    lr = widget(page, "opt.gd.lr").locator("input[type=range]").get_attribute("aria-valuetext")
    assert float(lr) == Scene().optimizers[0].get("lr")


def test_the_first_entry_of_the_history_is_the_page_as_it_was_opened(open_page):
    page = open_page(QUICK)
    drawn(page)
    before = page.evaluate("history.length")
    page.get_by_test_id("stSidebar").locator("summary").first.click()
    wait_for_run(page)
    assert page.evaluate("history.length") == before
    redrawn(page, lambda: nudge(page, "opt.gd.lr"))
    assert page.evaluate("history.length") == before + 1


def test_a_visitor_without_rest_never_finds_the_page_dead(open_page, app):
    """A part of what `python -m benchmarks.soak` does."""
    page = open_page(QUICK, motion="no-preference")
    drawn(page)
    before = megabytes(app.process)
    soak(page, 1, 20)
    assert not megabytes(app.process) > before + 400
