"""Density: the quadrature against moments, known spectra and the dense Hessian; its standard error against the actual errors."""

import hashlib

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from landscape.curvature.density import KERNEL, spectral_density
from landscape.data.datasets import make_dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk

PRECISIONS = (torch.float64, torch.float32)
BULK = np.r_[np.linspace(-0.4, 0.6, 120), 1.0, 2.0, 5.0, 10.0]


def smoothed(eigenvalues, grid, width):
    """The curve that the exact spectrum gives, one Gaussian after another."""
    return np.mean([np.exp(-(((grid - x) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi)) for x in eigenvalues], axis=0)


@pytest.fixture(scope="module")
def digits():
    """An MLP 64-8-10 on digits, 610 parameters, trained: the risk, it in single precision, the trained point, the caller's model."""
    data = make_dataset("digits")
    model = make_model("mlp", data, seed=1, widths=(8,))
    risks = [EmpiricalRisk(model, make_loss("cross_entropy"), (data.inputs[:400], data.targets[:400]), dtype=d) for d in PRECISIONS]
    return *risks, descend(risks[0], make_optimizer("gd", lr=0.5), steps=150).thetas[-1], model


def test_on_a_trained_network_it_is_the_dense_spectrum_to_one_percent(digits):
    risk, _, theta, _ = digits
    eigenvalues = np.linalg.eigvalsh(risk.hessian(theta))
    for seed in range(3):
        density = spectral_density(risk, theta, probes=10, steps=30, seed=seed)
        distance = wasserstein_distance(density.nodes, eigenvalues, density.weights)
        assert distance <= 0.01 * np.ptp(eigenvalues)
        np.testing.assert_allclose([density.nodes[0], density.nodes[-1]], eigenvalues[[0, -1]], rtol=1e-2)


@pytest.mark.parametrize(("probes", "steps"), [(1, 1), (1, 25), (7, 1), (5, 40), (3, 124), (2, 500)])
def test_weights_are_shares_and_values_integrate_to_one(quadratic, probes, steps):
    objective, _, _ = quadratic(BULK)
    density = spectral_density(objective, objective.theta, probes=probes, steps=steps)
    assert abs(density.weights.sum() - 1) <= 1e-12
    assert (density.weights >= 0).all()
    assert (np.diff(density.nodes) >= 0).all()
    assert len(density.nodes) == len(density.weights) <= max(probes * steps, objective.dim)
    assert (density.values >= 0).all()
    assert len(density.grid) == len(density.values) == len(density.standard_error)
    assert np.trapezoid(density.values, density.grid) == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("steps", [1, 2, 6, 15])
def test_one_probe_is_gauss_quadrature_of_its_own_measure(quadratic, steps):
    objective, _, axes = quadratic(BULK, seed=9)
    density = spectral_density(objective, objective.theta, probes=1, steps=steps, seed=4)
    probe = np.random.default_rng(4).standard_normal(len(BULK))
    shares = (axes.T @ (probe / np.linalg.norm(probe))) ** 2
    scaled = BULK / 10.0
    for power in range(2 * steps):
        assert density.weights @ (density.nodes / 10.0) ** power == pytest.approx(shares @ scaled**power, abs=1e-13)


def test_an_outlier_comes_once_a_probe_however_long_the_run(quadratic):
    objective, _, _ = quadratic(BULK)
    density = spectral_density(objective, objective.theta, probes=4, steps=110)
    for outlier in BULK[-4:]:
        assert (np.abs(density.nodes - outlier) < 1e-6).sum() == 4


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_values_are_the_smoothed_spectrum_where_all_of_it_is_known(quadratic, scale):
    objective, _, _ = quadratic(scale * BULK)
    density = spectral_density(objective, objective.theta, probes=2, steps=len(BULK))
    np.testing.assert_allclose(density.nodes, scale * np.sort(BULK), atol=scale * 1e-12)
    np.testing.assert_allclose(density.weights, 1 / len(BULK), rtol=1e-14)
    assert density.width == pytest.approx(KERNEL * scale * np.ptp(BULK), rel=1e-10)
    np.testing.assert_allclose(density.values, smoothed(scale * BULK, density.grid, density.width), rtol=1e-7, atol=1e-9 / scale)
    np.testing.assert_array_equal(density.standard_error, 0.0)


def test_with_many_probes_values_go_to_the_smoothed_spectrum(quadratic):
    objective, _, _ = quadratic(BULK)
    density = spectral_density(objective, objective.theta, probes=60, steps=90)
    truth = smoothed(BULK, density.grid, density.width)
    high = truth > 0.1 * truth.max()
    errors = np.abs(density.values - truth)[high]
    assert np.mean(errors < 3 * density.standard_error[high]) > 0.9
    assert errors.max() < 0.2 * truth.max()


def test_the_standard_error_covers_the_truth_as_often_as_it_says(quadratic):
    eigenvalues = np.repeat([-1.0, 0.0, 0.5, 4.0], [5, 40, 12, 3])
    objective, _, _ = quadratic(eigenvalues)
    misses = []
    for seed in range(200):
        density = spectral_density(objective, objective.theta, probes=12, steps=30, seed=seed)
        assert len(density.nodes) == 4 * 12  # four eigenvalues: every run ends after four products
        peaks = [np.abs(density.grid - peak).argmin() for peak in (-1.0, 0.0, 0.5, 4.0)]
        truth = smoothed(eigenvalues, density.grid, density.width)
        misses.append(np.abs(density.values - truth)[peaks] / density.standard_error[peaks])
    assert 0.55 < np.mean(np.array(misses) < 1) < 0.78
    assert 0.85 < np.mean(np.array(misses) < 2) < 0.98


def test_two_probes_differ_by_twice_their_error(quadratic):
    objective, _, _ = quadratic(np.repeat([-1.0, 0.5, 4.0], [5, 40, 15]))
    one, two = (spectral_density(objective, objective.theta, probes=probes, steps=9, seed=2) for probes in (1, 2))
    np.testing.assert_allclose(one.grid, two.grid, rtol=1e-12)
    np.testing.assert_allclose(two.standard_error, np.abs(one.values - two.values), rtol=1e-6, atol=1e-12)


def test_a_single_probe_does_not_know_its_error(quadratic):
    objective, _, _ = quadratic(BULK)
    density = spectral_density(objective, objective.theta, probes=1, steps=20)
    assert np.isfinite(density.values).all()
    assert np.isnan(density.standard_error).all()


@pytest.mark.parametrize(("dim", "steps"), [(1, 1), (1, 9), (2, 5), (2, 1), (300, 20)])
def test_a_multiple_of_the_identity_is_one_peak(formula, dim, steps):
    objective = formula(lambda theta: -1.5 * (theta - 4).square().sum(), np.full(dim, 3.3))
    density = spectral_density(objective, objective.theta, probes=3, steps=steps)
    np.testing.assert_allclose(density.nodes, -3.0, rtol=1e-12)
    assert density.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.trapezoid(density.values, density.grid) == pytest.approx(1.0, abs=1e-8)
    np.testing.assert_allclose(density.standard_error, 0.0, atol=1e-6 * density.values.max())


@pytest.mark.parametrize("dim", [3, 200])
def test_what_is_piecewise_linear_is_one_peak_at_zero(formula, dim):
    objective = formula(lambda theta: (theta - 1).abs().sum(), np.full(dim, 3.0))
    density = spectral_density(objective, objective.theta, probes=2, steps=10)
    np.testing.assert_array_equal(density.nodes, 0.0)
    assert density.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert density.grid[density.values.argmax()] == pytest.approx(0.0, abs=1e-12)
    assert np.trapezoid(density.values, density.grid) == pytest.approx(1.0, abs=1e-8)


def test_a_hessian_of_rank_one_has_one_eigenvalue_beside_zero(formula):
    weights = torch.arange(1.0, 301.0, dtype=torch.float64)
    objective = formula(lambda theta: (weights @ theta) ** 2 / 2, np.ones(300))
    density = spectral_density(objective, objective.theta, probes=40, steps=20)
    largest = float(weights @ weights)
    near = np.abs(density.nodes - largest) < 1e-6 * largest
    assert near.sum() == 40 and len(density.nodes) == 80
    np.testing.assert_allclose(density.nodes[~near], 0.0, atol=1e-6 * largest)
    assert density.weights[near].sum() == pytest.approx(1 / 300, rel=0.8)


@pytest.mark.parametrize("dim", [3, 200])
def test_where_the_hessian_is_not_finite_all_but_the_weights_is_nan(formula, dim):
    objective = formula(lambda theta: torch.exp(1e300 * theta.square().sum()), np.ones(dim))
    density = spectral_density(objective, objective.theta, probes=4, steps=10)
    for array in (density.nodes, density.grid, density.values, density.standard_error):
        assert len(array) and np.isnan(array).all()
    assert density.weights.sum() == pytest.approx(1.0, abs=1e-12)


def test_where_one_product_of_many_is_not_finite_nothing_is_known(quadratic):
    objective, _, axes = quadratic(BULK)
    matrix, asked = axes * BULK @ axes.T, []
    objective.curvature = lambda theta: lambda v: asked.append(1) or (matrix @ v if len(asked) != 13 else v * np.inf)
    density = spectral_density(objective, objective.theta, probes=3, steps=10)
    assert np.isnan(density.nodes).all() and np.isnan(density.values).all()
    assert density.weights.sum() == pytest.approx(1.0, abs=1e-12)


def test_single_precision_gives_the_same_density(digits):
    risk, single, theta, _ = digits
    rough, fine = (spectral_density(objective, theta, probes=4, steps=25) for objective in (single, risk))
    assert rough.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert wasserstein_distance(rough.nodes, fine.nodes, rough.weights, fine.weights) <= 1e-4 * np.ptp(fine.nodes)


def test_the_same_seed_gives_the_same_bytes_and_leaves_all_as_it_was(digits):
    risk, _, theta, model = digits

    def state():
        told = hashlib.sha256(torch.get_rng_state().numpy().tobytes() + np.random.get_state()[1].tobytes())  # noqa: NPY002
        for name, tensor in model.state_dict().items():
            told.update(name.encode() + tensor.numpy().tobytes())
        return told.hexdigest(), model.training, [p.grad for p in model.parameters()], theta.tobytes()

    before = state()
    first, second, other = (spectral_density(risk, theta, probes=2, steps=12, seed=seed) for seed in (5, 5, 6))
    for name in ("nodes", "weights", "grid", "values", "standard_error"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
        assert not getattr(first, name).flags.writeable
        assert getattr(first, name).dtype == np.float64
    assert first.nodes.tobytes() != other.nodes.tobytes()
    assert state() == before


def test_more_probes_begin_with_the_same_ones(quadratic):
    objective, _, _ = quadratic(BULK)
    few, more = (spectral_density(objective, objective.theta, probes=probes, steps=9, seed=3) for probes in (2, 3))
    assert np.isin(few.nodes, more.nodes).all()


def test_progress_is_told_and_cancel_ends_the_work(quadratic):
    objective, _, _ = quadratic(BULK)
    shares = []
    spectral_density(objective, objective.theta, probes=4, steps=5, report=shares.append)
    assert shares == [0.25, 0.5, 0.75, 1.0]
    spectral_density(objective, objective.theta, probes=4, steps=500, report=shares.append)
    assert shares[4:] == [1.0]  # all eigenvalues at once
    for steps in (5, 500):
        with pytest.raises(Cancelled, match="^$"):
            spectral_density(objective, objective.theta, probes=4, steps=steps, should_stop=lambda: True)
    asked = []
    with pytest.raises(Cancelled, match="^$"):
        spectral_density(objective, objective.theta, probes=4, steps=5, should_stop=lambda: asked.append(1) or len(asked) > 7)
    assert len(asked) == 8


def test_no_probe_and_no_step_are_refused(quadratic):
    objective, _, _ = quadratic([1.0, 2.0])
    with pytest.raises(LandscapeError, match="spectral_density: probes must be between 1 and inf; got 0"):
        spectral_density(objective, objective.theta, probes=0, steps=3)
    with pytest.raises(LandscapeError, match="spectral_density: steps must be between 1 and inf; got -2"):
        spectral_density(objective, objective.theta, probes=3, steps=-2)
    with pytest.raises(LandscapeError, match="theta must have shape"):
        spectral_density(objective, np.ones(3), probes=3, steps=3)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
def test_the_scale_of_the_hessian_does_not_matter_to_nodes_values_and_error(formula, scale):
    weights = torch.linspace(0.1, 4.0, 200, dtype=torch.float64) ** 3
    one, scaled = (
        spectral_density(
            formula(lambda theta, c=c: (c * weights * theta.square()).sum() / 2, np.full(200, 1e-3)), np.full(200, 1e-3), probes=3, steps=9
        )
        for c in (1.0, scale)
    )
    np.testing.assert_allclose(scaled.nodes, scale * one.nodes, rtol=1e-9)
    np.testing.assert_allclose(scaled.values * scale, one.values, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(scaled.standard_error * scale, one.standard_error, rtol=1e-6, atol=1e-9)
    assert one.standard_error.max() > 0.1 * one.values.max()
