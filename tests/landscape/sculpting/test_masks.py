"""Dropout of a linear model: the average over masks against its expectation, which is the ridge of each input's own size."""

import numpy as np
import pytest

from landscape.data.datasets import make_dataset
from landscape.sculpting.masks import Dropped


def test_the_expectation_is_that_of_all_masks():
    """Of ten inputs all 1024 masks, by their probabilities."""
    rate, data, sculpture = 0.3, make_dataset("diabetes"), Dropped(0)
    masks = (np.arange(1024)[:, None] >> np.arange(10)) & 1
    chances = rate ** (masks == 0).sum(axis=1) * (1 - rate) ** masks.sum(axis=1)
    pairs = np.einsum("m,mi,mj->ij", chances, masks, masks) / (1 - rate) ** 2
    gram = data.inputs.T @ data.inputs / len(data.targets) * pairs
    pull = data.inputs.T @ data.targets / len(data.targets)
    assert sculpture.expected(rate) == pytest.approx(np.linalg.solve(gram, pull), rel=1e-9)


def test_training_ends_near_the_expected_minimum_and_without_dropout_at_least_squares():
    sculpture, data = Dropped(0), make_dataset("diabetes")
    plain, dropped = sculpture.fits(np.array([0.0, 0.4]))
    assert plain == pytest.approx(np.linalg.lstsq(data.inputs, data.targets)[0], abs=1e-8)
    assert dropped == pytest.approx(sculpture.expected(0.4), abs=0.05)
    assert sculpture.objective(0.4).gradient(dropped) == pytest.approx(np.zeros(10), abs=1e-9)


def test_its_masks_are_drawn_once():
    sculpture, theta = Dropped(3), np.ones(10)
    assert sculpture.objective(0.2).value(theta) == sculpture.objective(0.2).value(theta) == Dropped(3).objective(0.2).value(theta)
