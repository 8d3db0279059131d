"""Outliers: samples whose residual is large in units of the bulk of residuals, and how well that finds those known to be bad."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.arrays import array_of
from landscape.errors import LandscapeError, Phrase, require_made, require_range
from landscape.objective import ArrayLike
from landscape.regression.design import points_of
from landscape.regression.linear import LinearFit
from landscape.regression.reweighting import mad

# A residual of a smaller share of its target and fitted value is zero.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Outliers:
    """The samples that a fit flags: `sizes` (N,) are |r| / scale, `flags` (N,) which of them exceed `threshold`.

    `scale` is the median absolute residual over 0.6745. Where it is 0, a sample off the line has size infinity.
    """

    sizes: np.ndarray
    flags: np.ndarray
    scale: float
    threshold: float


@dataclass(frozen=True, eq=False)
class Detection:
    """How well sizes find the samples labeled bad: at the threshold, and along the whole precision-recall curve.

    `precision` is the share of flagged samples that are bad, NaN where none is flagged; `recall` the share of bad ones that are flagged,
    NaN where none is bad. `precisions` and `recalls` (k,) are those of flagging every size from `thresholds` (k,) on, all distinct sizes in
    ascending order; `average_precision` is the sum of precisions, each times the recall gained there; `base_rate` the share of bad ones,
    which is the precision of guessing.
    """

    precision: float
    recall: float
    thresholds: np.ndarray
    precisions: np.ndarray
    recalls: np.ndarray
    average_precision: float
    base_rate: float


def residual_outliers(inputs: ArrayLike, targets: ArrayLike, fit: LinearFit, *, threshold: float = 2.5) -> Outliers:
    """Flag the samples farther than `threshold` robust standard deviations from a line (Rousseeuw & Leroy 1987, section 1.2)."""
    require_made("line fit", "fit", fit, LinearFit, "fit_linear")
    threshold = require_range("line fit", "threshold", threshold, 0.0, None)
    inputs, targets = points_of(inputs, targets)
    with np.errstate(all="ignore"):
        fitted = fit.predict(inputs)
        residuals = np.abs(targets - fitted)
        residuals = np.where(residuals <= ROUNDING * (np.abs(targets) + np.abs(fitted)), 0.0, residuals)
        scale = mad(residuals)
        sizes = np.where(residuals == 0, 0.0, residuals / scale)
    return Outliers(_frozen(sizes), _frozen(sizes > threshold), scale, threshold)


def detect(outliers: Outliers, bad: ArrayLike) -> Detection:
    """Compare flags with `bad` (N,), which is true for the samples known to be bad."""
    require_made("line fit", "outliers", outliers, Outliers, "residual_outliers")
    bad = array_of("line fit", "bad", bad) != 0
    if bad.shape != outliers.sizes.shape:
        raise LandscapeError("wrong_shape", owner="line fit", name="bad", expected=outliers.sizes.shape, got=bad.shape)
    unknown = int(np.isnan(outliers.sizes).sum())
    if unknown:
        raise LandscapeError("not_finite", owner="line fit", name="sizes", got=Phrase("not_finite_numbers", count=unknown))
    thresholds, which = np.unique(outliers.sizes, return_inverse=True)
    flagged = np.bincount(which)[::-1].cumsum()[::-1]
    found = np.bincount(which, weights=bad)[::-1].cumsum()[::-1]
    hits, total = float((outliers.flags & bad).sum()), float(bad.sum())
    precisions, recalls = found / flagged, found / total if total else np.full(len(found), np.nan)
    return Detection(
        precision=hits / float(outliers.flags.sum()) if outliers.flags.any() else float("nan"),
        recall=hits / total if total else float("nan"),
        thresholds=_frozen(thresholds),
        precisions=_frozen(precisions),
        recalls=_frozen(recalls),
        average_precision=float(-np.diff(recalls, append=0.0) @ precisions),
        base_rate=total / len(bad),
    )


def _frozen(values: np.ndarray) -> np.ndarray:
    values.setflags(write=False)
    return values
