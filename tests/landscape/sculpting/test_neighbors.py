"""Smoothing of neighbors: what stands alone, the divergence by its definition, and what several seeds find."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax

from landscape.sculpting.claims import claim
from landscape.sculpting.neighbors import Smoothed, disagreement, isolated


@pytest.mark.parametrize(
    ("labels", "alone"),
    [([0, 0, 1, 0, 0], [2]), ([1, 0, 0, 2], [0, 3]), ([0, 1, 2], [0, 1, 2]), ([2, 2, 1, 1], []), ([0, 0, 0], [])],
)
def test_a_label_that_differs_from_its_neighbors_stands_alone(labels, alone):
    assert np.flatnonzero(isolated(np.array(labels))).tolist() == alone
    assert np.flatnonzero(isolated(np.array([labels, labels]))[1]).tolist() == alone


def test_the_disagreement_is_the_mean_divergence_of_neighbors():
    logits = 3 * np.random.default_rng(4).standard_normal((7, 3))
    p = softmax(logits, axis=1)
    each = jensenshannon(p[:-1], p[1:], axis=1) ** 2  # scipy's is the root
    assert float(disagreement(torch.tensor(logits)).mean()) == pytest.approx(each.mean(), rel=1e-9)


def test_the_objective_is_affine_and_sees_the_whole_sequence():
    sculpture = Smoothed(0, 1.0)
    theta = np.random.default_rng(2).standard_normal(sculpture.objective(0.0).dim)
    base, one, three = (sculpture.objective(strength).value(theta) for strength in (0.0, 1.0, 3.0))
    logits = sculpture.objective(0.0).outputs(theta, sculpture._data.inputs)
    assert three - base == pytest.approx(3 * (one - base), rel=1e-9)
    assert one - base == pytest.approx(float(disagreement(torch.from_numpy(logits)).mean()), rel=1e-9)


def test_smoothing_lowers_the_number_of_isolated_labels_over_seeds():
    found = claim("smoothing", range(3))
    columns = [k for k, measure in enumerate(found.measures) if measure.name == "isolated"]
    assert (found.after[:, columns] < found.before[:, columns]).all()
    assert all(np.diff(found.medians(found.measures[k])) <= -3 for k in columns)
