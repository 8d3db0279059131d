"""Datasets: the real ones of scikit-learn, and synthetic ones defined by the formula of their entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from landscape.catalogue import Catalogue, Parameter
from landscape.errors import LandscapeError, Phrase, require_name

TASKS = ("regression", "classification")
TEST_SHARE = 0.2
SEED = Parameter("seed", 0, "random seed", 0, 2**32 - 1)  # the range of scikit-learn's random_state

datasets = Catalogue("datasets")  # trait `clean_test`: the test targets have no noise and no outliers

_STANDARDIZE = Parameter("standardize", True, "standardize")


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training part and a test part of one data set, as read-only copies of the arrays given.

    `inputs` (N, ...) are float64. `targets` (N,) are float64 in regression, where `classes` is 0, and class indices 0..classes-1, int64, in
    classification. `target_names` are the names of the classes, or the name of the regression target. `image_shape` (channels, height,
    width) is set where a row of `inputs` is an image, flattened in this order. `standardized` says that the training part's mean was
    subtracted from every input column, and in regression from the target, and that both were divided by the training part's standard
    deviation. `dropped` names the columns left out because they are constant; `notes` list what else was changed in a user's table.
    Raises `LandscapeError` when lengths or shapes disagree, a number is not finite or a target is not a class index in range.
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

    def __post_init__(self) -> None:
        require_name("task", self.task, TASKS)
        for part in ("", "test_"):
            inputs = self._checked(f"{part}inputs", np.float64)
            targets = self._checked(f"{part}targets", np.float64 if self.task == "regression" else np.int64)
            if len(inputs) != len(targets) or (len(inputs) == 0 and not part):
                raise LandscapeError("unpaired_data", owner="dataset", got=f"{len(inputs)} inputs and {len(targets)} targets")
            if self.task == "classification" and len(targets) and not 0 <= targets.min() <= targets.max() < self.classes:
                got = f"{targets.min()} to {targets.max()}"
                raise LandscapeError("out_of_range", owner="dataset", name=f"{part}targets", got=got, low=0, high=self.classes - 1)
        if self.inputs.shape[1:] != self.test_inputs.shape[1:]:
            expected = ("k", *self.inputs.shape[1:])
            raise LandscapeError("wrong_shape", owner="dataset", name="test_inputs", expected=expected, got=self.test_inputs.shape)

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


def make_dataset(name: str, *, seed: int = 0, **params: object) -> Dataset:
    """Return the data set `name` of the catalogue; the same seed and parameters give the same bytes.

    `seed` fixes the noise of a synthetic data set and the split of a real one. Raises `LandscapeError` for an unknown name or a value out
    of its range.
    """
    return datasets.make(name, SEED.check("dataset", seed), **params)


def split(inputs: np.ndarray, targets: np.ndarray, task: str, seed: int, *, standardize: bool, **fields: object) -> Dataset:
    """Return a `Dataset` of 80 % training and 20 % test samples, split at random; stratified by class where every class is large enough.

    With `standardize`, columns are centered and scaled by the mean and standard deviation of the training part alone; a column that is
    constant there is only centered. `fields` are passed on to `Dataset`.
    """
    from sklearn.model_selection import train_test_split

    labels = targets if task == "classification" and _divisible(targets) else None
    train_x, test_x, train_y, test_y = train_test_split(inputs, targets, test_size=TEST_SHARE, random_state=seed, stratify=labels)
    if standardize:
        train_x, test_x = _standardize(train_x, test_x)
        if task == "regression":
            train_y, test_y = _standardize(train_y, test_y)
    return Dataset(train_x, train_y, task, test_x, test_y, standardized=standardize, **fields)


def _divisible(targets: np.ndarray) -> bool:
    """Return whether every class has enough samples for a stratified split: one at least on either side."""
    counts = np.bincount(targets)
    return counts[counts > 0].min() >= 2 and math.ceil(TEST_SHARE * len(targets)) >= np.count_nonzero(counts)


def _standardize(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    constant = np.ptp(train, axis=0) == 0  # whose computed standard deviation may be about 1e-17
    scale = np.where(constant, 1.0, deviation)
    return (train - mean) / scale, (test - mean) / scale


def _classes(bunch: object, seed: int, standardize: bool) -> Dataset:
    names = tuple(str(name) for name in bunch.target_names)
    features = tuple(str(name) for name in bunch.feature_names)
    fields = {"classes": len(names), "feature_names": features, "target_names": names}
    return split(bunch.data, bunch.target, "classification", seed, standardize=standardize, **fields)


@datasets.entry(
    "digits",
    "Handwritten digits",
    formula=r"x\in[0,1]^{8\times 8},\quad y\in\{0,\dots,9\}",
    source="Alpaydin and Kaynak 1998, Optical recognition of handwritten digits, UCI",
)
def _digits(seed: int) -> Dataset:
    """Gray levels 0 to 16 divided by 16, and not standardized, so that inputs remain images."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    names = tuple(str(name) for name in bunch.target_names)
    features = tuple(str(name) for name in bunch.feature_names)
    fields = {"classes": len(names), "feature_names": features, "target_names": names, "image_shape": (1, 8, 8)}
    return split(bunch.data / 16, bunch.target, "classification", seed, standardize=False, **fields)


@datasets.entry(
    "breast_cancer",
    "Breast cancer",
    _STANDARDIZE,
    formula=r"x\in\mathbb{R}^{30},\quad y\in\{0,1\}",
    source="Wolberg, Mangasarian, Street and Street 1993, Breast cancer Wisconsin (diagnostic), UCI",
)
def _breast_cancer(seed: int, standardize: bool) -> Dataset:
    from sklearn.datasets import load_breast_cancer

    return _classes(load_breast_cancer(), seed, standardize)


@datasets.entry(
    "wine",
    "Wine",
    _STANDARDIZE,
    formula=r"x\in\mathbb{R}^{13},\quad y\in\{0,1,2\}",
    source="Aeberhard and Forina 1991, Wine, UCI",
)
def _wine(seed: int, standardize: bool) -> Dataset:
    from sklearn.datasets import load_wine

    return _classes(load_wine(), seed, standardize)


@datasets.entry(
    "iris",
    "Iris",
    _STANDARDIZE,
    formula=r"x\in\mathbb{R}^{4},\quad y\in\{0,1,2\}",
    source="Fisher 1936, The use of multiple measurements in taxonomic problems",
)
def _iris(seed: int, standardize: bool) -> Dataset:
    from sklearn.datasets import load_iris

    return _classes(load_iris(), seed, standardize)


@datasets.entry(
    "diabetes",
    "Diabetes",
    _STANDARDIZE,
    formula=r"x\in\mathbb{R}^{10},\quad y\in\mathbb{R}",
    source="Efron, Hastie, Johnstone and Tibshirani 2004, Least angle regression",
)
def _diabetes(seed: int, standardize: bool) -> Dataset:
    """In the original units; `standardize` scales the target too, so that the stable learning rate does not depend on its unit."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    fields = {"feature_names": tuple(bunch.feature_names), "target_names": ("disease progression",)}
    return split(bunch.data, bunch.target, "regression", seed, standardize=standardize, **fields)


# Residuals of a textbook example: at noise 0.2 they move five points on y = 2x + 1 by +0.1, -0.2, +0.05, +0.15 and -0.1, and the
# least-squares line is exactly 1.995 x + 1.
_FIXED_RESIDUALS = (0.5, -1.0, 0.25, 0.75, -0.5)


@datasets.entry(
    "line",
    "Noisy line",
    Parameter("n", 5, "number of points", 3, 1000),
    Parameter("slope", 2.0, "slope", -10.0, 10.0),
    Parameter("intercept", 1.0, "intercept", -10.0, 10.0),
    Parameter("noise", 0.2, "noise", 0.0, 5.0),
    Parameter("offset", 0.0, "shift of the inputs", -100.0, 100.0),
    Parameter("residuals", "fixed", "residuals", choices=("fixed", "normal")),
    formula=r"y_i=a\,t_i+b+\sigma\varepsilon_i,\quad x_i=t_i+\mathrm{offset},\quad t_i\in[-2,2]",
    source="Least squares, Legendre 1805",
    clean_test=True,
)
def _line(seed: int, n: int, slope: float, intercept: float, noise: float, offset: float, residuals: str) -> Dataset:
    """Evenly spaced points; `residuals` are a fixed pattern, repeated, which the seed does not change, or standard normal.

    `offset` is added to the inputs and not to the targets. The test part is the line without noise, midway between the training inputs.
    """
    t = np.linspace(-2.0, 2.0, n)
    pattern = np.resize(_FIXED_RESIDUALS, n) if residuals == "fixed" else np.random.default_rng(seed).standard_normal(n)
    halfway = (t[:-1] + t[1:]) / 2
    return _regression(t + offset, slope * t + intercept + noise * pattern, halfway + offset, slope * halfway + intercept)


@datasets.entry(
    "line_outliers",
    "Line with outliers",
    Parameter("n", 10, "number of points", 4, 1000),
    Parameter("share", 0.1, "share of outliers", 0.0, 0.5),
    Parameter("outlier", 30.0, "height of the outliers", -1000.0, 1000.0),
    Parameter("noise", 0.0, "noise", 0.0, 5.0),
    Parameter("leverage", 0.0, "place of a leverage point", 0.0, 100.0),
    formula=r"y_i=x_i+\sigma\varepsilon_i+k\,[\,i\ \text{among the last}\ m\,],\quad x_i=0,\dots,n-1",
    source="Huber 1964, Robust estimation of a location parameter",
    clean_test=True,
)
def _line_outliers(seed: int, n: int, share: float, outlier: float, noise: float, leverage: float) -> Dataset:
    """The last round(share n) targets are raised by `outlier`; a `leverage` other than 0 adds the point (leverage, 0).

    The test part is the line without noise and outliers, at the midpoints of the training inputs: what a robust fit should recover.
    """
    x = np.arange(float(n))
    y = x + noise * np.random.default_rng(seed).standard_normal(n)
    y[n - round(share * n) :] += outlier
    halfway = x[:-1] + 0.5
    if leverage:
        x, y = np.append(x, leverage), np.append(y, 0.0)
    return _regression(x, y, halfway, halfway)


def _regression(x: np.ndarray, y: np.ndarray, test_x: np.ndarray, test_y: np.ndarray) -> Dataset:
    return Dataset(x[:, None], y, "regression", test_x[:, None], test_y, feature_names=("x",), target_names=("y",))


_POINTS = Parameter("n", 200, "number of points", 10, 5000)


@datasets.entry(
    "moons",
    "Two moons",
    _POINTS,
    Parameter("noise", 0.15, "noise", 0.0, 1.0),
    formula=r"(\cos t,\ \sin t)\quad\text{and}\quad(1-\cos t,\ \tfrac12-\sin t),\quad t\in[0,\pi]",
    source="Pedregosa et al. 2011, Scikit-learn (make_moons)",
)
def _moons(seed: int, n: int, noise: float) -> Dataset:
    from sklearn.datasets import make_moons

    return _drawn_twice(seed, 2, lambda rng: make_moons(n, noise=noise, random_state=rng))


@datasets.entry(
    "circles",
    "Two rings",
    _POINTS,
    Parameter("noise", 0.08, "noise", 0.0, 1.0),
    Parameter("factor", 0.5, "size of the inner ring", 0.05, 0.95),
    formula=r"(\cos t,\ \sin t)\quad\text{and}\quad q\,(\cos t,\ \sin t)",
    source="Pedregosa et al. 2011, Scikit-learn (make_circles)",
)
def _circles(seed: int, n: int, noise: float, factor: float) -> Dataset:
    from sklearn.datasets import make_circles

    return _drawn_twice(seed, 2, lambda rng: make_circles(n, noise=noise, factor=factor, random_state=rng))


@datasets.entry(
    "spirals",
    "Two spirals",
    _POINTS,
    Parameter("noise", 0.03, "noise", 0.0, 1.0),
    Parameter("turns", 1.5, "number of turns", 0.25, 4.0),
    formula=r"\pm\,r\,(\cos 2\pi Tr,\ \sin 2\pi Tr),\quad r\in[0.1,1]",
    source="Lang and Witbrock 1988, Learning to tell two spirals apart",
)
def _spirals(seed: int, n: int, noise: float, turns: float) -> Dataset:
    def draw(rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        labels = np.arange(n) % 2
        radius = 0.1 + 0.9 * np.sqrt(rng.random_sample(n))  # arc length grows with radius^2: even spacing along the arms
        turn = 2 * np.pi * turns * radius + np.pi * labels
        arms = radius[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
        return arms + noise * rng.standard_normal((n, 2)), labels

    return _drawn_twice(seed, 2, draw)


@datasets.entry(
    "blobs",
    "Blobs",
    _POINTS,
    Parameter("classes", 3, "number of classes", 2, 10),
    Parameter("spread", 0.6, "spread", 0.0, 3.0),
    formula=r"x\sim\mathcal N(c_k,\ s^2I),\quad c_k=2\left(\cos\tfrac{2\pi k}{K},\ \sin\tfrac{2\pi k}{K}\right)",
    source="Pedregosa et al. 2011, Scikit-learn (make_blobs)",
)
def _blobs(seed: int, n: int, classes: int, spread: float) -> Dataset:
    from sklearn.datasets import make_blobs

    turn = 2 * np.pi * np.arange(classes) / classes
    centers = 2 * np.column_stack([np.cos(turn), np.sin(turn)])
    return _drawn_twice(seed, classes, lambda rng: make_blobs(n, centers=centers, cluster_std=spread, random_state=rng))


@datasets.entry(
    "xor",
    "Exclusive or",
    Parameter("n_per_corner", 1, "points a corner", 1, 500),
    Parameter("noise", 0.0, "noise", 0.0, 1.0),
    formula=r"y=x_1\oplus x_2,\quad x\in\{0,1\}^2+\sigma\varepsilon",
    source="Minsky and Papert 1969, Perceptrons",
)
def _xor(seed: int, n_per_corner: int, noise: float) -> Dataset:
    """Without noise, the training part and the test part are the truth table."""
    corners = np.tile([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)], (n_per_corner, 1))
    labels = np.tile([0, 1, 1, 0], n_per_corner)
    return _drawn_twice(seed, 2, lambda rng: (corners + noise * rng.standard_normal(corners.shape), labels))


def _drawn_twice(seed: int, classes: int, draw: Callable[[np.random.RandomState], tuple[np.ndarray, np.ndarray]]) -> Dataset:
    """Return 2-D points whose training and test parts are two independent samples of one distribution, from one random stream."""
    rng = np.random.RandomState(seed)  # scikit-learn takes no Generator
    (inputs, targets), (test_inputs, test_targets) = draw(rng), draw(rng)
    names = tuple(str(k) for k in range(classes))
    fields = {"classes": classes, "feature_names": ("x1", "x2"), "target_names": names}
    return Dataset(inputs, targets, "classification", test_inputs, test_targets, **fields)
