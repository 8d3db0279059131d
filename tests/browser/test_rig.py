"""The rig of the browser tests itself, on a small app of its own: it must see what goes wrong."""

import os
import stat
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import chromium
from tests.browser.server import serve
from tests.browser.visit import Contexts, Visit, wait_for_run

SMALL_APP = """
import streamlit as st
st.title("lang " + st.query_params.get("lang", st.context.locale))
n = st.number_input("n", value=1, key="n")
st.write(f"square {n * n}")
if st.query_params.get("break") == "server":
    raise RuntimeError("broken on purpose")
if st.query_params.get("break") == "script":
    js = "export default () => {\\n setTimeout(() => { throw new Error('thrown on purpose') }, 0); console.error('said on purpose'); }"
    st.components.v2.component("broken", html="<i></i>", js=js)()
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.py").write_text(SMALL_APP, encoding="utf-8")
    with serve(folder / "small.py", folder, folder / "small.log") as server:
        yield server


@pytest.fixture
def pages(chromium, small):
    """A visit whose complaints the test itself looks at."""
    visit = Visit(Contexts(chromium), small)
    yield visit
    visit.close()


def test_a_page_is_opened_as_asked(visit, small):
    with visit(small) as open_page:
        page = open_page("n=3", lang="zh", width=390, height=844, color_scheme="dark")
        expect(page.locator("h1")).to_have_text("lang zh")
        assert page.viewport_size == {"width": 390, "height": 844}
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert page.url.endswith("?n=3&lang=zh")
        assert page.evaluate("!!document.createElement('canvas').getContext('webgl2')")


def test_the_browser_s_own_language_counts_when_none_is_asked_for(visit, small):
    with visit(small) as open_page:
        expect(open_page(lang="", locale="zh-CN").locator("h1")).to_have_text("lang zh-CN")


def test_a_run_is_waited_for(visit, small):
    with visit(small) as open_page:
        page = open_page()
        page.locator(".st-key-n input").fill("7")
        page.keyboard.press("Enter")
        wait_for_run(page)
        assert page.get_by_text("square 49").is_visible()


def test_a_traceback_on_the_server_is_seen_once(pages):
    pages({"break": "server"})
    (complaint,) = pages.complaints()
    assert "RuntimeError: broken on purpose" in complaint
    assert pages.complaints() == []


def test_console_and_page_errors_are_seen(pages):
    page = pages({"break": "script"})
    page.wait_for_function("true")
    page.wait_for_timeout(300)
    assert [text for text in pages.complaints() if "said on purpose" in text or "thrown on purpose" in text] == pages.complaints()
    assert len(pages.errors) == 2


@pytest.fixture
def pictures(tmp_path):
    """The pictures of visits that fail on purpose."""
    return tmp_path / "pictures"


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png"))


def test_a_visit_with_an_error_fails_and_leaves_a_picture(visit, small, pictures):
    with pytest.raises(AssertionError, match="broken on purpose"):
        with visit(small) as open_page:
            open_page({"break": "server"})
    assert names(pictures) == ["test_rig.py_test_a_visit_with_an_error_fails_and_leaves_a_picture/0.png"]


def stumble(open_page):
    open_page()
    open_page("n=2", width=500)
    raise ValueError("on the way")


def test_a_failure_during_a_visit_leaves_a_picture_of_each_page(visit, small, pictures):
    with pytest.raises(ValueError, match="on the way"):
        with visit(small) as open_page:
            stumble(open_page)
    assert [Path(name).name for name in names(pictures)] == ["0.png", "1.png"]


def test_a_clean_visit_leaves_no_picture(visit, small, pictures):
    with visit(small) as open_page:
        open_page()
    assert names(pictures) == []


def test_a_server_that_cannot_start_shows_its_log(tmp_path):
    with pytest.raises(RuntimeError, match=r"Streamlit did not start:[\s\S]*missing\.py"):
        with serve(tmp_path / "missing.py", tmp_path, tmp_path / "log"):
            pass


def test_a_wrong_chromium_is_named(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    for get in (chromium.find, chromium.obtain):
        with pytest.raises(chromium.NoChromium, match="'/no/such/browser', which is no browser that starts"):
            get()


def test_without_any_chromium_one_sentence_says_so(monkeypatch):
    tried = []
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "installed", list)
    monkeypatch.setattr(chromium, "downloaded", lambda: None)
    monkeypatch.setattr(chromium, "INSTALLERS", (("sh", ("sh -c true",)), ("no-such-tool", ("no-such-tool",))))
    monkeypatch.setattr(chromium, "run", tried.append)
    with pytest.raises(chromium.NoChromium, match=r"need Chromium and none could be had: install chromium .* or set CHROMIUM"):
        chromium.obtain()
    assert [command[-3:] for command in tried] == [["playwright", "install", "chromium"], ["sh", "-c", "true"]]


def test_a_chromium_that_a_step_brings_is_taken(monkeypatch, tmp_path):
    browser = tmp_path / "browser"
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "installed", lambda: [str(browser)] if browser.exists() else [])
    monkeypatch.setattr(chromium, "downloaded", lambda: None)

    def bring(command):
        browser.write_text(f"#!{sys.executable}\n", encoding="utf-8")
        os.chmod(browser, stat.S_IRWXU)

    monkeypatch.setattr(chromium, "run", bring)
    assert chromium.obtain() == str(browser)
