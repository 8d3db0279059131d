"""Points of the plane in classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from landscape.catalogue import Catalogue, Parameter
from landscape.data.dataset import Dataset
from landscape.errors import Phrase

points = Catalogue("datasets")

_POINTS = Parameter("n", 200, "number of points", 10, 5000)


@points.entry(
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


@points.entry(
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


@points.entry(
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


@points.entry(
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


@points.entry(
    "xor",
    "Exclusive or",
    Parameter("n_per_corner", 1, "points a corner", 1, 500),
    Parameter("noise", 0.0, "noise", 0.0, 1.0),
    formula=r"y=x_1\oplus x_2,\quad x\in\{0,1\}^2+\sigma\varepsilon",
    source="Minsky and Papert 1969, Perceptrons",
)
def _xor(seed: int, n_per_corner: int, noise: float) -> Dataset:
    """Without noise, the training part and the test part are the truth table."""
    return _at_corners(seed, (0, 1, 1, 0), n_per_corner, noise)


# The outputs of each gate for the inputs 00, 01, 10 and 11.
_GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "nor": (1, 0, 0, 0), "xor": (0, 1, 1, 0)}


@points.entry(
    "gates",
    "Logic gate",
    Parameter("gate", "and", "gate", choices=tuple(_GATES)),
    Parameter("n_per_corner", 1, "points a corner", 1, 500),
    Parameter("noise", 0.0, "noise", 0.0, 1.0),
    formula=r"y=g(x_1,x_2),\quad x\in\{0,1\}^2+\sigma\varepsilon",
    source="McCulloch and Pitts 1943, A logical calculus of the ideas immanent in nervous activity",
)
def _gates(seed: int, gate: str, n_per_corner: int, noise: float) -> Dataset:
    """Without noise, the training part and the test part are the truth table; all gates but `xor` are linearly separable."""
    return _at_corners(seed, _GATES[gate], n_per_corner, noise)


def _at_corners(seed: int, outputs: tuple[int, ...], n_per_corner: int, noise: float) -> Dataset:
    corners = np.tile([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)], (n_per_corner, 1))
    labels = np.tile(outputs, n_per_corner)
    return _drawn_twice(seed, 2, lambda rng: (corners + noise * rng.standard_normal(corners.shape), labels))


# The rare ones: accounts that usually pay little, from which more is taken.
_RARE_MIDDLE, _RARE_SPREAD, _ORDINARY_NOISE = (-4.5, -1.5), (1.0, 0.6), 0.5


@points.entry(
    "imbalanced",
    "Rare frauds",
    Parameter("n", 1000, "number of points", 20, 5000),
    Parameter("share", 0.03, "share of the rare class", 0.005, 0.5),
    formula=r"x_2=x_1+\sigma\varepsilon,\ x_1\sim\mathcal N(0,1)\quad\text{or}\quad x\sim\mathcal N(\mu,\ \mathrm{diag}(s^2))",
    source="Rousseeuw and Leroy 1987, Robust regression and outlier detection",
)
def _imbalanced(seed: int, n: int, share: float) -> Dataset:
    """Payments as an account's usual amount and the amount paid, both in standard units: the ordinary ones lie along a line.

    The rare class, the last round(share n) rows and at least one, is off the line and overlaps it a little. It is a leverage point too, so
    that it pulls the least-squares line of the second column on the first: large residuals of a robust line tell it better.
    """
    rare = max(1, round(share * n))

    def draw(rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        usual = rng.standard_normal(n - rare)
        ordinary = np.column_stack([usual, usual + _ORDINARY_NOISE * rng.standard_normal(n - rare)])
        frauds = np.array(_RARE_MIDDLE) + np.array(_RARE_SPREAD) * rng.standard_normal((rare, 2))
        return np.concatenate([ordinary, frauds]), np.repeat([0, 1], [n - rare, rare])

    names = (Phrase("ordinary"), Phrase("rare"))
    return _drawn_twice(seed, 2, draw, feature_names=(Phrase("usual amount"), Phrase("amount")), target_names=names)


def _drawn_twice(
    seed: int, classes: int, draw: Callable[[np.random.RandomState], tuple[np.ndarray, np.ndarray]], **fields: object
) -> Dataset:
    """Return 2-D points whose training and test parts are two independent samples of one distribution, from one random stream."""
    rng = np.random.RandomState(seed)  # scikit-learn takes no Generator
    (inputs, targets), (test_inputs, test_targets) = draw(rng), draw(rng)
    names = {"feature_names": ("x1", "x2"), "target_names": tuple(str(k) for k in range(classes))}
    return Dataset(inputs, targets, "classification", test_inputs, test_targets, classes=classes, **{**names, **fields})
