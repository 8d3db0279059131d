"""A board of every kind of picture on a page of its own: one timeline for all, linked hovers, and what hands tell Python."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import Place, at_rest, drawn, pixel, rotate, step
from tests.browser.server import Server, serve
from tests.browser.visit import wait_for_run
from ui.browser import static

ROOT = Path(__file__).resolve().parents[2]
STEPS = 12
# Where a small plot shows a point, from the drawn frame and the ranges of its axes alone.
SEEN = """([title, x, y]) => {
  const panel = [...document.querySelectorAll('.lv-panel')].find(panel => panel.querySelector('.lv-panel-title').textContent === title);
  const { xaxis, yaxis } = panel.querySelector('.lv-plot')._fullLayout, box = panel.querySelector('.nsewdrag').getBoundingClientRect();
  const share = (value, [low, high]) => (value - low) / (high - low);
  return [box.left + share(x, xaxis.range) * box.width, box.bottom - share(y, yaxis.range) * box.height];
}"""
POINTS = """title => {
  const panel = [...document.querySelectorAll('.lv-panel')].find(panel => panel.querySelector('.lv-panel-title').textContent === title);
  return [...panel.querySelectorAll('.point')].map(point => {
    const { left, right, top, bottom } = point.getBoundingClientRect();
    return [(left + right) / 2, (top + bottom) / 2];
  });
}"""
MIDDLES = """rings => rings.map(ring => {
  const { left, right, top, bottom } = ring.getBoundingClientRect();
  return [(left + right) / 2, (top + bottom) / 2];
})"""
STATE = """() => {
  const film = document.querySelector('.lv-film')._fullData[0];
  const head = picture => document.querySelector(picture)._fullData.find(trace => trace.meta?.role === 'head');
  return { film: film.z[1][2], opacity: film.opacity, map: head('.lv-map').x[0], relief: head('.lv-relief').x[0],
    losses: document.querySelector('.lv-chip b').textContent };
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the board's own page, and of the scripts that it fetches."""
    folder = tmp_path_factory.mktemp("board")
    script = Path(shutil.copy(Path(__file__).parent / "board_page.py", folder))
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "config.toml").write_text("[server]\nenableStaticServing = true\n", encoding="utf-8")
    static.install(folder / "static")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        with serve(script, folder, folder / "page.log") as server:
            yield server


@pytest.fixture
def open_board(visit, server):
    with visit(server) as pages:
        yield pages


@pytest.fixture
def page(open_board) -> Page:
    page = open_board(width=1200, height=1100)
    drawn(page)
    at_rest(page)
    return page


def heard(page: Page, event: str) -> list[tuple[str, dict]]:
    """Return the events of that name that Python has heard, each with its picture."""
    wait_for_run(page)
    return [(picture, values) for name, picture, values in json.loads(page.locator(".st-key-heard code").inner_text()) if name == event]


def seen(page: Page, title: str, x: float, y: float) -> Place:
    page.locator(".lv-panel", has_text=title).first.scroll_into_view_if_needed()
    return page.evaluate(SEEN, [title, x, y])


def dragged(page: Page, start: Place, end: Place) -> Place:
    """Take the data point at `start` to `end`, without letting it go; return where that is on the page."""
    begin, there = seen(page, "Data", *start), seen(page, "Data", *end)
    page.mouse.move(*begin)
    page.mouse.down()
    for share in (0.3, 0.6, 1.0):
        page.mouse.move(*(p + share * (q - p) for p, q in zip(begin, there, strict=True)))
        page.wait_for_timeout(30)
    return there


def toggle(page: Page, key: str) -> None:
    page.locator(f".st-key-{key} label").click()
    wait_for_run(page)


def test_one_timeline_moves_every_picture(page):
    for k in (0, 7):
        page.locator(".lv-scrubber").evaluate("(bar, k) => { bar.value = k; bar.dispatchEvent(new Event('input', { bubbles: true })); }", k)
        at = 1.5 * (1 - k / STEPS)
        page.wait_for_function(
            f"([k, at]) => {{ const now = ({STATE})(); return now.film === k && Math.abs(now.map - at) < 1e-9; }}", arg=[k, at]
        )
        state = page.evaluate(STATE)
        assert (state["film"], state["opacity"]) == (k, pytest.approx(1 - k / 100))
        assert state["map"] == state["relief"] == pytest.approx(at)
        assert float(state["losses"]) == pytest.approx(0.1 + 5.25 * (1 - k / STEPS) ** 2, rel=0.01)
        cursors = page.locator(".lv-cursor:not(.lv-across):visible")
        expect(cursors).to_have_count(2)
        for title, (x, _) in zip(("Curve 0", "Curve 1"), cursors.evaluate_all(MIDDLES), strict=True):
            assert x == pytest.approx(seen(page, title, k, 0)[0], abs=1.5)
    assert heard(page, "moved") == []


def test_a_point_follows_the_hand_and_python_hears_where_it_is(page):
    end = dragged(page, (0.0, 0.5), (1.0, -2.0))
    assert page.evaluate(POINTS, "Data")[1] == pytest.approx(end, abs=1)  # at once, whatever Python says
    page.wait_for_timeout(400)
    moved = heard(page, "moved")
    assert moved and not any(values["done"] for _, values in moved)
    page.mouse.up()
    page.wait_for_function("() => document.querySelector('.lv').dataset.shown.includes('-0.5, 2.0]')")
    moved = heard(page, "moved")
    assert {picture for picture, _ in moved} == {"data"} and [values["done"] for _, values in moved] == [False] * (len(moved) - 1) + [True]
    last = moved[-1][1]
    assert (last["trace"], last["point"]) == (0, 1)
    assert (last["x"], last["y"]) == (pytest.approx(1.0, abs=0.03), pytest.approx(-2.0, abs=0.03))
    page.wait_for_timeout(2200)  # and there it stays
    assert page.evaluate(POINTS, "Data")[1] == pytest.approx(end, abs=1)
    assert heard(page, "chosen") == []


def test_a_dropped_point_stays_until_python_shows_it_elsewhere(open_board):
    page = open_board("shows=late")
    drawn(page)
    end = dragged(page, (0.0, 0.5), (1.0, -2.0))
    page.mouse.up()
    page.wait_for_timeout(2500)  # longer than a job may need
    assert page.evaluate(POINTS, "Data")[1] == pytest.approx(end, abs=1)
    shown = page.locator(".lv").get_attribute("data-shown")
    for answer in ("on its way", "elsewhere"):
        page.get_by_role("button", name="answer").click()
        page.wait_for_function("shown => document.querySelector('.lv').dataset.shown !== shown", arg=shown)
        shown = page.locator(".lv").get_attribute("data-shown")
        there = end if answer == "on its way" else seen(page, "Data", -2.0, -2.0)
        assert page.evaluate(POINTS, "Data")[1] == pytest.approx(there, abs=1)


def test_a_drag_ends_where_the_button_was_let_go_unseen(page):
    begin, end = seen(page, "Data", 0.0, 0.5), seen(page, "Data", 1.0, -2.0)
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end)
    plot = page.locator(".lv-panel", has_text="Data").locator(".lv-plot")
    for finger, buttons in ((7, 1), (1, 0)):  # another pointer moves nothing; the same one without a button has let go
        kind = {"pointerId": finger, "buttons": buttons, "bubbles": True, "clientX": begin[0], "clientY": begin[1]}
        plot.evaluate("(plot, kind) => plot.dispatchEvent(new PointerEvent('pointermove', kind))", kind)
        assert page.evaluate(POINTS, "Data")[1] == pytest.approx(end, abs=1)
    page.mouse.move(*begin)
    assert page.evaluate(POINTS, "Data")[1] == pytest.approx(end, abs=1)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert [values["done"] for _, values in heard(page, "moved")].count(True) == 1


def test_the_keyboard_goes_from_point_to_point_and_moves_one(page):
    plot, ring = page.locator(".lv-panel", has_text="Data").locator(".lv-plot"), page.locator(".lv-ring:visible")
    plot.focus()
    assert ring.evaluate_all(MIDDLES)[0] == pytest.approx(seen(page, "Data", -1.0, 1.0), abs=1.5)
    plot.press("Tab")
    assert ring.evaluate_all(MIDDLES)[0] == pytest.approx(seen(page, "Data", 0.0, 0.5), abs=1.5)
    plot.press("ArrowRight")
    plot.press("Shift+ArrowUp")
    page.wait_for_timeout(300)
    last = heard(page, "moved")[-1][1]
    assert (last["point"], last["done"]) == (1, True)
    assert (last["x"], last["y"]) == (pytest.approx(0.06, abs=0.01), pytest.approx(1.1, abs=0.02))
    assert ring.evaluate_all(MIDDLES)[0] == pytest.approx(seen(page, "Data", 0.06, 1.1), abs=1.5)


def test_a_finger_drags_a_point_and_not_the_page(page):
    finger, begin, end = page.context.new_cdp_session(page), seen(page, "Data", 1.0, -0.5), seen(page, "Data", 1.5, 2.0)
    for kind, places in (("touchStart", [begin]), ("touchMove", [end]), ("touchEnd", [])):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]})
        page.wait_for_timeout(60)
    page.wait_for_timeout(300)
    last = heard(page, "moved")[-1][1]
    assert (last["point"], last["done"]) == (2, True)
    assert (last["x"], last["y"]) == (pytest.approx(1.5, abs=0.03), pytest.approx(2.0, abs=0.03))


def test_a_hovered_sample_is_marked_in_the_other_plot(page):
    expect(page.locator(".lv-sample")).to_have_count(0)
    page.mouse.move(*seen(page, "Data", -1.0, 1.0))
    expect(page.locator(".lv-panel", has_text="Residuals").locator(".lv-sample")).to_have_count(1)
    assert page.locator(".lv-sample").evaluate_all(MIDDLES)[0] == pytest.approx(seen(page, "Residuals", -1.0, 2.0), abs=1.5)
    page.mouse.move(5, 5)
    expect(page.locator(".lv-sample")).to_have_count(0)


def test_a_ring_follows_its_sample_and_goes_where_the_pointer_leaves(page):
    plot = page.locator(".lv-panel", has_text="Data").locator(".lv-plot")
    plot.focus()
    page.mouse.move(*seen(page, "Residuals", 2.0, 1.0))
    expect(page.locator(".lv-sample")).to_have_count(1)
    for _ in range(3):
        plot.press("Tab")
    plot.press("Shift+ArrowDown")  # point 3 of "Data", which also draws "Residuals" again under the pointer
    assert page.locator(".lv-sample").evaluate_all(MIDDLES)[0] == pytest.approx(seen(page, "Data", 2.0, 1.4), abs=2)
    page.wait_for_function("() => document.querySelector('.lv').dataset.shown.includes('-0.5, 1.4')")
    assert page.locator(".lv-sample").evaluate_all(MIDDLES)[0] == pytest.approx(seen(page, "Data", 2.0, 1.4), abs=2)
    page.mouse.move(5, 5)
    expect(page.locator(".lv-sample")).to_have_count(0)


def test_a_ring_goes_with_the_plot_that_was_hovered(open_board):
    page = open_board("shows=leaving")
    drawn(page)
    page.mouse.move(*seen(page, "Data", -1.0, 1.0))
    expect(page.locator(".lv-panel", has_text="Residuals").locator(".lv-sample")).to_have_count(1)
    page.locator(".st-key-data input").press("Space")
    expect(page.locator(".lv-panel", has_text="Data")).to_have_count(0)
    expect(page.locator(".lv-sample")).to_have_count(0)


def test_a_hovered_step_is_shown_in_the_other_curve(page):
    seen(page, "Curve 1", 3, 0)  # scrolls now, so that nothing moves under the pointer later
    x, y = seen(page, "Curve 0", 3, 0.1 + 5.25 * 0.75**2)
    page.mouse.move(x - 2, y)
    page.mouse.move(x, y)
    other = page.locator(".lv-panel", has_text="Curve 1")
    expect(other.locator(".lv-across")).to_be_visible()
    assert other.locator(".lv-across").evaluate_all(MIDDLES)[0][0] == pytest.approx(seen(page, "Curve 1", 3, 0)[0], abs=1.5)
    expect(other.locator(".hoverlayer .hovertext")).to_have_count(1)
    page.mouse.move(5, 5)
    expect(other.locator(".lv-across")).to_be_hidden()
    expect(other.locator(".hoverlayer .hovertext")).to_have_count(0)


def test_a_click_chooses_a_sample_and_places_on_the_map(page):
    page.mouse.click(*seen(page, "Residuals", 1.0, 0.5))
    assert heard(page, "chosen") == [("residuals", {"trace": 0, "point": 1, "x": 1, "y": 0.5})]
    page.mouse.click(*seen(page, "Data", 2.0, 2.0))
    assert heard(page, "chosen")[1:] == [("data", {"trace": 0, "point": 3, "x": 2, "y": 2})]
    assert heard(page, "moved") == []
    page.locator(".lv-map").scroll_into_view_if_needed()
    page.mouse.click(*pixel(page, 0.4, -0.7))
    ((picture, values),) = heard(page, "placed")
    assert (picture, values) == ("contour", {"a": pytest.approx(0.4, abs=0.02), "b": pytest.approx(-0.7, abs=0.02)})


def test_a_moved_map_tells_its_window(page):
    page.locator(".lv-map").press("+")
    page.wait_for_timeout(600)
    ((picture, values),) = heard(page, "moved")
    assert picture == "contour" and values == {"corners": [-1.6, 1.6, -1.6, 1.6], "turn": 1}


def test_without_a_timeline_nothing_plays_and_the_legend_stays(page):
    toggle(page, "playing")
    expect(page.locator(".lv-buttons, .lv-scrubber, .lv-step, .lv-speeds").filter(visible=True)).to_have_count(0)
    expect(page.locator(".lv-film")).to_have_count(0)
    expect(page.locator(".lv-cursor:visible")).to_have_count(0)
    expect(page.locator(".lv-mark").get_by_text("start", exact=True)).to_be_visible()
    assert page.evaluate("document.querySelector('.lv-map')._fullData.find(trace => trace.meta?.role === 'path').x.length") == STEPS + 1


def test_a_path_of_one_point_plays_nothing_and_its_legend_stays(open_board):
    page = open_board("shows=point")
    drawn(page)
    expect(page.locator(".lv-buttons, .lv-scrubber, .lv-step, .lv-speeds").filter(visible=True)).to_have_count(0)
    expect(page.locator(".lv-chip").get_by_text("Descent", exact=True)).to_be_visible()


def test_a_picture_leaves_and_comes_back_and_the_others_stay_as_they_are(page):
    page.evaluate("() => { window.kept = [...document.querySelectorAll('.lv-map, .lv-relief, .lv-chart')]; }")
    page.locator(".lv-scrubber").press("ArrowLeft")
    toggle(page, "films")
    expect(page.locator(".lv-film")).to_have_count(0)
    toggle(page, "films")
    page.wait_for_selector(".lv-film .heatmaplayer image")
    page.wait_for_function(f"() => ({STATE})().film === 11")
    assert step(page) == STEPS - 1
    assert page.evaluate("() => [...document.querySelectorAll('.lv-map, .lv-relief, .lv-chart')].every((div, k) => div === window.kept[k])")


def test_a_board_may_consist_of_plots_alone(open_board):
    page = open_board("shows=plots")
    drawn(page)
    expect(page.locator(".lv-panel")).to_have_count(4)
    expect(page.locator(".lv-pictures, .lv-transport, .lv-tools").filter(visible=True)).to_have_count(0)


def test_two_reliefs_are_looked_at_from_one_side(open_board):
    page = open_board("shows=reliefs")
    drawn(page)
    said = page.locator(".lv-relief").evaluate_all("all => all.map(div => [div.role, div.tabIndex, div.ariaLabel])")
    assert said == [["img", -1, "Relief"]] * 2  # keys move what is seen on a contour
    cameras = "() => [...document.querySelectorAll('.lv-relief')].map(relief => relief._fullLayout.scene._scene.getCamera().eye)"
    before, _ = page.evaluate(cameras)
    rotate(page)
    page.wait_for_function(f"before => Math.abs(({cameras})()[1].x - before) > 0.1", arg=before["x"])
    first, second = page.evaluate(cameras)
    assert first == pytest.approx(second, abs=1e-3)
