"""Autograd: lines under a loss that is known by its values alone, such as one that a visitor types, from several starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize

from landscape.losses.shapes import Loss
from landscape.regression.design import Design
from landscape.regression.newton import RUNAWAY, newton
from landscape.regression.pinball import FEW, fit_quantile, lines_through_points
from landscape.regression.reweighting import ROUNDING, Descent, least_squares, mad

# Starts that are followed to the end; steps of a search, and estimates of the scale.
STARTS, SEARCH, SCALES = 3, 400, 100
# The gradient's share of what it is the sum of at which a line is a minimum of a smooth loss.
FLAT = 1e-9
# The loss has a kink at u = 0 where psi(u) / u grows so many times from the one to the other.
CLOSE, CLOSER, STEEPER = 1e-4, 1e-7, 10.0


@dataclass(frozen=True, eq=False)
class Sampled:
    """The losses of N samples at outputs and targets (N,) in units of `scale`, with both derivatives by each output."""

    loss: Loss
    design: Design
    scale: float

    @property
    def targets(self) -> np.ndarray:
        """The targets (N,)."""
        return (self.design.level + self.design.unit * self.design.values) / self.scale

    def outputs(self, theta: np.ndarray) -> np.ndarray:
        """Return what a line gives (N,)."""
        return (self.design.level + self.design.unit * (self.design.matrix @ theta)) / self.scale

    def derivatives(self, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return losses, first and second derivatives, (N,) each; 0 where the loss has no graph."""
        at = torch.tensor(outputs, dtype=torch.float64, requires_grad=True)
        losses = self.loss(at, torch.tensor(self.targets, dtype=torch.float64))
        slopes = _derivative(losses, at)
        curvatures = _derivative(slopes, at)
        return losses.detach().numpy(), slopes.detach().numpy(), curvatures.detach().numpy()

    def risks(self, lines: np.ndarray) -> np.ndarray:
        """Return the sums of losses (L,) of lines (L, p)."""
        outputs = (self.design.level + self.design.unit * (lines @ self.design.matrix.T)) / self.scale
        targets = np.broadcast_to(self.targets, outputs.shape)
        with torch.no_grad():
            losses = self.loss(torch.tensor(outputs.reshape(-1)), torch.tensor(targets.reshape(-1)))
        return losses.numpy().reshape(outputs.shape).sum(axis=1)

    def risk(self, line: np.ndarray) -> float:
        """Return the sum of losses of one line (p,)."""
        return float(self.risks(line[None])[0])


def _derivative(values: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    if not values.requires_grad:
        return torch.zeros_like(at)
    found = torch.autograd.grad(values.sum(), at, create_graph=True, allow_unused=True)[0]
    return torch.zeros_like(at) if found is None else found


def descend_lines(loss: Loss, design: Design, scale: float | None, start: np.ndarray | None) -> Descent:
    """Return the best line found from `start`, or from several where it is None; `scale` None fits and re-estimates it in turn."""
    if scale is not None:
        return _best(Sampled(loss, design, scale), start)
    theta = least_squares(design) if start is None else start
    for _ in range(SCALES):
        estimate = mad(design.residuals(theta))
        if not estimate > ROUNDING:
            return Descent(theta, estimate if np.isnan(estimate) else 0.0, True)
        end = _best(Sampled(loss, design, estimate * design.unit), theta)
        moved, theta = np.abs(design.matrix @ (end.theta - theta)).max(), end.theta
        if not end.arrived or moved <= 1e-8 * estimate:
            return Descent(theta, mad(design.residuals(theta)), end.arrived)
    return Descent(theta, mad(design.residuals(theta)), False)


def _best(sampled: Sampled, start: np.ndarray | None) -> Descent:
    unit = sampled.scale / sampled.design.unit
    starts = _starts(sampled) if start is None else start[None]
    ends = [_minimum(sampled, line) for line in starts]
    ends = [end for end in ends if np.isfinite(end[2])]
    if not ends:
        return Descent(np.full(sampled.design.matrix.shape[1], np.nan), unit, False)
    theta, arrived, _ = min(ends, key=lambda end: end[2])
    return Descent(theta, unit, arrived)


def _starts(sampled: Sampled) -> np.ndarray:
    """Return the `STARTS` lines of least risk of those tried, (L, p): with one feature and few samples all through two of them."""
    design = sampled.design
    level = np.append(np.zeros(design.matrix.shape[1] - 1), np.median(design.values))
    median = fit_quantile(design, 0.5)
    lines = np.array([least_squares(design), level, *([] if median is None else [median])])
    if design.matrix.shape[1] == 2 and len(design.values) <= FEW:
        lines = np.concatenate([lines, lines_through_points(design)])
    risks = sampled.risks(lines)
    return lines[np.argsort(np.where(np.isnan(risks), np.inf, risks), kind="stable")[:STARTS]]


def _minimum(sampled: Sampled, theta: np.ndarray) -> tuple[np.ndarray, bool, float]:
    """Return where Newton steps lead, or where a kink stops these, a search without derivatives; whether it is a minimum, and the risk."""
    matrix, unit = sampled.design.matrix, sampled.design.unit / sampled.scale

    def derivatives(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        _, slopes, curvatures = sampled.derivatives(sampled.outputs(theta))
        return matrix.T @ slopes * unit, (matrix * curvatures[:, None]).T @ matrix * unit**2

    theta, arrived = newton(matrix, sampled.risk, derivatives, theta)
    if not arrived and np.abs(theta).max() <= RUNAWAY:
        _, slopes, _ = sampled.derivatives(sampled.outputs(theta))
        arrived = bool((np.abs(matrix.T @ slopes) <= FLAT * (np.abs(matrix).T @ np.abs(slopes))).all())
        if not arrived:
            options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": SEARCH}
            search = minimize(sampled.risk, theta, method="Nelder-Mead", options=options)
            theta = search.x if search.fun < sampled.risk(theta) else theta
            arrived = bool(search.success and np.abs(theta).max() <= RUNAWAY)
    return theta, arrived, sampled.risk(theta)


def weights_and_pulls(sampled: Sampled, theta: np.ndarray, residuals: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weights psi(u) / u (N,) in shares of the curvature at u = 0, or where that is not positive of the largest; psi; and psi'.

    Where psi(u) / u grows without bound toward 0, as at a kink there, weights are in shares of its mean at u = -1 and 1, and at most 1.
    """
    _, slopes, curvatures = sampled.derivatives(sampled.outputs(theta))
    _, _, middle = sampled.derivatives(sampled.targets)
    u = residuals * (sampled.design.unit / sampled.scale)
    ratios = np.where(u == 0, curvatures, -slopes / np.where(u == 0, 1.0, u))
    largest = np.abs(ratios).max()
    weights = ratios / np.where((middle > 0) & np.isfinite(middle), middle, largest)
    pointed, beside = _ratios_at(sampled, CLOSER) > STEEPER * _ratios_at(sampled, CLOSE), _ratios_at(sampled, 1.0)
    shares = np.where(u == 0, 1.0, np.minimum(ratios / np.where((beside > 0) & np.isfinite(beside), beside, largest), 1.0))
    return np.where(pointed, shares, weights) + 0.0, -slopes, curvatures


def _ratios_at(sampled: Sampled, u: float) -> np.ndarray:
    """Return the mean of psi / u (N,) at u on both sides of each target."""
    _, above, _ = sampled.derivatives(sampled.targets - u)
    _, below, _ = sampled.derivatives(sampled.targets + u)
    return (below - above) / (2 * u)
