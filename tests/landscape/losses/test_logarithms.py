"""Logarithms against numpy's on ordinary numbers, and their asymptotes far out."""

from __future__ import annotations

import math

import numpy as np
import torch

from landscape.losses.logarithms import log_cosh, softplus

X = torch.linspace(-37.3, 41.2, 997, dtype=torch.float64)


def test_softplus_is_numpy_s_sum_of_exponentials():
    np.testing.assert_allclose(softplus(X), np.logaddexp(0, X.numpy()), rtol=1e-14)
    assert softplus(torch.tensor([-1e30, 1e30], dtype=torch.float64)).tolist() == [0, 1e30]


def test_log_cosh_is_even_and_its_asymptotes():
    np.testing.assert_allclose(log_cosh(X), np.logaddexp(X.numpy(), -X.numpy()) - math.log(2), rtol=1e-12)
    assert torch.equal(log_cosh(-X), log_cosh(X))
    tiny = np.array([1e-3, 1e-6, 1e-9, 1e-12])
    np.testing.assert_allclose(log_cosh(torch.tensor(tiny)), tiny**2 / 2 - tiny**4 / 12, rtol=1e-12)
    assert log_cosh(torch.tensor([1e30], dtype=torch.float64)).tolist() == [1e30]
