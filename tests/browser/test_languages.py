"""Both languages and both themes: nothing goes wrong in silence, nothing is left in the other language, nothing jumps."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import alerts, drawn, nudge, redrawn
from ui.words.translator import Translator

SCENES = {
    "default": "resolution=31&steps=40",
    "moons": (
        "data=moons&data.n=60&model=mlp&model.widths=6&loss=cross_entropy&plane=pca&opt=sgd&opt2=adam&opt3=newton"
        "&batch=16&steps=20&resolution=21&start=auto&window=auto"
    ),
    "function": "function=mueller_brown&plane=coordinates&opt=rmsprop&steps=20&resolution=21&start=auto&window=auto&log=1",
    "iris": (
        "data=iris&model=linear&loss=cross_entropy&plane=random&opt=adagrad&penalty=l2&schedule=cosine"
        "&steps=20&resolution=21&start=auto&window=auto"
    ),
}
# Words that Chinese readers use in Latin letters: names of methods, activations, people and the classes of a data set.
FOREIGN = set(
    "Adam AdamW AdaGrad RMSProp SGD Nesterov Newton Huber Hessian Xavier He PyTorch CSV UTF-8 MB NaN EN lr log max min "
    "ReLU GELU ELU SiLU PReLU Leaky Sigmoid Maxout Softmax tanh setosa versicolor virginica "
    "Himmelblau Rosenbrock Beale Booth Rastrigin Styblinski-Tang Ackley Müller-Brown Müller Brown".split()
)
WORDS = """() => {
  const found = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const parent = node.parentElement, { width, height } = parent.getBoundingClientRect();
    const icon = /Material/.test(getComputedStyle(parent).fontFamily);
    if (icon || !node.data.trim() || parent.closest('.katex, script, style, noscript, pre')) continue;
    if (width > 1 && height > 1 && parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) found.add(node.data.trim());
  }
  for (const element of document.querySelectorAll('.lv [aria-label], .lv [title], .tick [title]')) {
    for (const name of ['aria-label', 'title']) if (element.getAttribute(name)) found.add(element.getAttribute(name));
  }
  return [...found].filter(text => text !== 'Skip to main content');
}"""
SOURCE = re.compile(r"\b(1[89]|20)\d\d\b")  # a citation stays as it was printed
PLACES = """() => {
  window.places = new Set();
  const read = () => {
    const parts = [...document.querySelectorAll('.lv-relief, .lv-map, .lv-transport, .lv-fact, .lv-panel, .st-key-steps, .st-key-plane')];
    window.places.add(parts.map(part => {
      const { x, y, width, height } = part.getBoundingClientRect();
      return part.className.split(' ')[0] + [x, y + window.scrollY, width, height].map(Math.round);
    }).join(' '));
    window.waited ||= Boolean(document.querySelector('.st-key-cancel'));
    window.reading = requestAnimationFrame(read);
  };
  read();
}"""


def english(texts: list[str]) -> dict[str, list[str]]:
    """Return the texts with Latin words that a Chinese reader should not meet, and those words."""
    found = {text: [word for word in re.findall(r"[A-Za-zÀ-ÿ]{2,}(?:-[A-Za-zÀ-ÿ]+)*", text) if word not in FOREIGN] for text in texts}
    return {text: words for text, words in found.items() if words and not SOURCE.search(text)}


def unfold(page: Page) -> None:
    for expander in page.get_by_test_id("stExpander").all():
        expander.locator("summary").click()


@pytest.mark.parametrize("name", SCENES)
def test_the_chinese_page_has_no_english_left(open_page, name):
    page = open_page(SCENES[name], lang="zh")
    drawn(page)
    unfold(page)
    expect(page.get_by_test_id("stExpanderDetails").last).to_be_visible()
    texts = page.evaluate(WORDS)
    assert Translator("zh")("view.relief_label") in texts and alerts(page) == []
    assert english(texts) == {}

    for button in page.locator("[data-testid=stPopoverButton]:visible").all():
        button.click()
        page.get_by_test_id("stPopoverBody").wait_for()
        assert english(page.evaluate(WORDS)) == {}
        page.keyboard.press("Escape")
        page.get_by_test_id("stPopoverBody").wait_for(state="hidden")


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("en", "light"), ("zh", "dark")])
def test_no_error_while_the_path_plays_and_is_redrawn_in_either_theme(open_page, language, scheme):
    page = open_page(SCENES["default"], lang=language, color_scheme=scheme, motion="no-preference")
    drawn(page)
    page.wait_for_selector(".lv-play[data-playing=false]")
    redrawn(page, lambda: nudge(page, "opt.gd.lr"))
    background = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    expect(page.locator(".lv-relief canvas").first).to_be_visible()
    if language == "en":
        assert [text for text in page.evaluate(WORDS) if re.search("[\u4e00-\u9fff]", text)] == ["中文"]


def test_nothing_moves_when_a_learning_rate_changes(open_page):
    page = open_page("steps=3000&resolution=41")
    drawn(page)
    page.evaluate(PLACES)
    redrawn(page, lambda: nudge(page, "opt.gd.lr", times=2))
    page.evaluate("cancelAnimationFrame(window.reading)")
    assert page.evaluate("window.waited")  # the run took its time, so that the progress bar came and went
    places = page.evaluate("[...window.places]")
    assert places == places[:1]
