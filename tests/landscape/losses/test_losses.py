"""The laws that all losses keep: exact values, derivatives, shapes, labels, extremes, vmap and traits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from landscape.errors import LandscapeError
from landscape.losses.losses import losses, make_loss
from tests.landscape.losses.evaluate import (
    ALONE,
    BITS,
    LABELED,
    MARGIN,
    OFFSETS,
    RANKING,
    RESIDUAL,
    at,
    extreme,
    normal,
    ordinary,
)
from tests.landscape.losses.references import exact

ORDINARY, EXTREME = ordinary(), extreme()
OTHERS = ["rmse", "physics", "vae"]
INFINITE = {"exponential far scores", "exponential far, all of class 0"}  # e^10000 IS infinite in float64, and is shown as such


def test_every_loss_belongs_to_one_family_here():
    assert sorted(losses) == sorted(ALONE + RANKING + OTHERS)


def test_every_loss_is_tried_on_ordinary_and_on_extreme_batches():
    for batches in (ORDINARY, EXTREME):
        assert {name for name, *_ in batches.values()} == set(losses)


@pytest.mark.parametrize("label", [*ORDINARY, *EXTREME])
def test_values_are_exact_to_ten_digits(label):
    name, params, outputs, targets = {**ORDINARY, **EXTREME}[label]
    # 1 - p of a class that is all but certain is lost in float64, as in torch's own cross-entropy; so is e^v - 1 - v of a tiny v.
    rounded = 1e-15 if name in [*LABELED, *RANKING, "vae"] else 0
    np.testing.assert_allclose(at(name, outputs, targets, **params), exact(name, outputs, targets, **params), rtol=1e-10, atol=rounded)


@pytest.mark.parametrize("label", ORDINARY)
def test_derivatives_are_finite_differences(label):
    name, params, outputs, targets = ORDINARY[label]

    def loss(outputs):
        return at(name, outputs, targets, **params)

    point = outputs.clone().requires_grad_()
    assert gradcheck(loss, point, rtol=1e-6, atol=1e-7)
    if losses[name].traits["smooth"]:
        assert gradgradcheck(loss, point, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("label", EXTREME)
def test_derivatives_at_extremes_are_numbers(label):
    name, params, outputs, targets = EXTREME[label]
    point = outputs.clone().requires_grad_()
    value = at(name, point, targets, **params)
    (slope,) = torch.autograd.grad(value.sum(), point, create_graph=True)
    assert not slope.isnan().any()
    assert bool(value.isfinite().all() and slope.isfinite().all()) == (label not in INFINITE)
    if slope.requires_grad:
        (bend,) = torch.autograd.grad(slope.sum(), point, allow_unused=True)
        assert bend is None or not bend.isnan().any()


@pytest.mark.parametrize("label", [*ORDINARY, *EXTREME])
def test_vmap_over_outputs_is_a_loop(label):
    name, params, outputs, targets = {**ORDINARY, **EXTREME}[label]
    loss, stack = make_loss(name, **params), torch.stack([outputs, outputs * -0.5, outputs.flip(0)])
    expected = torch.stack([loss(part, targets) for part in stack])
    batched = torch.func.vmap(loss, in_dims=(0, None))
    torch.testing.assert_close(batched(stack, targets), expected)
    if outputs.ndim == 1:
        torch.testing.assert_close(batched(stack[..., None], targets), expected)


@pytest.mark.parametrize("name", MARGIN + LABELED)
@pytest.mark.parametrize("targets", [BITS, torch.ones(7, dtype=torch.int64), torch.zeros(7, dtype=torch.int64)])
def test_labels_zero_one_and_minus_one_one_are_the_same(name, targets):
    assert torch.equal(at(name, OFFSETS, targets), at(name, OFFSETS, (targets * 2 - 1).double()))


@pytest.mark.parametrize("name", [*ALONE, *RANKING, "rmse"])
def test_column_of_outputs_or_targets_is_a_vector(name):
    targets = BITS.double()
    expected = at(name, OFFSETS, targets)
    assert expected.shape == ({"listnet": 1}.get(name, 12) if name in RANKING else 7,)
    for outputs, wanted in ((OFFSETS[:, None], targets), (OFFSETS, targets[:, None]), (OFFSETS[:, None], targets[:, None])):
        assert torch.equal(at(name, outputs, wanted), expected)


@pytest.mark.parametrize("name", losses)
def test_shapes_that_do_not_match_are_refused(name):
    wrong = torch.zeros(7, 3, dtype=torch.float64)
    with pytest.raises(LandscapeError, match=f"{name}: (outputs|targets) must have shape"):
        at(name, wrong, torch.zeros(6))
    with pytest.raises(LandscapeError, match=f"{name}: (outputs|targets) must have shape"):
        at(name, OFFSETS, torch.zeros(6))
    with pytest.raises(LandscapeError, match=f"{name}: (outputs|targets) must have shape"):
        at(name, wrong, torch.zeros(7, 2))


@pytest.mark.parametrize("name", ALONE)
def test_scores_far_from_a_perfect_one_cost_a_finite_positive_loss(name):
    outputs = torch.tensor([-1e4, -1e4, 1e4, 1e4, 0.0, 0.0], dtype=torch.float64)
    value = at(name, outputs, torch.tensor([0.0, 1, 0, 1, 0, 1]))
    assert (value >= 0).all()
    assert value.isfinite().tolist() == [True, name != "exponential", name != "exponential", True, True, True]


# Where the usual parameters hide what a trait says.
TELLING = {"infonce": {"temperature": 1.0}, "tree_distance": {"strength": 3.0}}


@pytest.mark.parametrize("name", ALONE)
def test_derivative_along_an_output_shows_the_traits(name):
    grid = torch.linspace(-6.03, 6.07, 400, dtype=torch.float64)
    loss, ones = make_loss(name, **TELLING.get(name, {})), torch.ones(400, dtype=torch.float64)
    outputs = grid.clone().requires_grad_()
    (slope,) = torch.autograd.grad(loss(outputs, ones).sum(), outputs)
    difference = (loss(grid + 1e-6, ones) - loss(grid - 1e-6, ones)) / 2e-6
    torch.testing.assert_close(slope, difference, rtol=1e-6, atol=1e-7)
    assert bool((slope.diff() > -1e-12).all()) == losses[name].traits["convex"] or name == "zero_one"
    jump = float(slope.diff().abs().max())
    value_jump = float(loss(grid, ones).diff().abs().max())
    assert (jump < 0.1 or name == "exponential") and value_jump < 20 if losses[name].traits["smooth"] else max(jump, value_jump) >= 0.9


@pytest.mark.parametrize("label", [label for label in ORDINARY if "embeddings" not in label])
def test_a_convex_loss_lies_under_its_chords(label):
    name, params, outputs, targets = ORDINARY[label]
    loss = make_loss(name, **params)
    over = [
        (loss(a, targets) + loss(b, targets)) / 2 - loss((a + b) / 2, targets)
        for a, b in ((normal(*outputs.shape, seed=2 * k, scale=3), normal(*outputs.shape, seed=2 * k + 1, scale=3)) for k in range(50))
    ]
    lowest = min(float(each.min()) for each in over)
    assert lowest > -1e-12 if losses[name].traits["convex"] else lowest < -1e-3


def test_what_a_loss_is_of_and_which_data_suit_it_are_declared():
    assert {name for name, entry in losses.items() if entry.traits["of"] == "residual"} == set(RESIDUAL)
    assert {name for name, entry in losses.items() if entry.traits["of"] == "margin"} == set(MARGIN)
    assert {name for name, entry in losses.items() if entry.traits["of"] == "ranking"} == set(RANKING)
    assert {name for name, entry in losses.items() if entry.traits["of"] == "outputs"} == set(OTHERS)
    assert {entry.traits["of"] for name, entry in losses.items() if name in LABELED} == {"classes", "distribution"}
    assert {name for name, entry in losses.items() if not entry.traits["tasks"]} == {"physics", "vae"}


@pytest.mark.parametrize("label", [label for label in ORDINARY if "embeddings" not in label and "one query" not in label])
def test_only_a_joint_loss_depends_on_other_samples(label):
    name, params, outputs, targets = ORDINARY[label]
    alone = torch.cat([at(name, outputs[[i]], targets[[i]], **params) for i in range(len(outputs))])
    same = torch.allclose(alone, at(name, outputs, targets, **params), rtol=1e-12)
    assert same != losses[name].traits.get("joint", False)


def test_out_of_range_is_refused():
    with pytest.raises(LandscapeError, match="huber: delta must be between 0.001 and 1000"):
        make_loss("huber", delta=0.0)
