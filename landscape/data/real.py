"""Real data that scikit-learn brings along."""

from __future__ import annotations

from landscape.catalogue import Catalogue, Parameter
from landscape.data.dataset import Dataset, split
from landscape.errors import Phrase

real = Catalogue("datasets")

_STANDARDIZE = Parameter("standardize", True, "standardize")


def _classes(bunch: object, seed: int, standardize: bool) -> Dataset:
    names = tuple(str(name) for name in bunch.target_names)
    features = tuple(str(name) for name in bunch.feature_names)
    fields = {"classes": len(names), "feature_names": features, "target_names": names}
    return split(bunch.data, bunch.target, "classification", seed, standardize=standardize, **fields)


@real.entry(
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


@real.entry(
    "breast_cancer",
    "Breast cancer",
    _STANDARDIZE,
    formula=r"x\in\mathbb{R}^{30},\quad y\in\{0,1\}",
    source="Wolberg, Mangasarian, Street and Street 1993, Breast cancer Wisconsin (diagnostic), UCI",
)
def _breast_cancer(seed: int, standardize: bool) -> Dataset:
    from sklearn.datasets import load_breast_cancer

    return _classes(load_breast_cancer(), seed, standardize)


@real.entry(
    "wine",
    "Wine",
    _STANDARDIZE,
    formula=r"x\in\mathbb{R}^{13},\quad y\in\{0,1,2\}",
    source="Aeberhard and Forina 1991, Wine, UCI",
)
def _wine(seed: int, standardize: bool) -> Dataset:
    from sklearn.datasets import load_wine

    return _classes(load_wine(), seed, standardize)


@real.entry(
    "iris",
    "Iris",
    _STANDARDIZE,
    formula=r"x\in\mathbb{R}^{4},\quad y\in\{0,1,2\}",
    source="Fisher 1936, The use of multiple measurements in taxonomic problems",
)
def _iris(seed: int, standardize: bool) -> Dataset:
    from sklearn.datasets import load_iris

    return _classes(load_iris(), seed, standardize)


@real.entry(
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


@real.entry(
    "linnerud",
    "Exercise and body",
    _STANDARDIZE,
    formula=r"x\in\mathbb{R}^{3},\quad y\in\mathbb{R}^{3}",
    source="Tenenhaus 1998, La régression PLS, table 1",
)
def _linnerud(seed: int, standardize: bool) -> Dataset:
    """Three exercises of twenty men, and three measures of their bodies: a regression of three targets."""
    from sklearn.datasets import load_linnerud

    bunch = load_linnerud()
    fields = {"feature_names": tuple(map(Phrase, bunch.feature_names)), "target_names": tuple(map(Phrase, bunch.target_names))}
    return split(bunch.data, bunch.target, "regression", seed, standardize=standardize, **fields)
