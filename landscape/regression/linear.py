"""Linear: the line, or plane, of least sum of a loss over samples, by a method right for the loss, and what each sample did to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np

from landscape.arrays import real_array
from landscape.catalogue import Entry
from landscape.errors import LandscapeError, Phrase, plain, require_range
from landscape.losses.expression import parse_loss
from landscape.losses.losses import losses, make_loss
from landscape.losses.shapes import Loss
from landscape.objective import ArrayLike
from landscape.regression.autograd import Sampled, descend_lines, weights_and_pulls
from landscape.regression.design import Design, design_of
from landscape.regression.influence import influences, spread
from landscape.regression.pinball import fit_quantile
from landscape.regression.reweighting import ROUNDING, Descent, least_squares, mad, minimize, minimize_with_mad
from landscape.regression.rho import RHOS, Pinball, Rho, Square

# A loss: its id or its entry of the catalogue, alone or with parameters, an object with `name` and `settings`, such as a scene's choice, or
# a callable (outputs, targets).
LossChoice = str | Entry | tuple[str | Entry, Mapping[str, object]] | Loss | object
# What a value of a callable loss may depend on: see the catalogue's trait `of`.
OF_LINES = ("residual", "outputs")

# What `LinearFit.status` may say: the first that holds.
STATUSES = (
    "not_finite",  # a number was not finite, or overflowed: the fit is NaN
    "not_converged",  # the method ended before its tolerance: the line is its last one
    "flat",  # no sample pulls: all are beyond the reach of the loss, and every line nearby is as good
    "rank_deficient",  # the inputs leave coefficients open: those of least Euclidean norm are given
    "exact_fit",  # the line goes through all samples; with the scale "mad", through half of them, so that the scale is 0
    "local",  # a minimum, not for certain the least one: the loss is not convex
    "converged",  # the minimum
)
# Half of the residuals of least squares beyond so many units of the targets: a few targets are so large that the others hardly count.
FAR = 1e6


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A fitted line inputs @ coefficients + intercept.

    `sample_weights` (N,): psi(u) / u of u = r / scale, in shares of its value at u = 0: the weights with which least squares would give the
    same line. For absolute error and quantile, which have no such value, min(1, 2 |psi(u)| / |u|), psi = q above and 1 - q below the line;
    for another loss without one in shares of the mean of psi(u) / u at u = -1 and 1, and at most 1, which says the same.

    `influence` (N,): how much the fitted values move, in the root mean square over the samples, per unit of extra weight of one sample (the
    rate of change, times N), with the sign of the sample's residual; the scale is held. For absolute error and quantile it is the limit of
    many samples, with the density of residuals at the line estimated from the residuals. NaN where too few residuals are near for
    that, and where the minimum has no curvature.

    `scale` is what residuals are divided by. `status`: a code of `STATUSES`.
    """

    coefficients: np.ndarray
    intercept: float
    sample_weights: np.ndarray
    influence: np.ndarray
    scale: float
    status: str

    def __post_init__(self) -> None:
        for name in ("coefficients", "sample_weights", "influence"):
            getattr(self, name).setflags(write=False)

    def predict(self, inputs: ArrayLike) -> np.ndarray:
        """Return the fitted values (M,) at inputs (M,) or (M, d)."""
        inputs = np.asarray(inputs, dtype=np.float64)
        inputs = inputs[:, None] if inputs.ndim == 1 else inputs
        if inputs.ndim != 2 or inputs.shape[1] != len(self.coefficients):
            raise LandscapeError("wrong_shape", owner="line fit", name="inputs", expected=("M", len(self.coefficients)), got=inputs.shape)
        return inputs @ self.coefficients + self.intercept


Start = LinearFit | ArrayLike | None


def fit_linear(inputs: ArrayLike, targets: ArrayLike, loss: LossChoice, *, scale: float | str = 1.0, start: Start = None) -> LinearFit:
    """Return the line that minimizes sum rho((y - x @ coefficients - intercept) / scale) over coefficients and intercept.

    Squared error is solved in closed form, absolute error and quantile exactly by linear programming, Huber and log-cosh by reweighting and
    Newton steps to 1e-12, Tukey's biweight by reweighting from `start`: None is least squares, otherwise d + 1 numbers (the coefficients,
    then the intercept) or a fit. It gives the minimum that this start leads to, and matters to no convex loss. Another loss, such as one
    from `parse_loss`, is minimized through autograd: by quasi-Newton and Newton steps, or a search without derivatives where it has kinks,
    from `start`, or from several lines where it is None. Its outputs and targets are divided by the scale.

    `scale` "mad" re-estimates the scale at each step as the median absolute residual over 0.6745, as statsmodels' RLM does, so that the
    parameters of the loss are in units of standard deviations; absolute error and quantile do not depend on it.

    Raises `LandscapeError` for a loss that is not of a residual, for no points, for shapes that do not match and for a scale that is no
    positive number. Numbers that are not finite give a fit of NaN.
    """
    rho, design = rho_of(loss), design_of(inputs, targets)
    given = _scale(scale)
    with np.errstate(all="ignore"):
        return described(design, rho, _fitted(design, rho, given, start), given)


def rho_of(loss: LossChoice) -> Rho | Loss:
    """Return the loss of u that a choice names, or the loss itself that has no method of its own here; refuse one of no residual."""
    known = ", ".join(name for name in losses if name in RHOS)
    if callable(loss) and not hasattr(loss, "settings"):
        if getattr(loss, "of", "outputs") not in OF_LINES:
            raise LandscapeError("not_of_residual", owner="line fit", known=known, got=loss.of)
        return loss
    name, settings = named(loss)
    if name == "own":
        return rho_of(parse_loss(settings["expression"]))
    given = losses[name].settings(settings)
    if name in RHOS:
        return RHOS[name](**given)
    if losses[name].traits["of"] != "residual":
        raise LandscapeError("not_of_residual", owner="line fit", known=known, got=name)
    return make_loss(name, **given)


def named(loss: LossChoice) -> tuple[str, dict[str, object]]:
    """Return the id and the settings that a choice names."""
    if isinstance(loss, tuple) and len(loss) == 2:
        loss, settings = loss
    else:
        settings = () if isinstance(loss, Entry) else getattr(loss, "settings", ())
    return getattr(loss, "name", loss), dict(settings)


def _scale(scale: float | str) -> float | None:
    """Return the scale in the targets' unit, or None for "mad"."""
    scale = plain(scale)
    if isinstance(scale, str) and scale == "mad":
        return None
    if isinstance(scale, bool) or not isinstance(scale, Real) or not scale > 0:
        raise LandscapeError("not_a_scale", owner="line fit", got=repr(scale)[:60])
    return require_range("line fit", "scale", float(scale), 0.0, None)


def _fitted(design: Design, rho: Rho | Loss, scale: float | None, start: Start) -> Descent:
    """Return the line and its scale, in units of the design."""
    first = least_squares(design)
    if not np.isfinite(first).all():
        return Descent(first, math.nan, False)
    if start is not None:
        start = _started(design, start)
    if not isinstance(rho, Rho):
        return descend_lines(rho, design, scale, start)
    if isinstance(rho, Pinball):
        theta = fit_quantile(design, rho.q)
        return _with_scale(design, first if theta is None else theta, scale, theta is not None)
    if isinstance(rho, Square):
        return _with_scale(design, first, scale, True)
    if start is not None and not rho.convex:
        first = start
    if scale is None:
        return minimize_with_mad(design, rho, first)
    if rho.convex and np.median(np.abs(design.residuals(first))) > FAR:  # beside such targets, no other has a digit left in the risk
        first = first if (median := fit_quantile(design, 0.5)) is None else median
    return minimize(design, rho, first, scale / design.unit)


def _with_scale(design: Design, theta: np.ndarray, scale: float | None, arrived: bool) -> Descent:
    if scale is not None:
        return Descent(theta, scale / design.unit, arrived)
    estimate = mad(design.residuals(theta))
    return Descent(theta, 0.0 if estimate <= ROUNDING else estimate, arrived)


def _started(design: Design, start: LinearFit | ArrayLike) -> np.ndarray:
    """Return the parameters of a start (p,); refuse one that is not of d + 1 finite numbers."""
    if isinstance(start, LinearFit):
        start = [*start.coefficients, start.intercept]
    numbers, width = real_array("line fit", "start", start), len(design.units)
    if numbers.shape != (width + 1,):
        raise LandscapeError("wrong_shape", owner="line fit", name="start", expected=(width + 1,), got=numbers.shape)
    if not np.isfinite(numbers).all():
        raise LandscapeError(
            "not_finite", owner="line fit", name="start", got=Phrase("not_finite_numbers", count=int((~np.isfinite(numbers)).sum()))
        )
    return design.theta(numbers[:-1], numbers[-1])


def described(design: Design, rho: Rho | Loss, end: Descent, given: float | None) -> LinearFit:
    """Return the fit in the units of the samples, with what each sample did to it; `given` is the scale where it was not estimated."""
    residuals = design.residuals(end.theta)
    exact = on_line(design, end.theta)
    influence = np.full(len(residuals), np.nan)
    if not end.scale >= 0 or not np.isfinite(end.theta).all():
        weights = influence
    elif end.scale == 0:  # then only samples on the line weigh anything
        weights = np.where(exact, 1.0, 0.0)
    elif isinstance(rho, Rho):
        weights = rho.weight(residuals / end.scale)
        influence = influences(design, rho, np.where(exact, 0.0, residuals), end.scale) * design.unit
    else:
        sampled = Sampled(rho, design, end.scale * design.unit)
        weights, psi, slope = weights_and_pulls(sampled, end.theta, np.where(exact, 0.0, residuals))
        influence = spread(design, psi * end.scale, slope) * design.unit
    return fit_of(design, end, weights, influence, given=given, convex=isinstance(rho, Rho) and rho.convex)


def fit_of(design: Design, end: Descent, weights: np.ndarray, influence: np.ndarray, *, given: float | None, convex: bool) -> LinearFit:
    """Return the fit of a line with these weights, and an influence in the targets' unit."""
    coefficients, intercept = design.line(end.theta)
    return LinearFit(
        coefficients=coefficients,
        intercept=intercept,
        sample_weights=weights,
        influence=influence,
        scale=end.scale * design.unit if given is None else given,
        status=_status(design, end, weights, convex),
    )


def on_line(design: Design, theta: np.ndarray) -> np.ndarray:
    """Return which samples (N,) a line goes through, to rounding."""
    size = 1 + np.abs(design.values) + np.abs(design.matrix) @ np.abs(theta)
    return np.abs(design.residuals(theta)) <= ROUNDING * size


def _status(design: Design, end: Descent, weights: np.ndarray, convex: bool) -> str:
    """Return the first code of `STATUSES` that holds."""
    holds = {
        "not_finite": not np.isfinite(end.theta).all(),
        "not_converged": not end.arrived,
        "flat": not weights.any(),
        "rank_deficient": design.deficient,
        "exact_fit": end.scale == 0 or on_line(design, end.theta).all(),
        "local": not convex,
        "converged": True,
    }
    return next(code for code in STATUSES if holds[code])
