"""The laws that all losses keep: shapes, labels, extremes, vmap, derivatives and traits."""

from __future__ import annotations

import pytest
import torch

from landscape.errors import LandscapeError
from landscape.losses.losses import losses, make_loss
from tests.landscape.losses.evaluate import BITS, CLASSES, MARGIN, OFFSETS, RESIDUAL, at


def test_every_loss_belongs_to_one_family_here():
    assert sorted(losses) == sorted(RESIDUAL + MARGIN + CLASSES)


@pytest.mark.parametrize("name", MARGIN + CLASSES)
@pytest.mark.parametrize("targets", [BITS, torch.ones(7, dtype=torch.int64), torch.zeros(7, dtype=torch.int64)])
def test_labels_zero_one_and_minus_one_one_are_the_same(name, targets):
    assert torch.equal(at(name, OFFSETS, targets), at(name, OFFSETS, (targets * 2 - 1).double()))


@pytest.mark.parametrize("name", losses)
def test_column_of_outputs_or_targets_is_a_vector(name):
    targets = BITS.double()
    expected = at(name, OFFSETS, targets)
    assert expected.shape == (7,)
    for outputs, wanted in ((OFFSETS[:, None], targets), (OFFSETS, targets[:, None]), (OFFSETS[:, None], targets[:, None])):
        assert torch.equal(at(name, outputs, wanted), expected)


@pytest.mark.parametrize("name", losses)
def test_shapes_that_do_not_match_are_refused(name):
    wrong = torch.zeros(7, 3, dtype=torch.float64)
    targets = torch.zeros(6) if name in CLASSES else torch.zeros(7)
    with pytest.raises(LandscapeError, match=f"{name}: (outputs|targets) must have shape"):
        at(name, wrong, targets)
    with pytest.raises(LandscapeError, match=f"{name}: (outputs|targets) must have shape"):
        at(name, OFFSETS, torch.zeros(6))


@pytest.mark.parametrize("name", losses)
def test_values_and_gradients_are_finite_at_extremes(name):
    outputs = torch.tensor([-1e4, -1e4, 1e4, 1e4, 0.0, 0.0], dtype=torch.float64, requires_grad=True)
    value = at(name, outputs, torch.tensor([0.0, 1, 0, 1, 0, 1]))
    (slope,) = torch.autograd.grad(value.sum(), outputs)
    if name == "exponential":  # e^10000 IS infinite in float64, and is shown as such
        assert value.isinf().tolist() == [False, True, True, False, False, False]
        value, slope = value[[0, 3, 4, 5]], slope[[0, 3, 4, 5]]
    assert value.isfinite().all()
    assert slope.isfinite().all()
    assert (value >= 0).all()


@pytest.mark.parametrize("name", losses)
def test_vmap_over_outputs_is_a_loop(name):
    targets, stack = BITS.double(), torch.stack([OFFSETS, OFFSETS * -2.0, OFFSETS.flip(0)])
    loss = make_loss(name)
    expected = torch.stack([loss(row, targets) for row in stack])
    torch.testing.assert_close(torch.func.vmap(loss, in_dims=(0, None))(stack, targets), expected)
    torch.testing.assert_close(torch.func.vmap(loss, in_dims=(0, None))(stack[..., None], targets), expected)
    if name in CLASSES:
        logits = torch.randn(3, 7, 4, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        batched = torch.func.vmap(loss, in_dims=(0, None))(logits, BITS + 2)
        torch.testing.assert_close(batched, torch.stack([loss(part, BITS + 2) for part in logits]))


@pytest.mark.parametrize("name", losses)
def test_derivative_is_the_finite_difference_and_the_traits_hold(name):
    grid = torch.linspace(-6.03, 6.07, 400, dtype=torch.float64)
    loss, ones = make_loss(name), torch.ones(400, dtype=torch.float64)
    outputs = grid.clone().requires_grad_()
    (slope,) = torch.autograd.grad(loss(outputs, ones).sum(), outputs)
    difference = (loss(grid + 1e-6, ones) - loss(grid - 1e-6, ones)) / 2e-6
    torch.testing.assert_close(slope, difference, rtol=1e-6, atol=1e-7)
    assert bool((slope.diff() > -1e-12).all()) == losses[name].traits["convex"] or name == "zero_one"
    jump = float(slope.diff().abs().max())
    value_jump = float(loss(grid, ones).diff().abs().max())
    assert (jump < 0.1 or name == "exponential") and value_jump < 20 if losses[name].traits["smooth"] else max(jump, value_jump) >= 0.9


def test_out_of_range_is_refused():
    with pytest.raises(LandscapeError, match="huber: delta must be between 0.001 and 1000"):
        make_loss("huber", delta=0.0)
