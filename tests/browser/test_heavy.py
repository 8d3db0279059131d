"""A scene that takes its time: progress is shown, Cancel stops it, and the page goes on."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.browser.explore import alerts, drawn, pick, redrawn
from ui.words.translator import Translator

MOONS = "data=moons&data.n=60&model=mlp&model.widths=6&loss=cross_entropy&plane=pca&steps=20&resolution=21&start=auto&window=auto&opt=gd"
PATIENCE = 10  # seconds: two of work and the runs around it, on a machine that has other things to do; uncancelled it takes a minute


def test_a_heavy_scene_can_be_cancelled_and_the_page_goes_on(open_page):
    t = Translator("en")
    page = open_page(MOONS)
    run = drawn(page)
    pick(page, "data", t("datasets.digits"))
    page.wait_for_url("**data=digits**")
    pick(page, "model", t("models.cnn"))
    page.wait_for_url("**model=cnn**")
    cancel = page.locator(".st-key-cancel").get_by_role("button")
    expect(cancel).to_have_text(t("progress.cancel"))
    expect(page.locator(".st-key-progress").get_by_role("progressbar")).to_be_visible()
    expect(page.locator(".lv-map .nsewdrag")).to_be_visible()
    expect(page.locator(".lv-pictures")).to_have_css("opacity", "0.35")
    began = time.monotonic()
    cancel.click()
    page.wait_for_selector(".st-key-cancel", state="detached")
    assert time.monotonic() - began < PATIENCE
    assert drawn(page) and all(t("progress.cancelled") in alert for alert in alerts(page))
    expect(page.locator(".lv-map .nsewdrag")).to_be_visible()

    before = page.locator(".lv").get_attribute("data-shown")
    redrawn(page, lambda: pick(page, "data", t("datasets.xor")))
    expect(page.locator(".lv-pictures")).to_have_css("opacity", "1")
    assert page.locator(".lv").get_attribute("data-shown") not in (run, before)


def test_visitors_who_close_their_pages_leave_the_workers_to_others(open_page):
    heavy = "data=digits&model=cnn&loss=cross_entropy&plane=pca&steps={}&start=auto&window=auto&opt=gd"
    left = [open_page(heavy.format(steps)) for steps in (4000, 4001, 4002)]
    for page in left:
        expect(page.locator(".st-key-cancel").get_by_role("button")).to_be_visible()
    for page in left:
        page.close()
    began = time.monotonic()
    drawn(open_page(MOONS))
    assert time.monotonic() - began < 3 * PATIENCE
