"""Quadratic: the local quadratic model of an objective, and the radius up to which it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landscape.errors import require_range
from landscape.objective import ArrayLike, Objective

# Directions that are searched in a plane, and random ones in more dimensions, beside those of the Hessian's eigenvectors.
AROUND, RANDOM = 120, 40
# Steps of the search outward along each direction, evenly in the logarithm, from this share of the largest radius; then halvings.
RUNGS, NEAREST, HALVINGS = 80, 1e-4, 40
# Rounding errors of a difference of two values, in units of them.
ROUNDING = 64 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Quadratic:
    """q(theta) = value + gradient (theta - center) + 1/2 (theta - center) hessian (theta - center), to second order f around `center` (D,).

    `radius` is the largest r such that |f - q| <= `share` |q - value| on the whole ball of radius r, as far as it was searched: along
    `directions` (k, D), of which each holds to `radii` (k,), infinite where it holds to the end of the search. In one and in two dimensions
    these are all directions, more closely than they can be drawn; in more they are the eigenvectors' and random ones, so that `radius` is
    an upper bound.
    """

    center: np.ndarray
    value: float
    gradient: np.ndarray
    hessian: np.ndarray
    share: float
    directions: np.ndarray
    radii: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.center, self.gradient, self.hessian, self.directions, self.radii):
            array.setflags(write=False)

    @property
    def radius(self) -> float:
        return float(self.radii.min())

    @property
    def tightest(self) -> np.ndarray:
        """The direction (D,) in which the model fails first."""
        return self.directions[self.radii.argmin()]

    def values(self, thetas: np.ndarray) -> np.ndarray:
        """Return q at each row of `thetas`, (k, D) to (k,)."""
        offsets = np.asarray(thetas) - self.center
        return self.value + offsets @ self.gradient + np.einsum("ki,ij,kj->k", offsets, self.hessian, offsets) / 2


def quadratic_model(objective: Objective, theta: ArrayLike, *, reach: float, share: float = 0.1, seed: int = 0) -> Quadratic:
    """Return the quadratic model of `objective` at `theta`, and where it is off by more than `share` of its own rise.

    Each direction is searched outward to the distance `reach` for the first place that is off, which is then found by bisection; a place
    where f is not finite is off. Raises `LandscapeError` where `reach` or `share` is not positive.
    """
    require_range("quadratic model", "reach", reach, 1e-12, 1e12)
    require_range("quadratic model", "share", share, 1e-9, 1e9)
    center = objective.tensor(theta).double().numpy(force=True).copy()
    value, gradient, hessian = objective.value(center), objective.gradient(center), objective.hessian(center)
    directions = _directions(hessian, seed)
    model = Quadratic(center, value, gradient, hessian, share, directions, np.full(len(directions), np.inf))
    return Quadratic(center, value, gradient, hessian, share, directions, _radii(objective, model, reach))


def _directions(hessian: np.ndarray, seed: int) -> np.ndarray:
    dim = len(hessian)
    if dim == 1:
        return np.array([[1.0], [-1.0]])
    if dim == 2:
        turn = np.arange(AROUND) * 2 * np.pi / AROUND
        return np.stack([np.cos(turn), np.sin(turn)], axis=1)
    eigenvectors = np.linalg.eigh(hessian)[1].T
    drawn = np.random.default_rng(seed).standard_normal((RANDOM, dim))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return np.concatenate([eigenvectors, -eigenvectors, drawn, -drawn])


def _radii(objective: Objective, model: Quadratic, reach: float) -> np.ndarray:
    """Return how far the model holds along each of its directions, infinity where it does up to `reach`."""
    rungs = reach * np.geomspace(NEAREST, 1.0, RUNGS)
    wrong = np.stack([_off(objective, model, np.full(len(model.directions), rung)) for rung in rungs], axis=1)
    first = wrong.argmax(axis=1)
    low, high = np.where(first > 0, rungs[first - 1], 0.0), rungs[first]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        off = _off(objective, model, middle)
        low, high = np.where(off, low, middle), np.where(off, middle, high)
    return np.where(wrong.any(axis=1), low, np.inf)


def _off(objective: Objective, model: Quadratic, radii: np.ndarray) -> np.ndarray:
    """Return for each direction whether the model is off at that distance from its center."""
    thetas = model.center + radii[:, None] * model.directions
    true, said = objective.values(thetas), model.values(thetas)
    slack = ROUNDING * np.maximum(np.abs(true), abs(model.value))
    return ~(np.abs(true - said) <= model.share * np.abs(said - model.value) + slack)
