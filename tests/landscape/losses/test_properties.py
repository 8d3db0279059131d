"""Measured properties against a table written out from theory, and against laws that they obey."""

import math
from dataclasses import asdict, replace

import pytest
import torch

from landscape.errors import LandscapeError
from landscape.losses.losses import losses
from landscape.losses.properties import Properties, loss_properties, measured, optimal_probability

# non-negative, zero at perfect, differentiable, convex, Lipschitz, bounded influence, redescending, bounds 0-1, calibrated; kinks
ROBUST = Properties(True, True, True, True, 1.0, True, False, False, True)
SQUARE = replace(ROBUST, lipschitz=False, bounded_influence=False)
THEORY = [
    ("mse", {}, SQUARE),
    ("mae", {}, replace(ROBUST, differentiable=False, kinks=(0.0,))),
    ("huber", {}, ROBUST),
    ("huber", {"delta": 0.01}, replace(ROBUST, lipschitz=0.01)),
    ("huber", {"delta": 700.0}, replace(ROBUST, lipschitz=700.0)),
    ("log_cosh", {}, ROBUST),
    ("quantile", {}, replace(ROBUST, differentiable=False, lipschitz=0.5, kinks=(0.0,))),
    ("quantile", {"q": 0.9}, replace(ROBUST, differentiable=False, lipschitz=0.9, calibrated=False, kinks=(0.0,))),
    ("tukey", {}, replace(ROBUST, convex=False, lipschitz=16 * 4.685 / (25 * math.sqrt(5)), redescending=True)),
    ("tukey", {"c": 1.7}, replace(ROBUST, convex=False, lipschitz=16 * 1.7 / (25 * math.sqrt(5)), redescending=True)),
    ("cross_entropy", {}, ROBUST),
    ("logistic", {}, ROBUST),
    ("focal", {"gamma": 0.0}, ROBUST),
    ("hinge", {}, replace(ROBUST, differentiable=False, bounds_zero_one=True, kinks=(1.0,))),
    ("squared_hinge", {}, replace(SQUARE, bounds_zero_one=True)),
    ("perceptron", {}, replace(ROBUST, differentiable=False, calibrated=False, kinks=(0.0,))),
    ("exponential", {}, replace(SQUARE, bounds_zero_one=True)),
    (
        "zero_one",
        {},
        Properties(True, True, False, False, False, True, True, True, True, kinks=(0.0,)),
    ),
    ("own", {"expression": "(1 - margin)**2"}, replace(SQUARE, bounds_zero_one=True)),
    ("own", {"expression": "log1p(exp(-margin)) / log(2)"}, replace(ROBUST, lipschitz=1 / math.log(2), bounds_zero_one=True)),
    ("own", {"expression": "1 / (1 + exp(margin))"}, replace(ROBUST, convex=False, lipschitz=0.25, redescending=True)),
    ("own", {"expression": "exp(-50 * margin)"}, replace(SQUARE, bounds_zero_one=True)),
    ("own", {"expression": "log1p(residual**2)"}, replace(ROBUST, convex=False, redescending=True)),
    (
        "own",
        {"expression": "residual**2 / (1 + residual**2)"},
        replace(ROBUST, convex=False, lipschitz=3 * math.sqrt(3) / 8, redescending=True),
    ),
    ("own", {"expression": "residual"}, Properties(False, True, True, True, 1.0, True, False, False, False)),
    ("own", {"expression": "residual**4"}, SQUARE),
    ("own", {"expression": "abs(residual)**1.5"}, SQUARE),
    ("own", {"expression": "sqrt(abs(residual))"}, Properties(True, True, False, False, False, True, True, False, True, kinks=(0.0,))),
    ("own", {"expression": "w = .3; max(abs(residual) - w, 0)"}, replace(ROBUST, differentiable=False, kinks=(-0.3, 0.3))),
    ("own", {"expression": "log(1 + exp(prediction)) - target * prediction"}, replace(ROBUST, zero_at_perfect=False)),
    ("own", {"expression": "abs(margin)"}, Properties(True, False, False, True, 1.0, True, False, False, False, kinks=(0.0,))),
    (
        "own",
        {"expression": "where(abs(residual) < 2, 0, 1)"},
        Properties(True, True, False, False, False, True, True, False, False, kinks=(-2.0, 2.0)),
    ),
]


@pytest.mark.parametrize(("name", "params", "expected"), THEORY, ids=lambda case: str(case)[:40])
def test_against_theory(name, params, expected):
    found = asdict(loss_properties(name, **params))
    for key, value in asdict(expected).items():
        if isinstance(value, float) or key == "kinks":
            assert found[key] == pytest.approx(value, rel=1e-7), key
        else:
            assert found[key] is value, key


@pytest.mark.parametrize(("gamma", "probability"), [(0.0, 0.9), (2.0, 0.694), (5.0, 0.597)])
def test_focal_loss_is_calibrated_but_tells_no_probability(gamma, probability):
    """Of the samples 90 % are of class 1: focal loss answers with less, the more it focuses."""
    assert loss_properties("focal", gamma=gamma).calibrated is True
    assert optimal_probability("focal", 0.9, gamma=gamma) == pytest.approx(probability, abs=5e-4)


@pytest.mark.parametrize("share", [0.03, 0.3, 0.5, 0.8])
def test_proper_losses_tell_the_share_and_the_exponential_half_its_logit(share):
    for name in ("logistic", "cross_entropy"):
        assert optimal_probability(name, share) == pytest.approx(share, abs=1e-6)
    odds = math.sqrt(share / (1 - share))  # Friedman, Hastie & Tibshirani 2000, lemma 1
    assert optimal_probability("exponential", share) == pytest.approx(odds / (1 + odds), abs=1e-6)


@pytest.mark.parametrize("alpha", [0.25, 0.45, 0.9])
def test_unequal_weights_of_the_classes_move_the_border(alpha):
    assert loss_properties("focal", gamma=0.0, alpha=alpha).calibrated is False
    assert loss_properties("focal", gamma=0.0, alpha=0.5).calibrated is True


@pytest.mark.parametrize("name", losses)
def test_what_an_entry_declares_is_what_is_measured(name):
    found, traits = loss_properties(name), losses[name].traits
    assert (found.differentiable, found.convex) == (traits["smooth"], traits["convex"])
    assert found.non_negative is True


@pytest.mark.parametrize("factor", [0.01, 3.0, 250.0])
@pytest.mark.parametrize(
    "formula", ["abs(residual)", "log1p(residual**2)", "sqrt(1 + residual**2) - 1", "max(0, 1 - margin)", "exp(-margin)"]
)
def test_a_scaled_loss_scales_its_slope_and_nothing_else(formula, factor):
    one, scaled = (loss_properties("own", expression=text) for text in (formula, f"{factor} * ({formula})"))
    expected = one.lipschitz if one.lipschitz is False else pytest.approx(factor * one.lipschitz, rel=1e-7)
    assert scaled.lipschitz == expected
    assert replace(scaled, lipschitz=one.lipschitz, bounds_zero_one=one.bounds_zero_one) == one


@pytest.mark.parametrize("first", ["residual**2", "abs(residual - 1)", "exp(residual)", "max(residual, -2 * residual)"])
@pytest.mark.parametrize("second", ["abs(residual)", "sqrt(1 + residual**2)", "residual"])
def test_a_sum_of_convex_losses_is_convex_and_has_their_kinks(first, second):
    one, other, both = (loss_properties("own", expression=text) for text in (first, second, f"{first} + {second}"))
    assert one.convex and other.convex and both.convex
    assert both.kinks == tuple(sorted({*one.kinks, *other.kinks}))


@pytest.mark.parametrize("place", [-3.7, -0.011, 0.0, 0.5, 2.0, 41.0])
def test_a_kink_is_found_where_it_is_and_a_steep_smooth_bend_is_none(place):
    kinked = loss_properties("own", expression=f"residual**2 + 0.01 * abs(residual - {place})")
    assert kinked.kinks == pytest.approx((place,), abs=1e-6) and kinked.differentiable is False
    bent = loss_properties("own", expression=f"residual**2 + 0.01 * sqrt(1e-8 + (residual - {place})**2)")
    assert bent.kinks == () and bent.differentiable is True and bent.convex is True


@pytest.mark.parametrize("expression", ["log(residual)", "1 / residual**2", "sqrt(1 - residual**2)"])
def test_nothing_is_said_of_a_loss_that_is_no_number_somewhere(expression):
    found = loss_properties("own", expression=expression)
    undecided = (found.differentiable, found.convex, found.lipschitz, found.bounded_influence, found.bounds_zero_one, found.calibrated)
    assert undecided == (None,) * 6
    assert found.non_negative is (False if expression.startswith("log") else None)


def test_several_outputs_are_looked_at_along_lines():
    def squares(outputs, targets):
        if outputs.ndim != 2 or outputs.shape[1] != 2:
            raise LandscapeError("wrong_shape", owner="squares", name="outputs", expected="(N, 2)", got=tuple(outputs.shape))
        return (outputs[:, 0] - targets).square() + outputs[:, 1].square()

    found = measured(squares, "outputs", ())
    assert found == Properties(non_negative=True, differentiable=True, convex=True, lipschitz=False, bounded_influence=False)
    crossed = measured(lambda outputs, targets: squares(outputs, targets) - 3 * outputs.prod(1).abs(), "outputs", ())
    assert (crossed.non_negative, crossed.differentiable, crossed.convex) == (False, False, False)


def test_a_loss_of_the_whole_batch_is_looked_at_one_sample_at_a_time():
    def rooted(outputs, targets):
        return (targets - outputs).square().mean().sqrt().expand(len(outputs))

    found = measured(rooted, "outputs", ("regression",), joint=True)
    assert (found.convex, found.differentiable, found.lipschitz, found.zero_at_perfect) == (True, False, 1.0, True)


def test_one_observation_moves_a_location_of_least_root_mean_square_without_bound_and_one_of_least_mean_size_not():
    def of_batch(function):
        return lambda outputs, targets: function((targets - outputs).abs()).expand(len(outputs))

    bounded = {"mean": lambda size: size.mean(), "root": lambda size: size.square().mean().sqrt()}
    found = {name: measured(of_batch(function), "outputs", ("regression",), joint=True) for name, function in bounded.items()}
    assert {name: each.bounded_influence for name, each in found.items()} == {"mean": True, "root": False}
    assert loss_properties("rmse").bounded_influence is False


def test_unknown_names_and_values_are_refused():
    with pytest.raises(LandscapeError, match="losses"):
        loss_properties("nothing")
    with pytest.raises(LandscapeError, match="delta"):
        loss_properties("huber", delta=-1.0)
    assert torch.get_default_dtype() is torch.float32
