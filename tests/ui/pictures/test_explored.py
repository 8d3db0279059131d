"""Cards: the learning rate beside its limit, in one value and one formula, and no limit claimed where there is none."""

from dataclasses import replace

import numpy as np
import pytest

from figures.numbers import number
from landscape.scene.exploration import explore
from landscape.scene.scene import Scene
from landscape.scene.study import Study
from ui.pictures.explored import board_of
from ui.words.translator import LANGUAGES, Translator

QUICK = "&steps=20&resolution=11"
LINE = "data=line&data.n=5&model=linear&plane=coordinates&start=auto&window=auto"


def card(query, language="en"):
    """The exploration of a link, and its card of the learning rate."""
    exploration = list(explore(Study(Scene.from_query(query + QUICK))))[-1]
    return exploration, board_of(exploration, Translator(language)).facts[2]
    exploration = list(Study(Scene.from_query(query + QUICK)).explore())[-1]
    return exploration, board_of(exploration, Translator(language)).facts[2]


# On x = -2..2 the Hessian of the mean squared error has the eigenvalues 4 and 2.
@pytest.mark.parametrize(
    ("optimizer", "label", "limit"),
    [
        ("opt=gd&opt.lr=0.1", "2 / λ max", 2 / 4),
        ("opt=sgd&opt.lr=0.1&opt.weight_decay=1", "2 / (λ max + w)", 2 / 5),
        ("opt=momentum&opt.lr=0.1&opt.momentum=0.5", "(2 + 2β) / λ max", 3 / 4),
        ("opt=momentum&opt.lr=0.1&opt.momentum=0.5&opt.dampening=0.5", "(2 + 2β) / ((1 − τ) λ max)", 6 / 4),
        ("opt=nesterov&opt.lr=0.1&opt.momentum=0.5", "(2 + 2β) / ((1 + 2β) λ max)", 3 / 8),
        ("opt=sam&opt.lr=0.1&opt.momentum=0.5", "(2 + 2β) / λ max", 3 / 4),
        ("opt=perturbed_gd&opt.lr=0.1", "2 / λ max", 2 / 4),
    ],
)
def test_the_card_heads_and_says_the_same_limit(optimizer, label, limit):
    exploration, fact = card(f"{LINE}&{optimizer}")
    assert exploration.limits[0] == pytest.approx(limit, rel=1e-6)
    assert (fact.label, fact.value, fact.tone) == (label, number(exploration.limits[0]), "good")
    assert number(exploration.limits[0]) in fact.note


@pytest.mark.parametrize("settings", ["opt=gd", "opt=momentum&opt.momentum=0.5", "opt=nesterov&opt.momentum=0.9"])
def test_the_limit_of_the_card_parts_runs_that_settle_from_runs_that_diverge(settings):
    line = f"{LINE}&data.noise=0&loss=mse&{settings}"
    limit = card(f"{line}&opt.lr=0.01")[0].limits[0]
    below, above = (
        next(explore(Study(Scene.from_query(f"{line}&opt.lr={share * limit}&steps=400&resolution=11")))).paths[0].losses
        for share in (0.97, 1.03)
    )
    assert below[-1] < 1e-3 * below[0] and above[-1] > 1e3 * above[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("query", "key"),
    [
        (f"{LINE}&loss=mae&opt=gd&opt.lr=0.5", "kinks"),
        ("data=moons&data.n=30&model=mlp&loss=hinge&plane=pca&opt=momentum&opt.lr=0.1&start=auto&window=auto", "kinks"),
        ("data=moons&data.n=30&model=linear&loss=perceptron&plane=pca&opt=adam&opt.lr=0.1&start=auto&window=auto", "kinks"),
        (f"{LINE}&opt=newton", "newton"),
        (f"{LINE}&opt=adam&opt.lr=0.1", "own_scale"),
        (f"{LINE}&opt=lbfgs", "whole_step"),
        (f"{LINE}&opt=muon&opt.lr=0.1", "own_matrices"),
    ],
)
def test_where_there_is_no_limit_none_is_claimed(query, key, language):
    exploration, fact = card(query, language)
    t = Translator(language)
    assert fact.tone not in ("good", "warn")
    assert fact.note == t(f"fact.{key}", lr=number(exploration.scene.optimizers[0].get("lr")))
    assert exploration.limits[0] is None
    if key == "kinks":
        assert fact.value == "–"
        assert board_of(exploration, t).facts[3].note == t("fact.kinked_end")


def test_nothing_that_curves_upward_gives_no_limit_and_no_praise():
    exploration, fact = card("function=saddle&opt=gd&opt.lr=0.01&start=0,1&window=auto")
    assert (fact.value, fact.tone) == ("1", "good")
    assert exploration.limits[0] == pytest.approx(1.0)  # 2 / 2: the other direction does curve upward
    huber = "data=line_outliers&model=linear&loss=huber&loss.delta=0.001&plane=coordinates&start=-9,-200&window=auto&opt=gd&opt.lr=1e-6"
    exploration, fact = card(huber)
    assert np.isinf(exploration.limits[0])
    assert (fact.value, fact.note) == ("–", Translator("en")("fact.no_limit", lr=number(1e-6)))
    assert fact.tone not in ("good", "warn")


def test_the_dotted_curve_says_that_the_test_points_have_no_noise():
    line, moons = "data=line&model=linear&opt=gd&opt.lr=0.1", "data=moons&data.n=30&model=linear&opt=gd&opt.lr=0.1"
    notes = [board_of(card(query)[0], Translator("en")).picture("curves").note for query in (line, moons)]
    assert notes == [Translator("en")("panel.dotted_clean"), Translator("en")("panel.dotted")]
    noisy = Study(Scene()).dataset
    np.testing.assert_allclose(noisy.test_targets, 2 * noisy.test_inputs[:, 0])
    assert np.abs(noisy.targets - 2 * noisy.inputs[:, 0]).mean() > 0.2


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_a_pair_of_eigenvalues_may_be_missing_their_panel_says_so(language):
    exploration = list(explore(Study(Scene.from_query(LINE + QUICK))))[-1]
    found, t = exploration.spectrum, Translator(language)
    rough = replace(exploration, spectrum=replace(found, bounds=np.full(len(found.bounds), 0.375)))
    notes = [{p.key: p.note for p in board_of(shown, t).pictures}["spectrum"] for shown in (exploration, rough)]
    assert notes == ["", t("panel.doubt", doubt="0.38")]
