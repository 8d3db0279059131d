"""A comparison of losses: its links, its stages, and the lecture's numbers under the surfaces."""

from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import urlencode

import numpy as np
import pytest

from landscape.catalogue import Parameter
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.curves import MARGIN, RESIDUAL
from landscape.losses.losses import losses
from landscape.scene.comparison import (
    LABELS,
    POINTS,
    LossesScene,
    axis_of,
    compare,
    data_of,
    dial_values,
    dialed,
    drawable,
    ground_of,
    least_errors,
    turned,
    value_of,
)
from landscape.scene.fields import choice_of

SURROGATES = "loss=zero_one&loss2=hinge&loss3=logistic&loss4=exponential"


def hooks(memory=None, stops=False):
    return SimpleNamespace(memory={} if memory is None else memory, report=lambda stage, share: None, should_stop=lambda: stops)


def compared(query, **given):
    return list(compare(LossesScene.from_query(query), hooks(**given)))


@pytest.mark.parametrize(
    "query",
    [
        "",
        SURROGATES,
        "loss=huber&loss.delta=2.5",
        "loss=focal&loss.gamma=5&target=0.8",
        "loss=tukey&data=animals&seed=3",
        "surfaces=0&far=0",
    ],
)
def test_a_link_says_the_whole_scene(query):
    scene = LossesScene.from_query(query)
    assert LossesScene.from_query(scene.to_link()) == scene
    assert {pair.partition("=")[0] for pair in query.split("&") if pair} <= {pair.partition("=")[0] for pair in scene.to_query().split("&")}


def test_the_page_opens_on_four_losses_of_a_residual():
    assert [choice.name for choice in LossesScene().losses] == ["mse", "mae", "huber", "tukey"]


def test_a_loss_named_twice_is_there_once():
    scene = LossesScene.from_query("loss=huber&loss.delta=2&loss2=mae&loss3=huber&loss3.delta=3")
    assert [(choice.name, dict(choice.settings)) for choice in scene.losses] == [("huber", {"delta": 2.0}), ("mae", {})]


def test_every_loss_has_its_axis_and_its_ground():
    found = {name: (axis_of(choice := choice_of(losses, name, {})), ground_of(choice)) for name in losses}
    assert found["tukey"] == (RESIDUAL, RESIDUAL) and found["hinge"] == (MARGIN, MARGIN)
    assert found["rmse"] == (None, RESIDUAL)  # no curve of one residual, but a surface
    assert found["focal"] == found["kl"] == ("probability", None) and found["listnet"] == ("difference", None)
    assert [name for name in losses if not drawable(choice_of(losses, name, {}))] == ["physics", "vae"]


def test_the_values_of_a_dial_hold_the_default_and_the_present_one():
    delta, gamma = losses["huber"].parameter("delta"), losses["focal"].parameter("gamma")
    for parameter, now in ((delta, 0.777), (delta, 900.0), (gamma, 2.03)):
        values = dial_values(parameter, now)
        assert now in values and parameter.default in values and list(values) == sorted(set(values))
        assert all(parameter.check("dial", value) == value for value in values)
    assert 4.685 in dial_values(losses["tukey"].parameter("c"), 3.0)  # no round number, so that a dial finds back to it
    assert dial_values(delta, 1.0)[0] == 0.1 and dial_values(delta, 1.0)[-1] == 20.0
    assert dial_values(Parameter("m", 1.0, "margin", 0.0, 100.0), 1.0)[:3] == (0.0, 0.25, 0.5)
    assert [parameter.name for parameter in dialed(choice_of(losses, "logistic", {}))] == []  # its base is a word


def test_the_stages_grow_and_come_at_once_when_remembered():
    memory = {}
    first, then = compared("loss=mae&loss2=quantile", memory=memory), compared("loss=mae&loss2=quantile", memory=memory)
    assert [len(stage.dials) for stage in first[:2]] == [0, 1] and len(then[0].dials) == 1
    assert [len(stage.grounds) for stage in first] == [0, 0, 1, 2, 2] and [stage.finished for stage in first] == [False] * 4 + [True]
    (dial,) = then[-1].dials
    assert (dial.key, dial.parameter.name, dial.values[dial.at]) == ("loss2", "q", 0.5)
    for value, curve in zip(dial.values, dial.curves, strict=True):  # its slope is q - 1 left of zero and q right of it
        assert curve.parts["gradient"].y[[0, -1]] == pytest.approx([value - 1, value])


def test_a_cancelled_comparison_ends():
    with pytest.raises(Cancelled, match="^$"):
        compared("loss=huber", stops=True)


def test_the_lowest_points_on_a_line_with_an_outlier_are_the_lecture_s():
    """S2: the slopes 2.63636, 1, 1.08333 and 1."""
    grounds = compared("")[-1].grounds
    assert [ground.lowest[0] for ground in grounds] == pytest.approx([1 + 30 * 4.5 / 82.5, 1.0, 1 + 1 / 12, 1.0], abs=1e-4)
    for ground in grounds:
        a, b, value = ground.lowest
        assert value <= ground.surface.values.min() + 1e-9
        assert ground.surface.a[0] < a < ground.surface.a[-1] and ground.surface.b[0] < b < ground.surface.b[-1]
    assert len({(*ground.surface.a, *ground.surface.b) for ground in grounds}) == 1  # one window


def test_surrogates_get_three_of_seven_wrong_where_one_is_possible():
    """S12."""
    last = compared(SURROGATES)[-1]
    assert least_errors(data_of(last.scene, MARGIN)) == pytest.approx(1 / 7)
    assert [ground.errors for ground in last.grounds] == pytest.approx([1 / 7, 3 / 7, 3 / 7, 3 / 7])
    assert [ground.flat for ground in last.grounds] == [True, False, False, False]
    a, b, value = last.grounds[2].lowest  # the logistic risk, by its own formula
    margins = np.where(LABELS > 0, 1, -1) * (a * POINTS + b)
    assert value == pytest.approx(np.log1p(np.exp(-margins)).mean(), rel=1e-9)
    assert np.abs([(np.where(LABELS > 0, 1, -1) * x / (1 + np.exp(margins))).sum() for x in (POINTS, 1)]).max() < 1e-5  # no slope there


def test_without_the_far_point_the_classes_can_be_told_apart():
    data = data_of(LossesScene.from_query("far=0"), MARGIN)
    assert least_errors(data) == least_errors(replace(data, inputs=-data.inputs)) == 0.0


def test_slope_and_height_of_a_line_are_seen_apart():
    assert data_of(LossesScene(), RESIDUAL).inputs.mean() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("data", ["moons", "stackloss", "iris"])
def test_data_without_a_line_are_refused(data):
    scene = replace(LossesScene(), data=choice_of(LossesScene.row("data").kind.catalogue, data, {}))
    with pytest.raises(LandscapeError, match="number of input features must be one of 1"):
        list(compare(scene, hooks()))


def test_the_target_moves_the_curves_of_probabilities_alone():
    query, memory = "loss=cross_entropy&loss2=mae&surfaces=0&target=", {}
    one, other = (compared(f"{query}{target}", memory=memory)[-1] for target in (1, 0.4))
    assert one.curves["loss"].parts["value"].y[0] != other.curves["loss"].parts["value"].y[0]
    assert np.array_equal(one.curves["loss2"].parts["value"].y, other.curves["loss2"].parts["value"].y)
    assert one.maps["loss"].lowest != other.maps["loss"].lowest and set(one.maps) == {"loss"} and one.grounds == ()


def test_a_typed_loss_is_compared_like_any_other():
    query = urlencode({"loss": "own", "loss.expression": "bend = 0.5; height = -1; max(0, bend - margin) + 0 * height", "loss2": "hinge"})
    scene = LossesScene.from_query(query)
    assert LossesScene.from_query(scene.to_link()) == scene
    last = list(compare(scene, hooks()))[-1]
    np.testing.assert_allclose(last.curves["loss"].parts["curvature"].deltas, [[0.5, 1.0]], atol=1e-6)
    assert [(dial.parameter.name, dial.values[dial.at]) for dial in last.dials] == [("bend", 0.5), ("height", -1.0)]
    bend = last.dials[0]
    moved = turned(scene.losses[0], bend.parameter, 2.0)
    assert [value_of(moved, parameter) for parameter in dialed(moved)] == [2.0, -1.0]
    np.testing.assert_allclose(bend.curves[bend.values.index(2.0)].parts["curvature"].deltas, [[2.0, 1.0]], atol=1e-6)
    assert last.properties["loss"].kinks == pytest.approx((0.5,)) and last.grounds[0].axis == MARGIN
