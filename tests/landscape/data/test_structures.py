"""Segments, the tree of classes and ranked queries against the laws that they are drawn from."""

import numpy as np
import pytest

from landscape.data.datasets import make_dataset
from landscape.errors import LandscapeError


def runs(states):
    """The lengths of the runs of equal states, without the last one, which the end of the sequence cuts."""
    ends = np.flatnonzero(np.diff(states))
    return np.diff(np.r_[-1, ends])


@pytest.mark.parametrize("run", [1.5, 6.0, 20.0])
def test_segments_are_as_long_as_said_and_their_lengths_geometric(run):
    lengths = runs(make_dataset("segments", seed=3, n=5000, run=run).targets)
    error = 4 * np.sqrt(run**2 - run) / np.sqrt(len(lengths))
    assert lengths.mean() == pytest.approx(run, abs=error)
    assert np.mean(lengths == 1) == pytest.approx(1 / run, abs=4 / np.sqrt(len(lengths)) * np.sqrt(1 / run))


def test_a_run_of_one_changes_the_state_at_every_place():
    states = make_dataset("segments", n=500, run=1.0).targets
    assert (np.diff(states) != 0).all() and len(set(states.tolist())) == 3


def test_a_position_signals_its_state_and_the_test_part_is_another_sequence():
    dataset = make_dataset("segments", seed=5, n=5000, noise=0.4)
    assert [str(name) for name in dataset.target_names] == ["helix", "strand", "coil"]
    for inputs, states in ((dataset.inputs, dataset.targets), (dataset.test_inputs, dataset.test_targets)):
        for k in range(3):
            middle = [np.cos(2 * np.pi * k / 3), np.sin(2 * np.pi * k / 3)]
            np.testing.assert_allclose(inputs[states == k].mean(axis=0), middle, atol=0.05)
            assert inputs[states == k].std(axis=0) == pytest.approx([0.4, 0.4], rel=0.1)
    assert not np.array_equal(dataset.targets, dataset.test_targets)


def test_a_classifier_of_single_positions_makes_isolated_mistakes():
    dataset = make_dataset("segments", seed=1, n=3000)
    middles = np.array([dataset.inputs[dataset.targets == k].mean(axis=0) for k in range(3)])
    guessed = ((dataset.test_inputs[:, None] - middles) ** 2).sum(axis=2).argmin(axis=1)
    alone = (guessed[1:-1] != guessed[:-2]) & (guessed[1:-1] != guessed[2:])
    truly = (np.diff(dataset.test_targets)[1:] != 0) & (np.diff(dataset.test_targets)[:-1] != 0)
    assert np.mean(guessed == dataset.test_targets) == pytest.approx(0.79, abs=0.05)
    assert alone.mean() > 5 * truly.mean() and np.mean(runs(guessed)) < 4


def test_a_window_shows_the_neighbors_and_repeats_the_ends():
    plain, wide = make_dataset("segments", seed=2, n=20), make_dataset("segments", seed=2, n=20, window=2)
    np.testing.assert_array_equal(wide.targets, plain.targets)
    for i in range(20):
        seen = [plain.inputs[min(max(i + step, 0), 19)] for step in (-2, -1, 0, 1, 2)]
        np.testing.assert_array_equal(wide.inputs[i], np.concatenate(seen))
    assert wide.feature_names[:4] == ("x1[-2]", "x2[-2]", "x1[-1]", "x2[-1]") and wide.feature_names[4:6] == ("x1", "x2")


def steps_up(i, j):
    """Steps from two leaves up to their nearest common ancestor, by climbing."""
    steps = 0
    while i != j:
        i, j, steps = i // 2, j // 2, steps + 1
    return steps


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_the_best_classifier_confuses_next_of_kin_most(depth):
    dataset = make_dataset("tree", seed=4, n=5000, depth=depth)
    count = 2**depth
    assert dataset.classes == count and np.ptp(np.bincount(dataset.targets)) <= 1
    middles = np.array([dataset.inputs[dataset.targets == k].mean(axis=0) for k in range(count)])
    guessed = ((dataset.test_inputs[:, None] - middles) ** 2).sum(axis=2).argmin(axis=1)
    confused = np.zeros((count, count))
    np.add.at(confused, (dataset.test_targets, guessed), 1)
    rates = [np.mean([confused[i, j] for i in range(count) for j in range(count) if steps_up(i, j) == k]) for k in range(depth + 1)]
    assert (np.diff(rates) < 0).all(), rates
    assert confused.trace() / confused.sum() > 0.6


def test_siblings_are_the_nearest_neighbors_and_the_steps_are_the_digits_of_i_xor_j():
    dataset = make_dataset("tree", depth=4, spread=0.0, n=16)
    apart = np.linalg.norm(dataset.inputs[:, None] - dataset.inputs, axis=2)
    assert (dataset.targets == np.arange(16)).all()
    for i in range(16):
        assert np.argsort(apart[i])[1] == i ^ 1
        assert all(steps_up(i, j) == (i ^ j).bit_length() for j in range(16))
    assert [str(name) for name in make_dataset("tree", depth=2).target_names] == ["dog", "wolf", "cat", "lion"]
    assert len(set(dataset.target_names)) == 16


def test_documents_have_grades_of_their_hidden_score():
    dataset = make_dataset("ranking", seed=3, queries=300, documents=20, noise=0.0)
    assert dataset.task == "ranking" and dataset.inputs.shape == (300, 20, 4) and dataset.targets.shape == (300, 20)
    for x, grades in ((dataset.inputs, dataset.targets), (dataset.test_inputs, dataset.test_targets)):
        scores = 1.5 * x[..., 0] - x[..., 1] + x[..., 2] ** 2 - 1
        np.testing.assert_array_equal(grades, np.rint(4 * np.exp(scores) / (1 + np.exp(scores))))
        assert np.bincount(grades.ravel().astype(int), minlength=5).min() > 600
    noisy = make_dataset("ranking", seed=3, queries=300, documents=20, noise=1.0)
    scores = 1.5 * noisy.inputs[..., 0] - noisy.inputs[..., 1] + noisy.inputs[..., 2] ** 2
    assert 0.6 < np.corrcoef(scores.ravel(), noisy.targets.ravel())[0, 1] < 0.9


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("ranking", {"documents": 1}, "ranking: documents must be between 2 and 50; got 1"),
        ("tree", {"depth": 5}, "tree: depth must be between 1 and 4; got 5"),
        ("segments", {"run": 0.5}, "segments: run must be between 1.0 and 100.0; got 0.5"),
    ],
)
def test_what_cannot_be_drawn_is_refused(name, params, message):
    with pytest.raises(LandscapeError, match=message):
        make_dataset(name, **params)
