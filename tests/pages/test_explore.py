"""The Explore page under AppTest: what a visitor's links, choices and mistakes give, in both languages."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from landscape.data.datasets import make_dataset
from landscape.files.weights import read_weights
from landscape.networks.models import make_model
from landscape.scene.scene import Scene
from tests.browser.explore import given
from ui.frame import gallery
from ui.words.translator import LANGUAGES, Translator

pytestmark = pytest.mark.usefixtures("few_starts")

APP = str(Path(__file__).parents[2] / "app.py")
QUICK = "steps=10&resolution=11"


def visit(query: str = QUICK, language: str = "en", **state: object) -> AppTest:
    """Open a link, in a session that holds `state`; the run ends when its job has nothing more to say."""
    app = AppTest.from_file(APP, default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    for pair in filter(None, [*query.split("&"), f"lang={language}"]):
        key, value = pair.split("=", 1)
        app.query_params[key] = value
    return app.run()


def drawn(app: AppTest):
    return app.session_state["explore.shown"].result


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_default_scene_draws_without_a_click(language):
    app = visit("", language)
    assert not app.exception and not app.error
    exploration = drawn(app)
    assert exploration.finished and exploration.scene == Scene()
    assert exploration.surface.values.shape == (61, 61)
    assert app.sidebar.selectbox(key="data").label == Translator(language)("explore.data")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("data=nonsense", "unknown_name"),
        ("opt=gd&opt.lr=1e9", "out_of_range"),
        ("opt=gd&opt.lr=nan", "not_a_number"),
        ("opt.banana=1", "unknown_parameter"),
        ("start=1", "not_numbers"),
        ("steps=0", "out_of_range"),
        ("data=<script>alert(1)</script>", "unknown_name"),
    ],
)
def test_a_hostile_link_gives_one_sentence_and_the_default_scene(query, code, language):
    app = visit(query, language)
    assert not app.exception
    assert len(app.error) == 1
    assert Translator(language)(f"error.{code}.remedy").split("{")[0] in app.error[0].value
    assert drawn(app).scene == Scene()


def test_a_link_to_a_table_that_is_not_here_says_so_and_keeps_the_controls():
    app = visit("data=table&table=0123456789abcdef&" + QUICK)
    assert not app.exception and len(app.error) == 1
    assert "Upload the CSV" in app.error[0].value


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_still_to_be_uploaded_is_a_hint_and_no_mistake(language):
    app = visit(QUICK, language)
    app.sidebar.selectbox(key="data").set_value("table").run()
    assert not app.exception and not app.error
    assert [info.value for info in app.info] == [Translator(language)("explore.bring_table")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cancelled_first_scene_says_why_there_is_nothing_to_see(language):
    app = visit(QUICK, language)
    job = app.session_state["explore.job"]
    app.session_state["explore.left"] = job, SimpleNamespace(result=None)
    del app.session_state["explore.shown"]
    job.result, job.complete = None, False
    app.run()
    assert not app.exception and not app.error
    assert [info.value for info in app.info] == [Translator(language)("progress.cancelled")]


def test_a_refused_change_keeps_the_last_good_picture():
    app = visit("data=moons&model=mlp&loss=cross_entropy&plane=pca&start=auto&window=auto&" + QUICK)
    before = drawn(app).surface
    app.sidebar.text_input(key="model.mlp.widths").set_value("16-x").run()
    assert not app.exception and len(app.error) == 1
    assert drawn(app).surface is before


def test_a_diverging_learning_rate_is_a_result_with_its_step_and_not_an_error():
    app = visit("opt=gd&opt.lr=5&" + QUICK)
    assert not app.exception and not app.error
    path = drawn(app).paths[0]
    assert path.status == "diverged" and not math.isfinite(path.losses[-1])


def test_changing_the_data_takes_along_a_model_and_loss_that_suit_it():
    app = visit(QUICK)
    app.sidebar.selectbox(key="data").set_value("iris").run()
    assert not app.exception and not app.error
    scene = app.session_state["explore.scene"]
    assert (scene.data.name, scene.loss.name, scene.plane.name, scene.start) == ("iris", "cross_entropy", "pca", None)
    assert drawn(app).scene == scene


def test_a_second_and_third_optimizer_run_on_the_same_surface():
    app = visit("opt=gd&opt.lr=0.01&" + QUICK)
    app.sidebar.button(key="add_optimizer").click().run()
    app.sidebar.button(key="add_optimizer").click().run()
    assert len(drawn(app).paths) == 3
    app.sidebar.button(key="remove_optimizer").click().run()
    assert len(app.session_state["explore.scene"].optimizers) == 2


@pytest.mark.parametrize("query", ["data=iris&model=cnn", "data=table&table=0123456789abcdef"])
def test_a_second_optimizer_can_be_added_to_a_scene_that_is_refused(query):
    app = visit(f"{query}&opt=gd&{QUICK}")
    app.sidebar.button(key="add_optimizer").click().run()
    assert not app.exception and app.session_state["explore.scene"].optimizers[1].name == "adam"


def test_the_language_switch_shows_the_page_s_language_after_back_too():
    app = visit()
    app.query_params["lang"] = "zh"
    app.run()
    assert app.session_state["language"] == "zh" and app.sidebar.get("button_group")[0].value == "zh"


def unheard_pick():
    from types import SimpleNamespace

    import streamlit as st

    from landscape.scene.scene import Scene
    from ui.frame import gallery
    from ui.words.translator import Translator

    shown = SimpleNamespace(picked=None if "explore.scene" in st.session_state else "rate")
    gallery._COMPONENT = lambda **given: shown
    gallery.show(Translator("en"), st.session_state.get("scene", Scene()))
    st.session_state["ended"] = st.session_state.get("ended", 0) + 1


def test_a_tile_that_was_clicked_before_the_package_was_there_is_not_lost(monkeypatch):
    monkeypatch.setattr(gallery, "_COMPONENT", gallery._COMPONENT)  # put back at the end
    app = AppTest.from_function(unheard_pick).run()
    assert not app.exception and app.session_state["explore.scene"] == gallery.scenes()["rate"] and app.session_state["ended"] == 1


def test_the_link_to_copy_is_the_scene():
    app = visit("function=booth&plane=coordinates&opt=gd&opt.lr=0.02&start=-1.5,2.25&window=auto&" + QUICK)
    (element,) = [e for e in app.get("bidi_component") if "copy_link" in e.proto.id]
    query = json.loads(element.proto.json)["query"]
    assert Scene.from_query(query) == app.session_state["explore.scene"]


# --- Weights of a file ------------------------------------------------------------------------------------------------------------------

WEIGHTS = read_weights(save(make_model("mlp", make_dataset("moons"), seed=5, widths=(4,)).state_dict()))
WEIGHTED = (
    f"data=moons&model=mlp&model.widths=4&loss=cross_entropy&plane=random&weights={WEIGHTS.fingerprint}&start=auto&window=auto&{QUICK}"
)
BROUGHT = {"weights_read": {WEIGHTS.fingerprint: WEIGHTS}, "weights_names": {WEIGHTS.fingerprint: "<i>mine</i>.safetensors"}}


def lines(app: AppTest) -> list[str]:
    return [element.proto.body for element in app.sidebar.get("html") if 'class="own"' in element.proto.body]


@pytest.mark.parametrize("language", LANGUAGES)
def test_weights_of_a_file_are_drawn_and_said_and_can_be_let_go(language):
    app, t = visit(WEIGHTED, language, **BROUGHT), Translator(language)
    assert not app.exception and not app.error
    theta = np.concatenate([tensor.flatten().numpy() for tensor in WEIGHTS.tensors.values()])
    np.testing.assert_array_equal(drawn(app).plane.origin, theta)
    assert len(lines(app)) == 1 and "&lt;i&gt;mine&lt;/i&gt;.safetensors</div>" in lines(app)[0]
    (view,) = [e for e in app.get("bidi_component") if e.proto.id.endswith("-view")]
    assert t("fact.at_weights") in [fact["note"] for fact in given(view.proto.bytes)["facts"]][1]
    app.sidebar.button(key="own_weights").click().run()
    assert not app.exception and not app.error and not app.info and lines(app) == []
    assert app.session_state["explore.scene"].weights == "" and np.abs(drawn(app).plane.origin - theta).max() > 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("box", "value"), [("model", "linear"), ("data", "iris"), ("widths", "4-4")])
def test_weights_that_no_longer_fit_are_let_go_in_one_sentence(language, box, value):
    app = visit(WEIGHTED, language, **BROUGHT)
    (app.sidebar.text_input(key="model.mlp.widths") if box == "widths" else app.sidebar.selectbox(key=box)).set_value(value).run()
    assert not app.exception and not app.error
    assert [info.value for info in app.info] == [Translator(language)("explore.weights_let_go")]
    assert app.session_state["explore.scene"].weights == "" and drawn(app).scene == app.session_state["explore.scene"]
    app.sidebar.button(key="add_optimizer").click().run()
    assert not app.info


@pytest.mark.parametrize(("box", "value"), [("data", "circles"), ("loss", "hinge"), ("opt", "adam"), ("plane", "hessian")])
def test_weights_that_still_fit_stay(box, value):
    app = visit(WEIGHTED, **BROUGHT)
    app.sidebar.selectbox(key=box).set_value(value).run()
    assert not app.exception and not app.error
    assert Translator("en")("explore.weights_let_go") not in [info.value for info in app.info]
    assert drawn(app).scene == app.session_state["explore.scene"] and drawn(app).scene.weights == WEIGHTS.fingerprint


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_to_weights_that_are_not_here_says_so_and_the_model_s_own_are_one_click_away(language):
    app, t = visit(WEIGHTED, language), Translator(language)
    assert not app.exception and len(app.error) == 1
    assert t("error.weights_missing.remedy") in app.error[0].value and len(lines(app)) == 1
    app.sidebar.selectbox(key="opt").set_value("adam").run()
    assert not app.exception and len(app.error) == 1
    assert app.session_state["explore.scene"].optimizers[0].name == "adam"  # other controls go on working
    app.sidebar.button(key="own_weights").click().run()
    assert not app.exception and not app.error and drawn(app).scene.weights == ""
