"""What the first visitor sees before the package is there has to be what the page draws after."""

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from assets.opening.record import content
from tests.browser.explore import given
from ui.frame import opening
from ui.frame.opening import FOLDER
from ui.words.translator import LANGUAGES

ROOT = Path(__file__).resolve().parents[3]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
APP = str(ROOT / "app.py")


def same(one, other):
    """Whether two trees are equal, arrays to the last digits, which another processor may round otherwise."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.shape == other.shape and np.allclose(one, other, rtol=1e-3, atol=1e-6, equal_nan=True)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str) and isinstance(other, str):  # numbers in words, a residual of 1.78e-15 among them
        numbers = [[float(number) for number in NUMBER.findall(text)] for text in (one, other)]
        return NUMBER.sub("", one) == NUMBER.sub("", other) and all(map(same, *numbers))
    return one == other or (isinstance(one, float) and isinstance(other, float) and np.isclose(one, other, rtol=1e-3, atol=1e-6))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_are_what_the_page_draws_now(language):
    """If not: python -m assets.opening.record."""
    row, picture = content(language)
    assert (FOLDER / f"gallery.{language}.json").read_text(encoding="utf-8") == row
    kept, fresh = given((FOLDER / f"view.{language}.bin").read_bytes()), given(picture)
    assert kept.keys() == fresh.keys()
    for part in fresh:
        assert same(kept[part], fresh[part]), part


def places(app):
    """Where the elements of the main area stand, by their ids."""
    found = {}

    def walk(block, path):
        for k, child in block.children.items():
            proto = getattr(child, "proto", None)
            name = getattr(proto, "id", "") or getattr(getattr(proto, "flex_container", None), "id", "") or getattr(proto, "id", "")
            if name:
                found[name] = (*path, k)
            if getattr(child, "children", None):
                walk(child, (*path, k))

    walk(app.main, ())
    return found


def test_the_page_takes_over_the_elements_by_place_and_id(monkeypatch):
    """Else the browser would draw them anew, both for a moment side by side."""
    with monkeypatch.context() as first:
        first.setattr(opening, "cold", lambda: True)
        first.setattr(opening, "load", st.stop)
        before = places(AppTest.from_file(APP, default_timeout=60).run())
    after = places(AppTest.from_file(APP, default_timeout=60).run())
    shared = {name for name in before if name.endswith(("-gallery", "-view"))}
    assert len(shared) == 2 and {name: after[name] for name in shared} == {name: before[name] for name in shared}


@pytest.mark.parametrize(("link", "drawn"), [("utm_source=mail&fbclid=x&lang=zh", True), ("data=moons", False), ("dta=moons", False)])
def test_the_default_picture_is_there_for_whoever_comes_by_a_messenger_too(monkeypatch, link, drawn):
    monkeypatch.setattr(opening, "cold", lambda: True)
    monkeypatch.setattr(opening, "load", st.stop)
    app = AppTest.from_file(APP, default_timeout=60)
    for key, value in parse_qsl(link):
        app.query_params[key] = value
    assert any(name.endswith("-view") for name in places(app.run())) is drawn


def test_it_needs_nothing_that_takes_long_to_import():
    words = "from ui.words.translator import Translator; Translator('en')('app.title')"
    code = f"import sys, ui.frame.opening, ui.frame.navigation; {words}; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", f"import json; {code}"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    )
    assert not {"torch", "scipy", "sklearn", "landscape.scene.scene"} & set(loaded)
