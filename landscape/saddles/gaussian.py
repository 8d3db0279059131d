"""Random Gaussian landscapes: why saddles outnumber minima as the dimension grows, by theory and by counting.

The field has mean 0 and covariance exp(-|x - y|^2 / 2). At a point of value f its Hessian is G - f I, where G is symmetric and Gaussian, of
variance 2 on the diagonal and 1 off it (Fyodorov 2004; Bray & Dean 2007): at low points all eigenvalues are pushed up, and the chance that
none is negative falls exponentially with the dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import gamma
from torch import Tensor

from landscape.curvature.stationary import roots
from landscape.errors import Cancelled, require_seed, require_whole
from landscape.objective import ArrayLike, Block, Objective

# Waves of a landscape: with so many, the sum is Gaussian to a few parts in a thousand.
WAVES = 256
# Balls in which all critical points are sought, their radius, and the starts in each ball for each dimension, up to `AROUND` radii away.
BALLS, BALL, STARTS, AROUND = 200, 1.0, 10, 1.25
# Centers of balls differ by this on the first axis, and on the others they vary by so much: nothing correlates.
APART, FAR = 20.0, 1e3
# Random matrices of the theory, and the spacing of the values f that it integrates over.
MATRICES, SPACING = 2000, 0.1
SAME_POINT = 1e-4


class RandomWaves(Objective):
    """f(x) = sqrt(2 / M) sum_m cos(k_m . x + p_m) of D coordinates, with k_m standard normal and p_m uniform: Gaussian as M grows."""

    def __init__(self, dim: int, *, waves: int = WAVES, seed: int = 0):
        generator = np.random.default_rng(seed)
        self.dim, self.theta = dim, np.zeros(dim)
        self.blocks = (Block("x", (dim,), 0, dim, kind="whole"),)
        self._waves = generator.standard_normal((waves, dim))
        self._phases = generator.uniform(0.0, 2 * np.pi, waves)
        self._height = np.sqrt(2 / waves)

    def of_rows(self) -> Callable[[Tensor], Tensor]:
        waves, phases = self.tensors(self._waves), torch.as_tensor(self._phases)
        return lambda rows: self._height * torch.cos(rows @ waves.T + phases).sum(-1)

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the differentiable f(theta)."""
        return self.of_rows()(theta[None])[0]

    def values(self, thetas: ArrayLike) -> np.ndarray:
        """Return f at each row of `thetas`, shape (k, D) to (k,)."""
        return self._height * np.cos(self._turns(thetas)).sum(1)

    def gradients(self, thetas: ArrayLike) -> np.ndarray:
        """Return the gradient at each row of `thetas`, shape (k, D) to (k, D)."""
        return -self._height * np.sin(self._turns(thetas)) @ self._waves

    def hessians(self, thetas: ArrayLike) -> np.ndarray:
        """Return the Hessian at each row of `thetas`, shape (k, D) to (k, D, D)."""
        squares = (self._waves[:, :, None] * self._waves[:, None, :]).reshape(len(self._waves), -1)
        return (-self._height * np.cos(self._turns(thetas)) @ squares).reshape(-1, self.dim, self.dim)

    def _turns(self, thetas: ArrayLike) -> np.ndarray:
        return self.tensors(thetas).numpy(force=True) @ self._waves.T + self._phases


@dataclass(frozen=True, eq=False)
class Expected:
    """What theory says of critical points in `dim` dimensions (Kac and Rice): their `density` by index, (D + 1,) a unit of volume, and its
    standard `error` (D + 1,) from so many random matrices; and at each of `values` (m,) the mean share of negative eigenvalues,
    `index_shares` (m,), of the critical points there.
    """

    dim: int
    density: np.ndarray
    error: np.ndarray
    values: np.ndarray
    index_shares: np.ndarray

    @property
    def minima(self) -> float:
        """The share of minima among critical points."""
        return float(self.density[0] / self.density.sum())

    @property
    def minima_error(self) -> float:
        """The standard error of `minima`, of which that of the density of minima is nearly all."""
        return float(self.error[0] / self.density.sum())


@dataclass(frozen=True, eq=False)
class Census:
    """Critical points counted in `balls` unit balls of one landscape: `values` (n,) and `indices` (n,), beside what theory expects."""

    dim: int
    balls: int
    values: np.ndarray
    indices: np.ndarray
    expected: Expected

    @property
    def minima(self) -> float:
        """The share of minima among the critical points found; NaN if there are none."""
        return float((self.indices == 0).mean()) if len(self.indices) else np.nan

    @property
    def minima_error(self) -> float:
        """The standard error of `minima` as a proportion, by Wilson's interval of one standard deviation: not zero where none was found."""
        count = len(self.indices)
        if not count:
            return np.nan
        share = self.minima
        return float(np.sqrt(share * (1 - share) / count + 1 / (4 * count**2)) / (1 + 1 / count))

    @property
    def completeness(self) -> float:
        """The number found over the number that theory expects in these balls."""
        volume = np.pi ** (self.dim / 2) / gamma(self.dim / 2 + 1) * BALL**self.dim
        return len(self.indices) / (self.balls * volume * float(self.expected.density.sum()))


def expected_points(dim: int, *, matrices: int = MATRICES, seed: int = 0) -> Expected:
    """Return what theory expects: densities E |det H| 1[index = k] / (2 pi)^(D / 2), by integration over f and an average over G."""
    dim, matrices = (
        require_whole("expected_points", "dim", dim, 1, None),
        require_whole("expected_points", "matrices", matrices, 1, None),
    )
    seed = require_seed("expected_points", seed)
    eigenvalues = np.linalg.eigvalsh(_goe(dim, matrices, np.random.default_rng(seed)))
    reach = 6.0 + 2 * np.sqrt(dim)
    values = np.arange(-reach, reach + SPACING / 2, SPACING)
    chance = SPACING * np.exp(-np.square(values) / 2) / np.sqrt(2 * np.pi)
    by_index, weight, negative = np.zeros((matrices, dim + 1)), np.zeros(len(values)), np.zeros(len(values))
    for k, value in enumerate(values):
        sizes = chance[k] * np.abs(eigenvalues - value).prod(1)
        index = (eigenvalues < value).sum(1)
        by_index[np.arange(matrices), index] += sizes
        weight[k], negative[k] = sizes.sum(), sizes @ index
    by_index = (by_index + by_index[:, ::-1]) / 2  # the landscape upside down is as likely
    scale = (2 * np.pi) ** (-dim / 2)
    density, error = scale * by_index.mean(0), scale * by_index.std(0) / np.sqrt(matrices)
    return Expected(dim, density, error, values, negative / (dim * weight))


def count_points(
    dim: int,
    *,
    seed: int = 0,
    balls: int = BALLS,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Census:
    """Return the critical points in `balls` unit balls, far apart, of a random landscape, each sought from starts in and around its ball.

    A search over a whole region would favor points with large basins of attraction; in a ball as small as this all are found, nearly
    always: `completeness` compares their number with theory. `report` is called with the share done, and `should_stop` before each step;
    `Cancelled` is raised where it returns True.
    """
    dim, balls = require_whole("count_points", "dim", dim, 1, None), require_whole("count_points", "balls", balls, 1, None)
    seed = require_seed("count_points", seed)
    objective, generator = RandomWaves(dim, seed=seed), np.random.default_rng([seed, dim])
    centers = generator.uniform(0.0, FAR, (balls, dim))
    centers[:, 0] = APART * np.arange(balls)
    directions = generator.standard_normal((balls, STARTS * dim, dim))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    starts = centers[:, None] + directions * AROUND * BALL * generator.random((balls, STARTS * dim, 1)) ** (1 / dim)

    def step(done: float) -> None:
        if should_stop is not None and should_stop():
            raise Cancelled
        if report is not None:
            report(done)

    thetas = _counted_once(roots(objective, starts.reshape(-1, dim), BALL, step), centers)
    step(1.0)
    indices = (np.linalg.eigvalsh(objective.hessians(thetas)) < 0).sum(1)
    return Census(dim, balls, objective.values(thetas), indices, expected_points(dim, seed=seed))


def all_positive(dim: int, *, matrices: int = 20_000, seed: int = 0) -> tuple[float, float]:
    """Return the chance that a matrix G of the Gaussian ensemble has no negative eigenvalue, and its standard error.

    It falls as 3^(-D^2 / 4) (Dean & Majumdar 2006): faster than the share of minima, whose Hessians are pushed up by their low value.
    """
    smallest = np.linalg.eigvalsh(_goe(dim, matrices, np.random.default_rng(seed)))[:, 0]
    share = float((smallest > 0).mean())
    return share, float(np.sqrt(max(share, 1 / matrices) * (1 - share) / matrices))


def _goe(dim: int, count: int, generator: np.random.Generator) -> np.ndarray:
    """Return random symmetric matrices (count, D, D) with variance 2 on the diagonal and 1 off it."""
    square = generator.standard_normal((count, dim, dim))
    return (square + square.transpose(0, 2, 1)) / np.sqrt(2)


def _counted_once(thetas: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Return the points of `thetas` that lie in some ball, each of them once."""
    ball = np.clip(np.rint(thetas[:, 0] / APART).astype(int), 0, len(centers) - 1)
    thetas = thetas[np.linalg.norm(thetas - centers[ball], axis=1) < BALL]
    kept: list[np.ndarray] = []
    for theta in thetas[np.argsort(thetas[:, 0], kind="stable")]:
        near = (other for other in reversed(kept) if theta[0] - other[0] < SAME_POINT)  # those before are further away still
        if all(np.linalg.norm(theta - other) > SAME_POINT for other in near):
            kept.append(theta)
    return np.array(kept).reshape(-1, centers.shape[1])
