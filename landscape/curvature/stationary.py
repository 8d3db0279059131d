"""Stationary points: zeros of the gradient from many starts at once, by Levenberg-Marquardt on |gradient|^2 with the exact Hessian."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from landscape.objective import Objective

MOST_STEPS = 60
# Largest Newton step at a critical point, as a share of the search's extent. A small gradient would not be enough: on a plateau the
# gradient and the Hessian both tend to zero, the Newton step does not, and there is no critical point.
STEP_TOLERANCE = 1e-7
# A start is given up where so many steps leave this share of |gradient|^2 or more: it is at a local minimum of that, which is no root.
PATIENCE, STALLED = 10, 0.9
# Newton steps below this share of the extent are rounding.
ROUNDING = 1e-14
# Singular values of the Hessian below this share of the largest are treated as zero in the Newton step.
RANK = 1e-12
# Distance, as a share of the extent, at which a Hessian that is still zero shows a plateau or a ramp.
NEARBY = 1e-3
# The trust region: its first radius as a share of the extent, and the gain ratios that accept a step, shrink and widen the region.
RADIUS = 0.25
ACCEPTED, POOR, GOOD = 1e-4, 0.25, 0.75
# A descent that has gone so many extents is on its way to infinity.
FAR = 10.0
# Bisections of the damping, over the first of which it varies by this factor.
BISECTIONS, DAMPINGS = 24, 1e20


def roots(objective: Objective, starts: np.ndarray, extent: float, step: Callable[[float], None], most: int = MOST_STEPS) -> np.ndarray:
    """Return the critical points that the rows of `starts` (k, D) lead to, shape (at most k, D), with those that lead nowhere left out.

    Each step minimizes |g + H s| within a trust region (More 1978): with the Hessian's eigenvalues l and the gradient's components c,
    s = -l c / (l^2 + mu). Near a critical point the region does not bind, and the step is Newton's, with the pseudo-inverse of H. `step` is
    called with the share done before each of them, of which there are at most `most`.
    """
    thetas, radii = starts.copy(), np.full(len(starts), RADIUS * extent)
    gradients, hessians = objective.gradients(thetas), objective.hessians(thetas)
    live = np.flatnonzero(_finite(gradients, hessians))
    whole, past = live, np.full(len(starts), np.inf)
    for turn in range(most):
        step(turn / most)
        if not len(live):
            break
        gradient, hessian = gradients[live], hessians[live]
        values, axes = np.linalg.eigh(hessian)
        steps, newton = _steps(values, np.einsum("kji,kj->ki", axes, gradient), radii[live])
        moves = np.einsum("kij,kj->ki", axes, steps)
        trials = thetas[live] + moves
        slopes = objective.gradients(trials)
        before, after = (np.square(part).sum(1) for part in (gradient, slopes))
        predicted = before - np.square(gradient + np.einsum("kij,kj->ki", hessian, moves)).sum(1)
        gain = np.where(np.isfinite(after) & (predicted > 0), (before - after) / np.where(predicted > 0, predicted, 1.0), -1.0)
        moved, lengths = gain > ACCEPTED, np.linalg.norm(moves, axis=1)
        radii[live] = np.select([gain < POOR, gain > GOOD], [lengths / 4, np.maximum(radii[live], 2 * lengths)], radii[live])
        at = live[moved]
        thetas[at], gradients[at] = trials[moved], slopes[moved]
        if len(at):
            hessians[at] = objective.hessians(thetas[at])
        near = newton <= STEP_TOLERANCE * extent
        settled = (newton <= ROUNDING * extent) | (~moved & near) | (radii[live] <= ROUNDING * extent)
        if turn % PATIENCE == 0:
            settled |= (np.square(gradients[live]).sum(1) >= STALLED * past[live]) & ~near
            past[live] = np.square(gradients[live]).sum(1)
        live = live[~settled & _finite(gradients[live], hessians[live])]
    whole = whole[_finite(gradients[whole], hessians[whole])]
    return thetas[whole][_stationary(gradients[whole], hessians[whole], STEP_TOLERANCE * extent)]


def downhill(objective: Objective, starts: np.ndarray, extent: float, step: Callable[[float], None], most: int) -> np.ndarray:
    """Return where the rows of `starts` (k, D) are after at most `most` steps down, shape (k, D), in valleys as a rule: minima of small
    basins are seldom met by `roots`, whose random starts lead to saddles.

    Each step is Newton's with the absolute values of the Hessian's eigenvalues, damped to a trust region (Dauphin et al. 2014).
    """
    thetas, radii = starts.copy(), np.full(len(starts), RADIUS * extent)
    values, live = objective.values(thetas), np.arange(len(starts))
    for turn in range(most):
        step(turn / most)
        gradients, hessians = objective.gradients(thetas[live]), objective.hessians(thetas[live])
        finite = _finite(gradients, hessians)
        live, gradients, hessians = live[finite], gradients[finite], hessians[finite]
        if not len(live):
            break
        eigenvalues, axes = np.linalg.eigh(hessians)
        components = np.einsum("kji,kj->ki", axes, gradients)
        steps = _descents(np.abs(eigenvalues), components, radii[live])
        lengths = np.linalg.norm(steps, axis=1)
        trials = thetas[live] + np.einsum("kij,kj->ki", axes, steps)
        reached = objective.values(trials)
        predicted = -(components * steps + eigenvalues * np.square(steps) / 2).sum(1)
        gain = np.where(np.isfinite(reached) & (predicted > 0), (values[live] - reached) / np.where(predicted > 0, predicted, 1.0), -1.0)
        radii[live] = np.select([gain < POOR, gain > GOOD], [lengths / 4, np.maximum(radii[live], 2 * lengths)], radii[live])
        at = live[gain > ACCEPTED]
        thetas[at], values[at] = trials[gain > ACCEPTED], reached[gain > ACCEPTED]
        away = np.linalg.norm(thetas[live] - starts[live], axis=1)
        live = live[(lengths > STEP_TOLERANCE * extent) & (away < FAR * extent)]
    return thetas


def flat_around(objective: Objective, thetas: np.ndarray, extent: float, typical: float) -> np.ndarray:
    """Return of each row whether the Hessian is zero, to rounding, there and on both sides: a plateau, without isolated critical points."""
    flat = np.ones(len(thetas), dtype=bool)
    aside, rounding = NEARBY * extent / np.sqrt(objective.dim), 1e-14 * typical
    for shift in (0.0, aside, -aside) if len(thetas) else ():
        flat &= np.abs(objective.hessians(thetas + shift)).max((1, 2)) <= rounding
    return flat


def _steps(values: np.ndarray, components: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps (k, D) within the trust regions, in the Hessians' eigenvectors, and the lengths of the whole Newton steps (k,)."""
    kept = np.abs(values) > RANK * np.abs(values).max(1, keepdims=True)
    newton = np.where(kept, -components / np.where(kept, values, 1.0), 0.0)
    lengths = np.linalg.norm(newton, axis=1)
    scaled = np.where(kept, values * components, 0.0)
    high = np.linalg.norm(scaled, axis=1) / radii  # with this damping the step is shorter than the radius
    low = high / DAMPINGS

    def damped(damping: np.ndarray) -> np.ndarray:
        denominator = np.square(values) + damping[:, None]
        return -scaled / np.where(denominator > 0, denominator, 1.0)

    for _ in range(BISECTIONS):
        middle = np.sqrt(low * high)
        long = np.linalg.norm(damped(middle), axis=1) > radii
        low, high = np.where(long, middle, low), np.where(long, high, middle)
    return np.where((lengths <= radii)[:, None], newton, damped(high)), lengths


def _descents(sizes: np.ndarray, components: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return the steps -c / (|l| + mu), shape (k, D), with the least damping mu for which they lie within the trust regions."""
    high = np.linalg.norm(components, axis=1) / radii
    low = high / DAMPINGS

    def damped(damping: np.ndarray) -> np.ndarray:
        denominator = sizes + damping[:, None]
        return -components / np.where(denominator > 0, denominator, 1.0)

    for _ in range(BISECTIONS):
        middle = np.sqrt(low * high)
        long = np.linalg.norm(damped(middle), axis=1) > radii
        low, high = np.where(long, middle, low), np.where(long, high, middle)
    return damped(high)


def _stationary(gradients: np.ndarray, hessians: np.ndarray, near: float) -> np.ndarray:
    """Return of each row whether its Newton step is shorter than `near`, and leaves no slope.

    The Newton step leaves the gradient's component in the null space of the Hessian: if that is not zero, the point is not critical.
    """
    if not len(gradients):
        return np.zeros(0, dtype=bool)
    values, axes = np.linalg.eigh(hessians)
    sizes = np.abs(values)
    kept = sizes > RANK * sizes.max(1, keepdims=True)
    components = np.einsum("kji,kj->ki", axes, gradients)
    steps = np.linalg.norm(np.where(kept, components / np.where(kept, values, 1.0), 0.0), axis=1)
    left = np.linalg.norm(np.where(kept, 0.0, components), axis=1)
    return (steps <= near) & (left <= near * np.abs(hessians).max((1, 2)))


def _finite(gradients: np.ndarray, hessians: np.ndarray) -> np.ndarray:
    return np.isfinite(gradients).all(1) & np.isfinite(hessians).all((1, 2))
