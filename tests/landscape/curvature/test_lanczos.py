"""Lanczos: its defining relations, on spectra where it fails without full orthogonalization."""

import numpy as np
import pytest

from landscape.curvature.lanczos import lanczos
from landscape.errors import Cancelled

HARD = np.r_[np.geomspace(1e-9, 1e-1, 190), 1.0, 2.0, 5.0, 10.0, -3.0, 400.0]


def rotated(eigenvalues, seed=2):
    axes = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(eigenvalues),) * 2))[0]
    return axes * eigenvalues @ axes.T


@pytest.fixture
def start():
    return np.random.default_rng(8).normal(3.0, 2.0, size=len(HARD))


def tridiagonal(krylov):
    beside = krylov.couplings[:-1]
    return np.diag(krylov.diagonal) + np.diag(beside, 1) + np.diag(beside, -1)


@pytest.mark.parametrize("steps", [1, 2, 17, 150])
def test_the_basis_is_orthonormal_and_the_recurrence_holds(start, steps):
    matrix = rotated(HARD)
    krylov = lanczos(lambda v: matrix @ v, start, steps)
    assert krylov.basis.shape == (len(krylov.diagonal), len(HARD))
    np.testing.assert_allclose(krylov.basis @ krylov.basis.T, np.eye(len(krylov.basis)), atol=1e-14)
    np.testing.assert_allclose(krylov.basis[0], start / np.linalg.norm(start), atol=1e-15)
    remainder = matrix @ krylov.basis.T - krylov.basis.T @ tridiagonal(krylov)
    np.testing.assert_allclose(remainder[:, :-1], 0.0, atol=1e-11)
    assert np.linalg.norm(remainder[:, -1]) == pytest.approx(krylov.couplings[-1], rel=1e-6, abs=1e-11)


def test_ritz_residuals_are_those_of_the_vectors(start):
    matrix = rotated(HARD)
    krylov = lanczos(lambda v: matrix @ v, start, 9)
    values, vectors, residuals = krylov.ritz()
    ritz = krylov.basis.T @ vectors
    np.testing.assert_allclose(np.linalg.norm(matrix @ ritz - ritz * values, axis=0), residuals, rtol=1e-8, atol=1e-12)
    assert (np.diff(values) > 0).all()


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_an_invariant_space_ends_the_run(start, scale):
    matrix = rotated(scale * np.repeat([-2.0, 1.0, 3.0, 7.0], [40, 100, 55, 1]))
    krylov = lanczos(lambda v: matrix @ v, start, 60)
    np.testing.assert_allclose(krylov.ritz()[0], scale * np.array([-2.0, 1.0, 3.0, 7.0]), rtol=1e-12)


def test_the_zero_matrix_ends_the_run_at_once(start):
    krylov = lanczos(np.zeros_like, start, 60)
    assert krylov.diagonal.tolist() == [0.0] and krylov.couplings.tolist() == [0.0]


def test_never_more_steps_than_dimensions():
    matrix = rotated(np.array([1.0, -4.0, 9.0]))
    krylov = lanczos(lambda v: matrix @ v, np.array([1.0, 2.0, -1.0]), 50)
    np.testing.assert_allclose(krylov.ritz()[0], [-4.0, 1.0, 9.0], rtol=1e-13)


def test_a_run_ends_where_it_is_enough(start):
    matrix = rotated(HARD)
    krylov = lanczos(lambda v: matrix @ v, start, 60, enough=lambda known: len(known.diagonal) == 5)
    assert len(krylov.diagonal) == len(krylov.couplings) == len(krylov.basis) == 5


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_product_that_is_not_finite_ends_the_run_and_shows(start, bad):
    matrix, asked = rotated(HARD), []

    def product(v):
        asked.append(1)
        image = matrix @ v
        image[3] = bad if len(asked) == 4 else image[3]
        return image

    krylov = lanczos(product, start, 60)
    assert len(asked) == 4
    assert not krylov.finite
    assert np.isfinite(krylov.diagonal[:-1]).all()


def test_results_are_read_only_and_cancel_ends_the_run(start):
    krylov = lanczos(lambda v: 2 * v, start, 3)
    with pytest.raises(ValueError, match="read-only"):
        krylov.diagonal[0] = 1.0
    with pytest.raises(Cancelled, match="^$"):
        lanczos(lambda v: 2 * v, start, 3, should_stop=lambda: True)
