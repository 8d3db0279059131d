"""Datasets against scikit-learn's arrays, closed forms, and the distributions of the synthetic ones."""

import itertools
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
import torch

from landscape.data.datasets import Dataset, datasets, make_dataset, split
from landscape.errors import LandscapeError

REAL = {
    "digits": sklearn.datasets.load_digits,
    "breast_cancer": sklearn.datasets.load_breast_cancer,
    "wine": sklearn.datasets.load_wine,
    "iris": sklearn.datasets.load_iris,
    "diabetes": lambda: sklearn.datasets.load_diabetes(scaled=False),
    "linnerud": sklearn.datasets.load_linnerud,
}
STANDARDIZED = ("breast_cancer", "wine", "iris", "diabetes", "linnerud")
NOISY = {"line": {"residuals": "normal"}, "line_outliers": {"noise": 0.5}, "xor": {"noise": 0.1}, "gates": {"noise": 0.1}}
PUBLISHED = ("phones", "stars_cyg", "animals", "stackloss", "anscombe")  # which no seed changes
ARRAYS = ("inputs", "targets", "test_inputs", "test_targets")


def bytes_of(dataset):
    return tuple(getattr(dataset, name).tobytes() for name in ARRAYS)


def raw(name, seed):
    """The split before any change of scale, in the units of scikit-learn's arrays."""
    return make_dataset(name, seed=seed, **({} if name == "digits" else {"standardize": False}))


def test_the_catalogue_names_its_formula_and_source():
    assert list(datasets)[:5] == ["digits", "breast_cancer", "wine", "iris", "diabetes"]
    assert {"line", "line_outliers", "moons", "circles", "spirals", "blobs", "xor"} <= set(datasets)
    assert all(entry.formula and entry.source for entry in datasets.values())


@pytest.mark.parametrize("name", datasets)
def test_arrays_have_one_type_and_cannot_be_written(name):
    dataset = make_dataset(name, seed=3)
    assert dataset.inputs.dtype == dataset.test_inputs.dtype == np.float64
    assert dataset.targets.dtype == dataset.test_targets.dtype == (np.int64 if dataset.task == "classification" else np.float64)
    shape = {"linnerud": (16, 3), "ranking": (40, 10)}.get(name, dataset.inputs.shape[:1])
    assert dataset.targets.shape == shape and dataset.test_inputs.shape[1:] == dataset.inputs.shape[1:]
    assert len(dataset.feature_names) == dataset.inputs.shape[-1]
    if dataset.task == "classification":
        assert sorted(set(dataset.targets.tolist())) == list(range(dataset.classes))
        assert len(dataset.target_names) == dataset.classes
    else:
        assert dataset.classes == 0 and len(dataset.target_names) == (3 if name == "linnerud" else 1)
    for array in ARRAYS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(dataset, array)[0] = 0


@pytest.mark.parametrize("name", [name for name in datasets if name not in PUBLISHED])
def test_a_seed_gives_its_bytes_again_and_another_seed_others(name):
    params = NOISY.get(name, {})
    assert bytes_of(make_dataset(name, seed=11, **params)) == bytes_of(make_dataset(name, seed=11, **params))
    assert bytes_of(make_dataset(name, seed=11, **params)) != bytes_of(make_dataset(name, seed=12, **params))


@pytest.mark.parametrize("name", datasets)
def test_the_global_generators_are_left_alone(name):
    before = (random.getstate(), np.random.get_state()[1].tobytes(), np.random.get_state()[2], torch.get_rng_state().tolist())  # noqa: NPY002
    make_dataset(name, seed=5, **NOISY.get(name, {}))
    after = (random.getstate(), np.random.get_state()[1].tobytes(), np.random.get_state()[2], torch.get_rng_state().tolist())  # noqa: NPY002
    assert before == after


@pytest.mark.parametrize("name", REAL)
def test_a_real_set_is_scikit_learns_own_split_80_to_20(name):
    bunch, dataset = REAL[name](), raw(name, seed=2)
    scale = 16 if name == "digits" else 1
    rows = np.concatenate(
        [np.column_stack([dataset.inputs * scale, dataset.targets]), np.column_stack([dataset.test_inputs * scale, dataset.test_targets])]
    )
    expected = np.column_stack([bunch.data, bunch.target])
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], expected[np.lexsort(expected.T)])
    assert len(dataset.test_inputs) == int(np.ceil(0.2 * len(expected)))
    assert not dataset.standardized


@pytest.mark.parametrize("name", [name for name in REAL if name not in ("diabetes", "linnerud")])
def test_classes_have_the_same_share_in_both_parts(name):
    dataset = make_dataset(name, seed=4)
    train = np.bincount(dataset.targets) / len(dataset.targets)
    test = np.bincount(dataset.test_targets) / len(dataset.test_targets)
    np.testing.assert_allclose(train, test, atol=1 / len(dataset.test_targets))


@pytest.mark.parametrize("name", STANDARDIZED)
def test_standardizing_takes_mean_and_deviation_from_the_training_part(name):
    dataset, plain = make_dataset(name, seed=9), raw(name, seed=9)
    assert dataset.standardized
    np.testing.assert_allclose(dataset.inputs.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(dataset.inputs.std(axis=0), 1.0, rtol=1e-12)
    mean, deviation = plain.inputs.mean(axis=0), plain.inputs.std(axis=0)
    np.testing.assert_allclose(dataset.test_inputs, (plain.test_inputs - mean) / deviation, rtol=1e-9, atol=1e-12)


def test_the_target_of_a_regression_is_standardized_with_its_inputs():
    dataset, plain = make_dataset("diabetes", seed=1), raw("diabetes", seed=1)
    expected = (plain.test_targets - plain.targets.mean()) / plain.targets.std()
    np.testing.assert_allclose(dataset.test_targets, expected, rtol=1e-12)
    assert dataset.targets.std() == pytest.approx(1.0) and plain.targets.mean() > 100


def test_digits_are_gray_images_of_eight_by_eight():
    dataset = make_dataset("digits", seed=7)
    assert dataset.inputs.shape == (1437, 64) and dataset.image_shape == (1, 8, 8) and dataset.classes == 10
    assert dataset.inputs.min() == 0.0 and dataset.inputs.max() == 1.0 and not dataset.standardized
    images = sklearn.datasets.load_digits().images
    assert (images == 16 * dataset.inputs[0].reshape(dataset.image_shape)).all(axis=(1, 2)).any()


def fit(dataset):
    """Least squares by the normal equations: (w, b), the mean squared error and the Hessian's eigenvalues."""
    design = np.column_stack([dataset.inputs[:, 0], np.ones(len(dataset.inputs))])
    theta = np.linalg.solve(design.T @ design, design.T @ dataset.targets)
    loss = np.mean((design @ theta - dataset.targets) ** 2)
    return theta, loss, np.linalg.eigvalsh(2 * design.T @ design / len(design))


def test_the_line_is_the_one_of_the_first_lecture_whatever_the_seed():
    dataset = make_dataset("line", seed=8)
    np.testing.assert_array_equal(dataset.inputs[:, 0], [-2, -1, 0, 1, 2])
    np.testing.assert_allclose(dataset.targets - 2 * dataset.inputs[:, 0] - 1, [0.1, -0.2, 0.05, 0.15, -0.1], atol=1e-15)
    theta, loss, eigenvalues = fit(dataset)
    np.testing.assert_allclose(theta, [1.995, 1.0], atol=1e-12)
    assert loss == pytest.approx(0.01695, rel=1e-9)
    np.testing.assert_allclose(eigenvalues, [2.0, 4.0], rtol=1e-12)


def test_shifting_the_inputs_ruins_the_conditioning_and_keeps_the_fit():
    plain, shifted = make_dataset("line"), make_dataset("line", offset=10.0)
    np.testing.assert_array_equal(shifted.targets, plain.targets)
    theta, loss, eigenvalues = fit(shifted)
    np.testing.assert_allclose(eigenvalues, [0.0388, 205.96], rtol=2e-3)
    assert eigenvalues[1] / eigenvalues[0] == pytest.approx(5302.5, rel=1e-4)
    assert loss == pytest.approx(0.01695, rel=1e-8)
    np.testing.assert_allclose(theta, [1.995, 1.0 - 19.95], rtol=1e-9)


def test_a_line_follows_its_slope_intercept_and_noise():
    dataset = make_dataset("line", seed=6, n=1000, slope=-3.0, intercept=4.0, noise=0.7, offset=-5.0, residuals="normal")
    residuals = dataset.targets - (-3.0 * (dataset.inputs[:, 0] + 5.0) + 4.0)
    assert residuals.mean() == pytest.approx(0.0, abs=4 * 0.7 / np.sqrt(1000)) and residuals.std() == pytest.approx(0.7, rel=0.1)
    assert dataset.inputs.min() == -7.0 and dataset.inputs.max() == -3.0
    np.testing.assert_allclose(dataset.test_targets, -3.0 * (dataset.test_inputs[:, 0] + 5.0) + 4.0, atol=1e-12)
    assert not np.isin(dataset.test_inputs, dataset.inputs).any()


def test_one_outlier_swings_the_least_squares_line_as_in_the_second_lecture():
    dataset = make_dataset("line_outliers")
    np.testing.assert_array_equal(dataset.inputs[:, 0], np.arange(10))
    np.testing.assert_array_equal(dataset.targets, [0, 1, 2, 3, 4, 5, 6, 7, 8, 39])
    assert fit(dataset)[0][0] == pytest.approx(2.63636, abs=5e-6)
    assert fit(make_dataset("line_outliers", outlier=1000.0))[0][0] == pytest.approx(55.545, abs=5e-4)
    np.testing.assert_array_equal(dataset.test_targets, dataset.test_inputs[:, 0])


def test_a_leverage_point_breaks_even_the_least_absolute_line():
    dataset = make_dataset("line_outliers", outlier=0.0, leverage=30.0)
    x, y = dataset.inputs[:, 0], dataset.targets
    assert (x[-1], y[-1], len(x)) == (30.0, 0.0, 11)
    slopes = ((y[i] - y[j]) / (x[i] - x[j]) for i, j in itertools.combinations(range(len(x)), 2))
    errors = {slope: np.abs(y - slope * x - np.median(y - slope * x)).sum() for slope in slopes}  # a best line passes through two points
    assert min(errors, key=errors.get) == pytest.approx(-0.154, abs=5e-4)


def test_the_share_of_outliers_is_lifted_at_the_end_of_the_line():
    dataset = make_dataset("line_outliers", n=20, share=0.25, outlier=-7.0)
    np.testing.assert_array_equal(dataset.targets - dataset.inputs[:, 0], [0] * 15 + [-7] * 5)
    assert dataset.outliers == (15, 16, 17, 18, 19)
    assert make_dataset("line_outliers", n=10, leverage=30.0).outliers == (9, 10)


def both_parts(dataset):
    return ((dataset.inputs, dataset.targets), (dataset.test_inputs, dataset.test_targets))


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "blobs"])
def test_the_two_parts_of_a_made_set_are_two_draws(name):
    dataset = make_dataset(name, seed=1, n=60)
    assert dataset.inputs.shape == dataset.test_inputs.shape == (60, 2)
    assert not np.isin(dataset.inputs, dataset.test_inputs).any()


def test_moons_without_noise_are_two_half_circles():
    for inputs, targets in both_parts(make_dataset("moons", noise=0.0, n=50)):
        upper, lower = inputs[targets == 0], inputs[targets == 1] - [1.0, 0.5]
        np.testing.assert_allclose(np.hypot(*upper.T), 1.0)
        np.testing.assert_allclose(np.hypot(*lower.T), 1.0)
        assert upper[:, 1].min() > -1e-9 > lower[:, 1].max() - 2e-9


def test_rings_without_noise_have_two_radii():
    for inputs, targets in both_parts(make_dataset("circles", noise=0.0, n=50, factor=0.3)):
        np.testing.assert_allclose(np.hypot(*inputs.T), np.where(targets == 0, 1.0, 0.3))


def test_spirals_without_noise_turn_with_their_radius_half_a_turn_apart():
    for inputs, targets in both_parts(make_dataset("spirals", noise=0.0, n=80, turns=2.0)):
        radius, turn = np.hypot(*inputs.T), np.arctan2(inputs[:, 1], inputs[:, 0])
        apart = (turn - 2 * np.pi * 2.0 * radius - np.pi * targets) / (2 * np.pi)
        np.testing.assert_allclose(apart, np.round(apart), atol=1e-9)
        assert 0.1 <= radius.min() and radius.max() <= 1.0 and targets.sum() == 40


def test_noise_of_a_spiral_is_its_deviation_from_the_arm():
    plain, noisy = (make_dataset("spirals", seed=3, n=2000, noise=noise) for noise in (0.0, 0.2))
    assert (noisy.inputs - plain.inputs).std() == pytest.approx(0.2, rel=0.05)


def test_blobs_lie_around_the_corners_of_a_polygon_in_both_parts():
    for inputs, targets in both_parts(make_dataset("blobs", seed=2, n=3000, classes=5, spread=0.4)):
        for k in range(5):
            cloud = inputs[targets == k]
            np.testing.assert_allclose(cloud.mean(axis=0), 2 * np.array([np.cos(0.4 * np.pi * k), np.sin(0.4 * np.pi * k)]), atol=0.08)
            assert cloud.std(axis=0) == pytest.approx([0.4, 0.4], rel=0.12)


def test_exclusive_or_without_noise_is_its_truth_table():
    dataset = make_dataset("xor", seed=4)
    for inputs, targets in both_parts(dataset):
        np.testing.assert_array_equal(inputs, [[0, 0], [0, 1], [1, 0], [1, 1]])
        np.testing.assert_array_equal(targets, [0, 1, 1, 0])


@pytest.mark.parametrize("gate", ["and", "or", "nand", "nor", "xor"])
def test_a_gate_without_noise_is_its_truth_table(gate):
    rule = {"and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b}
    rule |= {"nand": lambda a, b: 1 - (a & b), "nor": lambda a, b: 1 - (a | b)}
    for inputs, targets in both_parts(make_dataset("gates", gate=gate, n_per_corner=3)):
        assert len(targets) == 12 and len(np.unique(inputs, axis=0)) == 4
        np.testing.assert_array_equal(targets, rule[gate](*inputs.astype(int).T))


def test_the_gate_xor_is_the_data_set_xor():
    assert bytes_of(make_dataset("gates", seed=3, gate="xor", noise=0.2)) == bytes_of(make_dataset("xor", seed=3, noise=0.2))


def test_the_rare_class_has_its_share_and_hardly_overlaps_the_others():
    for inputs, targets in both_parts(make_dataset("imbalanced", seed=1, n=2000, share=0.05)):
        assert len(targets) == 2000 and targets.sum() == 100
        off = inputs[:, 1] - inputs[:, 0]
        assert 0 < np.mean(off[targets == 1] < np.quantile(off[targets == 0], 0.999)) < 0.2
        assert np.corrcoef(inputs[targets == 0].T)[0, 1] > 0.8
    assert make_dataset("imbalanced", n=20, share=0.005).targets.sum() == 1


def flagged(dataset, line, cutoff):
    """Precision and recall of residuals of more than `cutoff` robust deviations as a detector of the rare class."""
    residuals = dataset.inputs[:, 1] - np.polyval(line, dataset.inputs[:, 0])
    found = np.abs(residuals) > cutoff * 1.4826 * np.median(np.abs(residuals))
    right = np.sum(found & (dataset.targets == 1))
    return np.array([right / found.sum(), right / dataset.targets.sum()])


def bisquare_line(dataset):
    """Reweighted least squares from the line through the ordinary middle, with Tukey's weights."""
    x, y = dataset.inputs.T
    line = np.array([1.0, 0.0])
    for _ in range(50):
        residuals = y - np.polyval(line, x)
        share = residuals / (4.685 * 1.4826 * np.median(np.abs(residuals)))
        line = np.polyfit(x, y, 1, w=np.clip(1 - share**2, 0, None))  # the square root of the weights
    return line


def test_a_robust_line_tells_the_rare_class_where_least_squares_misses_and_blames():
    found = []
    for seed in range(6):
        dataset = make_dataset("imbalanced", seed=seed)
        least = np.polyfit(*dataset.inputs.T, 1)
        found.append([flagged(dataset, least, 2.5), flagged(dataset, bisquare_line(dataset), 2.5)])
    (precision, recall), (robust_precision, robust_recall) = np.mean(found, axis=0)
    assert precision < 0.75 and recall < 0.75
    assert robust_precision > precision + 0.03 and robust_recall > recall + 0.2


def test_noisy_exclusive_or_stays_near_its_corners():
    for inputs, targets in both_parts(make_dataset("xor", seed=4, n_per_corner=50, noise=0.05)):
        np.testing.assert_array_equal(targets, (np.round(inputs[:, 0]) != np.round(inputs[:, 1])).astype(int))
        assert len(inputs) == 200 and np.ptp(inputs[::4, 0]) > 0.05


@pytest.mark.parametrize(
    ("name", "seed", "params", "message"),
    [
        ("mnist", 0, {}, "datasets: the name must be one of digits"),
        ("moons", 0, {"noise": -0.1}, "moons: noise must be between 0.0 and 1.0; got -0.1"),
        ("moons", -1, {}, "dataset: seed must be between 0 and 4294967295; got -1"),
        ("moons", 0.5, {}, "dataset: seed must be a whole number"),
        ("line", 0, {"residuals": "huge"}, "line residuals: the name must be one of fixed, normal"),
        ("digits", 0, {"standardize": True}, "digits: its parameters are none"),
    ],
)
def test_what_no_dataset_has_is_refused(name, seed, params, message):
    with pytest.raises(LandscapeError, match=message):
        make_dataset(name, seed=seed, **params)


X, Y = np.arange(6.0).reshape(3, 2), np.array([0, 1, 1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X, Y, "clustering", X, Y, 2), "task: the name must be one of regression, classification, ranking"),
        ((X, Y, "ranking", X, Y), r"inputs must have shape \('Q', 'n', 'd'\); got \(3, 2\)"),
        ((X[:, :, None], Y, "ranking", X[:, :, None], Y), r"targets must have shape \('k', 2\); got \(3,\)"),
        ((X[:, :1, None], X[:, :1], "ranking", X[:, :1, None], X[:, :1]), "a query must have two documents or more; got 1"),
        ((X, X, "regression", X, Y), r"test_targets must have shape \('k', 2\); got \(3,\)"),
        ((X, np.ones((3, 1)), "classification", X, Y, 2), r"targets must have shape \('k',\); got \(3, 1\)"),
        ((X, Y[:2], "classification", X, Y, 2), "same, non-zero length; got 3 inputs and 2 targets"),
        ((X[:0], Y[:0], "classification", X, Y, 2), "same, non-zero length; got 0 inputs"),
        ((X, Y, "classification", X, Y + 1, 2), "test_targets must be between 0 and 1; got 1 to 2"),
        ((X, Y + 0.5, "classification", X, Y, 2), "targets must be a whole number; got 0.5"),
        ((X, Y, "regression", np.where(X < 2, np.nan, X), Y), "test_inputs must hold finite numbers only; got 2 that are not"),
        ((X, Y, "regression", X[:, :1], Y), r"test_inputs must have shape \('k', 2\); got \(3, 1\)"),
        ((X, Y, "regression", X, Y, 0, (), (), None, False, (), (), ("a", "b")), r"row_names must have shape \(3,\); got \(2,\)"),
        ((X, Y, "regression", X, Y, 0, (), (), None, False, (), (), (), (0, 3)), "outliers must be between 0 and 2; got 3"),
    ],
)
def test_a_dataset_refuses_parts_that_do_not_agree(arguments, message):
    with pytest.raises(LandscapeError, match=message):
        Dataset(*arguments)


@pytest.mark.parametrize("targets", [[0] * 9 + [1], [0, 0, 1, 1, 2, 2, 3, 3]])
def test_classes_too_small_to_divide_are_split_at_random(targets):
    dataset = split(np.arange(2.0 * len(targets)).reshape(-1, 2), np.array(targets), "classification", 3, standardize=True, classes=4)
    assert len(dataset.test_targets) == 2
    assert sorted([*dataset.targets, *dataset.test_targets]) == targets


def test_a_dataset_keeps_its_own_copy_and_may_have_no_test_part():
    inputs = X.copy()
    dataset = Dataset(inputs, Y, "regression", X[:0], Y[:0])
    inputs[0, 0] = 99.0
    assert dataset.inputs[0, 0] == 0.0 and len(dataset.test_inputs) == 0 and dataset.targets.dtype == np.float64


def test_nothing_heavy_is_imported_before_a_dataset_is_made():
    code = "import sys, landscape; assert not {'sklearn', 'pandas', 'torch._dynamo'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
