"""Losses of distributions against scipy and torch, and the bounds that are known of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from scipy.special import kl_div
from scipy.stats import entropy
from torch.nn import functional

from landscape.losses.distributions import information_bound
from tests.landscape.losses.evaluate import BITS, OFFSETS, at, normal, numbers

LOGITS, CLASSES = normal(6, 4, seed=30, scale=3), torch.tensor([3, 0, 1, 1, 2, 0])
Q = LOGITS.softmax(1).numpy()
SHARED = numbers([0, 1, 0, 0], [0.5, 0, 0.5, 0], [0.1, 0.2, 0.3, 0.4], [0.25] * 4, [0, 0, 0, 1], [1e-9, 0, 0, 1 - 1e-9])


def test_kl_is_that_of_scipy():
    np.testing.assert_allclose(at("kl", LOGITS, SHARED), kl_div(SHARED.numpy(), Q).sum(1), rtol=1e-12)
    np.testing.assert_allclose(at("kl", LOGITS, SHARED), [entropy(p, q) for p, q in zip(SHARED.numpy(), Q, strict=True)], rtol=1e-12)


def test_kl_of_one_class_is_cross_entropy():
    torch.testing.assert_close(at("kl", LOGITS, CLASSES), functional.cross_entropy(LOGITS, CLASSES, reduction="none"))
    torch.testing.assert_close(at("kl", OFFSETS, BITS), at("cross_entropy", OFFSETS, BITS), rtol=1e-12, atol=1e-15)


def test_jensen_shannon_is_the_square_of_scipy_s_distance():
    expected = [jensenshannon(p, q) ** 2 for p, q in zip(SHARED.numpy(), Q, strict=True)]
    np.testing.assert_allclose(at("jensen_shannon", LOGITS, SHARED), expected, rtol=1e-12)


def test_jensen_shannon_is_symmetric_and_reaches_its_bound():
    p, q = SHARED[2:4], normal(2, 4, seed=31).softmax(1)
    torch.testing.assert_close(at("jensen_shannon", q.log(), p), at("jensen_shannon", p.log(), q), rtol=1e-13, atol=0)
    worst = at("jensen_shannon", numbers([1e4, 0], [-1e4, 1e4]), torch.tensor([1, 0]))
    assert worst.tolist() == pytest.approx([math.log(2)] * 2, rel=1e-15)


def test_jensen_shannon_keeps_its_digits_and_its_sign_near_a_perfect_prediction():
    p = numbers([0.2, 0.3, 0.5]).expand(60, 3)
    step = torch.logspace(-17, -1, 60, dtype=torch.float64).unsqueeze(1) * numbers(1, -2, 0.5)
    value = at("jensen_shannon", p.log() + step, p)
    fisher = (p * (step - (p * step).sum(1, keepdim=True)).square()).sum(1) / 8  # its second-order expansion
    assert (value >= -1e-30).all()
    torch.testing.assert_close(value[20:40], fisher[20:40], rtol=1e-4, atol=0)


def test_infonce_of_scores_is_cross_entropy_of_cooler_scores():
    expected = functional.cross_entropy(LOGITS / 0.3, CLASSES, reduction="none")
    torch.testing.assert_close(at("infonce", LOGITS, CLASSES, temperature=0.3), expected, rtol=1e-12, atol=1e-15)


def test_infonce_of_embeddings_takes_the_other_rows_as_negatives():
    mine, theirs = normal(6, 3, seed=32), normal(6, 3, seed=33)
    cosines = functional.cosine_similarity(mine.unsqueeze(1), theirs.unsqueeze(0), dim=2)
    expected = functional.cross_entropy(cosines / 0.2, torch.arange(6), reduction="none")
    torch.testing.assert_close(at("infonce", mine, theirs, temperature=0.2), expected, rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(at("infonce", mine * 7, theirs * 1e-3), at("infonce", mine, theirs))


def test_information_bound_is_at_most_the_mutual_information_of_gaussian_pairs():
    """Pairs of correlation 0.8 share -log(1 - 0.8^2) / 2 = 0.5108 nats; with their log density ratio as score the bound is nearly tight."""
    rho, count = 0.8, 2000
    x = normal(count, seed=34)
    y = rho * x + math.sqrt(1 - rho**2) * normal(count, seed=35)
    ratio = (2 * rho * x.unsqueeze(1) * y - rho**2 * (x.square().unsqueeze(1) + y.square())) / (2 * (1 - rho**2))
    loss = at("infonce", ratio, torch.arange(count), temperature=1.0).mean()
    assert information_bound(float(loss), count) == pytest.approx(-math.log(1 - rho**2) / 2, abs=0.05)
    unrelated = at("infonce", torch.zeros(5, 5, dtype=torch.float64), torch.arange(5)).mean()
    assert float(information_bound(unrelated, 5)) == pytest.approx(0, abs=1e-15)
    assert information_bound(0.0, 8) == math.log(8)
