"""Trace: against closed forms and the dense Hessian; its standard error against the actual errors over many seeds."""

import numpy as np
import pytest
import torch

from landscape.curvature.trace import FEWEST_SPLIT, Estimate, hessian_trace
from landscape.data.datasets import make_dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk

SPECTRA = {
    "flat": np.linspace(1.0, 3.0, 90),
    "both signs": np.linspace(-2.0, 2.5, 90),
    "outliers": np.r_[np.linspace(-0.1, 0.1, 82), np.linspace(2.0, 9.0, 8)],
    "power law": -((1.0 + np.arange(90)) ** -1.0),
}


@pytest.fixture(scope="module")
def iris():
    """An MLP 4-9-9-3 on iris, 165 parameters, a little trained."""
    data = make_dataset("iris")
    risk = EmpiricalRisk(make_model("mlp", data, seed=2, widths=(9, 9)), make_loss("cross_entropy"), data)
    return risk, descend(risk, make_optimizer("gd", lr=0.3), steps=60).thetas[-1]


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("probes", [8, FEWEST_SPLIT, 44])
def test_the_error_bar_covers_the_trace_as_often_as_it_says(quadratic, spectrum, probes):
    eigenvalues = SPECTRA[spectrum]
    objective, _, _ = quadratic(eigenvalues)
    found = [hessian_trace(objective, objective.theta, probes=probes, seed=seed) for seed in range(150)]
    values, errors = np.array([(estimate.value, estimate.standard_error) for estimate in found]).T
    misses = (values - eigenvalues.sum()) / errors
    assert 0.52 < np.mean(np.abs(misses) < 1) < 0.80  # Student with 7 degrees of freedom: 65 %, with 21: 67 %
    assert 0.81 < np.mean(np.abs(misses) < 2) < 0.99  # 91 %, 94 %
    assert abs(values.mean() - eigenvalues.sum()) < 4 * values.std() / np.sqrt(150)
    assert np.sqrt((errors**2).mean()) == pytest.approx(values.std(), rel=0.3)


def test_on_a_network_the_error_bar_covers_the_dense_trace(iris):
    risk, theta = iris
    trace = np.trace(risk.hessian(theta))
    found = [hessian_trace(risk, theta, probes=40, seed=seed) for seed in range(40)]
    misses = np.abs([(estimate.value - trace) / estimate.standard_error for estimate in found])
    assert 0.5 < np.mean(misses < 1) < 0.88
    assert np.mean(misses < 2) > 0.85
    assert max(estimate.standard_error for estimate in found) < 0.1 * trace


def test_it_beats_as_many_plain_samples_where_few_directions_dominate(quadratic):
    eigenvalues = np.r_[np.linspace(-0.1, 0.1, 192), np.linspace(2.0, 9.0, 8)]
    objective, _, axes = quadratic(eigenvalues)
    samples = np.random.default_rng(0).choice([-1.0, 1.0], size=(2000, 200))
    plain = ((samples @ axes) ** 2 @ eigenvalues).std() / np.sqrt(60)
    values = [hessian_trace(objective, objective.theta, probes=60, seed=seed).value for seed in range(40)]
    assert np.std(values) < plain / 5


@pytest.mark.parametrize("probes", [12, 13, 500])
def test_with_a_probe_a_parameter_it_is_exact(quadratic, probes):
    eigenvalues = np.r_[-40.0, np.linspace(-1.0, 3.0, 10), 700.0]
    objective, _, _ = quadratic(eigenvalues)
    estimate = hessian_trace(objective, objective.theta, probes=probes)
    assert estimate.value == pytest.approx(eigenvalues.sum(), rel=1e-12)
    assert estimate.standard_error == 0.0


@pytest.mark.parametrize("probes", [1, 7, 40])
def test_of_a_multiple_of_the_identity_every_sample_is_exact(formula, probes):
    objective = formula(lambda theta: -1.5 * (theta - 4).square().sum(), np.full(70, 3.3))
    estimate = hessian_trace(objective, objective.theta, probes=probes)
    assert estimate.value == pytest.approx(-210.0, rel=1e-13)
    assert probes == 1 or estimate.standard_error < 1e-11


def test_two_samples_differ_by_twice_their_error(quadratic):
    objective, _, _ = quadratic(SPECTRA["both signs"])
    one, two = (hessian_trace(objective, objective.theta, probes=probes, seed=8) for probes in (1, 2))
    assert two.standard_error == pytest.approx(abs(one.value - two.value), rel=1e-12)


@pytest.mark.parametrize("rank", [1, 3, 6])
def test_what_few_directions_hold_is_exact_to_rounding(quadratic, rank):
    objective, _, _ = quadratic(np.r_[np.zeros(100), -5.0, np.linspace(1.0, 40.0, rank - 1)])
    estimate = hessian_trace(objective, objective.theta, probes=FEWEST_SPLIT)
    assert estimate.value == pytest.approx(-5.0 + np.linspace(1.0, 40.0, rank - 1).sum(), abs=1e-10)
    assert estimate.standard_error < 1e-10


@pytest.mark.parametrize("dim", [4, 200])
def test_what_is_piecewise_linear_has_trace_zero(formula, dim):
    objective = formula(lambda theta: (theta - 1).abs().sum(), np.full(dim, 3.0))
    assert hessian_trace(objective, objective.theta, probes=60) == Estimate(0.0, 0.0)


@pytest.mark.parametrize("probes", [5, 60, 300])
@pytest.mark.parametrize("wild", [lambda theta: torch.exp(1e300 * theta.square().sum()), lambda theta: (1e160 * theta[:9]).pow(2).sum()])
def test_where_the_hessian_is_not_finite_neither_number_is_one(formula, probes, wild):
    objective = formula(wild, np.ones(200))
    estimate = hessian_trace(objective, objective.theta, probes=probes)
    assert np.isnan(estimate.value) and np.isnan(estimate.standard_error)


@pytest.mark.parametrize("scale", [1e-9, -3.0, 1e9])
def test_a_scaled_objective_has_the_scaled_estimate(quadratic, formula, scale):
    objective, _, _ = quadratic(SPECTRA["outliers"])
    scaled = formula(lambda theta: scale * objective.loss(theta), objective.theta)
    plain, other = (hessian_trace(one, objective.theta, probes=30, seed=6) for one in (objective, scaled))
    assert other.value == pytest.approx(scale * plain.value, rel=1e-9)
    assert other.standard_error == pytest.approx(abs(scale) * plain.standard_error, rel=1e-9)


@pytest.mark.parametrize("probes", [1, 2, 23, 24, 37, 89, 90, 1000])
def test_it_takes_the_products_it_was_given_and_tells_so(quadratic, probes):
    objective, _, _ = quadratic(SPECTRA["flat"])
    products, shares, product = [], [], objective.curvature(objective.theta)
    objective.curvature = lambda theta: lambda v: products.append(v) or product(v)
    estimate = hessian_trace(objective, objective.theta, probes=probes, report=shares.append)
    assert len(products) == min(probes, 90)
    np.testing.assert_allclose(shares, np.arange(1, len(products) + 1) / len(products))
    assert np.isnan(estimate.standard_error) == (probes == 1)


def test_the_same_seed_gives_the_same_bytes_and_leaves_the_point_as_it_was(iris):
    risk, theta = iris
    before = theta.tobytes(), torch.get_rng_state().numpy().tobytes(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    first, second, other = (hessian_trace(risk, theta, probes=30, seed=seed) for seed in (5, 5, 6))
    assert first == second != other
    assert isinstance(first.value, float) and isinstance(first.standard_error, float)
    assert (theta.tobytes(), torch.get_rng_state().numpy().tobytes(), np.random.get_state()[1].tobytes()) == before  # noqa: NPY002


def test_cancel_ends_the_work_and_no_probe_is_refused(quadratic):
    objective, _, _ = quadratic(SPECTRA["flat"])
    asked = []
    for probes in (10, 40, 90):
        with pytest.raises(Cancelled, match="^$"):
            hessian_trace(objective, objective.theta, probes=probes, should_stop=lambda: asked.append(1) or len(asked) % 5 == 0)
    assert len(asked) == 15
    with pytest.raises(LandscapeError, match="hessian_trace: probes must be between 1 and inf; got 0"):
        hessian_trace(objective, objective.theta, probes=0)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
def test_the_scale_of_the_hessian_does_not_matter_to_value_and_error(formula, scale):
    weights = torch.linspace(0.1, 4.0, 200, dtype=torch.float64) ** 3
    one, scaled = (
        hessian_trace(
            formula(lambda theta, c=c: (c * weights * theta.square()).sum() / 2, np.full(200, 1e-3)), np.full(200, 1e-3), probes=30
        )
        for c in (1.0, scale)
    )
    assert scaled.value == pytest.approx(scale * one.value, rel=1e-10, abs=0)
    assert scaled.standard_error == pytest.approx(scale * one.standard_error, rel=1e-10, abs=0) and one.standard_error > 0
