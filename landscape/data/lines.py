"""Points about a line, with noise and outliers."""

from __future__ import annotations

import numpy as np

from landscape.catalogue import Catalogue, Parameter
from landscape.data.dataset import Dataset

lines = Catalogue("datasets")

# Residuals of a textbook example: at noise 0.2 they move five points on y = 2x + 1 by +0.1, -0.2, +0.05, +0.15 and -0.1, and the
# least-squares line is exactly 1.995 x + 1.
_FIXED_RESIDUALS = (0.5, -1.0, 0.25, 0.75, -0.5)


@lines.entry(
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


@lines.entry(
    "line_outliers",
    "Line with outliers",
    Parameter("n", 10, "number of points", 4, 10_000),
    Parameter("share", 0.1, "share of outliers", 0.0, 0.5),
    Parameter("outlier", 30.0, "height of the outliers", -1000.0, 1000.0),
    Parameter("noise", 0.0, "noise", 0.0, 5.0),
    Parameter("leverage", 0.0, "place of a leverage point", 0.0, 100.0),
    formula=r"y_i=x_i+\sigma\varepsilon_i+k\,[\,i\ \text{among the last}\ m\,],\quad x_i=0,\dots,n-1",
    source="Huber 1964, Robust estimation of a location parameter",
    clean_test=True,
    outliers=True,
)
def _line_outliers(seed: int, n: int, share: float, outlier: float, noise: float, leverage: float) -> Dataset:
    """The last round(share n) targets are raised by `outlier`; a `leverage` other than 0 adds the point (leverage, 0).

    The test part is the line without noise and outliers, at the midpoints of the training inputs: what a robust fit should recover.
    """
    x = np.arange(float(n))
    y = x + noise * np.random.default_rng(seed).standard_normal(n)
    first = n - round(share * n)
    y[first:] += outlier
    halfway = x[:-1] + 0.5
    if leverage:
        x, y = np.append(x, leverage), np.append(y, 0.0)
    return _regression(x, y, halfway, halfway, outliers=tuple(range(first, len(x))))


def _regression(x: np.ndarray, y: np.ndarray, test_x: np.ndarray, test_y: np.ndarray, **fields: object) -> Dataset:
    return Dataset(x[:, None], y, "regression", test_x[:, None], test_y, feature_names=("x",), target_names=("y",), **fields)
