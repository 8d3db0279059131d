"""Scores: s = x @ coefficients + intercept of least mean margin loss over labeled samples, by a method right for the loss.

The margin of a sample is m = y s with its label y = +-1. Where a score separates the labels, a loss that falls with every margin has no
least value: it is at infinity (Albert & Anderson 1984).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from landscape.errors import LandscapeError
from landscape.losses.losses import losses
from landscape.objective import ArrayLike
from landscape.regression.design import Design, design_of, points_of
from landscape.regression.linear import LossChoice, named
from landscape.regression.margins import MARGINS, Margin

# The penalty RIDGE / 2 |theta|^2 on the score of standard features, where there is no minimum without.
RIDGE = 1e-6
# What a score of least hinge loss pays for the sum of its |coefficients|, so that of several the one of widest margins is given.
WIDEST = 1e-5
# What `ScoreFit.status` may say: the first that holds.
STATUSES = (
    "not_finite",  # a number was not finite: the score is NaN
    "not_converged",  # the method ended before its tolerance: the score is its last one
    "separable",  # a score separates the labels, and the least loss is 0, or at infinity
    "local",  # not for certain the least mean loss
    "converged",  # the least mean loss
)
STEPS = 200
TOLERANCE = 1e-10
# Up to so many samples of two features, the lines through every two of them are tried for the least 0-1 loss.
FEW = 150


@dataclass(frozen=True, eq=False)
class ScoreFit:
    """A score inputs @ coefficients + intercept, its mean loss `risk`, and `errors`, its share of margins m <= 0.

    `pulls` (N,) are the sizes of the loss's derivative at each margin: what a sample pulls at the score with. `status`: a code of
    `STATUSES`.
    """

    coefficients: np.ndarray
    intercept: float
    risk: float
    errors: float
    pulls: np.ndarray
    status: str


def fit_score(inputs: ArrayLike, labels: ArrayLike, loss: LossChoice) -> ScoreFit:
    """Return the score of least mean loss over inputs (N,) or (N, d) and labels (N,) in {0, 1} or {-1, +1}.

    Logistic loss (cross-entropy), exponential, squared hinge and squared error (y - s)^2 by Newton steps; focal loss likewise, from the
    minimum of logistic loss, to a local minimum; hinge by linear programming; 0-1 loss exactly with one feature, by trying all thresholds
    (of the best, that in the widest gap), and with two features and up to 150 samples, no three on a line, by trying the lines through
    every two; else the best threshold along the scores of the others, which is "local".

    Where a score separates the labels, be it that samples of both lie on it, logistic, exponential and focal loss have their infimum at
    infinity: then the status is "separable", and a ridge of 1e-6 / 2 |theta|^2 on the score of standard features keeps it finite.

    Raises `LandscapeError` for a loss of another kind, other labels, shapes that do not match and no samples.
    """
    name, settings = named(loss)
    given = losses[name].settings(settings)
    if name not in MARGINS:
        raise LandscapeError("not_of_margin", owner="line fit", known=", ".join(known for known in losses if known in MARGINS), got=name)
    inputs, labels = points_of(inputs, labels)
    signs = _signs(labels)
    design = replace(design_of(inputs, signs), level=0.0, unit=1.0)
    alpha = given.pop("alpha", 0.0)
    weights = np.where(signs > 0, alpha, 1 - alpha) if alpha else np.ones(len(signs))
    margin = MARGINS[name](**given)
    with np.errstate(all="ignore"):
        if not np.isfinite(design.matrix).all():
            return _described(design, signs, weights, margin, np.full(design.matrix.shape[1], np.nan), "not_finite")
        theta, status = _least(design, signs, weights, margin, name)
        return _described(design, signs, weights, margin, theta, status)


def _signs(labels: np.ndarray) -> np.ndarray:
    found = set(np.unique(labels).tolist())
    if not (found <= {0.0, 1.0} or found <= {-1.0, 1.0}):
        raise LandscapeError("no_classes", owner="line fit", got=", ".join(map(str, sorted(found)[:6])))
    return np.where(labels > 0, 1.0, -1.0)


def _least(design: Design, signs: np.ndarray, weights: np.ndarray, margin: Margin, name: str) -> tuple[np.ndarray, str]:
    """Return the parameters (p,) and the status of the fit."""
    signed = design.matrix * signs[:, None]
    if name == "hinge":
        theta = _least_hinge(signed)
        return theta, "separable" if (signed @ theta >= 1 - TOLERANCE).all() else "converged"
    if name == "zero_one":
        theta, certain = _least_errors(design, signs, signed)
        return theta, "separable" if (signed @ theta > 0).all() else "converged" if certain else "local"
    endless = margin.endless and _separable(signed)
    start = np.zeros(signed.shape[1])
    if not margin.convex:
        start, _ = _newton(signed, weights, MARGINS["logistic"](), start, RIDGE if endless else 0.0)
    theta, arrived = _newton(signed, weights, margin, start, RIDGE if endless else 0.0)
    if not arrived:
        return theta, "not_converged"
    if endless or (name == "squared_hinge" and (signed @ theta >= 1 - TOLERANCE).all()):
        return theta, "separable"
    return theta, "converged" if margin.convex else "local"


def _newton(signed: np.ndarray, weights: np.ndarray, margin: Margin, theta: np.ndarray, ridge: float) -> tuple[np.ndarray, bool]:
    """Return the minimum that Newton steps downhill lead to, with absolute curvatures where one is negative, and whether they ended."""

    def risk(theta: np.ndarray) -> float:
        return float((weights * margin.value(signed @ theta)).mean()) + ridge / 2 * float(theta @ theta)

    value, count = risk(theta), len(signed)
    for _ in range(STEPS):
        margins = signed @ theta
        gradient = signed.T @ (weights * margin.slope(margins)) / count + ridge * theta
        hessian = (signed * (weights * margin.curvature(margins))[:, None]).T @ signed / count + ridge * np.eye(len(theta))
        curvatures, axes = np.linalg.eigh(hessian)
        curvatures = np.maximum(np.abs(curvatures), 1e-14 * np.abs(curvatures).max() + 1e-300)
        step = -axes @ (axes.T @ gradient / curvatures)
        moved = np.abs(signed @ step).max()
        if moved <= TOLERANCE * (1 + np.abs(margins).max()):
            return theta + step, True
        length, lower = _downhill(risk, theta, step, value)
        if not length:
            return theta, bool(np.isfinite(value))  # no lower value, to rounding
        theta, value = theta + length * step, lower
    return theta, False


def _downhill(risk: Callable[[np.ndarray], float], theta: np.ndarray, step: np.ndarray, value: float) -> tuple[float, float]:
    """Return the first share of the step, of 1, 1/2, 1/4..., that lowers the risk, and the risk there; 0 where none does."""
    for halvings in range(60):
        length = 0.5**halvings
        lower = risk(theta + length * step)
        if lower < value:
            return length, lower
    return 0.0, value


def _separable(signed: np.ndarray) -> bool:
    """Return whether a score, other than zero everywhere, gives no sample a negative margin."""
    count, width = signed.shape
    signs = np.sign(signed[:, -1])
    if (signs == signs[0]).all():
        return True
    if width == 1:
        return False
    if width == 2:
        x = signed[:, 0] * signs
        low, high = x[signs < 0], x[signs > 0]
        return bool((low.max() <= high.min() or high.max() <= low.min()) and x.min() < x.max())
    # the most of sum min(m, 1), none of them negative, is 0 where there is no such score, and else at least 1
    most = linprog(
        np.append(np.zeros(width), -np.ones(count)),
        A_ub=hstack([csr_array(-signed), eye_array(count)], format="csr"),
        b_ub=np.zeros(count),
        bounds=[(None, None)] * width + [(0, 1)] * count,
        method="highs",
    )
    return most.status == 0 and most.fun < -0.5


def _least_hinge(signed: np.ndarray) -> np.ndarray:
    """Return the score of least sum max(0, 1 - m) + WIDEST |coefficients|_1, from the multipliers of its dual program.

    The dual is max sum a with 0 <= a <= 1, a @ signed zero for the intercept and within +-WIDEST for the coefficients.
    """
    count, width = signed.shape
    features = signed[:, :-1].T
    sizes = np.abs(features).max(axis=1, keepdims=True, initial=1.0)  # standard features, but for those of far samples
    features = features / sizes
    dual = linprog(
        -np.ones(count),
        A_ub=np.concatenate([features, -features]),
        b_ub=np.full(2 * (width - 1), WIDEST),
        A_eq=signed[:, -1:].T,
        b_eq=[0.0],
        bounds=(0, 1),
        method="highs-ds",
    )
    if dual.status != 0:
        return np.full(width, np.nan)
    above, below = np.split(-dual.ineqlin.marginals, 2)
    return np.append((above - below) / sizes[:, 0], -dual.eqlin.marginals)


def _least_errors(design: Design, signs: np.ndarray, signed: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return a score of least 0-1 loss, and whether that is certain."""
    matrix, width = design.matrix, signed.shape[1]
    if width == 1:
        return np.array([1.0 if signs.sum() >= 0 else -1.0]), True
    if width == 2:
        return _best_threshold(matrix, signs, np.array([1.0, 0.0]))[0], True
    if width == 3 and len(signs) <= FEW:
        return _best_line(matrix, signs)
    ones = np.ones(len(signs))
    fits = [_newton(signed, ones, MARGINS[name](), np.zeros(width), RIDGE)[0] for name in ("logistic", "mse")]
    theta, errors = min((_best_threshold(matrix, signs, np.append(fit[:-1], 0.0)) for fit in fits), key=lambda found: found[1])
    return theta, errors == 0


def _best_threshold(matrix: np.ndarray, signs: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the score of fewest errors that orders samples as `theta` or the other way round, in the widest gap, and its errors."""
    scores = matrix @ theta
    distinct, at = np.unique(scores, return_inverse=True)
    balance = np.bincount(at, weights=signs)  # positive less negative samples at each score
    above = balance[::-1].cumsum()[::-1]
    rest = np.append(above[1:], 0.0)
    agreed = 2 * rest - above[0]  # sum of y sign(s - cut), the cut above each distinct score; the last cut calls all negative
    gaps = np.append(np.diff(distinct), 0.0)
    best = np.lexsort((-gaps, -np.abs(agreed)))[0]
    errors = round((len(signs) - abs(agreed[best])) / 2)
    sign = 1.0 if agreed[best] >= 0 else -1.0
    if gaps[best] == 0:  # one class for all
        return np.append(np.zeros(len(theta) - 1), -sign), errors
    stretched = sign * theta * 2 / gaps[best]
    stretched[-1] -= sign * (distinct[best] + distinct[best + 1]) / gaps[best]
    return stretched, errors


def _best_line(matrix: np.ndarray, signs: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return the score of fewest errors in the plane: turned until it meets two samples, it passes each of them on either side."""
    first, second = np.triu_indices(len(signs), 1)
    lines = np.cross(matrix[first], matrix[second])
    lines = lines / np.maximum(np.abs(lines).max(axis=1, keepdims=True), 1e-300)
    pairs, scores = np.arange(len(lines)), lines @ matrix.T
    scores[np.abs(scores) <= 1e-12 * (np.abs(lines) @ np.abs(matrix).T)] = 0.0
    scores[pairs, first] = scores[pairs, second] = np.nan
    agreed = (scores * signs > 0).sum(axis=1), (scores * signs < 0).sum(axis=1)
    turned = agreed[1].max() > agreed[0].max()
    best = int(agreed[int(turned)].argmax())
    line = -lines[best] if turned else lines[best]
    met = [first[best], second[best]]
    toward = np.linalg.lstsq(matrix[met], signs[met], rcond=None)[0]
    others = np.abs(np.delete(matrix @ line, met))
    moved = np.abs(np.delete(matrix @ toward, met))
    clear = others > 1e-12
    reach = (others[clear] / np.maximum(moved[clear], 1e-300)).min() if clear.any() else 1.0
    theta = line + min(reach / 2, 1.0) * toward
    one = np.array([0.0, 0.0, 1.0 if signs.sum() >= 0 else -1.0])
    theta = min(theta, one, key=lambda candidate: (signs * (matrix @ candidate) <= 0).sum())
    return theta, bool((np.nan_to_num(scores, nan=1.0) != 0).all())


def _described(design: Design, signs: np.ndarray, weights: np.ndarray, margin: Margin, theta: np.ndarray, status: str) -> ScoreFit:
    coefficients, intercept = design.line(theta)
    margins = signs * (design.matrix @ theta)
    pulls = np.abs(weights * margin.slope(margins))
    for values in (coefficients, pulls):
        values.setflags(write=False)
    if not np.isfinite(theta).all():
        return ScoreFit(coefficients, intercept, float("nan"), float("nan"), pulls, "not_finite")
    risk, errors = float((weights * margin.value(margins)).mean()), float((margins <= 0).mean())
    return ScoreFit(coefficients, intercept, risk, errors, pulls, status)
