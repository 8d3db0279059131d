import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, precision_score, recall_score
from torch.nn.functional import binary_cross_entropy_with_logits

from landscape.sculpting.imbalance import DECAY, calibration_error, caught
from landscape.sculpting.sculptures import make_sculpture

SEEDS = (0, 1, 2)


def trained(name, seed):
    sculpture = make_sculpture(name, seed=seed)
    thetas = sculpture.fits(sculpture.strengths)
    return sculpture, thetas, sculpture.effect(sculpture.strengths, thetas)


@pytest.fixture(scope="module", params=SEEDS)
def focal(request):
    return trained("focal", request.param)


@pytest.fixture(scope="module", params=SEEDS)
def balance(request):
    return trained("balance", request.param)


def of(effect, name, part):
    return next(measure.values for measure in (*effect.aims, *effect.prices) if (measure.name, measure.part) == (name, part))


@pytest.mark.parametrize(("name", "strength", "share"), [("focal", 0.0, 1.0), ("balance", 0.5, 0.5)])
def test_at_its_first_strength_it_is_a_multiple_of_the_plain_loss(name, strength, share):
    sculpture = make_sculpture(name, seed=4)
    objective = sculpture.objective(strength)
    theta = objective.theta + 0.2
    inputs, targets = sculpture._parts["train"]
    scores = torch.from_numpy(objective.outputs(theta, inputs).reshape(-1))
    plain = float(binary_cross_entropy_with_logits(scores, torch.tensor(targets, dtype=torch.float64)))
    assert sculpture.strengths[0] == strength
    assert objective.value(theta) == pytest.approx(share * plain + DECAY / 2 * theta @ theta, rel=1e-12)


def test_balanced_objective_is_affine_in_alpha_and_the_focal_one_is_not():
    for name, strengths, affine in (("balance", (0.5, 0.7, 0.9), True), ("focal", (0.0, 2.0, 4.0), False)):
        sculpture = make_sculpture(name, seed=2)
        theta = sculpture.objective(strengths[0]).theta + 0.3
        low, middle, high = (sculpture.objective(strength).value(theta) for strength in strengths)
        assert sculpture.affine is affine
        assert (abs(low + high - 2 * middle) < 1e-12) is affine


def test_recall_precision_and_accuracy_against_scikit_learn():
    rng = np.random.default_rng(6)
    scores, targets = rng.standard_normal(300) - 1, (rng.random(300) < 0.2).astype(int)
    given = (scores > 0).astype(int)
    expected = [metric(targets, given) for metric in (recall_score, precision_score, accuracy_score)]
    assert caught(scores, targets) == pytest.approx(expected)
    assert np.isnan(caught(-np.ones(3), np.array([0, 1, 0]))[1])


def test_calibration_error_by_a_loop_over_bins():
    rng = np.random.default_rng(8)
    scores, targets = 3 * rng.standard_normal(500), (rng.random(500) < 0.4).astype(int)
    probabilities, total = 1 / (1 + np.exp(-scores)), 0.0
    for low in np.arange(10) / 10:
        inside = (probabilities >= low) & (probabilities < low + 0.1)
        if inside.any():
            total += inside.sum() * abs(probabilities[inside].mean() - targets[inside].mean())
    assert calibration_error(scores, targets) == pytest.approx(total / 500)
    assert calibration_error(np.array([1e3, -1e3]), np.array([1, 0])) == 0.0


def test_a_heavier_rare_class_is_caught_more_and_costs_accuracy_and_precision(balance):
    _, _, effect = balance
    for part in ("train", "test"):
        recall = of(effect, "recall", part)
        assert recall[-1] > recall[0] and (np.diff(recall) >= 0).mean() > 0.8
        assert of(effect, "precision", part)[-1] < 0.5 < of(effect, "precision", part)[0]
        assert of(effect, "accuracy", part)[-1] < of(effect, "accuracy", part)[0] - 0.05
    assert (np.diff(of(effect, "rare_share", "train")) > 0).all()


def test_a_focal_loss_stresses_hard_samples_and_loses_its_calibration_but_hardly_moves_recall(focal):
    _, _, effect = focal
    assert (np.diff(of(effect, "hard_share", "train")) > 0).all()
    assert of(effect, "calibration", "test")[-1] > 0.15 > 0.03 > of(effect, "calibration", "test")[0]
    recall, accuracy = of(effect, "recall", "test"), of(effect, "accuracy", "test")
    assert np.abs(recall - recall[0]).max() < 0.2
    assert np.abs(accuracy - accuracy[0]).max() < 0.01


def test_emphasis_is_taken_at_the_plain_minimum(balance):
    sculpture, thetas, effect = balance
    inputs, targets = sculpture._parts["train"]
    scores = sculpture.objective(0.5).outputs(thetas[0], inputs).reshape(-1)
    losses = np.logaddexp(0, np.where(targets == 1, -scores, scores))
    weights = np.where(targets == 1, 0.9, 0.1) * losses
    k = int(np.flatnonzero(sculpture.strengths == 0.9)[0])
    assert of(effect, "rare_share", "train")[k] == pytest.approx(weights[targets == 1].sum() / weights.sum())


def test_scores_of_the_picture_are_the_networks_at_its_grid(focal):
    sculpture, thetas, effect = focal
    (picture,) = effect.pictures
    k, j, i = 3, 5, 29
    here = sculpture.objective(0.0).outputs(thetas[k], np.array([[picture.x[i], picture.y[j]]])).item()
    assert picture.scores[k, j, i] == pytest.approx(here, rel=1e-12)
    assert picture.counted is None and len(picture.points) == len(picture.classes)
