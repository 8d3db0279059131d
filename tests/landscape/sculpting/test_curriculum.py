import numpy as np
import pytest
import torch
from scipy.special import expit
from sklearn.neighbors import NearestNeighbors
from torch.nn.functional import binary_cross_entropy_with_logits

from landscape.sculpting.curriculum import FLIPPED, NEIGHBORS, SAMPLES
from landscape.sculpting.sculptures import make_sculpture


@pytest.fixture(scope="module", params=(0, 1, 2))
def trained(request):
    sculpture = make_sculpture("curriculum", seed=request.param)
    thetas = sculpture.fits(sculpture.strengths)
    return sculpture, thetas, sculpture.effect(sculpture.strengths, thetas)


def of(effect, name):
    return next(measure.values for measure in (*effect.aims, *effect.prices) if measure.name == name)


def test_last_stage_is_the_plain_objective():
    sculpture = make_sculpture("curriculum", seed=5, decay=1e-3)
    objective = sculpture.objective(float(sculpture.strengths[-1]))
    theta = objective.theta + 0.1
    scores = torch.from_numpy(objective.outputs(theta, sculpture._data.inputs).reshape(-1))
    plain = float(binary_cross_entropy_with_logits(scores, torch.tensor(sculpture._targets, dtype=torch.float64)))
    assert objective.value(theta) == pytest.approx(plain + 1e-3 / 2 * theta @ theta, rel=1e-12)


def test_a_stage_is_the_mean_over_the_samples_that_count():
    sculpture = make_sculpture("curriculum", seed=5)
    objective, counts = sculpture.objective(0.45), sculpture.counted(0.45)
    theta = objective.theta + 0.1
    scores = objective.outputs(theta, sculpture._data.inputs).reshape(-1)
    losses = -np.log(np.where(sculpture._targets == 1, expit(scores), expit(-scores)))
    assert counts.sum() == 90
    assert objective.value(theta) == pytest.approx(losses[counts].mean() + 1e-4 / 2 * theta @ theta, rel=1e-12)


def test_easy_samples_are_those_whose_neighbors_agree(trained):
    sculpture, _, _ = trained
    near = NearestNeighbors(n_neighbors=NEIGHBORS + 1).fit(sculpture._data.inputs).kneighbors(return_distance=False)[:, :NEIGHBORS]
    agreeing = (sculpture._targets[near] == sculpture._targets[:, None]).mean(axis=1)
    assert (np.diff(agreeing[sculpture.order]) <= 0).all()
    assert sorted(sculpture.order) == list(range(SAMPLES))


def test_wrong_labels_come_last(trained):
    sculpture, _, _ = trained
    wrong = sculpture._targets != sculpture._data.targets
    assert wrong.sum() == FLIPPED * SAMPLES
    assert wrong[sculpture.order[:100]].sum() <= 4 < 30 < wrong[sculpture.order[-60:]].sum()


def test_stages_grow(trained):
    sculpture, _, effect = trained
    (picture,) = effect.pictures
    assert picture.counted.sum(axis=1).tolist() == [round(strength * SAMPLES) for strength in sculpture.strengths]
    assert (picture.counted[1:] >= picture.counted[:-1]).all()


def test_with_wrong_labels_held_back_it_predicts_better_than_as_many_steps_on_all(trained):
    sculpture, _, effect = trained
    k = int(np.abs(sculpture.strengths - 0.8).argmin())
    assert of(effect, "accuracy")[k] > of(effect, "accuracy_plain")[k] + 0.03


def test_its_price_is_a_higher_loss_on_all_samples_at_every_stage(trained):
    _, _, effect = trained
    assert (of(effect, "loss_all") > of(effect, "loss_all_plain")).all()


def test_it_does_not_help_where_weight_decay_does():
    gains = []
    for seed in (0, 1, 2):
        sculpture = make_sculpture("curriculum", seed=seed, decay=1e-3)
        effect = sculpture.effect(sculpture.strengths, sculpture.fits(sculpture.strengths))
        gains.append(of(effect, "accuracy") - of(effect, "accuracy_plain"))
    assert np.mean(gains) < 0.01 and np.abs(np.array(gains)[:, -1]).max() < 0.05


def test_plain_run_takes_the_same_steps_on_all_samples():
    sculpture = make_sculpture("curriculum", seed=1)
    strengths = np.array([0.5, 1.0])
    effect = sculpture.effect(strengths, sculpture.fits(strengths))
    run = sculpture.fits(np.ones(2))
    assert of(effect, "loss_all_plain") == pytest.approx([sculpture.objective(1.0).value(theta) for theta in run])


def test_order_and_training_repeat():
    first, second = (make_sculpture("curriculum", seed=3) for _ in range(2))
    strengths = np.array([0.5, 1.0])
    assert np.array_equal(first.order, second.order)
    assert np.array_equal(first.fits(strengths), second.fits(strengths))
