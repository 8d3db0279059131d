"""Directions: against filter norms by numpy, principal components by scikit-learn, LAPACK, and simulated random walks."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from landscape.descent.trajectory import Trajectory
from landscape.errors import LandscapeError
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane
from landscape.planes.directions import (
    Situation,
    coordinate_plane,
    explained_variance,
    hessian_plane,
    make_plane,
    pca_plane,
    plane_through,
    planes,
    random_plane,
    random_walk_share,
    random_walk_variance,
    vantage,
)

# A layer, an input of it, the axis of its output units.
LAYERS = {
    "linear": (lambda: nn.Linear(6, 4), (2, 6), 0),
    "conv1d": (lambda: nn.Conv1d(3, 4, 2), (2, 3, 5), 0),
    "conv2d": (lambda: nn.Conv2d(3, 4, (2, 3)), (2, 3, 4, 4), 0),
    "conv3d": (lambda: nn.Conv3d(2, 3, 2), (2, 2, 3, 3, 3), 0),
    "transposed1d": (lambda: nn.ConvTranspose1d(3, 5, 2), (2, 3, 4), 1),
    "transposed2d": (lambda: nn.ConvTranspose2d(3, 4, 2), (2, 3, 3, 3), 1),
    "transposed3d": (lambda: nn.ConvTranspose3d(2, 3, 2), (2, 2, 2, 2, 2), 1),
    "embedding": (lambda: nn.Embedding(7, 3), None, 0),
}


def risk_of(model, shape):
    generator = torch.Generator().manual_seed(2)
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 3
    inputs = torch.tensor([[0, 3], [6, 1]]) if shape is None else torch.randn(shape, generator=generator)
    return EmpiricalRisk(model, lambda outputs, targets: outputs.flatten(1).square().mean(1), (inputs, torch.zeros(2)))


def of(risk, name, direction):
    (block,) = [block for block in risk.blocks if block.name == name]
    return np.asarray(direction)[block.start : block.stop].reshape(block.shape)


@pytest.mark.parametrize("kind", LAYERS)
def test_each_filter_of_a_direction_has_the_norm_of_the_weights_filter(kind):
    build, shape, axis = LAYERS[kind]
    risk = risk_of(build(), shape)
    plane = random_plane(risk, risk.theta, seed=3)
    weights, u, v = (np.moveaxis(of(risk, "weight", d), axis, 0) for d in (risk.theta, plane.u, plane.v))
    weights, u, v = (d.reshape(len(d), -1) for d in (weights, u, v))
    for direction in (u, v):
        np.testing.assert_allclose(np.linalg.norm(direction, axis=1), np.linalg.norm(weights, axis=1), rtol=1e-12)
    cosines = (u * v).sum(1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
    assert np.abs(cosines).max() < 1e-12
    assert abs(plane.cosine) < 1e-12
    if shape is not None:
        assert not of(risk, "bias", plane.u).any()
        assert not of(risk, "bias", plane.v).any()


@pytest.mark.parametrize("normalization", ["filter", "layer"])
def test_vectors_may_be_normalized_as_one_filter_each(normalization):
    risk = risk_of(nn.Sequential(nn.Conv1d(3, 4, 2), nn.BatchNorm1d(4)), (2, 3, 5))
    plane = random_plane(risk, risk.theta, seed=3, normalization=normalization, vectors="normalize")
    for name in ("0.weight", "0.bias", "1.weight", "1.bias"):
        size = np.linalg.norm(of(risk, name, risk.theta))
        for direction in (plane.u, plane.v):
            assert np.linalg.norm(of(risk, name, direction)) == pytest.approx(size, rel=1e-12)
        assert abs(np.vdot(of(risk, name, plane.u), of(risk, name, plane.v))) < 1e-12 * size**2
    assert abs(plane.cosine) < 1e-12


def test_a_layer_keeps_only_its_own_norm():
    risk = risk_of(nn.Linear(6, 4), (2, 6))
    u = of(risk, "weight", random_plane(risk, risk.theta, normalization="layer").u)
    rows = np.linalg.norm(u, axis=1) / np.linalg.norm(of(risk, "weight", risk.theta), axis=1)
    assert np.ptp(rows) > 0.05


@pytest.mark.parametrize("vectors", ["zero", "normalize"])
@pytest.mark.parametrize("normalization", ["filter", "layer", "none"])
def test_vectors_stay_unless_they_are_to_move(normalization, vectors):
    risk = risk_of(nn.Sequential(nn.Conv1d(3, 4, 2), nn.BatchNorm1d(4)), (2, 3, 5))
    plane = random_plane(risk, risk.theta, seed=3, normalization=normalization, vectors=vectors)
    for direction in (plane.u, plane.v):
        assert of(risk, "0.weight", direction).all()
        for name in ("0.bias", "1.weight", "1.bias"):
            assert of(risk, name, direction).any() == (vectors == "normalize")


def test_without_normalization_directions_are_unit_vectors_of_the_weights():
    risk = risk_of(nn.Linear(300, 4), (2, 300))
    plane = random_plane(risk, risk.theta, normalization="none")
    weights = of(risk, "weight", plane.u)
    assert np.linalg.norm(weights) == pytest.approx(1.0, rel=1e-14) and np.linalg.norm(plane.v) == pytest.approx(1.0, rel=1e-14)
    assert abs(plane.cosine) < 1e-15
    assert np.linalg.norm(weights, axis=1) == pytest.approx(0.5, rel=0.2)  # alike, however large the weights of each filter


def test_without_weights_vectors_have_to_move():
    risk = risk_of(nn.LayerNorm(6), (2, 6))
    for normalization in ("filter", "none"):
        with pytest.raises(LandscapeError, match="Let the biases move too"):
            random_plane(risk, risk.theta, normalization=normalization)
    plane = random_plane(risk, risk.theta, normalization="none", vectors="normalize")
    assert plane.u.all() and np.linalg.norm(plane.u) == pytest.approx(1.0, rel=1e-14)


def test_without_normalization_directions_are_unit_vectors_of_everything():
    risk = risk_of(nn.Linear(6, 4), (2, 6))
    plane = random_plane(risk, risk.theta, normalization="none", vectors="normalize")
    assert np.linalg.norm(plane.u) == pytest.approx(1.0, rel=1e-14)
    assert np.linalg.norm(plane.v) == pytest.approx(1.0, rel=1e-14)
    assert abs(plane.cosine) < 1e-15
    assert of(risk, "bias", plane.u).all()


def test_the_seed_says_which_directions(quadratic):
    objective, _, _ = quadratic(np.arange(1.0, 9.0))
    first, again, other = (random_plane(objective, objective.theta, seed=seed) for seed in (5, 5, 6))
    assert first.u.tobytes() == again.u.tobytes()
    assert first.v.tobytes() == again.v.tobytes()
    assert abs(first.u @ other.u) < 0.95
    np.testing.assert_array_equal(first.origin, objective.theta)


def test_random_directions_are_gaussian():
    risk = risk_of(nn.Linear(4000, 1), (2, 4000))
    u = of(risk, "weight", random_plane(risk, risk.theta).u)[0]
    u = u / u.std()
    assert abs(u.mean()) < 0.06
    assert abs((u**4).mean() - 3) < 0.4


@pytest.mark.parametrize("seed", range(12))
def test_filters_of_one_weight_still_span_a_plane(seed):
    risk = risk_of(nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)), (2, 1))
    plane = random_plane(risk, risk.theta, seed=seed)
    np.testing.assert_allclose(np.abs([plane.u, plane.v]), np.abs([risk.theta] * 2), rtol=1e-14)


def test_directions_that_cannot_span_a_plane_are_refused():
    line = risk_of(nn.Linear(1, 1), (2, 1))
    with pytest.raises(LandscapeError, match="must not be collinear"):
        random_plane(line, line.theta)
    assert random_plane(line, line.theta, vectors="normalize").u.all()
    with pytest.raises(LandscapeError, match="the direction must not be zero; got all filters are zero"):
        random_plane(line, np.zeros(2))
    with pytest.raises(LandscapeError, match="normalization: the name must be one of filter, layer, none; got 'row'"):
        random_plane(line, line.theta, normalization="row")


def path(points, status="completed", step=None):
    points = np.array(points, dtype=np.float64)
    return Trajectory(points, np.linspace(2.0, 1.0, len(points)), status, len(points) - 1 if step is None else step)


@pytest.mark.parametrize("shape", [(30, 7), (5, 90)])
def test_principal_directions_and_their_share_are_those_of_scikit_learn(shape):
    rng = np.random.default_rng(8)
    points = rng.normal(40.0, 1.0, size=shape[1]) + rng.normal(size=shape) @ np.diag(np.linspace(0.1, 6.0, shape[1]))
    plane, exact = pca_plane(path(points)), PCA(n_components=2, svd_solver="full").fit(points)
    for direction, component in zip((plane.u, plane.v), exact.components_, strict=True):
        np.testing.assert_allclose(direction * np.sign(direction @ component), component, atol=1e-12)
        assert direction[np.abs(direction).argmax()] > 0
    np.testing.assert_array_equal(plane.origin, points[-1])
    assert explained_variance(plane, points) == pytest.approx(exact.explained_variance_ratio_.sum(), rel=1e-12)


def test_several_paths_share_the_directions_of_all_their_points():
    first, second = np.random.default_rng(8).normal(size=(2, 9, 5)) * [1.0, 2.0, 3.0, 4.0, 5.0]
    plane = pca_plane(path(first), path(second))
    exact = PCA(n_components=2).fit(np.concatenate([first, second]))
    assert np.linalg.norm(np.stack([plane.u, plane.v]) @ exact.components_.T, ord=-2) == pytest.approx(1.0, rel=1e-10)
    np.testing.assert_array_equal(plane.origin, first[-1])


def test_a_straight_path_gets_a_second_direction_across_it():
    step = np.array([1.0, -2.0, 2.0, 0.0])
    plane = pca_plane(path([5.0 + k**2 * step for k in range(6)]))
    np.testing.assert_allclose(plane.u, np.array([-1.0, 2.0, -2.0, 0.0]) / 3 * np.sign(plane.u[1]), atol=1e-12)
    assert abs(plane.cosine) < 1e-15
    assert np.linalg.norm(plane.v) == pytest.approx(1.0)
    again = pca_plane(path([5.0 + k * step for k in range(4)]))
    np.testing.assert_allclose(again.v, plane.v, atol=1e-12)


def test_a_diverged_path_is_seen_from_its_start_without_overflow():
    direction = np.array([3.0, -4.0, 0.0]) / 5
    points = [1.0 + np.array([0.0, 0.0, k / 9]) + direction * (-30.0) ** k for k in range(200)] + [np.full(3, np.inf)]
    run = path(points, "diverged", 1)
    plane = pca_plane(run)
    np.testing.assert_array_equal(plane.origin, run.thetas[0])
    np.testing.assert_allclose(np.abs(plane.u), np.abs(direction), atol=1e-12)
    np.testing.assert_allclose(plane.embed(*plane.project(run.thetas[1])), run.thetas[1], atol=0.2)
    assert explained_variance(plane, run.thetas) == pytest.approx(1.0)
    np.testing.assert_array_equal(vantage(path(points[:-1])), points[-2])


@pytest.mark.parametrize("number", [0.0, 0.1, 1e200])  # the mean of three 0.1 is not 0.1
def test_a_path_that_never_moves_has_no_plane_and_nothing_to_explain(number):
    still = path(np.tile(number * np.random.default_rng(0).normal(size=60), (3, 1)))
    with pytest.raises(LandscapeError, match="the path must move; got 3 equal points"):
        pca_plane(still)
    assert explained_variance(coordinate_plane(np.zeros(60), 0, 3), still.thetas) == 1.0


def test_the_share_a_plane_explains_does_not_depend_on_its_basis_or_place():
    points = np.random.default_rng(3).normal(size=(20, 3)) * [5.0, 2.0, 1.0] + 9.0
    u, v = np.array([1.0, 0.0, 0.0]), np.array([100.0, 0.01, 0.0])
    variances = points.var(axis=0)
    assert explained_variance(plane_through(np.ones(3), np.ones(3) + u, np.ones(3) + v), points) == pytest.approx(
        variances[:2].sum() / variances.sum(), rel=1e-9
    )


def test_coordinates_are_the_changes_of_two_parameters():
    plane = coordinate_plane(np.array([5.0, 6.0, 7.0]), 2, 0)
    np.testing.assert_array_equal(plane.embed(10.0, 1.0), [6.0, 6.0, 17.0])
    with pytest.raises(LandscapeError, match="j must be between 0 and 2; got 3"):
        coordinate_plane(np.zeros(3), 0, 3)
    with pytest.raises(LandscapeError, match="i must be between 0 and 2; got -1"):
        coordinate_plane(np.zeros(3), -1, 1)
    with pytest.raises(LandscapeError, match="collinear"):
        coordinate_plane(np.zeros(3), 1, 1)


@pytest.mark.parametrize(("which", "chosen"), [("LA", (3, 2)), ("BE", (3, 0))])
def test_the_hessian_plane_runs_along_eigenvectors(quadratic, which, chosen):
    objective, _, axes = quadratic([-7.0, 0.5, 2.0, 30.0])
    plane = hessian_plane(objective, objective.theta, which=which)
    for direction, k in zip((plane.u, plane.v), chosen, strict=True):
        assert abs(direction @ axes[:, k]) == pytest.approx(1.0, rel=1e-12)
    with pytest.raises(LandscapeError, match="which: the name must be one of LA, BE; got 'SA'"):
        hessian_plane(objective, objective.theta, which="SA")


def test_three_points_lie_at_the_corners():
    p, q, r = np.random.default_rng(2).normal(size=(3, 6))
    np.testing.assert_allclose(plane_through(p, q, r).project(np.stack([p, q, r])), [[0, 1, 0], [0, 0, 1]], atol=1e-12)
    with pytest.raises(LandscapeError, match="collinear"):
        plane_through(p, p + 2 * (q - p), q)


def test_the_share_of_a_random_walk_is_that_of_theory():
    assert random_walk_variance(20_000, 1000) == pytest.approx(6 / np.pi**2 * (1 + 1 / 4), rel=1e-3)
    assert random_walk_variance(2, 50) == 1.0
    assert random_walk_variance(500, 2) == 1.0


@pytest.mark.parametrize(("steps", "dim"), [(40, 300), (12, 2000), (60, 30), (30, 60)])
def test_the_share_of_a_random_walk_is_that_of_simulated_ones(steps, dim):
    rng, shares = np.random.default_rng(1), []
    for _ in range(40):
        walk = np.concatenate([np.zeros((1, dim)), rng.normal(size=(steps, dim)).cumsum(axis=0)])
        shares.append(PCA(n_components=2, svd_solver="full").fit(walk).explained_variance_ratio_.sum())
    error = np.std(shares) / np.sqrt(len(shares))
    assert random_walk_variance(steps, dim) == pytest.approx(np.mean(shares), abs=0.005 + 4 * error)


def test_every_plane_of_the_catalogue_is_made_for_a_path(quadratic):
    objective, center, _ = quadratic([1.0, 3.0, 10.0])
    moves = np.array([[3.0, 0.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.5, 0.0]])
    situation = Situation(objective, (path(center + moves), path(center + moves[:, [2, 0, 1]])), seed=1)
    for name in planes:
        assert len(make_plane(name, situation).origin) == 3
    ends = make_plane("three_points", situation)
    np.testing.assert_allclose(ends.embed(1.0, 0.0), center + moves[0])
    with pytest.raises(LandscapeError, match="a plane needs at least two parameters; got 1"):
        make_plane("pca", Situation(quadratic([2.0])[0], situation.paths, seed=1))


def test_a_random_walk_shows_two_parts_in_D_to_a_plane_that_does_not_look_at_it():
    rng = np.random.default_rng(4)
    plane = Plane(np.zeros(12), rng.normal(size=12), rng.normal(size=12))
    walks = rng.normal(size=(400, 60, 12)).cumsum(axis=1)
    shares = [explained_variance(plane, walk) for walk in walks]
    expected = random_walk_share("random", 59, 12)
    assert expected == 2 / 12 == random_walk_share("hessian", 59, 12)
    assert np.mean(shares) == pytest.approx(expected, abs=4 * np.std(shares) / 20)


def test_a_random_walk_shows_less_through_three_of_its_points_than_in_its_best_plane():
    best, through = random_walk_share("pca", 60, 40), random_walk_share("three_points", 60, 40)
    assert best == random_walk_variance(60, 40)
    assert 2 / 40 < through < best
    rng = np.random.default_rng(8)
    walks = np.concatenate([np.zeros((200, 1, 40)), rng.normal(size=(200, 60, 40)).cumsum(axis=1)], axis=1)
    shares = [explained_variance(plane_through(walk[-1], walk[0], walk[30]), walk) for walk in walks]
    assert through == pytest.approx(np.mean(shares), abs=0.03)


@pytest.mark.parametrize("plane", ["pca", "three_points", "random", "coordinates"])
def test_in_two_dimensions_every_plane_shows_all_of_a_walk(plane):
    assert random_walk_share(plane, 100, 2) == 1.0


def test_a_plane_through_all_the_points_of_a_walk_holds_all_of_it():
    assert random_walk_share("three_points", 2, 1000) == random_walk_share("pca", 2, 1000) == 1.0
