"""A loss of one's own as an entry: its formula says its traits, a link says it whole, and it trains as the built-in one that it spells."""

import numpy as np
import pytest

from landscape.data.datasets import make_dataset
from landscape.data.fit import fits
from landscape.errors import LandscapeError
from landscape.losses.entry import loss_entry
from landscape.losses.expression import parse_loss
from landscape.losses.losses import losses, make_loss
from landscape.losses.own import OF_MARGIN, OF_RESIDUAL, OWN, OWN_LOSS, losses_and_own, own_traits
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.scene.fields import choice_of
from landscape.scene.scene import Scene, choose
from landscape.scene.study import Study


def own(expression):
    return choice_of(losses_and_own, OWN_LOSS, {"expression": expression})


def entry(expression):
    return loss_entry(OWN_LOSS, {"expression": expression})


def test_it_stands_last_among_the_losses():
    assert list(losses_and_own) == [*losses, OWN_LOSS]
    assert losses_and_own[OWN_LOSS] is OWN


@pytest.mark.parametrize("name", losses)
def test_a_built_in_entry_is_as_declared(name):
    assert loss_entry(name) is losses[name]


@pytest.mark.parametrize(
    ("expression", "of", "tasks", "threshold", "smooth", "convex"),
    [
        (OF_RESIDUAL, "residual", ("regression", "binary"), 0.5, True, True),
        ("log1p(residual**2)", "residual", ("regression", "binary"), 0.5, True, False),
        ("abs(target - prediction)", "residual", ("regression", "binary"), 0.5, False, True),
        (OF_MARGIN, "margin", ("binary",), 0.0, True, True),
        ("max(0, 1 - margin)", "margin", ("binary",), 0.0, False, True),
        ("margin <= 0", "margin", ("binary",), 0.0, False, False),
        ("log(1 + exp(prediction)) - target * prediction", "outputs", ("regression", "binary"), 0.0, True, True),
        ("log(1 + exp(prediction - 2)) - target * (prediction - 2)", "outputs", ("regression", "binary"), 2.0, True, True),
        ("log(residual)", "residual", ("regression", "binary"), 0.5, False, False),
    ],
)
def test_the_formula_says_what_the_entry_declares(expression, of, tasks, threshold, smooth, convex):
    found = entry(expression)
    traits = found.traits
    assert (traits["of"], traits["tasks"], traits["smooth"], traits["convex"]) == (of, tasks, smooth, convex)
    assert traits.get("threshold", 0.0) == pytest.approx(threshold, abs=1e-8)
    assert found.formula == parse_loss(expression).latex and found.name == OWN_LOSS


def test_the_entry_at_its_defaults_declares_what_the_default_formula_says():
    assert dict(OWN.traits) == dict(loss_entry(OWN_LOSS).traits)
    assert dict(own_traits(parse_loss(OF_RESIDUAL))).items() <= dict(OWN.traits).items()


def test_it_fits_the_data_that_its_formula_fits():
    line, moons, wine = make_dataset("line"), make_dataset("moons"), make_dataset("wine")
    assert [fits(entry("residual**2"), data) for data in (line, moons, wine)] == [True, True, False]
    assert [fits(entry("exp(-margin)"), data) for data in (line, moons, wine)] == [False, True, False]


@pytest.mark.parametrize(
    ("data", "model", "expression", "name"),
    [("line_outliers", "linear", OF_RESIDUAL, "huber"), ("moons", "mlp", "log1p(exp(-margin))", "logistic")],
)
def test_a_model_trains_on_it_as_on_the_loss_it_spells(data, model, expression, name):
    dataset = make_dataset(data, seed=3)
    typed = EmpiricalRisk(make_model(model, dataset, seed=1), own(expression).build(losses_and_own), dataset)
    built = EmpiricalRisk(make_model(model, dataset, seed=1), make_loss(name), dataset)
    theta, risks = typed.theta + 0.3, (typed, built)
    values, gradients = [risk.value(theta) for risk in risks], [risk.gradient(theta) for risk in risks]
    assert values[0] == pytest.approx(values[1], rel=1e-12)
    np.testing.assert_allclose(*gradients, rtol=1e-10, atol=1e-12)
    v = np.linspace(-1, 1, risks[0].dim)
    np.testing.assert_allclose(*(risk.hessian_vector(theta, v) for risk in risks), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "expression",
    [
        "residual ** 2 + 1e-3",
        "a=.5;b = 2\nabs(residual)*a+b",
        "where(residual > 1 & residual < 2 | not residual >= 0, residual^2, -residual/3)",
        "max（0，1－margin）",
        "  residual\r\n",
        "+".join(["abs(residual)"] * 35),
    ],
)
def test_a_link_says_it_whole(expression):
    scene = Scene().with_choice("loss", own(expression))
    assert Scene.from_query(scene.to_query()) == Scene.from_query(scene.to_link()) == scene
    assert parse_loss(scene.loss.get("expression")) == parse_loss(expression)


@pytest.mark.parametrize("expression", ["__import__('os')", "9**9**9", "(" * 1000, "", "prediction*0", "residual.real"])
def test_a_hostile_link_is_refused(expression):
    with pytest.raises(LandscapeError, match="the loss typed"):
        Scene.from_query({"loss": "own", "loss.expression": expression})


def test_a_link_of_a_margin_brings_data_of_classes_along():
    scene = Scene.from_query({"loss": "own", "loss.expression": "exp(-margin)"})
    assert scene.data.name == "moons" and scene.model.name != "deep_linear"
    assert Scene.from_query({"loss": "own"}).data.name == "line"


def test_kinks_and_the_border_of_the_classes_are_those_of_the_formula():
    line = Scene().with_choice("loss", own("residual**2"))
    assert not line.has_kinks and line.with_choice("loss", own("abs(residual)")).has_kinks
    moons = Scene.from_query("data=moons&data.n=40&model=linear&steps=40&opt=gd&opt.lr=0.1&plane=random&start=auto&window=auto")
    shifted = moons.with_choice("loss", own("log(1 + exp(prediction - 2)) - target * (prediction - 2)"))
    plain = moons.with_choice("loss", choose("loss", "logistic"))
    first, second = (Study(scene).predictions[0] for scene in (shifted, plain))
    assert first.accuracy == pytest.approx(second.accuracy, abs=0.15) and first.accuracy > 0.7
