"""The Losses page without a browser: its controls change the scene, and what it refuses it says."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.scene.comparison import LossesScene
from ui.words.translator import Translator

ROOT = Path(__file__).parents[2]
T = Translator("en")


def page(query: str = "surfaces=0", language: str = "en") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("pages/losses.py")
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def scene(app: AppTest) -> LossesScene:
    return app.session_state["losses.scene"]


def names(app: AppTest) -> list[str]:
    return [choice.name for choice in scene(app).losses]


def test_losses_are_chosen_by_name_and_keep_their_settings():
    app = page("loss=huber&loss.delta=2&surfaces=0")
    app.multiselect(key="losses").set_value(["huber", "hinge"]).run()
    assert names(app) == ["huber", "hinge"] and scene(app).losses[0].get("delta") == 2.0
    app.multiselect(key="losses").set_value([]).run()  # the last ones stay
    assert names(app) == ["huber", "hinge"] and not app.error


def test_controls_are_those_of_the_losses_chosen():
    app = page("loss=mae&surfaces=0")
    assert [box.key for box in app.selectbox] == ["data"] and not app.slider
    app.multiselect(key="losses").set_value(["focal", "logistic"]).run()
    assert [box.key for box in app.selectbox] == ["loss2.logistic.base"] and [slider.key for slider in app.slider] == ["target"]
    app.selectbox(key="loss2.logistic.base").set_value("2").run()
    app.slider(key="target").set_value(0.7).run()
    assert scene(app).losses[1].get("base") == "2" and scene(app).target == 0.7
    assert (app.query_params["loss2.base"], app.query_params["target"]) == ("2", "0.7")


def test_a_typed_loss_is_changed_in_its_field():
    app = page("loss=own&surfaces=0")
    (field,) = app.text_area
    field.set_value("k = 2; k * abs(residual)").run()
    assert scene(app).losses[0].get("expression") == "k = 2; k * abs(residual)" and not app.error


@pytest.mark.parametrize("language", ["en", "zh"])
def test_data_that_make_no_line_are_refused_and_the_curves_stay(language):
    app = page("data=moons", language)
    assert len(app.error) == 1 and not app.exception
    assert app.multiselect(key="losses").value == ["mse", "mae", "huber", "tukey"]


@pytest.mark.parametrize("query", ["loss=unheard_of", "loss=huber&loss.delta=nan", "loss2=mae", "target=2"])
def test_a_link_that_makes_no_sense_is_refused_and_the_default_shown(query):
    app = page(query)
    assert len(app.error) == 1 and scene(app) == LossesScene()
