"""Errors observed in other loss-landscape and Hessian packages, with one test each that this package does not have them."""

import hashlib

import numpy as np
import pytest
import torch
from torch import nn

from landscape.curvature.density import spectral_density
from landscape.curvature.spectrum import top_eigenpairs
from landscape.curvature.trace import hessian_trace
from landscape.descent.trajectory import Trajectory
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane
from landscape.planes.directions import coordinate_plane, hessian_plane, pca_plane, random_plane
from landscape.sampling.surface import sample_surface


def mse(outputs, targets):
    return ((outputs - targets) ** 2).sum(dim=1)


class Normed(nn.Module):
    """Convolutions, BatchNorm, dropout and a linear layer."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(12, 2))

    def forward(self, x):
        return self.body(x)


@pytest.fixture
def normed():
    torch.manual_seed(7)
    model = Normed().train()
    x, y = torch.randn(20, 1, 4, 4), torch.randn(20, 2)
    for _ in range(3):
        model(x)  # running averages that are not the first ones
    return model, EmpiricalRisk(model, mse, (x, y))


def state(model):
    """A digest of everything that evaluating must not change."""
    parts = [model.training, *(p.requires_grad for p in model.parameters()), *(m.training for m in model.modules())]
    tensors = [*model.state_dict().values(), *(p.grad for p in model.parameters() if p.grad is not None), torch.get_rng_state()]
    return hashlib.sha256(repr(parts).encode() + b"".join(t.numpy().tobytes() for t in tensors)).hexdigest()


def cosine(plane):
    return float(plane.u @ plane.v / (np.linalg.norm(plane.u) * np.linalg.norm(plane.v)))


def test_no_row_is_shifted_and_no_axis_swapped_on_a_grid_that_is_not_square(formula):
    window = ((-1.0, 3.0), (0.0, 2.0))  # a side that starts at zero, which one tool refuses
    for read in (0, 1):
        objective = formula(lambda theta, read=read: theta[read] * 1.0, [0.0, 0.0])
        values = sample_surface(objective, coordinate_plane(np.zeros(2), 0, 1), window, resolution=(3, 5)).values
        expected = np.broadcast_to([-1.0, 1.0, 3.0], (5, 3)) if read == 0 else np.broadcast_to(np.linspace(0, 2, 5)[:, None], (5, 3))
        np.testing.assert_array_equal(values, expected)


def test_swapping_the_axes_is_the_transpose(normed):
    _, risk = normed
    plane = random_plane(risk, risk.theta, seed=3)
    one = sample_surface(risk, plane, ((-1.0, 0.5), (-0.2, 0.9)), resolution=(4, 7)).values
    other = sample_surface(risk, Plane(plane.origin, plane.v, plane.u), ((-0.2, 0.9), (-1.0, 0.5)), resolution=(7, 4)).values
    np.testing.assert_allclose(one, other.T, rtol=1e-12)


def test_random_directions_are_gaussian_and_neither_alike_nor_along_the_ones(formula):
    objective = formula(lambda theta: theta.sum(), np.ones(4000))
    for seed in range(5):
        plane = random_plane(objective, objective.theta, seed=seed, normalization="none")
        ones = np.full(4000, 4000**-0.5)
        assert abs(cosine(plane)) < 1e-10
        assert (plane.u @ ones) ** 2 / (plane.u @ plane.u) < 0.01
        assert np.mean(plane.u**4) * 4000 / (plane.u @ plane.u) ** 2 * 4000 == pytest.approx(3.0, abs=0.5)  # a Gaussian's kurtosis


def test_directions_are_orthogonal_after_normalization_whatever_the_weights_size(normed):
    model, risk = normed
    for factor in (1e-3, 1.0, 6.8, 20.5, 1e3):
        for seed in range(4):
            assert abs(cosine(random_plane(risk, factor * risk.theta, seed=seed))) < 1e-12


def test_a_layers_norm_is_scaled_by_one_number_and_a_convolutions_filter_as_a_whole(normed):
    _, risk = normed
    plane = random_plane(risk, risk.theta, seed=1)
    for block in (block for block in risk.blocks if block.kind == "filters"):
        weights, u, v = (part[block.start : block.stop].reshape(block.shape[0], -1) for part in (risk.theta, plane.u, plane.v))
        np.testing.assert_allclose(np.linalg.norm(u, axis=1), np.linalg.norm(weights, axis=1), rtol=1e-12)
        np.testing.assert_allclose(np.linalg.norm(v, axis=1), np.linalg.norm(weights, axis=1), rtol=1e-12)
        if u.shape[1] == 9:  # one number a filter, not one a pixel: the ratio to an unnormalized draw would be constant along the pixels
            assert np.ptp(np.abs(u / weights), axis=1).min() > 1e-3
    flat = random_plane(risk, risk.theta, seed=1, normalization="layer")
    for block in (block for block in risk.blocks if block.kind == "filters"):
        part = slice(block.start, block.stop)
        assert np.linalg.norm(flat.u[part]) == pytest.approx(np.linalg.norm(risk.theta[part]), rel=1e-12)


def test_one_dimensional_parameters_stay_put_and_are_no_copy_of_the_weights(normed):
    _, risk = normed
    plane = random_plane(risk, risk.theta, seed=0)
    for block in (block for block in risk.blocks if block.kind == "vector"):
        assert not plane.u[block.start : block.stop].any() and not plane.v[block.start : block.stop].any()


@pytest.mark.parametrize("work", ["surface", "spectrum", "plane", "density"])
def test_the_users_model_is_neither_moved_nor_frozen_nor_its_buffers_changed(normed, work):
    model, risk = normed
    before = state(model)
    buffers = [b.clone() for b in model.buffers()]
    plane = hessian_plane(risk, risk.theta)
    if work == "surface":
        sample_surface(risk, plane, ((-1.0, 1.0), (-1.0, 1.0)), resolution=5)
    elif work == "spectrum":
        top_eigenpairs(risk, risk.theta, k=2)
    elif work == "density":
        spectral_density(risk, risk.theta, probes=2, steps=5)
    assert state(model) == before
    assert all(torch.equal(old, new) for old, new in zip(buffers, model.buffers(), strict=True))


@pytest.mark.parametrize("kind", ["random", "hessian"])
def test_with_batch_normalization_every_cell_is_a_number_and_variances_stay_positive(normed, kind):
    _, risk = normed
    plane = random_plane(risk, risk.theta, seed=2, vectors="normalize") if kind == "random" else hessian_plane(risk, risk.theta)
    assert np.isfinite(sample_surface(risk, plane, ((-1.0, 1.0), (-1.0, 1.0)), resolution=9).values).all()


def test_two_runs_agree_and_what_is_not_finite_is_neither_filled_nor_made_noisy(formula):
    objective = formula(lambda theta: torch.log(theta[0]) * theta[1] ** 2, [1.0, 1.0])
    plane, window = coordinate_plane(np.zeros(2), 0, 1), ((-1.0, 1.0), (-1.0, 1.0))
    one, two = (sample_surface(objective, plane, window, resolution=9) for _ in range(2))
    assert one.values.tobytes() == two.values.tobytes()
    assert np.isnan(one.values[:, one.a < 0]).all() and np.isfinite(one.values[:, one.a > 0]).all()
    assert one.values.flat[np.nanargmax(one.values)] == np.nanmax([objective.value([a, b]) for a in one.a[one.a > 0] for b in one.b])


def test_the_trained_model_sits_where_its_coordinates_say(normed):
    _, risk = normed
    plane = random_plane(risk, risk.theta, seed=0)
    for resolution in (10, 11):  # on an even grid no point is the origin, and none may pretend to be
        surface = sample_surface(risk, plane, ((-1.0, 1.0), (-1.0, 1.0)), resolution=resolution)
        for j, i in ((0, 0), (4, 5), (9, 2)):
            assert surface.values[j, i] == pytest.approx(
                risk.value(risk.theta + surface.a[i] * plane.u + surface.b[j] * plane.v), rel=1e-12
            )
    assert (surface.a[5], surface.b[5]) == (0.0, 0.0)
    assert surface.values[5, 5] == pytest.approx(risk.value(risk.theta), rel=1e-12)


def test_a_path_is_placed_by_least_squares_for_directions_of_any_length_and_angle():
    rng = np.random.default_rng(1)
    u, v = 4.7 * rng.normal(size=50), 0.02 * rng.normal(size=50)
    plane = Plane(rng.normal(size=50), u, v + 0.1 * u)
    np.testing.assert_allclose(plane.project(plane.embed(0.5, 0.25)), [0.5, 0.25], rtol=1e-10)
    aside = plane.embed(0.5, 0.25) + rng.normal(size=50)
    expected = np.linalg.lstsq(np.stack([plane.u, plane.v], axis=1), aside - plane.origin, rcond=None)[0]
    np.testing.assert_allclose(plane.project(aside), expected, rtol=1e-9)


def test_each_outlier_of_the_spectrum_appears_once(quadratic):
    eigenvalues = np.concatenate([np.linspace(0.0, 0.5, 200), [1.0, 2.0, 5.0, 10.0]])
    objective, _, _ = quadratic(eigenvalues)
    np.testing.assert_allclose(top_eigenpairs(objective, objective.theta, k=4).eigenvalues, [10.0, 5.0, 2.0, 1.0], rtol=1e-9)
    density = spectral_density(objective, objective.theta, probes=1, steps=60)
    for outlier in (1.0, 2.0, 5.0, 10.0):
        assert (np.abs(density.nodes - outlier) < 1e-3).sum() == 1


def test_a_densitys_weights_sum_to_one_over_all_probes(normed):
    _, risk = normed
    density = spectral_density(risk, risk.theta, probes=10, steps=10)
    assert density.weights.sum() == pytest.approx(1.0, abs=1e-12) and (density.weights >= 0).all()
    assert density.weights.shape == density.nodes.shape


def test_a_trace_takes_every_probe_it_was_given_and_does_not_stop_by_luck(quadratic):
    objective, _, _ = quadratic(np.concatenate([np.full(60, 1.0), [200.0]]))
    products = []
    curvature = objective.curvature

    def counted(theta):
        product = curvature(theta)
        return lambda v: products.append(v) or product(v)

    objective.curvature = counted
    hessian_trace(objective, objective.theta, probes=12)
    assert len(products) == 12


def test_a_pca_plane_is_centered_where_its_share_of_variance_is_measured():
    rng = np.random.default_rng(6)
    thetas = np.cumsum(rng.normal(size=(30, 8)), axis=0) + 100.0
    plane = pca_plane(Trajectory(thetas, np.linspace(2, 1, 30), "completed", 29))
    centered = thetas - thetas.mean(axis=0)
    axes = np.linalg.svd(centered, full_matrices=False)[2][:2]
    for direction in (plane.u, plane.v):
        unit = direction / np.linalg.norm(direction)
        assert np.linalg.norm(axes @ unit) == pytest.approx(1.0, abs=1e-10)
    np.testing.assert_array_equal(plane.origin, thetas[-1])
