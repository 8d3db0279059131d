"""Losses of an order against torch.nn.functional, their shapes, and what an order is indifferent to."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from landscape.errors import LandscapeError
from landscape.losses.losses import make_loss
from landscape.objectives.risk import EmpiricalRisk
from tests.landscape.losses.evaluate import BITS, PAIRS, RANKING, at, normal, numbers

SCORES, GRADES = normal(4, 6, seed=40), numbers([0, 1, 2, 1, 0, 3], [2, 2, 0, 0, 1, 1], [0, 0, 0, 0, 0, 1], [5, 4, 3, 2, 1, 0])
SIGNS = BITS * 2 - 1


def test_pairs_are_those_of_torch():
    pairs = normal(7, 2, seed=41)
    first, second = pairs.unbind(1)
    hinge = functional.margin_ranking_loss(first, second, SIGNS, margin=0.7, reduction="none")
    torch.testing.assert_close(at("margin_ranking", pairs, BITS, margin=0.7), hinge)
    torch.testing.assert_close(at("margin_ranking", pairs, SIGNS, margin=0.7), hinge)
    logistic = functional.binary_cross_entropy_with_logits(first - second, BITS.double(), reduction="none")
    torch.testing.assert_close(at("ranknet", pairs, BITS), logistic, rtol=1e-12, atol=1e-15)


def test_listnet_is_cross_entropy_of_shared_targets():
    expected = functional.cross_entropy(SCORES, GRADES.softmax(1), reduction="none")
    torch.testing.assert_close(at("listnet", SCORES, GRADES), expected, rtol=1e-12, atol=1e-15)
    lowest = -(GRADES.softmax(1) * GRADES.log_softmax(1)).sum(1)
    torch.testing.assert_close(at("listnet", GRADES, GRADES), lowest)


@pytest.mark.parametrize("name", RANKING)
def test_a_query_alone_is_the_mean_of_its_pairs(name):
    alone = [at(name, scores, grades) for scores, grades in zip(SCORES, GRADES, strict=True)]
    assert [len(each) for each in alone] == ([1] * 4 if name == "listnet" else [13, 12, 5, 15])
    torch.testing.assert_close(torch.stack([each.mean() for each in alone]), at(name, SCORES, GRADES))


@pytest.mark.parametrize("name", RANKING)
def test_scores_that_all_rise_alike_rank_alike(name):
    torch.testing.assert_close(at(name, SCORES + 3.7, GRADES), at(name, SCORES, GRADES))


@pytest.mark.parametrize("name", PAIRS)
def test_only_the_order_of_grades_matters_to_pairs(name):
    torch.testing.assert_close(at(name, SCORES, GRADES.exp()), at(name, SCORES, GRADES), rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", PAIRS)
def test_a_query_without_an_order_costs_nothing_and_pulls_nowhere(name):
    for shape in ((3,), (1,), (2, 3)):
        scores = normal(*shape, seed=42).requires_grad_()
        value = at(name, scores, torch.ones(shape))
        (slope,) = torch.autograd.grad(value.mean(), scores)
        assert value.tolist() == [0.0] * len(value) and len(value) == (2 if len(shape) == 2 else 1)
        assert not slope.any()


def test_listnet_has_no_pairs():
    with pytest.raises(LandscapeError, match="listnet: outputs must have shape"):
        at("listnet", normal(7, 2, seed=43), BITS)


@pytest.mark.parametrize("name", RANKING)
def test_a_risk_takes_one_query_whose_values_are_not_one_a_sample(name):
    inputs, grades = normal(6, 3, seed=44), GRADES[0]
    model = torch.nn.Linear(3, 1).double()
    risk = EmpiricalRisk(model, make_loss(name), (inputs, grades), memory=1.0)
    expected = float(at(name, model(inputs).detach(), grades).mean())
    assert risk.value(risk.theta) == pytest.approx(expected, rel=1e-12)
