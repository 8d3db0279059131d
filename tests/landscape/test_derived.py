"""Derived objectives: they have the attributes of their source, and a StandIn its other methods too."""

import copy

import numpy as np
import pytest

from landscape import EmpiricalRisk, Journalled, Scene, Study, block_curvatures, make_dataset, make_loss, make_model
from landscape.curvature.blocks import Restriction
from landscape.objective import Derived, StandIn

MOONS = "data=moons&data.n=60&model=mlp&model.widths=4&loss=mse&steps=10&resolution=11&plane=pca&opt=gd&opt.lr=0.1&start=auto&window=auto"


@pytest.fixture
def risk():
    data = make_dataset("moons", n=40)
    return EmpiricalRisk(make_model("mlp", data, widths=(3,)), make_loss("cross_entropy"), data)


@pytest.mark.parametrize("kind", [Derived, StandIn])
def test_a_derived_objective_has_every_attribute_of_its_source(risk, kind):
    derived = kind(risk)
    for name in ("dim", "blocks", "dtype", "device", "samples", "at_once", "keeps_graphs"):
        assert getattr(derived, name) == getattr(risk, name), name
    np.testing.assert_array_equal(derived.theta, risk.theta)
    assert derived.value(risk.theta) == risk.value(risk.theta)
    np.testing.assert_array_equal(derived.gradient(risk.theta), risk.gradient(risk.theta))


def test_a_restriction_stops_where_its_source_has_samples_in_parts(risk):
    block = risk.blocks[0]
    part = Restriction(risk, risk.theta, block)
    assert (part.dim, part.samples, part.at_once) == (block.stop - block.start, risk.samples, risk.at_once)
    assert len(block_curvatures(risk, risk.theta)) == len(risk.blocks)


def test_what_stands_in_for_a_risk_knows_its_other_data_and_can_be_copied(risk):
    inputs, targets = make_dataset("moons", n=30, seed=3).inputs, make_dataset("moons", n=30, seed=3).targets
    stand_in = StandIn(risk)
    assert stand_in.on(inputs, targets).value(risk.theta) == risk.on(inputs, targets).value(risk.theta)
    assert copy.copy(stand_in).value(risk.theta) == risk.value(risk.theta)
    with pytest.raises(AttributeError, match="no_such_thing"):
        stand_in.no_such_thing  # noqa: B018 - reading it is what is refused


def test_a_study_whose_answers_are_kept_in_a_journal_has_test_losses_and_predictions():
    plain, kept = Study(Scene.from_query(MOONS)), Study(Scene.from_query(MOONS))
    kept.objective = Journalled(kept.objective, [])
    for mine, other in zip(kept.paths, plain.paths, strict=True):
        np.testing.assert_array_equal(mine.test_losses, other.test_losses)
    assert len(kept.predictions) == len(plain.predictions) == 1


def test_a_study_of_another_scene_still_reports_and_can_be_stopped():
    heard = []
    study = Study(Scene.from_query(MOONS), report=lambda stage, share: heard.append(stage), should_stop=lambda: False)
    other = study.on(Scene.from_query(MOONS + "&seed=3"))
    assert other.trajectories and "paths" in heard
