"""The published tables: their least-squares fits as the books print them, and the rows known to be outliers."""

import numpy as np
import pytest

from landscape.data.datasets import datasets, make_dataset
from landscape.data.published import published


def least_squares(dataset, kept=None):
    rows = slice(None) if kept is None else kept
    design = np.column_stack([dataset.inputs[rows], np.ones(len(dataset.inputs[rows]))])
    return np.linalg.lstsq(design, dataset.targets[rows], rcond=None)[0]


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("phones", {}, [5.041, -260.059]),  # Rousseeuw and Leroy 1987, p. 26: y = 5.041 x - 26.01, of calls in tens of millions
        ("stars_cyg", {}, [-0.4133, 6.7935]),  # p. 28
        ("animals", {}, [0.49599, 1.10958]),  # p. 57
        ("stackloss", {}, [0.7156, 1.2953, -0.1521, -39.9197]),  # p. 76
        *(("anscombe", {"set": k}, [0.500, 3.00]) for k in (1, 2, 3, 4)),
    ],
)
def test_least_squares_finds_the_printed_coefficients(name, params, expected):
    np.testing.assert_allclose(least_squares(make_dataset(name, **params)), expected, rtol=1e-3 if name == "anscombe" else 2e-4)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_anscombes_sets_have_the_same_statistics(k):
    dataset = make_dataset("anscombe", set=k)
    x, y = dataset.inputs[:, 0], dataset.targets
    assert (x.mean(), x.var(ddof=1), len(x)) == (9.0, 11.0, 11)
    assert y.mean() == pytest.approx(7.5, abs=0.005) and y.var(ddof=1) == pytest.approx(4.12, abs=0.01)
    assert np.corrcoef(x, y)[0, 1] == pytest.approx(0.816, abs=0.001)


def test_the_sets_of_the_quartet_are_four():
    assert len({make_dataset("anscombe", set=k).targets.tobytes() for k in (1, 2, 3, 4)}) == 4


@pytest.mark.parametrize("name", published)
def test_a_table_is_one_training_part_in_its_own_units_whatever_the_seed(name):
    one, other = make_dataset(name, seed=1), make_dataset(name, seed=2)
    np.testing.assert_array_equal(one.inputs, other.inputs)
    np.testing.assert_array_equal(one.targets, other.targets)
    assert len(one.test_inputs) == len(one.test_targets) == 0 and not one.standardized
    assert datasets[name].traits["outliers"]


@pytest.mark.parametrize("name", published)
def test_a_table_is_standardized_when_asked(name):
    raw, scaled = make_dataset(name), make_dataset(name, standardize=True)
    assert scaled.standardized and scaled.outliers == raw.outliers
    for part in ("inputs", "targets"):
        values = getattr(scaled, part)
        np.testing.assert_allclose([values.mean(axis=0), values.std(axis=0) - 1], 0.0, atol=1e-12)
        np.testing.assert_allclose(np.corrcoef(values.T, getattr(raw, part).T), np.corrcoef(getattr(raw, part).T, values.T), atol=1e-12)


def test_phones_counted_minutes_from_1964_to_1969_and_in_part_a_year_on_either_side():
    dataset = make_dataset("phones")
    assert dataset.inputs[list(dataset.outliers), 0].tolist() == list(range(63, 71))
    kept = np.setdiff1d(np.arange(24), dataset.outliers)
    assert least_squares(dataset, kept)[0] == pytest.approx(1.1, abs=0.02)  # what robust fits find


def test_the_giants_are_cool_and_turn_the_slope():
    dataset = make_dataset("stars_cyg")
    assert set(np.flatnonzero(dataset.inputs[:, 0] < 3.6)) == set(dataset.outliers)
    assert least_squares(dataset, np.setdiff1d(np.arange(47), dataset.outliers))[0] > 2


def test_the_animals_are_named_and_three_are_dinosaurs():
    dataset = make_dataset("animals")
    assert [dataset.row_names[row] for row in dataset.outliers] == ["Diplodocus", "Triceratops", "Brachiosaurus"]
    human = dataset.row_names.index("Human")
    np.testing.assert_allclose([dataset.inputs[human, 0], dataset.targets[human]], np.log10([62, 1320]))
    kept = np.setdiff1d(np.arange(28), dataset.outliers)
    assert least_squares(dataset, kept)[0] == pytest.approx(0.75, abs=0.01)


def test_the_outliers_of_the_stack_are_four_days():
    dataset = make_dataset("stackloss")
    assert [row + 1 for row in dataset.outliers] == [1, 3, 4, 21]
    assert dataset.feature_names == ("air flow", "water temperature", "acid concentration")
    assert dataset.inputs.shape == (21, 3) and dataset.targets[0] == 42


@pytest.mark.parametrize(("k", "slope"), [(3, 0.3454), (4, None)])
def test_one_point_makes_the_line_of_the_last_two_sets(k, slope):
    dataset = make_dataset("anscombe", set=k)
    kept = np.setdiff1d(np.arange(11), dataset.outliers)
    assert len(kept) == 10
    if slope is None:
        assert np.ptp(dataset.inputs[kept]) == 0  # without the point there is no slope
    else:
        assert least_squares(dataset, kept)[0] == pytest.approx(slope, abs=1e-3)
