"""The Sculpt page: every sculpture is shown with what it is, its own settings and an unbroken link."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.sculpting.sculptures import sculptures
from ui.words.translator import Translator

APP = Path(__file__).parents[2] / "app.py"


def opened(language: str = "en", **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("pages/sculpt.py")
    for key, value in query.items():
        app.query_params[key.replace("__", ".")] = value
    return app.run()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_says_what_the_chosen_term_is_meant_to_do(language):
    t = Translator(language)
    app = opened(language)
    assert not app.exception
    assert t("sculpt.about.l1") in [caption.value for caption in app.sidebar.caption]
    app.selectbox(key="sculpture").select("elastic_net").run()
    assert not app.exception and t("sculpt.about.elastic_net") in [caption.value for caption in app.sidebar.caption]
    assert app.session_state["sculpt.scene"].sculpture.name == "elastic_net"
    app.slider(key="sculpture.elastic_net.l1_ratio").set_value(0.8).run()
    assert app.session_state["sculpt.scene"].sculpture.get("l1_ratio") == pytest.approx(0.8, abs=0.01)
    assert (app.query_params["sculpture"], app.query_params["lang"]) == ("elastic_net", language)


def test_every_sculpture_can_be_chosen():
    app = opened()
    assert app.selectbox(key="sculpture").options == [Translator("en")(f"sculptures.{name}") for name in sculptures]


def test_a_link_that_makes_no_sense_is_one_sentence():
    app = opened(sculpture="clay")
    assert not app.exception and len(app.error) == 1 and "clay" in app.error[0].value
