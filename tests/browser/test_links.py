"""A link is the scene: opened elsewhere it gives the same numbers, and nothing but the visitor changes it."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from landscape.scene.scene import Scene
from tests.browser.explore import drawn, nudge, pixel, query, redrawn, start, widget
from tests.browser.visit import wait_for_run
from ui.words.translator import LANGUAGES, Translator

MOONS = (
    "data=moons&data.n=60&model=mlp&model.widths=6&loss=cross_entropy&plane=pca&opt=sgd&opt.lr=0.3&opt2=adam&opt2.lr=0.05"
    "&batch=16&steps=30&resolution=21&start=auto&window=auto"
)
BOOTH = "function=booth&plane=coordinates&opt=gd&opt.lr=0.02&steps=25&resolution=31&start=auto&window=auto"
WIDGETS = re.compile(r"/static/js/(Slider|NumberInput|Selectbox|Checkbox|TextInput)\.[\w-]+\.js")


def scene_of(url: str) -> Scene:
    return Scene.from_query(urlsplit(url).query)


@pytest.mark.parametrize("link", ["resolution=31", MOONS, BOOTH], ids=["default", "moons", "booth"])
def test_a_link_opened_elsewhere_gives_the_same_losses(open_page, wire, link):
    page = open_page(link)
    drawn(page)
    if link == BOOTH:
        redrawn(page, lambda: page.mouse.click(*pixel(page, -3.5, 4.5)))
        assert start(page) == pytest.approx((-3.5, 4.5), abs=20 / 30)
    else:
        redrawn(page, lambda: nudge(page, f"opt.{scene_of(page.url).optimizers[0].name}.lr", "ArrowLeft"))
    losses = wire.losses(page)
    other = open_page(urlsplit(page.url).query, lang="")
    drawn(other)
    assert scene_of(other.url) == scene_of(page.url)
    again = wire.losses(other)
    assert len(losses) == len(again) == len(scene_of(page.url).optimizers)
    for mine, theirs in zip(losses, again, strict=True):
        assert len(mine) == scene_of(page.url).steps + 1
        assert theirs == pytest.approx(mine, rel=0, abs=1e-12)
    assert page.locator(".lv-fact-value").all_inner_texts() == other.locator(".lv-fact-value").all_inner_texts()


def test_copy_link_puts_the_whole_address_on_the_clipboard(open_page, wire):
    t = Translator("zh")
    page = open_page(BOOTH, lang="zh")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawn(page)
    redrawn(page, lambda: nudge(page, "opt.gd.lr", "ArrowLeft"))
    button = widget(page, "copy_link").get_by_role("button")
    expect(button).to_have_text(t("app.copy_link"))
    button.click()
    expect(button).to_have_text(t("app.copied"))
    copied = page.evaluate("navigator.clipboard.readText()")
    expect(button).to_have_text(t("app.copy_link"))
    assert copied.startswith(urlsplit(page.url)._replace(query="").geturl())
    assert scene_of(copied) == scene_of(page.url) != Scene()
    other = open_page(urlsplit(copied).query, lang="")
    drawn(other)
    assert wire.losses(other) == wire.losses(page)
    assert query(other)["lang"] == "zh"


def test_switching_the_language_keeps_the_scene(open_page, wire):
    page = open_page(BOOTH)
    drawn(page)
    redrawn(page, lambda: page.mouse.click(*pixel(page, 2.5, -4.5)))
    scene, losses = scene_of(page.url), wire.losses(page)
    for language in ("zh", "en"):
        switch = widget(page, "language_switch").get_by_role("radio").nth(list(LANGUAGES).index(language))
        switch.click()
        wait_for_run(page)
        drawn(page)
        expect(page.locator(".lv-relief")).to_have_attribute("aria-label", Translator(language)("view.relief_label"))
        assert (scene_of(page.url), query(page)["lang"]) == (scene, language)
        assert wire.losses(page) == losses


def test_a_reload_keeps_the_scene_and_the_language(open_page, wire):
    page = open_page(BOOTH, lang="zh")
    drawn(page)
    redrawn(page, lambda: page.mouse.click(*pixel(page, 2.5, -4.5)))
    scene, losses = scene_of(page.url), wire.losses(page)
    page.reload()
    wait_for_run(page)
    drawn(page)
    assert (scene_of(page.url), query(page)["lang"]) == (scene, "zh")
    assert wire.losses(page) == losses


def test_widgets_that_arrive_late_do_not_change_the_scene(open_page):
    link = "data.noise=0.8&steps=40&resolution=37&seed=3&opt=adam&opt.lr=0.3&batch=7"
    held: list[Route] = []  # the scripts of Streamlit's widgets, which it fetches when it first needs one
    open_page.watchers.append(lambda page: page.route(WIDGETS, lambda route: held.append(route)))
    page = open_page(link, cached=False)
    drawn(page)
    assert held
    for route in held:
        route.continue_()
    page.unroute_all()
    for key in ("data", "opt.adam.lr"):
        widget(page, key).locator("input").wait_for(state="attached")
    before = page.url
    page.mouse.click(*pixel(page, 1.3, -2.1))
    page.wait_for_url(lambda url: url != before)
    wait_for_run(page)
    scene = scene_of(page.url)
    assert scene == replace(Scene.from_query(link), start=scene.start) and scene.start == pytest.approx((1.3, -2.1), abs=6 / 36)
