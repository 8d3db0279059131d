"""Dataset: a training and a test part, as arrays, and how samples are split into the two."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from landscape.catalogue import Parameter
from landscape.errors import LandscapeError, Phrase, require_name, require_range

TASKS = ("regression", "classification", "ranking")
TEST_SHARE = 0.2
SEED = Parameter("seed", 0, "random seed", 0, 2**32 - 1)  # the range of scikit-learn's random_state


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training part and a test part of one data set, as read-only copies of the arrays given; the test part may be empty.

    `inputs` (N, ...) are float64. `targets` are, by `task`: in "regression" numbers, float64, (N,) or (N, m) for m of them a sample; in
    "classification" class indices 0..classes-1, int64, (N,); in "ranking", where a sample is a query of n documents, with inputs (N, n, d),
    a grade for each document, float64, (N, n). `classes` is 0 but in classification. `target_names` are the names of the classes, or of
    the targets of a regression, or of the grade. `image_shape` (channels, height,
    width) is set where a row of `inputs` is an image, flattened in this order. `standardized` says that the training part's mean was
    subtracted from every input column, and in regression from the target, and that both were divided by the training part's standard
    deviation. `dropped` names the columns left out because they are constant; `notes` list what else was changed in a user's table.
    `row_names` are the names of the training samples, where they have any, and `outliers` the indices of those known to be outliers.
    Raises `LandscapeError` when lengths or shapes disagree, a number is not finite, a target is not a class index in range, or a query has
    fewer than two documents.
    """

    inputs: np.ndarray
    targets: np.ndarray
    task: str
    test_inputs: np.ndarray
    test_targets: np.ndarray
    classes: int = 0
    feature_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    image_shape: tuple[int, int, int] | None = None
    standardized: bool = False
    dropped: tuple[str, ...] = ()
    notes: tuple[Phrase, ...] = ()
    row_names: tuple[str, ...] = ()
    outliers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_name("task", self.task, TASKS)
        for part in ("", "test_"):
            inputs = self._checked(f"{part}inputs", np.float64)
            targets = self._checked(f"{part}targets", np.int64 if self.task == "classification" else np.float64)
            if len(inputs) != len(targets) or (len(inputs) == 0 and not part):
                raise LandscapeError(
                    "unpaired_data", owner="dataset", got=Phrase("inputs_and_targets", inputs=len(inputs), targets=len(targets))
                )
            if self.task == "classification" and len(targets) and not 0 <= targets.min() <= targets.max() < self.classes:
                got = Phrase("from_to", first=targets.min(), last=targets.max())
                raise LandscapeError("out_of_range", owner="dataset", name=f"{part}targets", got=got, low=0, high=self.classes - 1)
            if self.task == "ranking" and inputs.ndim != 3:
                raise LandscapeError("wrong_shape", owner="dataset", name=f"{part}inputs", expected=("Q", "n", "d"), got=inputs.shape)
            self._require_shape(f"{part}inputs", self.inputs.shape[1:])
            self._require_shape(f"{part}targets", self._shape_of_targets())
        if self.task == "ranking" and self.inputs.shape[1] < 2:
            raise LandscapeError("lone_documents", owner="dataset", got=self.inputs.shape[1])

        if len(self.row_names) not in (0, len(self.inputs)):
            expected, got = (len(self.inputs),), (len(self.row_names),)
            raise LandscapeError("wrong_shape", owner="dataset", name="row_names", expected=expected, got=got)
        for row in self.outliers:
            require_range("dataset", "outliers", row, 0, len(self.inputs) - 1)

    def _shape_of_targets(self) -> tuple[int, ...]:
        """Return the shape that one sample's targets must have."""
        if self.task == "ranking":
            return self.inputs.shape[1:2]
        return () if self.task == "classification" else self.targets.shape[1:]

    def _require_shape(self, name: str, expected: tuple[int, ...]) -> None:
        shape = getattr(self, name).shape
        if shape[1:] != expected:
            raise LandscapeError("wrong_shape", owner="dataset", name=name, expected=("k", *expected), got=shape)

    def _checked(self, name: str, dtype: type) -> np.ndarray:
        array = np.asarray(getattr(self, name))
        bad = int((~np.isfinite(array)).sum())
        if bad:
            raise LandscapeError("not_finite", owner="dataset", name=name, got=Phrase("not_finite_numbers", count=bad))
        if dtype is np.int64 and not np.array_equal(array, np.floor(array)):
            raise LandscapeError("not_whole", owner="dataset", name=name, got=array[array != np.floor(array)].flat[0], example=1)
        array = array.astype(dtype)  # a copy
        array.setflags(write=False)
        object.__setattr__(self, name, array)
        return array


def split(inputs: np.ndarray, targets: np.ndarray, task: str, seed: int, *, standardize: bool, **fields: object) -> Dataset:
    """Return a `Dataset` of 80 % training and 20 % test samples, split at random; stratified by class where every class is large enough.

    With `standardize`, columns are centered and scaled by the mean and standard deviation of the training part alone; a column that is
    constant there is only centered. `fields` are passed on to `Dataset`.
    """
    from sklearn.model_selection import train_test_split

    labels = targets if task == "classification" and _divisible(targets) else None
    train_x, test_x, train_y, test_y = train_test_split(inputs, targets, test_size=TEST_SHARE, random_state=seed, stratify=labels)
    if standardize:
        train_x, test_x = standardized(train_x, train_x), standardized(test_x, train_x)
        if task == "regression":
            train_y, test_y = standardized(train_y, train_y), standardized(test_y, train_y)
    return Dataset(train_x, train_y, task, test_x, test_y, standardized=standardize, **fields)


def _divisible(targets: np.ndarray) -> bool:
    """Return whether every class has enough samples for a stratified split: one at least on either side."""
    counts = np.bincount(targets)
    return counts[counts > 0].min() >= 2 and math.ceil(TEST_SHARE * len(targets)) >= np.count_nonzero(counts)


def standardized(values: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Return the columns centered and scaled by the mean and standard deviation of `train`; one that is constant there only centered."""
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    constant = np.ptp(train, axis=0) == 0  # whose computed standard deviation may be about 1e-17
    return (values - mean) / np.where(constant, 1.0, deviation)
