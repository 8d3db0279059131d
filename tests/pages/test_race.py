"""The Race page: its topics, who races, and what is said of a racer that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.scene.race import TOPICS
from ui.words.translator import Translator

APP = Path(__file__).parents[2] / "app.py"


def opened(language: str = "en", **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("pages/race.py")
    for key, value in {"steps": "10", "resolution": "11", **query}.items():
        app.query_params[key.replace("__", ".")] = value
    return app.run()


def test_racers_are_entered_and_leave_with_their_rates():
    app = opened(opt="gd", opt__lr="0.005", opt2="adam")
    assert not app.exception and app.multiselect(key="racers").value == ["gd", "adam"]
    app.multiselect(key="racers").select("sam").run()
    scene = app.session_state["race.scene"]
    assert not app.exception and [choice.name for choice in scene.optimizers] == ["gd", "adam", "sam"]
    assert scene.optimizers[0].get("lr") == 0.005 and 0 < scene.optimizers[2].get("lr") < 0.1  # a rate that suits the landscape
    app.multiselect(key="racers").unselect("gd").run()
    assert not app.exception and [choice.name for choice in app.session_state["race.scene"].optimizers] == ["adam", "sam"]
    assert app.query_params["opt"] == "adam" and "opt3" not in app.query_params


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_rate_is_set_beside_its_tick_unless_the_race_finds_them(language):
    app = opened(language, opt="gd", opt__lr="0.005", opt2="adam")
    assert {slider.key for slider in app.sidebar.select_slider} >= {"opt.gd.lr", "opt2.adam.lr"}
    app.selectbox(key="pace").select("default").run()
    assert not app.exception and app.session_state["race.scene"].pace == "default"
    assert not {slider.key for slider in app.sidebar.select_slider} & {"opt.gd.lr", "opt2.adam.lr"}


def test_every_topic_can_be_opened():
    app = opened(opt="gd", opt__lr="0.005")
    assert app.segmented_control(key="topic").options == [Translator("en")(f"race.topic.{topic}") for topic in TOPICS]
    app.segmented_control(key="topic").set_value("rates").run()
    assert not app.exception and not app.error and app.query_params["topic"] == "rates"


def test_where_nobody_can_start_the_page_says_why_in_one_sentence():
    app = opened(opt="muon")
    assert not app.exception and len(app.error) == 1 and "matrices" in app.error[0].value
