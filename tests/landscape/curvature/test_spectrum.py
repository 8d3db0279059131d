"""Spectrum: the dense and the Lanczos solver against LAPACK, on known, repeated and zero eigenvalues."""

import numpy as np
import pytest
import torch

from landscape.curvature.spectrum import DENSE_UP_TO, Spectrum, top_eigenpairs
from landscape.errors import Cancelled, LandscapeError

BENT = np.r_[np.linspace(-6.0, -2.0, 5), np.linspace(-0.5, 1.0, 190), 3.0, 8.0, 8.5, 40.0, 400.0]


def expected(eigenvalues, k, which):
    ascending = np.sort(eigenvalues)
    low = {"LA": 0, "SA": k, "BE": k // 2}[which]
    return np.r_[ascending[:low], ascending[len(ascending) - (k - low) :]][::-1]


@pytest.mark.parametrize("which", ["LA", "SA", "BE"])
@pytest.mark.parametrize(("eigenvalues", "k"), [(BENT, 5), (BENT, 4), (BENT[::8], 3), (BENT[::8], 25), (BENT[:160], 100)])
def test_eigenpairs_are_those_of_the_dense_matrix(quadratic, eigenvalues, k, which):
    objective, _, axes = quadratic(eigenvalues)
    spectrum = top_eigenpairs(objective, objective.theta, k, which)
    exact = expected(eigenvalues, k, which)
    np.testing.assert_allclose(spectrum.eigenvalues, exact, rtol=1e-6, atol=1e-10)
    np.testing.assert_allclose(spectrum.eigenvectors.T @ spectrum.eigenvectors, np.eye(k), atol=1e-10)
    hessian = axes * eigenvalues @ axes.T
    residuals = np.linalg.norm(hessian @ spectrum.eigenvectors - spectrum.eigenvectors * spectrum.eigenvalues, axis=0)
    np.testing.assert_allclose(spectrum.residuals, residuals, atol=1e-9)
    assert residuals.max() < 1e-6


def test_a_residual_bounds_the_distance_to_an_eigenvalue(quadratic):
    objective, _, _ = quadratic(BENT)
    spectrum = top_eigenpairs(objective, objective.theta, 6, "BE")
    distances = np.abs(spectrum.eigenvalues[:, None] - BENT).min(axis=1)
    assert (distances <= spectrum.residuals + 1e-11).all()


@pytest.mark.parametrize("dim", [40, 220])
def test_repeated_eigenvalues_are_found_as_often_as_they_occur(quadratic, dim):
    eigenvalues = np.r_[np.ones(dim - 3), 7.0, 7.0, 7.0]
    objective, _, _ = quadratic(eigenvalues)
    np.testing.assert_allclose(top_eigenpairs(objective, objective.theta, 4).eigenvalues, [7.0, 7.0, 7.0, 1.0], rtol=1e-9)


@pytest.mark.parametrize("dim", [7, 300])
def test_what_is_piecewise_linear_has_eigenvalues_zero(formula, dim):
    spectrum = top_eigenpairs(formula(lambda theta: (theta - 1).abs().sum(), np.full(dim, 3.0)), np.full(dim, 3.0), 4, "BE")
    np.testing.assert_array_equal(spectrum.eigenvalues, np.zeros(4))
    np.testing.assert_array_equal(spectrum.residuals, np.zeros(4))
    np.testing.assert_allclose(spectrum.eigenvectors.T @ spectrum.eigenvectors, np.eye(4), atol=1e-14)


def test_where_eigenvalues_crowd_at_zero_the_end_is_rough_and_says_so(quadratic):
    eigenvalues = np.r_[np.zeros(80), np.geomspace(1e-12, 3.0, 200)]
    objective, _, _ = quadratic(eigenvalues)
    asked = []
    spectrum = top_eigenpairs(objective, objective.theta, 6, "BE", should_stop=lambda: asked.append(1))
    assert len(asked) < 2000
    np.testing.assert_allclose(spectrum.eigenvalues[:3], np.sort(eigenvalues)[:-4:-1], rtol=1e-6)
    assert len(spectrum.eigenvalues) == 6
    assert (np.abs(spectrum.eigenvalues[3:]) <= spectrum.residuals[3:] + 1e-9).all() or (spectrum.eigenvalues[3:] < 3e-3).all()
    assert spectrum.residuals.max() <= 4e-3


def test_a_hessian_of_rank_one_has_one_eigenvalue(formula):
    weights = torch.arange(1.0, 301.0, dtype=torch.float64)
    objective = formula(lambda theta: (weights @ theta) ** 2 / 2, np.ones(300))
    top = top_eigenpairs(objective, objective.theta, 3)
    np.testing.assert_allclose(top.eigenvalues, [float(weights @ weights), 0.0, 0.0], rtol=1e-12, atol=1e-6)


@pytest.mark.parametrize("dim", [3, 200])
def test_where_the_hessian_is_not_finite_the_eigenvalues_are_not_numbers(formula, dim):
    objective = formula(lambda theta: torch.exp(1e300 * theta.square().sum()), np.ones(dim))
    assert np.isnan(top_eigenpairs(objective, objective.theta, 2, "BE").eigenvalues).all()


def test_the_same_call_gives_the_same_bytes(formula):
    objective = formula(lambda theta: theta.square().sum(), np.full(DENSE_UP_TO + 50, 0.3))  # one Krylov vector: ARPACK has to draw
    first, second = (top_eigenpairs(objective, objective.theta, 5, "BE") for _ in range(2))
    assert first.eigenvectors.tobytes() == second.eigenvectors.tobytes()


def test_more_pairs_than_parameters_are_all_pairs(quadratic):
    objective, _, _ = quadratic([1.0, 2.0, 5.0])
    np.testing.assert_allclose(top_eigenpairs(objective, objective.theta, 9).eigenvalues, [5.0, 2.0, 1.0])


def test_cancel_ends_lanczos(quadratic):
    objective, _, _ = quadratic(BENT)
    with pytest.raises(Cancelled, match="^$"):
        top_eigenpairs(objective, objective.theta, 3, should_stop=lambda: True)


def test_what_is_not_an_end_or_a_count_is_refused(quadratic):
    objective, _, _ = quadratic([1.0, 2.0])
    with pytest.raises(LandscapeError, match="which: the name must be one of LA, SA, BE; got 'LM'"):
        top_eigenpairs(objective, objective.theta, 1, "LM")
    with pytest.raises(LandscapeError, match="k must be between 1 and inf; got 0"):
        top_eigenpairs(objective, objective.theta, 0)


@pytest.mark.parametrize(("which", "k"), [("SA", 1), ("BE", 2)])
def test_one_negative_eigenvalue_that_dwarfs_all_others_is_found(quadratic, which, k):
    eigenvalues = np.concatenate([[-1e6], np.linspace(-1.0, 1.0, 399)])
    objective, _, _ = quadratic(eigenvalues)
    assert top_eigenpairs(objective, objective.theta, k=k, which=which).eigenvalues[-1] == pytest.approx(-1e6, rel=1e-9)


def bulk(count, seed=5):
    return 0.1 * np.random.default_rng(seed).standard_normal(count)


CROWDED = {
    "double": np.r_[bulk(294), 3.0, 3.0, 2.0, -3.0, -3.0, -2.0],
    "triple": np.r_[bulk(290), 3.0, 2.0, 2.0, 2.0, 1.5, -1.0, -1.0, -1.0, -0.9, -0.8],
    "tenfold": np.r_[bulk(280), np.full(10, 1.0), np.full(10, -1.0)],
    "close": np.r_[bulk(294), 3.0, 3.0 + 1e-8, 2.0, -3.0, -3.0 - 1e-8, -2.0],
    "ten close": np.r_[bulk(280), 1.0 + 1e-8 * np.arange(10), -1.0 - 1e-8 * np.arange(10)],
    "blocks": np.repeat(np.arange(1.0, 11.0) / 10, 30),
    "plus and minus one": np.repeat([1.0, -1.0], 150),
    "identity": np.full(300, 7.0),
    "many": np.r_[bulk(1480), np.full(10, 1.0), -1.0 - 1e-8 * np.arange(10)],
}


@pytest.mark.parametrize("which", ["LA", "SA", "BE"])
@pytest.mark.parametrize("name", CROWDED)
def test_of_repeated_and_close_eigenvalues_the_ith_is_the_ith(quadratic, name, which):
    objective, _, axes = quadratic(CROWDED[name])
    exact = expected(np.linalg.eigvalsh(axes * CROWDED[name] @ axes.T), 10, which)
    spectrum = top_eigenpairs(objective, objective.theta, 10, which)
    np.testing.assert_allclose(spectrum.eigenvalues, exact, rtol=0, atol=1e-10)
    assert (np.abs(spectrum.eigenvalues - exact) <= spectrum.bounds).all() and spectrum.bounds.max() < 3e-5
    np.testing.assert_allclose(spectrum.eigenvectors.T @ spectrum.eigenvectors, np.eye(10), atol=1e-12)


@pytest.mark.parametrize("which", ["SA", "BE"])
def test_where_lanczos_does_not_converge_the_dense_matrix_takes_its_place(quadratic, which):
    eigenvalues = np.r_[-1e-5 * np.abs(bulk(200)), np.abs(bulk(190, seed=6)) / 10, np.linspace(0.1, 10.0, 10)]
    objective, _, _ = quadratic(eigenvalues)
    spectrum = top_eigenpairs(objective, objective.theta, 5, which)
    np.testing.assert_allclose(spectrum.eigenvalues, expected(eigenvalues, 5, which), rtol=1e-12, atol=1e-14)
    assert spectrum.bounds.max() < 1e-12 and spectrum.doubt == 0


@pytest.fixture
def scattered(formula):
    """Return a bowl with these second derivatives along the axes: a product costs nothing, whatever the number of parameters."""

    def build(weights, dtype=torch.float64):
        weights = torch.tensor(weights, dtype=dtype)
        objective = formula(lambda theta: (weights * theta.square()).sum() / 2, np.ones(len(weights)))
        objective.dtype = dtype
        return objective

    return build


def test_where_the_matrix_is_too_large_the_bounds_say_what_is_in_doubt(scattered):
    eigenvalues = np.r_[-1e-6 * np.abs(bulk(1000)), np.geomspace(1e-12, 1e-3, 1100), np.linspace(1.0, 3.0, 20)]
    objective = scattered(eigenvalues)
    spectrum = top_eigenpairs(objective, objective.theta, 6, "SA")
    errors = np.abs(spectrum.eigenvalues - expected(eigenvalues, 6, "SA"))
    assert len(spectrum.eigenvalues) == 6 and (errors <= spectrum.bounds).all()
    assert errors.max() > spectrum.residuals.max() / 100 or spectrum.bounds.max() > spectrum.residuals.max()


def test_a_doubt_is_what_a_missing_pair_would_change():
    vectors = np.eye(3)
    sure, rough = (Spectrum(np.array([3.0, 2.0, 1.0]), vectors, np.full(3, 1e-9), np.array(b)) for b in ([1e-9] * 3, [1e-9, 1e-9, 0.4]))
    assert (sure.doubt, rough.doubt) == (0.0, 0.4)
    assert Spectrum(np.array([3.0]), vectors[:, :1], np.array([0.5]), np.array([0.6])).doubt == 0  # the residual has said it
    assert Spectrum(np.array([3.0]), vectors[:, :1], np.array([0.5])).doubt == 0


@pytest.mark.parametrize("dim", [151, 400])
def test_both_ends_of_one_pair_are_the_high_end(quadratic, dim):
    objective, _, _ = quadratic(np.linspace(-3.0, 7.0, dim) ** 3)
    both, high = (top_eigenpairs(objective, objective.theta, 1, which).eigenvalues for which in ("BE", "LA"))
    assert both == pytest.approx([343.0], rel=1e-9) and both.tobytes() == high.tobytes()


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
@pytest.mark.parametrize("dim", [40, 220])
def test_the_scale_of_the_hessian_does_not_matter(scattered, dim, scale):
    shape = np.r_[np.linspace(0.1, 0.4, dim - 3), -2.0, 3.0, 5.0]
    objective = scattered(scale * shape)
    spectrum = top_eigenpairs(objective, np.full(dim, 1e-3), 3, "BE")
    exact = scale * expected(shape, 3, "BE")
    np.testing.assert_allclose(spectrum.eigenvalues, exact, rtol=1e-9)
    assert (np.abs(spectrum.eigenvalues - exact) <= spectrum.bounds).all() and (spectrum.bounds < 1e-5 * scale).all()
    if dim > DENSE_UP_TO:
        assert 1e-18 * scale < spectrum.residuals.max() < 1e-8 * scale


def test_a_product_that_is_not_finite_leaves_no_pair(quadratic):
    objective, _, _ = quadratic(BENT)
    product, given = objective.curvature(objective.theta), []
    objective.curvature = lambda theta: lambda v: given.append(1) or product(v) * (np.nan if len(given) == 3 else 1.0)
    spectrum = top_eigenpairs(objective, objective.theta, 3, "BE")
    assert np.isnan(spectrum.eigenvalues).all() and np.isnan(spectrum.residuals).all() and np.isnan(spectrum.bounds).all()
    assert len(given) == 3


def test_in_single_precision_the_search_ends_where_rounding_does(scattered):
    eigenvalues = np.r_[np.linspace(-0.5, 1.0, 395), 2.0, 3.0, 8.0, 8.0, 20.0]
    objective = scattered(eigenvalues, torch.float32)
    product, given = objective.curvature(objective.theta), []
    objective.curvature = lambda theta: lambda v: given.append(1) or product(v)
    spectrum = top_eigenpairs(objective, objective.theta, 5)
    exact = expected(eigenvalues, 5, "LA")
    np.testing.assert_allclose(spectrum.eigenvalues, exact, atol=1e-4)
    assert (np.abs(spectrum.eigenvalues - exact) <= spectrum.bounds).all() and len(given) < 70


def test_all_but_one_pair_and_more_than_half(quadratic):
    eigenvalues = np.linspace(-1.0, 2.0, 200) ** 3
    objective, _, _ = quadratic(eigenvalues)
    for k in (199, 110):
        np.testing.assert_allclose(
            top_eigenpairs(objective, objective.theta, k, "SA").eigenvalues, np.sort(eigenvalues)[:k][::-1], atol=1e-12
        )
