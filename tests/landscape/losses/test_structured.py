"""Losses with a second term against torch's own divergences and entropies, and an explicit tree."""

from __future__ import annotations

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional

from landscape.errors import LandscapeError
from landscape.losses.structured import tree_distances
from tests.landscape.losses.evaluate import BITS, OFFSETS, at, normal, numbers


@pytest.mark.parametrize("classes", [1, 2, 3, 8, 11, 17])
def test_tree_distances_are_the_steps_in_an_explicit_tree(classes):
    def steps(i, j):
        return next(level for level in range(9) if i // 2**level == j // 2**level)

    expected = [[steps(i, j) for j in range(classes)] for i in range(classes)]
    assert tree_distances(classes).tolist() == expected


def test_tree_distance_adds_the_expected_distance_to_cross_entropy():
    logits, classes = normal(6, 5, seed=50, scale=2), torch.tensor([3, 0, 1, 4, 2, 0])
    plain = functional.cross_entropy(logits, classes, reduction="none")
    expected = torch.einsum("nk,nk->n", logits.softmax(1), tree_distances(5)[classes].double())
    torch.testing.assert_close(at("tree_distance", logits, classes, strength=0.0), plain)
    torch.testing.assert_close(at("tree_distance", logits, classes, strength=2.5), plain + 2.5 * expected, rtol=1e-12, atol=0)
    binary = functional.binary_cross_entropy_with_logits(OFFSETS, BITS.double(), reduction="none")
    wrong = (torch.sigmoid(OFFSETS) - BITS).abs()
    torch.testing.assert_close(at("tree_distance", OFFSETS, BITS), binary + wrong, rtol=1e-12, atol=1e-15)


def test_a_mistake_near_in_the_tree_costs_less_than_a_far_one():
    near, far = at("tree_distance", numbers([0, 4, 0, 0], [0, 0, 0, 4]), torch.tensor([0, 0])).tolist()
    assert near < far - 0.9


def test_physics_is_the_two_means_of_its_source():
    outputs, y = normal(8, 2, seed=51), normal(8, seed=52)
    seen = numbers(1, 0, 0, 1, 0, 0, 1, 0)
    u, f = outputs.unbind(1)
    expected = 3 / 8 * functional.mse_loss(u[seen > 0], y[seen > 0]) + 0.4 * f.square().mean()
    found = at("physics", outputs, torch.stack([y, seen], 1), weight=0.4).mean()
    torch.testing.assert_close(found, expected, rtol=1e-13, atol=0)
    everywhere = torch.stack([y, torch.ones(8)], 1)
    torch.testing.assert_close(at("physics", outputs, everywhere), at("physics", outputs, y), rtol=0, atol=0)


def test_vae_is_the_gaussian_evidence_bound_of_torch():
    outputs, x = normal(5, 9, seed=53), normal(5, 3, seed=54)
    reconstruction, mean, log_variance = outputs.split([3, 3, 3], 1)
    code = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1)
    constant = Normal(0.0, 0.5**0.5).log_prob(torch.zeros(3, dtype=torch.float64)).sum()
    surprise = constant - Normal(reconstruction, 0.5**0.5).log_prob(x).sum(1)
    torch.testing.assert_close(at("vae", outputs, x, beta=3.0), surprise + 3 * code, rtol=1e-6, atol=0)
    torch.testing.assert_close(at("vae", outputs, x, beta=0.0), functional.mse_loss(reconstruction, x, reduction="none").sum(1))


@pytest.mark.parametrize("width", [3, 4, 6])
def test_a_code_needs_as_many_variances_as_means(width):
    with pytest.raises(LandscapeError, match=r"vae: outputs must have shape \(N, 3 \+ 2k\)"):
        at("vae", normal(5, width, seed=55), normal(5, 3, seed=56))
