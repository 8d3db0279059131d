"""Hands on the pictures: zoom, drag and keys change the window and the start, at once in the browser and then in the scene."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from landscape.scene.scene import Scene
from tests.browser.explore import RANGES, Place, at_rest, camera, cell, center, drawn, pixel, query, redrawn, start, step, widget
from tests.browser.visit import Visit, wait_for_run

SMALL = "resolution=31&steps=40"
# Where a point of the surface is seen on the relief, from Plotly's own camera and by a road of its own: one matrix for all three.
SEEN = """([a, b]) => {
  const relief = document.querySelector('.lv-relief'), { glplot, dataScale } = relief._fullLayout.scene._scene;
  const { x, y, z } = relief._fullData.find(trace => trace.type === 'surface');
  const nearest = (list, value) => [...list].map((at, k) => [Math.abs(at - value), k]).sort((p, q) => p[0] - q[0])[0][1];
  const i = nearest(x, a), j = nearest(y, b), m = name => new DOMMatrix([...glplot.cameraParams[name]]);
  const all = m('projection').multiply(m('view')).multiply(m('model'));
  const at = all.transformPoint(new DOMPoint(x[i] * dataScale[0], y[j] * dataScale[1], z[j][i] * dataScale[2]));
  const box = relief.getBoundingClientRect();
  return [box.left + (0.5 + at.x / at.w / 2) * box.width, box.top + (0.5 - at.y / at.w / 2) * box.height, x[i], y[j]];
}"""
SHOWN = """() => {
  const { bounds } = document.querySelector('.lv-relief')._fullLayout.scene._scene.glplot;
  const { dataScale } = document.querySelector('.lv-relief')._fullLayout.scene._scene;
  return [0, 1].flatMap(k => [0, 1].map(side => bounds[side][k] / dataScale[k]));
}"""
BEGINNING = """(() => {
  const { x, y } = document.querySelector('.lv-map').data.find(trace => trace.meta?.role === 'path');
  return [x[0], y[0]];
})()"""
SCALED = "() => document.querySelector('.lv-map .contourlayer').getAttribute('transform')"


def window(page: Page) -> list[float]:
    """Return the window of the scene in the address bar."""
    return [end for side in Scene.from_query(query(page)).window for end in side]


def ranges(page: Page) -> list[float]:
    """Return the window that the contour's axes show."""
    return [float(end) for side in page.evaluate(RANGES) for end in side]


def zoomed(page: Page, act: Callable[[], object]) -> list[float]:
    """Do `act`, wait for the picture of the new window, and return that."""
    redrawn(page, act)
    assert ranges(page) == pytest.approx(window(page), rel=1e-9)
    assert page.evaluate(SHOWN) == pytest.approx(window(page), rel=1e-6, abs=1e-6)
    assert page.evaluate(SCALED) is None
    return window(page)


def turn_wheel(page: Page, place: Place, notches: int) -> None:
    page.mouse.move(*place)
    page.keyboard.down("Control")
    for _ in range(abs(notches)):
        page.mouse.wheel(0, 100 if notches > 0 else -100)
    page.keyboard.up("Control")


def drag(page: Page, begin: Place, end: Place) -> None:
    page.mouse.move(*begin)
    page.mouse.down()
    for share in (0.2, 0.5, 0.8, 1.0):
        page.mouse.move(*(p + share * (q - p) for p, q in zip(begin, end, strict=True)))
    page.mouse.up()


@pytest.fixture
def page(open_page: Visit) -> Page:
    page = open_page(SMALL)
    drawn(page)
    at_rest(page)
    return page


@pytest.mark.parametrize("picture", ["map", "relief"])
def test_ctrl_and_the_wheel_zoom_around_the_pointer_on_both_pictures_and_the_camera_stays(page, picture):
    before, seen = ranges(page), camera(page)
    x, y, a, b = page.evaluate(SEEN, [1.0, -1.0]) if picture == "relief" else [*pixel(page, 1.0, -1.0), 1.0, -1.0]
    after = zoomed(page, lambda: turn_wheel(page, (x, y), -3))
    for k, at in enumerate((a, b)):
        (old_low, old_high), (low, high) = before[2 * k : 2 * k + 2], after[2 * k : 2 * k + 2]
        assert (high - low) / (old_high - old_low) == pytest.approx(1.25**-3, rel=0.01)
        assert (at - low) / (high - low) == pytest.approx((at - old_low) / (old_high - old_low), abs=0.02)
    assert camera(page) == pytest.approx(seen, abs=1e-6)
    assert start(page) is None  # nobody has clicked


def test_the_wheel_alone_scrolls_the_page(page):
    before = ranges(page)
    page.mouse.move(*center(page.locator(".lv-map")))
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop > 0")
    assert ranges(page) == before and "window" not in query(page)


def test_while_the_hand_moves_the_old_picture_is_scaled_at_once_and_one_window_is_sent(page, wire):
    sent = len(wire.sent)
    x, y = pixel(page, 0.5, 0.5)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 20)
    page.mouse.move(x + 60, y + 40)
    page.wait_for_function(f"() => parseFloat(({SCALED})()?.split(' ')[4]) > 59")
    matrix = page.evaluate(SCALED).removeprefix("matrix(").rstrip(")")
    assert [float(number) for number in matrix.split()] == pytest.approx([1, 0, 0, 1, 60, 40], abs=0.5)
    page.wait_for_timeout(700)  # a hand that rests without letting go has not finished
    assert len(wire.sent) == sent
    before, box = ranges(page), page.locator(".lv-map .nsewdrag").bounding_box()
    after = zoomed(page, page.mouse.up)
    width, height = before[1] - before[0], before[3] - before[2]
    moved = [before[0] - 60 / box["width"] * width, before[1] - 60 / box["width"] * width]
    moved += [before[2] + 40 / box["height"] * height, before[3] + 40 / box["height"] * height]
    assert after == pytest.approx(moved, abs=0.02)
    assert start(page) is None


def test_shift_and_a_drag_zoom_into_the_box(page):
    def draw_box() -> None:
        page.keyboard.down("Shift")
        drag(page, pixel(page, -1.0, 2.0), pixel(page, 1.5, 0.5))
        page.keyboard.up("Shift")

    assert zoomed(page, draw_box) == pytest.approx([-1.0, 1.5, 0.5, 2.0], abs=0.03)


def test_after_zooms_the_first_window_comes_back_by_the_button_and_by_the_key(page):
    first, whole = ranges(page), page.locator("[data-do=whole]")
    expect(whole).to_be_hidden()
    for back in (whole.click, lambda: page.locator(".lv-map").press("0")):
        zoomed(page, lambda: turn_wheel(page, pixel(page, 0.3, 0.3), -2))
        zoomed(page, lambda: turn_wheel(page, pixel(page, 0.3, 0.3), -2))
        expect(whole).to_be_visible()
        redrawn(page, back)
        assert ranges(page) == first and "window" not in query(page)
        expect(whole).to_be_hidden()


def test_a_click_on_a_zoomed_picture_starts_at_the_point_under_the_pointer(page):
    zoomed(page, lambda: turn_wheel(page, pixel(page, 1.0, 1.0), -4))
    redrawn(page, lambda: page.mouse.click(*pixel(page, 1.1, 0.9)))
    assert start(page) == pytest.approx((1.1, 0.9), abs=min(cell(page)))


@pytest.mark.parametrize("place", [(-1.2, 0.6)])
def test_a_click_on_the_relief_needs_no_hover_before_it(page, place):
    page.mouse.move(5, 5)
    x, y, a, b = page.evaluate(SEEN, list(place))

    def click() -> None:  # no move before it: as a finger does
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.up()

    redrawn(page, click)
    assert start(page) == pytest.approx((a, b), abs=min(cell(page)) / 2)


def test_beside_the_surface_a_click_on_the_relief_starts_nothing(page, wire):
    box = page.locator(".lv-relief").bounding_box()
    sent = len(wire.sent)
    page.mouse.click(box["x"] + 8, box["y"] + 8)
    page.wait_for_timeout(500)
    assert len(wire.sent) == sent


@pytest.mark.parametrize("picture", [".lv-relief"])
def test_the_keyboard_moves_a_crosshair_starts_there_and_zooms(page, picture):
    first = page.evaluate(BEGINNING)
    played = step(page)
    element, cross = page.locator(picture), page.locator(".lv-cross")
    expect(cross).to_be_hidden()
    element.press("ArrowRight")  # shows the crosshair at the start
    expect(cross).to_be_visible()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"):
        element.press(key)
    said = page.locator(".lv-say").inner_text()
    da, db = cell(page)
    assert f"{first[0] + 3 * da:.3g}".rstrip("0") in said
    redrawn(page, lambda: element.press("Enter"))
    assert start(page) == pytest.approx((-1.8 + 3 * da, 1.9 - db), abs=1e-9)
    assert step(page) == played  # the transport has heard nothing

    before = ranges(page)
    after = zoomed(page, lambda: element.press("+"))
    assert after[1] - after[0] == pytest.approx((before[1] - before[0]) / 1.25, rel=1e-3)
    assert zoomed(page, lambda: element.press("-")) == pytest.approx(before, abs=0.02)
    element.press("Escape")
    expect(cross).to_be_hidden()


def test_the_transport_s_keys_leave_the_pictures_alone(page):
    page.locator(".lv-transport").press("ArrowLeft")
    assert step(page) == 39
    expect(page.locator(".lv-cross")).to_be_hidden()
    assert start(page) is None


def box_of(page: Page, axis: str) -> str:
    return widget(page, f"start.{axis}").locator("input").input_value()


def test_the_number_boxes_are_the_start_and_follow_a_click(page):
    assert (box_of(page, "a"), box_of(page, "b")) == ("-1.8", "1.9")

    def write() -> None:
        widget(page, "start.a").locator("input").fill("0.125")
        widget(page, "start.a").locator("input").press("Enter")

    redrawn(page, write)
    assert start(page) == (0.125, 1.9)
    redrawn(page, lambda: page.mouse.click(*pixel(page, 1.3, -2.1)))
    a, b = start(page)
    expect(widget(page, "start.a").locator("input")).to_have_value(f"{a:.4g}")
    expect(widget(page, "start.b").locator("input")).to_have_value(f"{b:.4g}")


def test_the_boxes_show_the_start_that_the_model_itself_chose(open_page):
    page = open_page("function=himmelblau&start=auto&window=auto&steps=20&resolution=21")
    drawn(page)
    expect(widget(page, "start.a").locator("input")).not_to_have_value("")
    chosen = [float(box_of(page, axis)) for axis in "ab"]
    path = page.evaluate(BEGINNING)
    assert chosen == pytest.approx(path, rel=1e-3)


def test_a_zoom_taken_back_before_it_is_sent_leaves_the_window_as_it_was(page):
    first = ranges(page)
    turn_wheel(page, pixel(page, 0.3, 0.3), -2)
    page.wait_for_function(f"() => ({SCALED})() !== null")
    page.locator(".lv-map").press("0")
    page.wait_for_function(f"() => ({SCALED})() === null")
    wait_for_run(page)
    drawn(page)
    assert ranges(page) == first and "window" not in query(page)


def test_a_window_that_is_not_drawn_yet_is_left_for_the_first_one(page):
    first = ranges(page)
    turn_wheel(page, pixel(page, 0.3, 0.3), -2)
    page.wait_for_function("() => new URLSearchParams(location.search).has('window')")
    page.locator("[data-do=whole]").click()
    page.wait_for_function("() => !new URLSearchParams(location.search).has('window')")
    page.wait_for_function(f"() => ({SCALED})() === null")
    drawn(page)
    assert ranges(page) == first
