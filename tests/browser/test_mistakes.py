"""A visitor's mistakes: each gives one sentence in the page's language, and the last good picture stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from landscape.data.table import MAX_BYTES, read_table
from landscape.errors import LandscapeError
from landscape.scene.scene import Scene
from tests.browser.explore import alerts, drawn, nudge, open_settings, pick, query, redrawn, widget
from tests.browser.visit import wait_for_run
from ui.words.translator import LANGUAGES, Translator

QUICK = "resolution=21&steps=20"


def two_moons(separator: str = ",", decimal: str = ".") -> str:
    """A good table: two inputs, a class, 40 rows."""
    rng = np.random.default_rng(5)
    rows = []
    for k in range(40):
        x, y = rng.normal(size=2) + (2 * (k % 2), 0)
        rows.append(separator.join([f"{x:.4f}".replace(".", decimal), f"{y:.4f}".replace(".", decimal), ("no", "yes")[k % 2]]))
    return separator.join(["width", "height", "ripe"]) + "\n" + "\n".join(rows) + "\n"


def bad_tables() -> dict[str, str]:
    good = two_moons()
    lines = good.splitlines()
    return {
        "nan": good.replace(lines[7].split(",")[0], "nan", 1),
        "text column": good.replace(lines[7].split(",")[1], "tall", 1),
        "empty": "",
        "one row": "\n".join(lines[:2]),
    }


def send(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    wait_for_run(page)


@pytest.fixture
def upload(open_page):
    """A page whose data are to be the visitor's own table, after a good picture of other data."""

    def opened(language: str) -> Page:
        page = open_page(QUICK, lang=language)
        drawn(page)
        pick(page, "data", Translator(language)("datasets.table"))
        page.locator("input[type=file]").wait_for(state="attached")
        wait_for_run(page)
        return page

    return opened


@pytest.mark.parametrize(("language", "link"), [("zh", "data=nonsense"), ("en", "opt=gd&opt.lr=1e9")])
def test_a_broken_link_gives_one_sentence_and_the_default_picture(open_page, language, link):
    page = open_page(link, lang=language)
    drawn(page)
    with pytest.raises(LandscapeError, match="got") as refused:
        Scene.from_query(link)
    assert alerts(page) == [Translator(language).refusal(refused.value)]
    redrawn(page, lambda: nudge(page, "steps", "Home"))
    assert alerts(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_bad_tables_are_refused_in_one_sentence_and_the_picture_stays(upload, wire, tmp_path, language):
    t = Translator(language)
    page = upload(language)
    run = page.locator(".lv").get_attribute("data-shown")
    seen = {}
    for name, text in bad_tables().items():
        path = tmp_path / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        send(page, path)
        with pytest.raises(LandscapeError, match="got") as refused:
            read_table(path)
        expect(page.get_by_test_id("stAlertContainer").get_by_text(t.refusal(refused.value), exact=True)).to_be_visible()
        seen[name] = len(alerts(page))

    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    sent = len(wire.sent)
    send(page, path)
    too_large = LandscapeError("table_too_large", most=MAX_BYTES // 10**6, got="200 MB")
    expect(page.get_by_test_id("stAlertContainer").get_by_text(t.refusal(too_large), exact=True)).to_be_visible()
    seen["large"] = len(alerts(page))
    assert 0 < max(len(frame) for frame in wire.sent[sent:]) < 10_000

    assert page.locator(".lv").get_attribute("data-shown") == run
    expect(page.locator(".lv-map .nsewdrag")).to_be_visible()
    assert seen == dict.fromkeys(seen, 1)


def test_good_tables_are_drawn(upload, tmp_path):
    page = upload("en")
    path = tmp_path / "good.csv"
    for separator, decimal in ((",", "."), (";", ",")):
        path.write_text(two_moons(separator, decimal), encoding="utf-8")
        redrawn(page, lambda: send(page, path))
        assert alerts(page) == []
        assert query(page)["data"] == "table" and len(query(page)["table"]) == 16
        expect(page.locator(".lv-panel-title", has_text=Translator("en")("panel.boundary"))).to_be_visible()
        assert {"width", "height"} <= set(page.locator(".lv-panel .g-xtitle, .lv-panel .g-ytitle").all_text_contents())


def test_a_diverging_learning_rate_is_a_result_and_a_lower_one_recovers(open_page, wire):
    t = Translator("zh")
    page = open_page(QUICK, lang="zh")
    drawn(page)
    redrawn(page, lambda: nudge(page, "opt.gd.lr", "End"))
    assert alerts(page) == []
    said = t("fact.diverged", step=0).split("0")[0].strip()
    expect(page.locator(".lv-fact[data-tone=warn]").first).to_contain_text(said)
    assert wire.losses(page)[0][-1] in ("∞", "NaN", None)
    redrawn(page, lambda: nudge(page, "opt.gd.lr", "Home"))
    expect(page.locator(".lv-fact").first).not_to_contain_text(said)
    assert all(isinstance(loss, float) for loss in wire.losses(page)[0])


def test_a_refused_setting_keeps_the_picture_until_the_next_change(open_page):
    page = open_page("data=moons&data.n=60&model=mlp&model.widths=6&loss=cross_entropy&plane=pca&opt=gd&start=auto&window=auto&" + QUICK)
    run = drawn(page)
    open_settings(page, "model")
    field = widget(page, "model.mlp.widths").locator("input")
    field.fill("6-x")
    field.press("Enter")
    wait_for_run(page)
    expect(page.get_by_test_id("stAlertContainer")).to_have_count(1)
    assert page.locator(".lv").get_attribute("data-shown") == run
    field.fill("5-5")
    redrawn(page, lambda: field.press("Enter"))
    assert alerts(page) == []
