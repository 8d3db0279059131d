"""Ends: the passes alone, without the dense matrix that may take their place."""

import numpy as np
import pytest

from landscape.curvature.ends import find_ends

BULK = 0.1 * np.random.default_rng(5).standard_normal(280)


@pytest.mark.parametrize("copies", [2, 3, 10])
@pytest.mark.parametrize("apart", [0.0, 1e-8])
def test_passes_find_what_one_misses(copies, apart):
    top = np.r_[1.0 + apart * np.arange(copies), np.linspace(0.5, 0.9, 20 - copies)]
    eigenvalues = np.sort(np.r_[BULK, top])
    found = find_ends(lambda v: eigenvalues * v, 300, 0, 10, rounding=2.3e-16, most=500)
    np.testing.assert_allclose(found.values, eigenvalues[-10:], rtol=0, atol=1e-12)
    assert found.converged and (np.abs(found.values - eigenvalues[-10:]) <= found.bounds).all() and found.bounds.max() < 1e-4
    assert np.abs(found.vectors @ found.vectors.T - np.eye(10)).max() < 1e-12
