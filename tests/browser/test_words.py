"""Words can be read: large enough, never clipped, explained where they stand, and one name for one thing."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from figures.numbers import number, percent
from tests.browser.explore import drawn, widget
from tests.browser.visit import Contexts, Visit
from ui.words.translator import LANGUAGES, LOCALES, Translator

PHONE, HALL = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
SMALL = "resolution=21&steps=30"
ONE_STEP = "resolution=21&steps=1"
MOONS = f"{SMALL}&data=moons&model=mlp&loss=logistic&plane=pca&start=auto&window=auto"
IRIS = f"{SMALL}&data=iris&model=mlp&loss=cross_entropy&plane=random&start=auto&window=auto"
# Scenes with long cards: estimated surfaces, planes of large spaces, kinks, divergence, one step, curvature that does not exist.
SCENES = (
    f"{SMALL}&opt=gd&opt.lr=3",
    ONE_STEP,
    f"{SMALL}&loss=mae",
    MOONS,
    f"{SMALL}&function=rosenbrock&opt=gd&opt.lr=0.1&start=auto&window=auto",
)
CLIPPED = """() => [...document.querySelectorAll('.lv-fact, .lv-fact *')].filter(element =>
  element.scrollHeight > element.clientHeight + 1 && getComputedStyle(element).display !== 'inline'
  || element.scrollWidth > element.clientWidth + 1 && element.clientWidth && getComputedStyle(element).overflow === 'hidden'
).map(element => element.textContent)"""
# Every size of letters that is seen, with a word in it: HTML, the pictures' SVG, and what Plotly writes on canvases.
SIZES = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const { data, parentElement: element } = walker.currentNode;
    if (!data.trim() || element.closest('style, script, .katex, .lv-say, [data-testid=stIconMaterial]')) continue;
    if (!element.checkVisibility({ visibilityProperty: true }) || element.matches('tspan[dy]')) continue;
    found.push([parseFloat(getComputedStyle(element).fontSize), data.trim().slice(0, 40)]);
  }
  const { scene } = document.querySelector('.lv-relief')._fullLayout ?? {};
  const axes = scene ? [scene.xaxis, scene.yaxis, scene.zaxis] : [];
  for (const { tickfont, title } of axes) found.push([tickfont.size, 'tick'], [title.font.size, 'title']);
  return found;
}"""
TITLES = """() => ['.lv-map', '.lv-relief'].flatMap(name => {
  const { xaxis, yaxis, scene } = document.querySelector(name)._fullLayout;
  return (scene ? [scene.xaxis, scene.yaxis, scene.zaxis] : [xaxis, yaxis]).map(axis => axis.title.font.size);
})"""


@pytest.mark.parametrize("scene", SCENES)
def test_no_card_is_clipped(open_page: Visit, scene: str):
    page = open_page(scene, **HALL)
    for language in LANGUAGES:
        if language != "en":
            page.set_viewport_size(HALL)
            widget(page, "language_switch").get_by_role("radio").nth(list(LANGUAGES).index(language)).click()
            expect(page.locator(".lv-relief")).to_have_attribute("aria-label", Translator(language)("view.relief_label"))
        drawn(page)
        for size in (HALL, {"width": 1000, "height": 720}, PHONE):
            page.set_viewport_size(size)
            page.wait_for_timeout(200)
            assert page.locator(".lv-fact").count() >= 5
            assert page.evaluate(CLIPPED) == []


@pytest.mark.parametrize("size", [PHONE, HALL], ids=["phone", "hall"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letters_are_smaller_than_twelve_pixels(open_page: Visit, language: str, size: dict[str, int]):
    page = open_page(IRIS, language, **size)
    drawn(page)
    assert [found for found in page.evaluate(SIZES) if found[0] < 12] == []


def test_what_a_hall_must_read_has_fourteen_pixels(open_page: Visit):
    page = open_page(SMALL, **HALL)
    drawn(page)
    for name in (".lv-fact-label", ".lv-fact-note", ".lv-fact-value", ".lv-chip", ".lv-step", ".lv-panel-title"):
        sizes = page.locator(name).evaluate_all("found => found.map(element => parseFloat(getComputedStyle(element).fontSize))")
        assert sizes and min(sizes) >= 14, name
    assert min(page.evaluate(TITLES)) >= 14


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_plane_holds_is_explained_where_it_stands(open_page: Visit, language: str):
    page, t = open_page(MOONS, language, **HALL), Translator(language)
    drawn(page)
    card = page.locator(".lv-fact", has_text=t("fact.plane"))
    share, walk = card.locator(".lv-fact-value").inner_text(), re.search(r"[\d.]+ %", card.locator(".lv-fact-note").inner_text())[0]
    bubble, ask = page.locator(".lv-bubble"), card.get_by_role("button", name=t("fact.plane"))
    expect(bubble).to_be_hidden()
    ask.hover()
    expect(bubble).to_have_text(t("fact.plane_info", share=share, walk=walk))
    page.mouse.move(5, 5)
    expect(bubble).to_be_hidden()
    ask.click()  # as a tap does: it stays
    page.mouse.move(5, 5)
    expect(bubble).to_be_visible()
    box = bubble.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= HALL["width"] and box["y"] >= 0
    page.keyboard.press("Escape")
    expect(bubble).to_be_hidden()
    assert percent(0.5) == "50 %"


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_step_is_no_plural(open_page: Visit, language: str):
    page = open_page(ONE_STEP, language)
    drawn(page)
    expect(page.locator(".lv-fact-note").first).to_have_text(Translator(language)("fact.completed_one"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_gear_is_named_by_what_it_sets_and_shows_the_gear_alone(open_page: Visit, language: str):
    page, t = open_page(SMALL, language), Translator(language)
    drawn(page)
    for key, title in (("data", "datasets.line"), ("opt2", "optimizers.momentum")):
        row = widget(page, key).locator("xpath=ancestor::*[@data-testid='stHorizontalBlock'][1]")
        gear = row.get_by_role("button", name=t("explore.settings", of=t(title)), exact=True)
        expect(gear).to_be_visible()
        assert gear.get_by_test_id("stMarkdownContainer").bounding_box()["width"] <= 1


def test_the_browser_and_the_figures_write_a_number_alike(contexts: Contexts):
    values = [0.0, 1.0, -74.31, 0.083, 0.0012349, 0.00099994, 0.00099996, 12.3456, 999.4, 999.6, 2503.4, 99999.4, 99999.6, 123456.0]
    values += [sign * mantissa * 10.0**power for sign in (1, -1) for mantissa in (1.0, 1.2, 1.23456, 9.996) for power in range(-12, 13, 3)]
    script = (LOCALES.parent / "view" / "numbers.js").read_text(encoding="utf-8").replace("export ", "")
    page = contexts.kept("en-US").new_page()
    assert page.evaluate(f"values => {{ {script}\n return values.map(reading); }}", values) == [number(value) for value in values]
    page.close()


def test_a_path_has_one_chinese_name():
    chinese = json.loads((LOCALES / "zh.json").read_text(encoding="utf-8"))
    assert [sentence for sentence in chinese.values() if "轨迹" in sentence] == []
    assert sum("路径" in sentence for sentence in chinese.values()) > 20


def test_a_hessian_has_one_chinese_name():
    chinese = json.loads((LOCALES / "zh.json").read_text(encoding="utf-8"))
    readme = (LOCALES.parents[1] / "README.md").read_text(encoding="utf-8")
    sentences = [*chinese.values(), *(line for line in readme.splitlines() if re.search("[\u4e00-\u9fff]", line))]
    assert [sentence for sentence in sentences if re.search("Hessian|黑塞|海塞|黑森|海赛", sentence)] == []
    assert sum("海森矩阵" in sentence for sentence in sentences) >= 5
