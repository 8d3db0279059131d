"""The outliers page without a browser: its controls, its sentences, and links that it refuses."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.scene.outliers import OutliersScene
from ui.controls.outliers import started
from ui.words.translator import LANGUAGES, Translator

APP = Path(__file__).parents[2] / "app.py"


def opened(scene=None, language="en"):
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    if scene is not None:
        app.session_state["outliers.scene"] = scene
    return app.switch_page("pages/outliers.py").run()


def scene_of(app):
    return app.session_state["outliers.scene"]


def chosen(app, key):
    return next(group for group in app.button_group if group.key == key)


def test_a_lecture_begins_with_one_click():
    app = opened()
    assert not app.exception and scene_of(app) == started("one") == OutliersScene()
    for name in ("clean", "leverage", "one"):
        chosen(app, "starts").set_value(name).run()
        assert not app.exception and scene_of(app) == started(name)


def test_a_table_brings_its_own_scale_and_another_choice_takes_edits_away():
    app = opened(OutliersScene.from_query("edits=m9,9.0,3.0"))
    app.selectbox(key="data").select("phones").run()
    scene = scene_of(app)
    assert (scene.data.name, scene.scale, scene.delta, scene.edits) == ("phones", "mad", 1.345, ()) and not app.exception
    app.selectbox(key="data").select("line_outliers").run()
    assert (scene_of(app).scale, scene_of(app).delta) == ("fixed", 1.0)


def test_edits_are_undone_by_a_button():
    app = opened(OutliersScene.from_query("edits=m9,9.0,3.0"))
    app.button(key="reset_edits").click().run()
    assert scene_of(app) == OutliersScene() and app.button(key="reset_edits").disabled


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("data=none", "empty"),
        ("data=none&edits=a1,2", "one_point"),
        ("data=none&edits=a1,2~a3,4", "two_points"),
        ("data=none&edits=a1,2~a1,4~a1,9", "vertical"),
        ("part=classes&flips=r0~r1~r2", "one_class"),
    ],
)
def test_what_determines_no_line_is_said_and_the_page_stays(query, said, language):
    app = opened(OutliersScene.from_query(query), language)
    assert not app.exception and [info.value for info in app.info] == [Translator(language)(f"outliers.said.{said}")]


@pytest.mark.parametrize("part", ["classes", "frauds"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_parts_open(part, language):
    app = opened(language=language)
    chosen(app, "part").set_value(part).run()
    assert not app.exception and not app.error and scene_of(app).part == part


def test_an_edit_of_no_row_is_one_sentence():
    app = opened(OutliersScene.from_query("edits=m99,1.0,2.0"))
    assert not app.exception and len(app.error) == 1 and "0" in app.error[0].value


def test_a_typed_loss_is_one_switch_away_and_what_cannot_be_read_is_one_sentence():
    app = opened()
    app.toggle(key="own.on").set_value(True).run()
    assert not app.exception and scene_of(app).shown == "own"
    app.text_area(key="own.own.expression").set_value("residual.__class__").run()
    assert not app.exception and len(app.error) == 1 and scene_of(app).own == OutliersScene.choose("own", "own")
    app.toggle(key="own.on").set_value(False).run()
    assert not app.exception and scene_of(app) == OutliersScene()
