"""Controls of the Explore page under AppTest: what one choice changes besides itself is said, and what has no effect says so."""

from __future__ import annotations

import re

import pytest

from figures.numbers import number
from tests.pages.test_explore import QUICK, drawn, visit
from ui.words.translator import LANGUAGES, Translator

pytestmark = pytest.mark.usefixtures("few_starts")


def infos(app):
    return [info.value for info in app.info]


def captions(app):
    return [caption.value for caption in app.sidebar.caption]


def ticks(app):
    """The words under the learning rates' sliders."""
    marks = [element.proto.body for element in app.sidebar.get("html") if 'class="tick"' in element.proto.body]
    return [re.findall(r"<span[^>]*>([^<]*)</span>", mark) for mark in marks]


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_loss_says_what_it_did_to_the_rate_and_keeps_the_start(language):
    app, t = visit(QUICK, language), Translator(language)
    before = app.session_state["explore.scene"]
    app.sidebar.selectbox(key="loss").set_value("mae").run()
    after = app.session_state["explore.scene"]
    assert not app.exception and not app.error
    rates = ", ".join(number(choice.get("lr")) for choice in after.optimizers)
    assert infos(app) == [t("remark.decays", rates=rates)]
    assert (after.start, after.window) == (before.start, before.window)
    assert ticks(app) == [[], []]
    app.sidebar.selectbox(key="loss").set_value("mse").run()
    rates = ", ".join(number(choice.get("lr")) for choice in app.session_state["explore.scene"].optimizers)
    assert infos(app) == [t("remark.constant", rates=rates)]
    app.sidebar.selectbox(key="loss").set_value("huber").run()
    assert len(infos(app)) == 1
    app.sidebar.number_input(key="seed").set_value(3).run()
    assert infos(app) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_zero_one_loss_draws_on_a_plane_that_needs_no_path(language):
    app, t = visit(f"data=moons&data.n=30&model=mlp&model.widths=3&{QUICK}", language), Translator(language)
    app.sidebar.selectbox(key="loss").set_value("zero_one").run()
    assert not app.exception and not app.error
    assert t("remark.plane") in infos(app)
    assert drawn(app).scene == app.session_state["explore.scene"] and drawn(app).scene.plane.name == "random"


def test_the_tick_is_the_card_s_limit_with_weight_decay_too():
    query = f"data=line&data.n=5&model=linear&plane=coordinates&start=auto&window=auto&opt=sgd&opt.lr=0.1&opt.weight_decay=1&{QUICK}"
    app = visit(query)
    assert drawn(app).limits[0] == pytest.approx(0.4, rel=1e-6)
    assert ticks(app) == [[Translator("en")("explore.limit", value=number(drawn(app).limits[0]))]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_batch_size_that_changes_nothing_is_at_rest_and_says_so(language):
    t = Translator(language)
    app = visit(f"data=moons&data.n=30&model=mlp&model.widths=3&opt=gd&opt.lr=0.1&{QUICK}", language)
    assert app.sidebar.number_input(key="batch").disabled and t("explore.batch_idle") in captions(app)
    app.sidebar.selectbox(key="opt").set_value("sgd").run()
    assert app.session_state["explore.scene"].batch == 7 and infos(app) == [t("remark.batch", batch=7)]
    assert not app.sidebar.number_input(key="batch").disabled and t("explore.batch_idle") not in captions(app)
    assert t("explore.sgd_whole") not in captions(app)
    app.sidebar.number_input(key="batch").set_value(0).run()
    assert t("explore.sgd_whole") in captions(app)
    assert t("explore.sgd_function") in captions(visit(f"function=booth&opt=sgd&opt.lr=0.01&{QUICK}", language))


def test_newton_is_offered_where_it_can_run():
    few, many = (visit(f"data={data}&model=linear&opt=gd&opt.lr=0.1&{QUICK}") for data in ("iris", "digits"))
    names = [app.sidebar.selectbox(key="opt").options for app in (few, many)]
    assert Translator("en")("optimizers.newton") in names[0] and Translator("en")("optimizers.newton") not in names[1]


def test_muon_is_offered_where_there_are_matrices():
    net, function = (
        visit(f"{query}&{QUICK}") for query in ("data=iris&model=linear&opt=gd&opt.lr=0.1", "function=booth&opt=gd&opt.lr=0.1")
    )
    names = [app.sidebar.selectbox(key="opt").options for app in (net, function)]
    assert "Muon" in names[0] and "Muon" not in names[1] and "L-BFGS" in names[1]


@pytest.mark.parametrize("query", ["data=iris", "function=saddle", "data=moons&opt=newton", "data=moons&loss=zero_one"])
def test_a_link_of_one_word_draws(query):
    app = visit(f"{query}&resolution=11")
    assert not app.exception and not app.error
    assert drawn(app).scene == app.session_state["explore.scene"]


@pytest.mark.parametrize(
    "query", ["function=saddle&opt=gd&opt.lr=0.1", "data=moons&model=mlp&loss=mse&opt=gd&opt2=adam&opt3=momentum", "opt=sgd&opt.lr=0.01"]
)
def test_every_scene_fills_the_same_places_of_the_sidebar(query):
    """What a scene has not is drawn over: it would stay on the page, beside its successor, until the run ends, seconds later perhaps."""
    first, other = visit(), visit(f"{query}&{QUICK}")
    counts = [[len(getattr(block, "children", ())) for block in app.sidebar.children.values()] for app in (first, other)]
    assert len(counts[0]) == len(counts[1])
    landscape, runs = (k for k, count in enumerate(counts[0][:8]) if count == 3)  # data, model and loss; three optimizers at most
    assert counts[1][landscape] == counts[1][runs] == 3
