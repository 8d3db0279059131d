"""A loss typed in a real browser: the picture follows, and the address bar brings it back whole."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.explore import alerts, drawn, pick, query, redrawn, widget
from ui.words.translator import Translator

LINK = "resolution=21&steps=20"
# Every sign that an address bar might take for its own: ; + = & | < > % stands for nothing here.
TYPED = "a = .5; b=2;\nwhere(residual > 0 & residual < 9, a*residual^2 + b - 2, abs(residual)/b)"


def test_what_is_typed_is_drawn_and_its_link_brings_it_back(open_page, wire):
    t = Translator("en")
    page = open_page(LINK)
    redrawn(page, lambda: pick(page, "loss", t("losses.own")))
    field = widget(page, "loss.own.expression").locator("textarea")
    before = wire.losses(page)

    def write(text: str) -> None:
        field.fill(text)
        field.press("Control+Enter")

    redrawn(page, lambda: write(TYPED))
    expect(widget(page, "loss.own.a")).to_be_visible()
    assert wire.losses(page) != before and query(page)["loss.expression"] == TYPED
    losses = wire.losses(page)
    write("abs(residual")
    expect(page.get_by_text(t("error.expression_unreadable.rule"))).to_be_visible()
    expect(field).to_have_value("abs(residual")
    assert wire.losses(page) == losses
    other = open_page(urlsplit(page.url).query, lang="")
    drawn(other)
    expect(widget(other, "loss.own.expression").locator("textarea")).to_have_value(TYPED)
    assert wire.losses(other) == losses and alerts(other) == []
