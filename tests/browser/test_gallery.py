"""The first screen: what this is in one line, and scenes of one click each; tried as a lecturer would, on a projector of 1280x720."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from landscape.scene.scene import Scene
from tests.browser.explore import center, drawn, nudge, query, redrawn, start, widget
from tests.browser.visit import wait_for_run
from ui.frame.gallery import GALLERY, message, scenes
from ui.words.translator import LANGUAGES, Translator

PROJECTOR, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
# Puts other words into the line, and measures them.
SAY = """([title, line]) => {
  const words = document.querySelector('.lg-words'), bold = Object.assign(document.createElement('b'), { textContent: title });
  words.replaceChildren(bold, line);
  return [words.clientHeight, words.scrollHeight];
}"""
TRACES = "(plot, role) => plot.data.filter(trace => trace.meta?.role === role).map(({ x, y, customdata }) => ({ x, y, customdata }))"
MARKED = "count => document.querySelector('.lv-map').data.filter(trace => trace.meta?.role === 'mark').length >= count"
LOADED = "pictures => pictures.every(picture => picture.complete && picture.naturalWidth > 0)"


def tile(page: Page, name: str):
    return page.locator(".lg-tile").nth([tile.name for tile in GALLERY].index(name))


def shown(page: Page) -> Scene:
    return Scene.from_query({key: value for key, value in query(page).items() if key != "lang"})


def traces(page: Page, role: str) -> list[dict]:
    """The contour's traces of that role, as they are drawn."""
    return page.locator(".lv-map").evaluate(TRACES, role)


def heads(page: Page) -> list[tuple[float, float]]:
    """Where the runs have ended on the contour."""
    return [(trace["x"][-1], trace["y"][-1]) for trace in traces(page, "head")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_screen_says_what_this_is_and_shows_six_scenes_above_the_whole_picture(open_page, language):
    t, page = Translator(language), open_page("", language, **PROJECTOR)
    drawn(page)
    expect(page.locator(".lg-words")).to_have_text(t("gallery.what"))
    lines = "words => words.getBoundingClientRect().height / parseFloat(getComputedStyle(words).lineHeight)"
    assert page.locator(".lg-words").evaluate(lines) == pytest.approx(1, abs=0.1)
    assert page.locator(".lg-tile span").all_inner_texts() == [t(f"gallery.{tile.name}.title") for tile in GALLERY]
    assert page.locator(".lg-tile img").evaluate_all(LOADED)
    assert page.locator(".lg-tile img").evaluate_all("pictures => pictures.map(picture => picture.alt)") == [
        t(f"gallery.{tile.name}.alt") for tile in GALLERY
    ]
    for element in (*page.locator(".lg-tile").all(), page.locator(".lv-relief"), page.locator(".lv-map"), page.locator(".lv-transport")):
        expect(element).to_be_in_viewport(ratio=1)
    assert page.locator(".lg-tile span").evaluate_all("titles => titles.every(title => title.scrollHeight <= title.clientHeight)")


@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_no_sentence_is_cut_off(open_page, size):
    page, cut = open_page("resolution=31", **size), []
    drawn(page)
    for t in map(Translator, LANGUAGES):
        for scene in scenes().values():
            told = message(t, scene)
            seen, whole = page.evaluate(SAY, [told["title"], told["line"]])
            cut += [f"{told['line']} {whole}"] * (whole > seen + 1)
    assert cut == []


@pytest.mark.parametrize("language", ["zh"])
def test_a_saddle_that_holds_gradient_descent_is_one_click_away(open_page, language):
    t, page = Translator(language), open_page("", language, **PROJECTOR)
    drawn(page)
    tile(page, "saddle").click()
    page.wait_for_url(f"**/saddles?*lang={language}")
    page.locator(".lv-chips .lv-chip").filter(has_text=t("saddles.racer.saddle_free_newton")).wait_for()
    drawn(page)
    held, noisy = heads(page)[:2]
    assert held == pytest.approx((0, 0), abs=1e-3) and np.abs(noisy) == pytest.approx((0, 1), abs=0.1)
    page.wait_for_function(MARKED, arg=3)  # start, minima and saddle: critical points come last
    assert {"λ = 1, -1<br>", "λ = 2, 1<br>"} <= {label for trace in traces(page, "mark") for label, _ in trace["customdata"]}
    redrawn(page, widget(page, "starts").get_by_text("y = 1e-6", exact=True).click)
    assert np.abs(heads(page)[0]) == pytest.approx((0, 1), abs=1e-3)
    assert "start" not in query(page)
    page.go_back()
    page.go_back()
    page.wait_for_url(lambda url: "saddles" not in url)
    drawn(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_flat_beside_sharp_and_a_shifted_test_set_is_one_click_away(open_page, language):
    t, page = Translator(language), open_page("", language, **PROJECTOR)
    drawn(page)
    tile(page, "flat_sharp").click()
    page.wait_for_url(f"**/minima?*lang={language}")
    page.wait_for_selector(".lv-film")
    drawn(page)
    balls = page.evaluate("[...document.querySelector('.lv-film')._fullData[3].x]")  # of the rates 0.1 and 0.05
    assert balls[:2] == pytest.approx((-2, 2), abs=0.05)
    rise = page.locator(".lv-fact").filter(has_text=t("minima.wells.rise", shift="0.3"))
    expect(rise.locator(".lv-fact-value")).to_have_text("✓ 0.045 | 1.125")


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_outlier_bends_squared_error_and_not_huber_is_one_click_away(open_page, language):
    t, page = Translator(language), open_page("", language, **PROJECTOR)
    drawn(page)
    tile(page, "outlier").click()
    page.wait_for_url(f"**/outliers?*lang={language}")
    page.locator(".lv-chip").filter(has_text=t("losses.huber")).locator("b").wait_for()
    for loss, told in (("mse", "2.636"), ("huber", "1.083")):
        expect(page.locator(".lv-chip").filter(has_text=t(f"losses.{loss}")).locator("b").first).to_have_text(told)
    page.go_back()
    page.wait_for_url(lambda url: "outliers" not in url)
    drawn(page)


def test_after_a_pick_the_row_is_one_line_and_nothing_moves_while_numbers_change(open_page):
    page = open_page("", **PROJECTOR)
    drawn(page)
    top = page.locator(".lv-pictures").bounding_box()["y"]
    redrawn(page, tile(page, "rate").click)
    expect(page.locator(".lg-tiles")).to_be_hidden()
    folded = page.locator(".lv-pictures").bounding_box()["y"]
    assert folded < top
    expect(page.locator(".lg-words")).to_contain_text(Translator("en")("gallery.rate.note"))
    redrawn(page, lambda: nudge(page, "opt2.gd.lr", "ArrowLeft"))
    assert page.locator(".lv-pictures").bounding_box()["y"] == folded
    expect(page.locator(".lg-words")).to_have_text(Translator("en")("gallery.what"))
    page.locator(".lg-open").click()
    expect(page.locator(".lg-tiles")).to_be_in_viewport(ratio=1)
    assert page.locator(".lv-pictures").bounding_box()["y"] == folded
    redrawn(page, tile(page, "rate").click)
    assert shown(page) == scenes()["rate"]
    expect(page.locator(".lg-tiles")).to_be_hidden()


def test_the_unfolded_row_stays_where_it_is_while_numbers_change(open_page):
    page = open_page("", **PROJECTOR)
    drawn(page)
    before = page.locator(".lv-pictures").bounding_box()
    redrawn(page, lambda: nudge(page, "opt.gd.lr"))
    assert page.locator(".lv-pictures").bounding_box() == before
    expect(page.locator(".lg-tiles")).to_be_in_viewport(ratio=1)


def test_the_row_over_the_page_goes_away_without_a_pick(open_page):
    page = open_page("resolution=31")
    drawn(page)
    row, button = page.locator(".lg-tiles"), page.locator(".lg-open")
    expect(row).to_be_hidden()
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(row).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    x, y = center(page.locator(".lv-transport"))
    page.mouse.click(x, y)
    expect(row).to_be_hidden()
    assert start(page) is None and shown(page) == Scene.from_query("resolution=31")


def test_a_scene_is_picked_from_the_keyboard(open_page):
    page = open_page("", **PROJECTOR)
    page.locator(".lg-open").focus()
    for _ in range(1 + [tile.name for tile in GALLERY].index("rate")):
        page.keyboard.press("Tab")
    expect(tile(page, "rate")).to_be_focused()
    outline = tile(page, "rate").evaluate("tile => getComputedStyle(tile).outlineStyle")
    assert outline == "solid"
    redrawn(page, lambda: page.keyboard.press("Enter"))
    assert shown(page) == scenes()["rate"]


def test_each_picture_is_a_link_that_another_tab_opens(open_page):
    page = open_page("", "zh", **PROJECTOR)
    drawn(page)
    with page.context.expect_page() as opened:
        tile(page, "rate").click(modifiers=["ControlOrMeta"])
    other = opened.value
    wait_for_run(other)
    drawn(other)
    assert shown(page) == Scene() and (shown(other), query(other)["lang"]) == (scenes()["rate"], "zh")
    expect(other.locator(".lg-words")).to_contain_text(Translator("zh")("gallery.rate.note"))
    expect(other.locator(".lg-tiles")).to_be_hidden()


def test_the_language_switch_keeps_what_is_said_and_the_scene(open_page):
    page = open_page("", **PROJECTOR)
    redrawn(page, tile(page, "rate").click)
    widget(page, "language_switch").get_by_role("radio").nth(list(LANGUAGES).index("zh")).click()
    expect(page.locator(".lg-words")).to_contain_text(Translator("zh")("gallery.rate.note"))
    wait_for_run(page)
    assert shown(page) == scenes()["rate"]


def test_on_a_phone_the_row_scrolls_by_itself_and_the_page_does_not(open_page):
    page = open_page("", **PHONE)
    drawn(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= PHONE["width"]
    row = page.locator(".lg-tiles")
    wide, seen = row.evaluate("row => [row.scrollWidth, row.clientWidth]")
    assert seen <= PHONE["width"] < wide
    assert row.bounding_box()["height"] < 150
    expect(page.locator(".lv-relief")).to_be_in_viewport(ratio=1)
    tile(page, "digits").scroll_into_view_if_needed()
    expect(tile(page, "digits")).to_be_in_viewport(ratio=0.9)
    tile(page, "rate").scroll_into_view_if_needed()
    redrawn(page, tile(page, "rate").click)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= PHONE["width"]
    expect(page.locator(".lg-words")).to_contain_text(Translator("en")("gallery.rate.note"))
    assert page.locator(".lg-words").evaluate("words => words.scrollHeight <= words.clientHeight + 1")
