"""A page made of one script and one entry of the registry: its scene in the address, a job, a board; and a menu with room for twelve."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import MENU, alerts, at_rest, drawn, go_to, nudge, query, redrawn, step, widget
from tests.browser.server import Server, serve
from tests.browser.trial.line import LineScene, X
from tests.browser.visit import wait_for_run
from ui.browser import static
from ui.registry import PAGES
from ui.words.translator import LANGUAGES, LOCALES, Translator

ROOT = Path(__file__).resolve().parents[2]
# As many pages more as make a menu of twelve.
OTHERS = 12 - len(PAGES) - 1
OTHER = """
from ui.frame import navigation
from ui.frame.title_bar import title_bar
from ui.session.address import write_address
from ui.words.translator import current_translator
import streamlit as st
t = current_translator()
navigation.menu(t, "pages_narrow")
with st.sidebar:
    title_bar(t)
write_address(t.language)
st.write(t("progress.cancel"))
"""
TITLES = {"en": "Trial", "zh": "试验"}
# Where a small picture of that title has its points, and the size of one unit of its axes, in pixels.
POINTS = """title => {
  const panel = [...document.querySelectorAll('.lv-panel')].find(panel => panel.querySelector('.lv-panel-title').textContent === title);
  const { xaxis, yaxis } = panel.querySelector('.lv-plot')._fullLayout, boxes = [...panel.querySelectorAll('.point')];
  const middles = boxes.map(point => point.getBoundingClientRect()).map(({ x, y, width, height }) => [x + width / 2, y + height / 2]);
  return { middles, unit: [xaxis, yaxis].map(axis => axis._length / (axis.range[1] - axis.range[0])) };
}"""
HEADS = """() => ['.lv-map', '.lv-relief'].map(name => {
  return document.querySelector(name)._fullData.find(trace => trace.meta?.role === 'head').x[0];
})"""
CURSOR = """() => {
  const panel = [...document.querySelectorAll('.lv-panel')].find(panel => panel.querySelector('.lv-cursor:not(.lv-across, [hidden])'));
  const { xaxis } = panel.querySelector('.lv-plot')._fullLayout, frame = panel.querySelector('.nsewdrag').getBoundingClientRect();
  const line = panel.querySelector('.lv-cursor:not(.lv-across)').getBoundingClientRect(), [low, high] = xaxis.range;
  return low + ((line.x - frame.x) / xaxis._length) * (high - low);
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The lab with one page more, and its title in both languages."""
    folder = tmp_path_factory.mktemp("trial")
    (folder / "pages").mkdir()
    for k in range(OTHERS):
        (folder / "pages" / f"other{k}.py").write_text(OTHER, encoding="utf-8")
    for language in LANGUAGES:
        words = json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8")) | {"pages.trial": TITLES[language]}
        words |= {f"pages.other{k}": f"{TITLES[language]} {k}" for k in range(OTHERS)}
        words |= {f"pages.group.{group}": group.title() for group in ("losses", "training")}
        (folder / f"{language}.json").write_text(json.dumps(words), encoding="utf-8")
    script = Path(shutil.copy(Path(__file__).parent / "trial" / "app.py", folder))
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    static.install(folder / "static")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("TRIAL_LOCALES", str(folder))
        with serve(script, folder, folder / "app.log") as server:
            yield server


@pytest.fixture
def open_lab(visit, server):
    with visit(server) as pages:
        yield pages


def opened(open_lab, language: str = "en") -> Page:
    """Return the new page, reached by the menu."""
    page = open_lab("steps=5&resolution=11", lang=language, height=1000)
    drawn(page)
    go_to(page, TITLES[language])
    page.wait_for_url("**/trial?*")
    wait_for_run(page)
    drawn(page)
    return page


def scene_of(page: Page) -> LineScene:
    return LineScene.from_query(query(page))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_in_the_menu_and_keeps_a_scene_of_its_own_in_the_address(open_lab, language):
    page, t = opened(open_lab, language), Translator(language)
    menu = page.locator(".st-key-pages").get_by_test_id("stPopoverButton").first
    expect(menu).to_contain_text(TITLES[language])
    assert query(page) == {"lang": language} and scene_of(page) == LineScene()
    redrawn(page, lambda: nudge(page, "steps"))
    there = scene_of(page)
    assert there.steps > LineScene().steps

    go_to(page, t("pages.explore"))
    page.wait_for_url("**/?steps=5*")
    drawn(page)
    assert query(page)["resolution"] == "11"  # the other page's scene is its own
    go_to(page, TITLES[language])
    page.wait_for_url("**/trial?*")
    drawn(page)
    assert scene_of(page) == there and query(page)["lang"] == language
    expect(menu).to_contain_text(TITLES[language])
    page.go_back()
    page.wait_for_url("**/?steps=5*")


def test_its_job_shows_progress_and_can_be_cancelled(open_lab):
    page, t = opened(open_lab), Translator("en")
    widget(page, "seconds").get_by_role("spinbutton").fill("40")
    widget(page, "seconds").get_by_role("spinbutton").press("Enter")
    cancel = page.locator(".st-key-cancel").get_by_role("button")
    expect(cancel).to_be_visible()
    expect(page.locator(".st-key-refining").get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text(t("progress.surface"))).to_contain_text(f"{t('losses.mse')} · {t('optimizers.gd')}")
    cancel.click()
    page.wait_for_selector(".st-key-cancel", state="detached")
    drawn(page)
    assert alerts(page) == [t("progress.cancelled_finer")]
    expect(page.locator(".lv-map .nsewdrag")).to_be_visible()  # the coarse picture stays


def test_its_pictures_follow_one_timeline_and_a_dragged_point(open_lab):
    page = opened(open_lab)
    at_rest(page)
    page.locator(".lv-scrubber").press("Home")
    for _ in range(3):
        page.locator(".lv-scrubber").press("ArrowRight")
    page.wait_for_function(f"({HEADS})().every(x => Math.abs(x + 2) > 1e-6)")
    first, second = page.evaluate(HEADS)
    assert step(page) == 3 and first == pytest.approx(second) and page.evaluate(CURSOR) == pytest.approx(3, abs=0.1)

    before = page.evaluate(POINTS, "points")
    (x, y), (unit, height) = before["middles"][-1], before["unit"]
    page.mouse.move(x, y)
    page.mouse.down()
    for share in (0.3, 0.6, 1.0):
        page.mouse.move(x - share * unit, y + share * 4 * height)  # by (-1, -4)
    redrawn(page, page.mouse.up)
    wait_for_run(page)
    moved = scene_of(page).moved
    assert moved == pytest.approx((1.0, -2.0), abs=0.05)
    at_rest(page)
    # Gradient descent has come down to the least squares line of the five points, by their own algebra.
    points = np.array([*zip(X[:-1], X[:-1], strict=True), moved])
    slope, intercept = np.polyfit(*points.T, 1)
    residuals = points[:, 1] - slope * points[:, 0] - intercept
    shown = float(page.locator(".lv-chip b").inner_text())
    assert np.mean(residuals**2) <= shown + 1e-3 <= 1.2 * np.mean(residuals**2) + 0.01


@pytest.mark.parametrize(("width", "height", "language"), [(1440, 900, "en"), (1280, 720, "zh"), (390, 844, "en")])
def test_the_menu_has_room_for_twelve_pages_and_shows_which_one_is_open(open_lab, width, height, language):
    page = open_lab("steps=5&resolution=11", lang=language, width=width, height=height)
    drawn(page)
    button = page.locator(MENU).filter(visible=True).first
    expect(button).to_contain_text(Translator(language)("pages.explore"))
    button.click()
    links = page.get_by_test_id("stPopoverBody").get_by_role("link")
    expect(links).to_have_count(12)
    for link in links.all():
        box = link.bounding_box()
        assert box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
    painted = links.evaluate_all("links => links.map(link => getComputedStyle(link).backgroundColor)")
    assert painted[0] not in painted[1:] and len(set(painted[1:])) == 1  # the open page's
    links.get_by_text(f"{TITLES[language]} {OTHERS - 1}").click()
    page.wait_for_url(f"**/other{OTHERS - 1}?lang=*")
    expect(page.locator(MENU).filter(visible=True).first).to_contain_text(f"{TITLES[language]} {OTHERS - 1}")
