"""The Losses page in a browser: dials that redraw at once, linked hover, one camera, and links."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import drawn, query
from tests.browser.visit import wait_for_run
from ui.words.translator import Translator

# The x and y of a line of the picture with that title, as Plotly has drawn it.
LINE = """([title, index]) => {
  const panel = [...document.querySelectorAll('.lv-panel')].find(panel => panel.querySelector('.lv-panel-title').textContent === title);
  const { x, y } = panel.querySelector('.lv-plot').data[index];
  return [Array.from(x), Array.from(y)];
}"""
CAMERAS = """() => [...document.querySelectorAll('.lv-relief')].map(div => div._fullLayout?.scene?._scene?.getCamera()?.eye)"""
# A hand that turns a dial by `steps` and does not rest before a line ends at `height`: how many messages have gone to Python by then.
TURNED = """async (dial, [find, line, steps, height]) => {
  const { send } = WebSocket.prototype;
  let sent = 0;
  WebSocket.prototype.send = function (...given) { sent += 1; return send.apply(this, given); };
  dial.value = Number(dial.value) + steps;
  while (Math.abs(eval(find)(line)[1].at(-1) - height) > 1e-6) {
    dial.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise(done => setTimeout(done, 20));
  }
  WebSocket.prototype.send = send;
  return sent;
}"""
HUBER = 2 * 2  # the third loss; each has a line and its arrows


def dial(page: Page, number: int):
    return page.locator(".lv-dial input").nth(number)


def line(page: Page, title: str, index: int) -> list[tuple[float, float]]:
    return list(zip(*page.evaluate(LINE, [title, index]), strict=True))


def flat(page: Page) -> float:
    """Where the drawn gradient of the Huber loss ends."""
    return line(page, "Gradient", HUBER)[-1][1]


@pytest.fixture
def losses_page(open_page, wire):
    """open(query, ...): the page of losses, without surfaces, which take the browser long; Streamlit's own complaint is none of ours."""

    def opened(asked: dict[str, object] | None = None, **given: object) -> Page:
        page = open_page(urlencode({"surfaces": 0, **(asked or {})}), path="losses", **given)
        open_page.errors[:] = [error for error in open_page.errors if "/losses/_stcore/" not in error]
        drawn(page)
        page.wait_for_function("() => document.querySelector('.lv-dial, .lv-line')")
        return page

    return opened


def test_a_dial_redraws_at_once_and_python_hears_of_it_when_the_hand_rests(losses_page, wire):
    page = losses_page()
    assert flat(page) == pytest.approx(1.0)
    before = len(wire.sent)
    dial(page, 0).focus()
    assert dial(page, 0).evaluate(TURNED, [LINE, ["Gradient", HUBER], 3, 2]) == 0  # nothing was asked of Python for it
    expect(page.locator(".lv-dial-value").first).to_have_text("2")
    expect(dial(page, 0)).to_have_attribute("aria-valuetext", "2")
    page.wait_for_url("**loss3.delta=2*")
    drawn(page)
    assert len(wire.sent) == before + 1 and flat(page) == pytest.approx(2.0)
    expect(dial(page, 0)).to_be_focused()
    jumps = [x for x, y in line(page, "Curvature", HUBER) if y is None or y != y]
    assert jumps == pytest.approx([-2.0, 2.0], abs=1e-5)


def test_what_is_hovered_is_shown_at_the_same_place_in_the_others(losses_page):
    page = losses_page()
    frame = page.locator(".lv-panel .nsewdrag").first
    box = frame.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + box["height"] * 0.45)
    lines = page.locator(".lv-across:visible")
    expect(lines).to_have_count(3)
    labels = page.locator(".lv-panel").nth(1).locator(".hovertext")
    expect(labels.first).to_be_visible()
    assert labels.count() >= 3 and all("gradient" in text for text in labels.all_text_contents())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_link_opens_what_it_says_with_the_lecture_s_numbers(losses_page, language):
    t = Translator(language)
    page = losses_page({"loss": "focal", "loss.gamma": 5, "loss2": "cross_entropy", "target": 0.9}, lang=language)
    asked = query(page)
    assert (float(asked["loss.gamma"]), asked["loss2"], asked["target"]) == (5, "cross_entropy", "0.9")
    expect(page.locator(".lv-dial-value").first).to_have_text("5")
    facts = dict(zip(*(page.locator(f".lv-fact-{part}").all_inner_texts() for part in ("label", "value")), strict=True))
    best = next(value for label, value in facts.items() if label.startswith(t("curves.best", share=0.9)))
    assert best == "0.597"
    titles = page.locator(".lv-panel-title").all_inner_texts()
    assert titles[-2:] == [t("losses.focal"), t("losses.cross_entropy")]
    rows = page.locator(".lv-sheet tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text(t("curves.claim"))
    expect(rows.nth(1).locator("td[data-tone=warn]")).to_have_text([t("figure.no")])  # not convex
    page.locator(".lv-sheet .lv-info").nth(3).click()
    expect(page.locator(".lv-bubble")).to_have_text(t("figure.convex.info"))


def test_all_surfaces_are_looked_at_from_one_side(losses_page):
    page = losses_page({"surfaces": 1, "loss": "mae", "loss2": "mse"}, width=1000)
    page.wait_for_function(f"() => ({CAMERAS})().filter(Boolean).length === 2")
    relief = page.locator(".lv-relief").first
    relief.scroll_into_view_if_needed()
    box, before = relief.bounding_box(), page.evaluate(CAMERAS)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 10, steps=4)
    page.mouse.up()
    page.wait_for_function(f"was => ({CAMERAS})()[0].x !== was", arg=before[0]["x"])
    page.wait_for_function(
        f"() => (([one, other]) => Object.keys(one).every(axis => Math.abs(one[axis] - other[axis]) < 1e-6))(({CAMERAS})())"
    )
    assert page.evaluate(CAMERAS)[0] != before[0]
    expect(page.locator(".lv-panel-note", has_text="w = 2.636")).to_have_count(1)


def test_on_a_phone_nothing_is_wider_than_the_page_and_the_dials_stay_in_sight(losses_page):
    page = losses_page(width=390, height=844)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth") <= 390
    main.evaluate("main => main.scrollTo(0, 700)")
    wait_for_run(page)
    box = dial(page, 0).bounding_box()
    assert 0 <= box["y"] <= 200 and box["height"] >= 24
