"""The Minima page: every study is shown with what it asks, its own parameters and an unbroken link."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.minima.studies import studies
from ui.pictures.minima import BOARDS
from ui.words.translator import LANGUAGES, Translator, texts

APP = Path(__file__).parents[2] / "app.py"


def opened(language: str = "en", **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("pages/minima.py")
    for key, value in query.items():
        app.query_params[key.replace("__", ".")] = value
    return app.run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_the_study_asks_and_follows_its_parameters(language):
    app = opened(language)
    assert not app.exception
    assert Translator(language)("minima.about.wells") in [caption.value for caption in app.sidebar.caption]
    app.select_slider(key="study.wells.lr").set_value(0.15).run()
    assert not app.exception and app.session_state["minima.scene"].study.get("lr") == 0.15
    assert (app.query_params["study.lr"], app.query_params["lang"]) == ("0.15", language)


def test_every_study_can_be_chosen_and_has_a_board_and_words():
    assert opened().selectbox(key="study").options == [Translator("en")(f"studies.{name}") for name in studies]
    assert list(BOARDS) == list(studies)
    for language in LANGUAGES:
        assert {f"minima.{part}.{name}" for part in ("about", "drawn") for name in studies} <= texts(language).keys()


def test_a_link_that_makes_no_sense_is_one_sentence():
    app = opened(study="valley")
    assert not app.exception and len(app.error) == 1 and "valley" in app.error[0].value
