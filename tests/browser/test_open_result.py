"""A result opened in a real browser: pictures, refusals, both languages, the way to Explore, a phone's width."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from safetensors.torch import save_file

from landscape.curvature.critical import CriticalPoint
from landscape.curvature.density import spectral_density
from landscape.curvature.trace import hessian_trace
from landscape.data.datasets import make_dataset
from landscape.files.result import save_result
from landscape.networks.models import make_model
from landscape.sampling.surface import Surface
from landscape.scene.scene import Scene
from landscape.scene.study import Study
from tests.browser.explore import alerts, drawn, go_to, query, step, widget
from tests.browser.server import serve
from tests.browser.test_languages import WORDS, english
from tests.browser.test_phone import PHONE, WIDER
from tests.browser.visit import wait_for_run
from ui.session.result import MOST_BYTES
from ui.words.translator import LANGUAGES, Translator

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


@pytest.fixture(scope="module")
def maps(study, tmp_path_factory) -> Path:
    """Everything but the surface's own parts: maps on two grids, a density, a trace and a critical point."""
    surface, end = study.surface(21), study.trajectories[0].thetas[-1]
    side = {"a": surface.a[::5], "b": surface.b[::5]}
    smallest = Surface(**side, values=np.outer(side["b"], side["a"]), error=np.full((5, 5), 1e-9), evaluations=25)
    accuracy = Surface(surface.a, surface.b, np.clip(surface.values, 0, 1), np.zeros((21, 21)), 441)
    parts = {
        "density": spectral_density(study.objective, end, probes=3, steps=10),
        "trace": hessian_trace(study.objective, end, probes=10),
        "critical": [CriticalPoint(end, 0.5, 0.0, np.ones(len(end)), 0, "minimum")],
        "quantities": {"accuracy": accuracy, "smallest_eigenvalue": smallest},
    }
    path = tmp_path_factory.mktemp("results") / "maps.npz"
    return save_result(path, surface=surface, plane=study.plane, trajectory=study.trajectories[0], **parts, recipe={"density": [3, 10]})


@pytest.fixture
def result_page(open_page):
    """The page, reached as a visitor does: Streamlit itself logs two errors where a page's own address is opened."""

    def opened(language: str = "en", **window: object) -> Page:
        page = open_page(QUICK, lang=language, **window)
        drawn(page)
        go_to(page, Translator(language)("pages.open_result"))
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
            Translator("zh")("result.upload"): ["npz", "safetensors"],
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
    go_to(page, Translator(language)("pages.open_result"))
    expect(page.get_by_text("whole.npz")).to_be_visible()
    page.go_back()
    expect(widget(page, "plane")).to_be_visible()
    assert Scene.from_query(query(page)) == study.scene  # nothing was written into the address on the way


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


BAR = "document.querySelector('.lv-map')._fullData[0].colorbar.title.text"


@pytest.mark.parametrize(("language", "window"), [("en", PHONE), ("zh", {})])
def test_the_maps_of_a_file_are_shown_one_at_a_time_with_the_path_on_the_contour(result_page, maps, language, window):
    page, t = result_page(language, **window), Translator(language)
    send(page, maps)
    drawn(page)
    assert page.evaluate(BAR) == t("figure.loss")
    for shows in ("smallest_eigenvalue", "accuracy"):
        name = t(f"figure.{shows}")
        page.get_by_role("radio", name=re.compile(name, re.IGNORECASE)).click()
        page.wait_for_function(f"name => {BAR} === name", arg=name)
        wait_for_run(page)
        expect(page.locator(".lv-map")).to_have_attribute("aria-label", t("result.contour_label", of=name))
        roles = "div => document.querySelector(div)._fullData.map(trace => trace.meta.role)"
        assert set(page.evaluate(roles, ".lv-relief")) == {"ground"} and {"path", "mark"} < set(page.evaluate(roles, ".lv-map"))
        assert ("zero" in page.evaluate(roles, ".lv-map")) == (shows == "smallest_eigenvalue")
    expect(page.locator(".lv-panel")).to_have_count(3)
    for word in ("trace", "critical"):
        expect(page.locator(".lv-fact-label", has_text=t(f"result.{word}"))).to_have_count(1)
    assert alerts(page) == [] and page.evaluate(WIDER) == []
    if language == "zh":
        left = {text for text in english(page.evaluate(WORDS)) if "torch" not in text}
        assert left == {"maps.npz", t("result.upload"), t("result.saved_with")}


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


DROP = """([label, name, text]) => {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0)), files = new DataTransfer();
  files.items.add(new File([bytes], name));
  label.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


def drop(page: Page, path: Path) -> None:
    """Drop the file on the box, as a hand with a mouse does."""
    box = page.locator(".lu").element_handle()
    page.evaluate(DROP, [box, path.name, base64.b64encode(path.read_bytes()).decode()])
    wait_for_run(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_weights_that_are_dropped_are_explored_and_can_be_let_go(result_page, wire, tmp_path, language):
    page, t = result_page(language), Translator(language)
    data = make_dataset("moons")
    model = make_model("mlp", data, seed=5, widths=(6, 4))
    save_file(model.state_dict(), tmp_path / "mine.safetensors")
    save_file({"w": torch.full((3,), torch.nan)}, tmp_path / "nan.safetensors")
    drop(page, tmp_path / "nan.safetensors")
    expect(page.get_by_test_id("stAlertContainer")).to_contain_text(t("error.weights_finite.remedy"))
    drop(page, tmp_path / "mine.safetensors")
    expect(page.get_by_text("mine.safetensors")).to_be_visible()
    expect(page.get_by_test_id("stAlertContainer")).to_have_count(0)
    widget(page, "explore_scene").get_by_role("button").click()
    page.wait_for_url("**/?data=moons*weights=*")
    wait_for_run(page)
    drawn(page)
    expect(page.locator(".own")).to_have_text(t("explore.weights", name="mine.safetensors"))
    expect(page.locator(".lv-relief canvas").first).to_be_visible()
    outputs = model(torch.tensor(data.inputs))[:, 0]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(outputs, torch.tensor(data.targets).double()).item()
    assert alerts(page) == [] and [losses[0] for losses in wire.losses(page)] == pytest.approx([loss, loss], rel=1e-9)
    if language == "zh":
        assert english(page.evaluate(WORDS)) == {t("explore.weights", name="mine.safetensors"): ["mine", "safetensors"]}
    widget(page, "own_weights").get_by_role("button").click()
    expect(page.locator(".own")).to_have_count(0)
    drawn(page)
    assert "weights" not in query(page) and alerts(page) == []


def test_noise_is_drawn_within_seconds(result_page, tmp_path):
    page, a = result_page(), np.linspace(-1.0, 1.0, 201)
    noise = Surface(a, a, np.random.default_rng(0).standard_normal((201, 201)), np.zeros((201, 201)), 201**2)
    page.locator("input[type=file]").set_input_files(save_result(tmp_path / "noise.npz", surface=noise))
    drawn(page, timeout=20_000)  # with contour lines it was a minute
    assert page.evaluate("document.querySelector('.lv-map')._fullData[0].type") == "heatmap"
    expect(page.locator(".lv-map .heatmaplayer image")).to_have_count(1)
