"""The Saddles page: its parts, its controls and an unbroken link."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.scene.saddles import SaddlesScene
from ui.words.translator import Translator

APP = Path(__file__).parents[2] / "app.py"


def opened(language: str = "en", **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("pages/saddles.py")
    for key, value in query.items():
        app.query_params[key.replace("__", ".")] = value
    return app.run()


def scene(app: AppTest) -> SaddlesScene:
    return app.session_state["saddles.scene"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_control_changes_the_scene_and_the_link(language):
    t = Translator(language)
    app = opened(language)
    assert not app.exception and t("saddles.about.race") in [caption.value for caption in app.sidebar.caption]
    app.number_input(key="start.y").set_value(0.3).run()
    assert scene(app).start == (1.0, 0.3)
    app.select_slider(key="lr").set_value(0.05).run()
    assert scene(app).lr == 0.05 and app.query_params["lr"] == "0.05" and app.query_params["start"] == "1.0,0.3"
    app.button_group(key="racers").set_value(["gd", "newton"]).run()
    assert scene(app).racers == ("gd", "newton") and not app.exception


def test_another_function_comes_with_its_own_start_and_the_textbook_one_comes_back_whole():
    app = opened(racers="gd,newton")
    app.selectbox(key="function").select("himmelblau").run()
    assert not app.exception and scene(app).start is None and scene(app).lr == pytest.approx(0.02)
    app.selectbox(key="function").select("saddle").run()
    assert scene(app) == SaddlesScene(racers=("gd", "newton"))


def test_a_link_that_makes_no_sense_is_one_sentence():
    app = opened(racers="gd,snail")
    assert not app.exception and len(app.error) == 1 and "snail" in app.error[0].value
