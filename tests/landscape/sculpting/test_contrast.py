import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from sklearn.neighbors import NearestCentroid

from landscape.sculpting.contrast import DIGITS, PAIRS, alignment, lost, nearest_mean_accuracy, uniformity
from landscape.sculpting.sculptures import make_sculpture


@pytest.fixture(scope="module", params=(0, 1, 2))
def trained(request):
    sculpture = make_sculpture("infonce", seed=request.param)
    thetas = sculpture.fits(sculpture.strengths)
    return sculpture, thetas, sculpture.effect(sculpture.strengths, thetas)


def of(effect, name, part):
    return next(measure.values for measure in (*effect.aims, *effect.prices) if (measure.name, measure.part) == (name, part))


def circle(count, seed):
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, count)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_alignment_and_uniformity_by_loops_over_pairs():
    first, second = circle(7, 1), circle(7, 2)
    apart = [(first[i, 0] - second[i, 0]) ** 2 + (first[i, 1] - second[i, 1]) ** 2 for i in range(7)]
    assert alignment(first, second) == pytest.approx(sum(apart) / 7, rel=1e-12)
    terms = [math.exp(-2 * math.dist(first[i], first[j]) ** 2) for i in range(7) for j in range(7) if i != j]
    assert uniformity(first) == pytest.approx(math.log(sum(terms) / len(terms)), rel=1e-12)


def test_objective_is_the_mean_surprise_of_the_right_partner_by_loops():
    sculpture, temperature = make_sculpture("infonce", seed=3), 0.4
    objective = sculpture.objective(temperature)
    theta = objective.theta + 0.1
    first, second = (sculpture.embedded(theta, view) for view in sculpture._views)
    surprises = [logsumexp(second @ first[i] / temperature) - second[i] @ first[i] / temperature for i in range(PAIRS)]
    assert objective.value(theta) == pytest.approx(np.mean(surprises), rel=1e-12)
    assert lost(first, second, temperature) == pytest.approx(np.mean(surprises), rel=1e-12)


def test_points_lie_on_the_circle_where_the_affine_map_points():
    sculpture = make_sculpture("infonce", seed=1)
    theta = np.random.default_rng(5).standard_normal(130)
    images = sculpture._views[0]
    raw = images @ theta[:128].reshape(2, 64).T + theta[128:]
    expected = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    assert sculpture.embedded(theta, images) == pytest.approx(expected, abs=1e-12)


def test_training_at_one_temperature_is_that_of_adam_alone():
    sculpture = make_sculpture("infonce", seed=0)
    objective = sculpture.objective(0.3)
    theta = torch.tensor(objective.theta)
    adam = torch.optim.Adam([theta], lr=0.01)
    for _ in range(120):
        theta.grad = objective.value_and_gradient(theta)[1]
        adam.step()
    together = sculpture.fits(np.array([0.1, 0.3, 1.0]))[1]
    assert together == pytest.approx(theta.numpy(), abs=1e-6)
    assert sculpture.fit(0.3, objective.theta, 1) == pytest.approx(together, abs=1e-9)


def test_views_are_different_digits_of_one_class(trained):
    sculpture, _, _ = trained
    rows = np.concatenate([*sculpture._views, *sculpture._test_views])
    assert len(np.unique(rows, axis=0)) == len(rows) == 4 * PAIRS
    assert np.bincount(sculpture._classes).tolist() == [PAIRS // DIGITS] * DIGITS


def test_a_warmer_loss_spreads_the_codes_and_aligns_pairs_less(trained):
    sculpture, _, effect = trained
    warm = int(np.flatnonzero(sculpture.strengths == 0.3)[0])
    assert of(effect, "uniformity", "test")[warm] < of(effect, "uniformity", "test")[0] - 0.3
    assert of(effect, "alignment", "test")[warm] > of(effect, "alignment", "test")[0]
    assert of(effect, "accuracy", "test")[warm] > of(effect, "accuracy", "test")[0]


def test_information_of_new_pairs_is_at_most_that_of_their_class(trained):
    sculpture, _, effect = trained
    assert (of(effect, "information", "test") < math.log(DIGITS)).all()
    assert of(effect, "information", "train").max() > of(effect, "information", "test").max()  # some is remembered


def test_no_code_can_tell_more_than_the_temperature_allows(trained):
    sculpture, _, effect = trained
    most = math.log(PAIRS) - np.log1p((PAIRS - 1) * np.exp(-2 / sculpture.strengths))  # cosines 1 and -1
    for part in ("train", "test"):
        assert (of(effect, "information", part) < most).all()
    assert most[-1] < 1.0 < of(effect, "information", "train").max()


def test_accuracy_is_that_of_the_nearest_centroid():
    known, points = circle(40, 3), circle(30, 4)
    classes, labels = np.arange(40) % 3, np.arange(30) % 3
    expected = NearestCentroid().fit(known, classes).score(points, labels)
    assert nearest_mean_accuracy(known, classes, points, labels) == pytest.approx(expected)


def test_picture_shows_all_test_digits_at_each_temperature(trained):
    sculpture, _, effect = trained
    (codes,) = effect.pictures
    assert codes.circle and codes.points.shape == (len(sculpture.strengths), 2 * PAIRS, 2)
    assert np.linalg.norm(codes.points, axis=2) == pytest.approx(np.ones((len(sculpture.strengths), 2 * PAIRS)))
