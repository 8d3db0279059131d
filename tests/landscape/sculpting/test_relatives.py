"""The cost of distant mistakes: its measure by hand, and what several seeds find."""

import numpy as np
import pytest
from scipy.special import softmax

from landscape.sculpting.claims import claim
from landscape.sculpting.relatives import Related

STEPS = np.array([[0 if i == j else int(i ^ j).bit_length() for j in range(8)] for i in range(8)])


def test_the_term_is_the_mean_distance_of_the_predicted_class():
    sculpture = Related(0, 0.4)
    theta = np.random.default_rng(3).standard_normal(sculpture.objective(0.0).dim)
    p = softmax(sculpture.objective(0.0).outputs(theta, sculpture._data.inputs), axis=1)
    expected = (p * STEPS[sculpture._data.targets]).sum(axis=1).mean()
    assert sculpture.objective(1.5).value(theta) - sculpture.objective(0.0).value(theta) == pytest.approx(1.5 * expected, rel=1e-9)


def test_the_measure_is_the_mean_over_mistakes_alone():
    sculpture = Related(1, 0.4)
    theta = np.random.default_rng(5).standard_normal(sculpture.objective(0.0).dim)
    effect = sculpture.effect(np.zeros(1), theta[None])
    counts = effect.pictures[0].counts[0]
    wrong = counts.sum() - np.trace(counts)
    test = next(measure for measure in effect.aims if measure.part == "test")
    assert test.values[0] == pytest.approx((counts * STEPS).sum() / wrong, rel=1e-12)
    accuracy = next(measure for measure in effect.prices if measure.part == "test")
    assert accuracy.values[0] == pytest.approx(np.trace(counts) / counts.sum(), rel=1e-12)


def test_the_tree_cost_brings_mistakes_nearer_over_seeds():
    found = claim("tree", range(3))
    for k, measure in enumerate(found.measures):
        if measure.name == "mistake_distance":
            assert np.median(found.after[:, k] - found.before[:, k]) < -0.03
