"""A visitor's own table: what was read is said, the target has its name, and what cannot be used is one click from a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from landscape.data.table import open_table, read_table
from landscape.scene.scene import Scene
from tests.browser.explore import alerts, drawn, query, redrawn, widget
from tests.browser.visit import wait_for_run
from tests.landscape.data.test_table import PASSENGERS, csv_of
from ui.controls.widgets import capitalized
from ui.words.translator import LANGUAGES, Translator

OWN = "data=table&resolution=21&steps=20"


def send(page: Page, folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.write_bytes(content)
    page.locator("input[type=file]").set_input_files(path)
    wait_for_run(page)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def said(page: Page) -> Locator:
    """The small lines under the upload box."""
    return page.get_by_test_id("stSidebar").locator(".own")


@pytest.mark.parametrize("language", LANGUAGES)
def test_blanks_and_text_are_one_click_away_from_a_picture(open_page, tmp_path, language):
    t = Translator(language)
    page = open_page(OWN, lang=language)
    send(page, tmp_path, "passengers.csv", PASSENGERS)
    table = open_table(PASSENGERS)
    dataset = table.dataset(gaps="drop_rows", text="encode")
    notes = [capitalized(t.phrase(note)) for note in dataset.notes]
    expect(said(page).first).to_have_text("passengers.csv" + t("table.read", rows=60, columns=8))
    expect(said(page).nth(1)).to_have_text(t("table.offer") + "".join(notes))
    assert len(alerts(page)) == 1 and "'Name'" in alerts(page)[0]

    widget(page, "table_accept").get_by_role("button").click()
    drawn(page)
    assert alerts(page) == []
    expect(said(page).first).to_have_text("passengers.csv" + t("table.classification", rows=60, target="Survived", classes=2))
    expect(said(page).nth(1)).to_have_text("".join(notes))
    asked = query(page)
    assert (asked["data.gaps"], asked["data.text"]) == ("drop_rows", "encode")
    assert Scene.from_query(asked).loss.name != "mse"  # which the scene had before


def test_the_target_has_a_name_and_brings_its_task_and_loss(open_page, tmp_path):
    t = Translator("en")
    page = open_page(OWN)
    rows = [(i % 7, i * i % 11, i * 0.5, "ab"[i % 2]) for i in range(40)]
    send(page, tmp_path, "mine.csv", csv_of(rows, "width,height,price,kind"))
    # text stands in the target alone, so there is nothing to ask
    drawn(page)
    assert "data.target" not in query(page)
    expect(said(page).first).to_have_text("mine.csv" + t("table.classification", rows=40, target="kind", classes=2))
    expect(page.get_by_test_id("stSidebar").get_by_role("combobox", name=t("datasets.table.task"))).to_have_count(0)
    assert Scene.from_query(query(page)).loss.name == "cross_entropy"

    choose(page, t("datasets.table.target"), "price")
    wait_for_run(page)
    assert query(page)["data.target"] == "2"
    redrawn(page, lambda: widget(page, "table_accept").get_by_role("button").click())
    expect(said(page).first).to_have_text("mine.csv" + t("table.regression", rows=40, target="price"))
    assert Scene.from_query(query(page)).loss.name == "mse"

    redrawn(page, lambda: choose(page, t("datasets.table.target"), "width"))
    expect(said(page).first).to_have_text("mine.csv" + t("table.classification", rows=40, target="width", classes=7))
    redrawn(page, lambda: choose(page, t("datasets.table.task"), t("option.regression")))
    expect(said(page).first).to_have_text("mine.csv" + t("table.regression", rows=40, target="width"))
    assert query(page)["data.task"] == "regression"


def test_a_link_waits_for_its_file_and_then_means_the_same(open_page, tmp_path):
    page = open_page(OWN)
    send(page, tmp_path, "passengers.csv", PASSENGERS)
    widget(page, "table_accept").get_by_role("button").click()
    drawn(page)
    link, losses = query(page), page.locator(".lv-chip").all_inner_texts()

    other = open_page(link)
    wait_for_run(other)
    assert len(alerts(other)) == 1 and Translator("en")("error.table_missing.remedy") in alerts(other)[0]
    send(other, tmp_path, "the same.csv", PASSENGERS)
    drawn(other)
    assert alerts(other) == [] and query(other) == link
    assert other.locator(".lv-chip").all_inner_texts() == losses


def test_another_file_begins_with_its_own_target(open_page, tmp_path):
    page = open_page(OWN)
    send(page, tmp_path, "first.csv", csv_of([(f"{i % 3}", f"word {i}") for i in range(20)], "a,name"))
    assert alerts(page)  # nothing but text is left beside the target
    send(page, tmp_path, "second.csv", csv_of([(i * 0.5, i % 5 + 0.5, i * i) for i in range(20)], "a,b,c"))
    drawn(page)
    assert "data.target" not in query(page) and alerts(page) == []
    assert read_table(csv_of([(i * 0.5, i % 5 + 0.5, i * i) for i in range(20)], "a,b,c")).target_names == ("c",)
    expect(said(page).first).to_contain_text("second.csv")


def test_a_phone_says_under_the_box_what_is_wrong_with_a_file(open_page, tmp_path):
    t = Translator("zh")
    page = open_page(OWN, lang="zh", width=390, height=844)
    page.get_by_test_id("stExpandSidebarButton").click()
    send(page, tmp_path, "picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(99))
    expect(widget(page, "table_refused").locator(".own")).to_be_visible()
    expect(widget(page, "table_refused").locator(".own")).to_contain_text(t("phrase.picture"))
