"""A result opened in a real browser: pictures, refusals, both languages, the way to Explore, a phone's width."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from landscape.files import save_result
from landscape.scene import Scene
from landscape.study import Study
from tests.browser.explore import alerts, drawn, query, step, widget
from tests.browser.server import serve
from tests.browser.test_languages import WORDS, english
from tests.browser.test_phone import PHONE, WIDER
from tests.browser.visit import wait_for_run
from ui.i18n import LANGUAGES, Translator
from ui.result import MOST_BYTES

ROOT = Path(__file__).resolve().parents[2]
SCENE = "data=moons&data.n=60&model=mlp&model.widths=6&loss=cross_entropy&plane=pca&opt=adam&steps=20&resolution=21&start=auto&window=auto"
QUICK = "resolution=11&steps=10"


@pytest.fixture(scope="module")
def study() -> Study:
    return Study(Scene.from_query(SCENE))


@pytest.fixture(scope="module")
def whole(study, tmp_path_factory) -> Path:
    parts = {"surface": study.surface(21), "plane": study.plane, "trajectory": study.trajectories[0], "spectrum": study.spectrum}
    return save_result(tmp_path_factory.mktemp("results") / "whole.npz", **parts, scene=study.scene, recipe={"note": "<b>bold</b>"})


@pytest.fixture
def result_page(open_page):
    """The page, reached as a visitor does: Streamlit itself logs two errors where a page's own address is opened."""

    def opened(language: str = "en", **window: object) -> Page:
        page = open_page(QUICK, lang=language, **window)
        drawn(page)
        page.get_by_role("link", name=Translator(language)("result.title")).click()
        page.locator("input[type=file]").wait_for(state="attached")
        wait_for_run(page)
        return page

    return opened


def send(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    wait_for_run(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_result_is_drawn_and_opens_its_scene(result_page, whole, study, wire, language):
    page = result_page(language)
    assert query(page) == {"lang": language}
    send(page, whole)
    drawn(page)
    expect(page.locator(".lv-relief canvas").first).to_be_visible()
    expect(page.locator(".lv-panel")).to_have_count(3)
    expect(page.get_by_text("whole.npz")).to_be_visible()
    assert step(page) == len(study.trajectories[0]) - 1 and alerts(page) == []
    if language == "zh":
        assert {text: words for text, words in english(page.evaluate(WORDS)).items() if "torch" not in text} == {
            "whole.npz": ["whole", "npz"],
            Translator("zh")("result.upload"): ["npz"],
            Translator("zh")("result.saved_with"): ["landscape"],
        }
    page.locator(".lv-map").click()
    wait_for_run(page)
    assert query(page) == {"lang": language}

    widget(page, "explore_scene").get_by_role("button").click()
    page.wait_for_url("**/?data=moons*")
    wait_for_run(page)
    drawn(page)
    assert Scene.from_query(query(page)) == study.scene and query(page)["lang"] == language
    page.get_by_role("link", name=Translator(language)("result.title")).click()
    expect(page.get_by_text("whole.npz")).to_be_visible()
    page.go_back()
    expect(widget(page, "plane")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spoiled_or_too_large_file_is_one_sentence_and_the_picture_stays(result_page, whole, tmp_path, language):
    page, t = result_page(language), Translator(language)
    send(page, whole)
    run = drawn(page)
    spoiled, large = tmp_path / "spoiled.npz", tmp_path / "large.npz"
    np.savez(spoiled, surface=np.array([{"a": print}], dtype=object))
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    for path, code in ((spoiled, "result_foreign"), (large, "result_too_large")):
        send(page, path)
        expect(page.get_by_test_id("stAlertContainer")).to_contain_text(t(f"error.{code}.remedy"))
        assert len(alerts(page)) == 1 and drawn(page) == run
    expect(page.get_by_text("whole.npz")).to_be_visible()
    send(page, whole)
    expect(page.get_by_test_id("stAlertContainer")).to_have_count(0)


def test_a_path_alone_has_its_curves_and_no_empty_pictures(result_page, study, tmp_path):
    page = result_page("zh")
    send(page, save_result(tmp_path / "path.npz", trajectory=study.trajectories[0]))
    drawn(page)
    assert alerts(page) == [Translator("zh")("result.no_surface")]
    expect(page.locator(".lv-panel")).to_have_count(2)
    expect(page.locator(".lv-pictures")).to_be_hidden()
    expect(page.locator(".lv-transport")).to_be_visible()


def test_nothing_is_wider_than_a_phone(result_page, whole):
    page = result_page(**PHONE)
    send(page, whole)
    drawn(page)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= PHONE["width"]
    assert page.evaluate(WIDER) == []
    expect(widget(page, "explore_scene")).to_be_visible()


def test_the_page_s_own_address_opens_it_on_a_server_s_first_visit(visit, tmp_path):
    with serve(ROOT / "app.py", ROOT, tmp_path / "app.log") as server, visit(server) as open_fresh:
        page = open_fresh(path="open_result")
        expect(page.get_by_text(Translator("en")("result.what"))).to_be_visible()
        expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
        expect(page).to_have_title(Translator("en")("app.title"))
        open_fresh.errors[:] = [error for error in open_fresh.errors if "/open_result/_stcore/" not in error]  # Streamlit's own two
