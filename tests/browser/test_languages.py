"""Both languages and both themes: nothing goes wrong in silence, nothing is left in the other language, nothing jumps."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from landscape.functions import functions
from tests.browser.explore import alerts, drawn, nudge, redrawn
from ui.i18n import LANGUAGES, Translator

SCENES = {
    "default": "resolution=31&steps=40",
    "moons": (
        "data=moons&data.n=60&model=mlp&model.widths=6&loss=cross_entropy&plane=pca&opt=sgd&opt2=adam&opt3=newton"
        "&batch=16&steps=20&resolution=21&start=auto&window=auto"
    ),
    "function": "function=mueller_brown&plane=coordinates&opt=rmsprop&steps=20&resolution=21&start=auto&window=auto&log=1",
    "diabetes": "data=diabetes&model=linear&loss=huber&plane=hessian&opt=adagrad&steps=20&resolution=21&start=auto&window=auto&penalty=l2",
    "iris": "data=iris&model=linear&loss=cross_entropy&plane=random&opt=momentum&steps=20&resolution=21&start=auto&window=auto",
    "diverged": "opt=gd&opt.lr=5&steps=20&resolution=21",
}
# Words that Chinese readers use in Latin letters, and the names of methods, activations and people.
FOREIGN = {
    "Adam", "AdamW", "AdaGrad", "Adagrad", "RMSprop", "SGD", "Nesterov", "L-BFGS", "SAM", "Huber", "ReLU", "GELU", "ELU", "SiLU", "PReLU", "Leaky", "CSV", "UTF-8",
    "Himmelblau", "Rosenbrock", "Beale", "Booth", "Rastrigin", "Styblinski", "Tang", "Ackley", "Mueller", "Brown", "Müller", "Hessian", "Newton", "Sigmoid", "Maxout",
    "Softmax", "softmax", "tanh", "lr", "max", "min", "MB", "EN", "log", "Hutchinson", "Xavier", "He", "PyTorch", "NaN", "iris", "Armijo", "Wolfe",
}  # fmt: skip
WORDS = """() => {
  const found = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const skip = '[data-testid=stIconMaterial], .katex, script, style, noscript, [data-testid=stAppSkipToMainContent], [data-testid=stSidebarCollapseButton], cite';
  for (let node; (node = walker.nextNode());) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest(skip)) continue;
    const box = parent.getBoundingClientRect();
    if (!box.width || !box.height || (parent.checkVisibility && !parent.checkVisibility({ visibilityProperty: true, opacityProperty: true }))) continue;
    found.add(node.data.trim());
  }
  for (const element of document.querySelectorAll('.lv [aria-label], .lv [title], .lv[title], .tick [title]'))
    for (const name of ['aria-label', 'title']) if (element.getAttribute(name)) found.add(element.getAttribute(name));
  for (const element of document.querySelectorAll('.st-key-copy_link button, [data-testid=stWidgetLabel]')) found.add(element.innerText.trim());
  return [...found];
}"""
PLACES = """() => {
  window.places = new Set();
  const read = () => {
    const parts = [...document.querySelectorAll('.lv-relief, .lv-map, .lv-transport, .lv-fact, .lv-panel, .st-key-steps, .st-key-plane')];
    window.places.add(parts.map(part => {
      const { x, y, width, height } = part.getBoundingClientRect();
      return part.className.split(' ')[0] + [x, y + window.scrollY, width, height].map(Math.round);
    }).join(' '));
    window.reading = requestAnimationFrame(read);
  };
  read();
}"""


def english(text: str) -> list[str]:
    """Return the Latin words of a text that a Chinese reader should not meet: formulas, ids and the allow-list are none."""
    names = {word for entry in functions.values() for word in re.findall(r"[A-Za-z-]+", entry.title)} & {
        word for name in functions for word in re.findall(r"[A-Za-z-]+", Translator("zh")(f"functions.{name}"))
    }
    return [
        word for word in re.findall(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ-]+", text) if word not in FOREIGN | names and not re.fullmatch(r"e-?\d*", word)
    ]


def unfold(page: Page) -> None:
    for expander in page.get_by_test_id("stExpander").all():
        expander.locator("summary").click()


@pytest.mark.parametrize("name", SCENES)
def test_the_chinese_page_is_chinese_and_the_english_page_english(open_page, name):
    page = open_page(SCENES[name], lang="zh")
    drawn(page)
    unfold(page)
    expect(page.get_by_test_id("stExpanderDetails").last).to_be_visible()
    texts = page.evaluate(WORDS)
    assert Translator("zh")("view.relief_label") in texts and alerts(page) == []
    assert {text: english(text) for text in texts if english(text)} == {}

    popovers = page.get_by_test_id("stPopoverButton")
    for k in range(popovers.count()):
        popovers.nth(k).click()
        page.get_by_test_id("stPopoverBody").wait_for()
        texts = page.evaluate(WORDS)
        assert {text: english(text) for text in texts if english(text)} == {}
        page.keyboard.press("Escape")
        page.get_by_test_id("stPopoverBody").wait_for(state="hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_error_and_no_other_language_in_either_theme(open_page, language, scheme):
    page = open_page(SCENES["default"], lang=language, color_scheme=scheme, motion="no-preference")
    drawn(page)
    page.wait_for_selector(".lv-play[data-playing=false]")
    redrawn(page, lambda: nudge(page, "opt.gd.lr"))
    light = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\\\d+/g).slice(0, 3).every(c => c > 128)"
    )
    assert light == (scheme == "light")
    assert page.locator(".lv-relief canvas").count() > 0
    if language == "en":
        assert [text for text in page.evaluate(WORDS) if re.search(r"[\u4e00-\u9fff]", text)] == ["中文"]


def test_nothing_moves_when_a_learning_rate_changes(open_page):
    page = open_page(SCENES["default"])
    drawn(page)
    page.evaluate(PLACES)
    redrawn(page, lambda: nudge(page, "opt.gd.lr", times=2))
    redrawn(page, lambda: nudge(page, "opt.gd.lr", "End"))
    page.evaluate("cancelAnimationFrame(window.reading)")
    places = page.evaluate("[...window.places]")
    assert places == places[:1]
