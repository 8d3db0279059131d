"""Frauds: the payments whose residuals are large, found by the residuals of least squares and of robust lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from landscape.data.datasets import datasets
from landscape.regression.high_breakdown import fit_high_breakdown
from landscape.regression.linear import fit_linear
from landscape.regression.outliers import Detection, Outliers, detect, residual_outliers
from landscape.scene.outliers import OutliersScene

# The lines whose residuals are asked.
BY = ("mse", "huber", "tukey", "lts", "mm")


@dataclass(frozen=True, eq=False)
class Detector:
    """One line, the samples far from it, and how well these are the bad ones."""

    name: str
    slope: float
    intercept: float
    flagged: Outliers
    found: Detection


@dataclass(frozen=True, eq=False)
class Frauds:
    """Payments by their usual amount, which of them are bad, and what each line finds."""

    scene: OutliersScene
    x: np.ndarray
    y: np.ndarray
    bad: np.ndarray
    names: tuple[str, str]
    detectors: Mapping[str, Detector]
    finished: bool = True


def detected(scene: OutliersScene) -> Iterator[Frauds]:
    """Yield what a scene shows."""
    data = datasets.make("imbalanced", scene.seed, share=scene.share)
    x, y = data.inputs.T
    fits = {name: fit_high_breakdown(x, y, kind=name) if name in ("lts", "mm") else fit_linear(x, y, name, scale="mad") for name in BY}
    detectors = {}
    for name, fit in fits.items():
        flagged = residual_outliers(x, y, fit, threshold=scene.cutoff)
        detectors[name] = Detector(name, float(fit.coefficients[0]), fit.intercept, flagged, detect(flagged, data.targets == 1))
    yield Frauds(scene, x, y, data.targets == 1, (data.feature_names[0], data.feature_names[1]), detectors)
