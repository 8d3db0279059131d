"""A typed loss on Explore under AppTest: the field, its sliders, its refusals and its link."""

from __future__ import annotations

import pytest

from landscape.losses.expression import parse_loss
from landscape.scene.scene import Scene
from tests.pages.test_explore import QUICK, drawn, visit
from ui.words.translator import LANGUAGES, Translator

pytestmark = pytest.mark.usefixtures("few_starts")

FIELD = "loss.own.expression"
# A landscape of more than two parameters, which is drawn without a search for its critical points.
NETWORK = f"data=line&model=mlp&model.widths=2&plane=random&{QUICK}"
CAUCHY = "c = 2; log1p((residual/c)**2)"


def own(app):
    app.sidebar.selectbox(key="loss").set_value("own").run()
    return app


def typed(app, text):
    app.sidebar.text_area(key=FIELD).set_value(text).run()
    return app


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_loss_is_ones_own_and_what_is_typed_is_drawn(language):
    t = Translator(language)
    app = visit(NETWORK, language)
    assert app.sidebar.selectbox(key="loss").options[-1] == t("losses.own")
    typed(own(app), CAUCHY)
    assert not app.exception and not app.error
    exploration = drawn(app)
    assert exploration.finished and exploration.scene.loss.get("expression") == CAUCHY
    assert app.sidebar.select_slider(key="loss.own.c").label == t("own.parameter", name="c")
    assert any(r"\left(\frac{r}{c}\right)^{2}" in latex.value for latex in app.sidebar.latex)


def test_a_slider_rewrites_its_number_and_nothing_else():
    app = typed(own(visit(NETWORK)), "c=2;\n  k = -1 ; k*0 + log1p((residual/c)**2)")
    app.sidebar.select_slider(key="loss.own.c").set_value(5.0).run()
    app.sidebar.number_input(key="loss.own.k").set_value(-3.5).run()
    text = "c=5;\n  k = -3.5 ; k*0 + log1p((residual/c)**2)"
    assert app.sidebar.text_area(key=FIELD).value == text
    assert drawn(app).scene.loss.get("expression") == text


def test_a_refused_text_stays_with_one_sentence_and_so_does_the_picture():
    app = typed(own(visit(NETWORK, "zh")), CAUCHY)
    before = drawn(app)
    typed(app, "log1p((residual/c)**2")
    (error,) = app.error
    assert error.value.startswith(Translator("zh")("error.expression_name.what"))
    assert app.sidebar.text_area(key=FIELD).value == "log1p((residual/c)**2"
    assert drawn(app) is before and app.sidebar.select_slider(key="loss.own.c").disabled
    app.sidebar.select_slider(key="steps").set_value(20).run()  # another control does not lose what was typed
    assert app.sidebar.text_area(key=FIELD).value == "log1p((residual/c)**2" and len(app.error) == 1
    typed(app, "log1p((residual/3)**2)")
    assert not app.error and drawn(app).scene.loss.get("expression") == "log1p((residual/3)**2)"


@pytest.mark.parametrize("text", ["margin", "9**9**9", "__import__('os').system('true')"])
def test_what_cannot_be_drawn_is_one_sentence(text):
    app = typed(own(visit(NETWORK)), text)
    assert not app.exception and len(app.error) == 1
    assert drawn(app).scene.loss.get("expression") == Scene().choose("loss", "own").get("expression")


def test_classes_begin_with_a_margin():
    app = own(visit(f"data=moons&data.n=30&model=linear&{QUICK}"))
    assert not app.error and parse_loss(app.sidebar.text_area(key=FIELD).value).of == "margin"


def test_a_link_brings_the_text_and_a_hostile_one_the_default_scene():
    text = "a = .5; where(residual > 0 and residual < 9, residual^2, a*abs(residual))"
    app = visit(f"loss=own&{NETWORK}&loss.expression={text}")
    assert not app.error and app.sidebar.text_area(key=FIELD).value == text
    app = visit("loss=own&loss.expression=__import__('os')")
    assert len(app.error) == 1 and drawn(app).scene == Scene()


def test_the_sheet_of_formulas_shows_the_typed_one():
    app = typed(own(visit(NETWORK)), "abs(residual)**1.5")
    app.session_state["formulas"] = True
    app.run()
    assert sum(r"\left|r\right|^{1.5}" in latex.value for latex in app.latex) == 2
