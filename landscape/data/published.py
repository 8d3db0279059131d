"""Small published tables with real outliers, whole and in their own units: such data have no test part."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from landscape.catalogue import Catalogue, Parameter
from landscape.data.dataset import Dataset, standardized
from landscape.errors import Phrase

published = Catalogue("datasets")

TABLES = Path(__file__).parent / "tables"
_RAW = Parameter("standardize", False, "standardize")


def _columns(name: str) -> dict[str, list[str]]:
    """Return the columns of a table as text, by their names."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        heads, *rows = csv.reader(file)
    return {head: list(column) for head, column in zip(heads, zip(*rows, strict=True), strict=True)}


def _numbers(columns: dict[str, list[str]], *names: str) -> np.ndarray:
    """Return these columns side by side (N, k)."""
    return np.array([columns[name] for name in names], dtype=np.float64).T


def _whole(inputs: np.ndarray, targets: np.ndarray, standardize: bool, **fields: object) -> Dataset:
    """Return all rows as the training part of a regression."""
    if standardize:
        inputs, targets = standardized(inputs, inputs), standardized(targets, targets)
    return Dataset(inputs, targets, "regression", inputs[:0], targets[:0], standardized=standardize, **fields)


@published.entry(
    "phones",
    "Belgian phone calls",
    _RAW,
    formula=r"x = \text{year},\quad y = \text{calls in millions}",
    source="Rousseeuw and Leroy 1987, Robust regression and outlier detection, table 2",
    outliers=True,
)
def _phones(seed: int, standardize: bool) -> Dataset:
    """International calls from Belgium, 1950 to 1973: from 1964 to 1969 minutes were recorded, not calls, and in 1963 and 1970 in part."""
    columns = _columns("phones")
    years = _numbers(columns, "year")
    outliers = tuple(np.flatnonzero((years >= 63) & (years <= 70)).tolist())
    fields = {"feature_names": (Phrase("year"),), "target_names": (Phrase("calls"),), "outliers": outliers}
    return _whole(years, _numbers(columns, "calls")[:, 0], standardize, **fields)


@published.entry(
    "stars_cyg",
    "Stars of CYG OB1",
    _RAW,
    formula=r"x = \log_{10} \text{temperature},\quad y = \log_{10} \text{light}",
    source="Rousseeuw and Leroy 1987, Robust regression and outlier detection, table 3",
    outliers=True,
)
def _stars(seed: int, standardize: bool) -> Dataset:
    """The Hertzsprung-Russell diagram of 47 stars: four giants are cool and bright, which makes them leverage points."""
    columns = _columns("stars_cyg")
    fields = {"feature_names": (Phrase("log temperature"),), "target_names": (Phrase("log light"),), "outliers": (10, 19, 29, 33)}
    return _whole(_numbers(columns, "log_temperature"), _numbers(columns, "log_light")[:, 0], standardize, **fields)


@published.entry(
    "animals",
    "Brains and bodies",
    _RAW,
    formula=r"x = \log_{10} \text{body weight},\quad y = \log_{10} \text{brain weight}",
    source="Rousseeuw and Leroy 1987, Robust regression and outlier detection, table 7",
    outliers=True,
)
def _animals(seed: int, standardize: bool) -> Dataset:
    """28 species, three of them dinosaurs, whose brains are small for such bodies."""
    columns = _columns("animals")
    names = tuple(map(Phrase, columns["name"]))
    outliers = tuple(names.index(name) for name in ("Diplodocus", "Triceratops", "Brachiosaurus"))
    fields = {"feature_names": (Phrase("log body"),), "target_names": (Phrase("log brain"),), "row_names": names, "outliers": outliers}
    logs = np.log10(_numbers(columns, "body_kg", "brain_g"))
    return _whole(logs[:, :1], logs[:, 1], standardize, **fields)


@published.entry(
    "stackloss",
    "Stack loss",
    _RAW,
    formula=r"x \in \mathbb{R}^3,\quad y \in \mathbb{R}",
    source="Brownlee 1965, Statistical theory and methodology, section 13.12",
    outliers=True,
)
def _stackloss(seed: int, standardize: bool) -> Dataset:
    """21 days of a plant that makes nitric acid from ammonia: the share of ammonia that escaped, in units of 0.1 %."""
    columns = _columns("stackloss")
    *features, target = columns
    names = {"feature_names": tuple(Phrase(name.replace("_", " ")) for name in features), "target_names": (Phrase("stack loss"),)}
    return _whole(_numbers(columns, *features), _numbers(columns, target)[:, 0], standardize, outliers=(0, 2, 3, 20), **names)


# In the first two sets no row is one: the second bends, but no point of it is far from the others.
_ANSCOMBE_OUTLIERS = {1: (), 2: (), 3: (2,), 4: (7,)}


@published.entry(
    "anscombe",
    "Anscombe's quartet",
    Parameter("set", 1, "set", 1, 4),
    _RAW,
    formula=r"\hat y \approx 3 + \tfrac12 x",
    source="Anscombe 1973, Graphs in statistical analysis",
    outliers=True,
)
def _anscombe(seed: int, set: int, standardize: bool) -> Dataset:  # noqa: A002 - the parameter's name in links
    """Four sets of one least-squares line: with scatter, bent, with one point off the line (set 3) and with one leverage point (set 4)."""
    columns = _columns("anscombe")
    fields = {"feature_names": ("x",), "target_names": ("y",), "outliers": _ANSCOMBE_OUTLIERS[set]}
    return _whole(_numbers(columns, f"x{set}"), _numbers(columns, f"y{set}")[:, 0], standardize, **fields)
