"""Directions: planes from coordinates, random filter-normalized directions, the principal components of a path, the Hessian, or points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from landscape.arrays import real_array
from landscape.catalogue import Catalogue, Parameter
from landscape.curvature.spectrum import top_eigenpairs
from landscape.descent.trajectory import Trajectory
from landscape.errors import MOST_SEED, LandscapeError, Phrase, require_made, require_name, require_seed, require_whole
from landscape.objective import ArrayLike, Block, Objective, require_objective
from landscape.plane import Plane, require_plane

planes = Catalogue("planes")

# Largest number of draws until u and v differ: where every filter has a single weight, normalization leaves only their signs.
MOST_DRAWS = 16
# Number of simulated random walks, and the dimension above which the limit of infinitely many dimensions is used.
WALKS = 16
MANY_DIMENSIONS = 256


@dataclass(frozen=True)
class Situation:
    """The arguments of a plane's construction: the objective, the reference paths (at least one) and the seed."""

    objective: Objective
    paths: tuple[Trajectory, ...]
    seed: int

    @property
    def theta(self) -> np.ndarray:
        """The plane's origin: `vantage` of the first path."""
        return vantage(self.paths[0])


def make_plane(name: str, situation: Situation, **params: object) -> Plane:
    """Return the plane `name` of the catalogue; see the function of each below. Raises `LandscapeError` for fewer than two parameters."""
    require_name(planes.noun, name, planes)
    require_made("make_plane", "situation", situation, Situation, "Situation")
    if situation.objective.dim < 2:
        raise LandscapeError("too_few_dimensions", owner=Phrase("of_plane", name=name), got=situation.objective.dim)
    return planes.make(name, situation, **params)


def finite_part(path: Trajectory) -> np.ndarray:
    """Return the finite points of the path, shape (k, D) with k <= T+1."""
    return path.thetas[np.isfinite(path.thetas).all(axis=1)]


def vantage(path: Trajectory) -> np.ndarray:
    """Return the reference point of a path: its end, or its start if it diverged or is unbounded: there coordinates lose all digits."""
    return path.thetas[0] if path.ran_away else path.thetas[-1]


def coordinate_plane(theta: ArrayLike, i: int, j: int) -> Plane:
    """Return the plane through `theta` along the unit vectors of parameters i and j, so that a and b are the changes of these."""
    theta = real_array("coordinate_plane", "theta", theta, ("D",)).copy()
    i, j = (require_whole("coordinate_plane", name, index, 0, len(theta) - 1) for name, index in (("i", i), ("j", j)))
    axes = np.zeros((2, len(theta)))
    axes[0, i] = axes[1, j] = 1.0
    return Plane(theta, *axes)


def random_plane(objective: Objective, theta: ArrayLike, *, seed: int = 0, normalization: str = "filter", vectors: str = "zero") -> Plane:
    """Return the plane through `theta` along two random Gaussian directions, normalized (Li et al. 2018, section 4).

    With `normalization` "filter" each filter (output unit) of u and v has the norm of the same filter of `theta`, with "layer" each
    parameter tensor; "none" gives Gaussian directions of unit length. `vectors` "zero" keeps 1-D parameters (biases, BatchNorm) where they
    are, with every normalization; "normalize" moves them, each as one filter, or without normalization as any other parameter. v is made
    orthogonal to u within each filter before scaling, so that filters of two weights or more have exact norms and are exactly orthogonal;
    `Plane.cosine` is not zero where there are others. Raises `LandscapeError` when the filters that may move are all zero, or leave one
    direction only.
    """
    require_objective("random_plane", objective)
    seed = require_seed("random_plane", seed, -MOST_SEED)
    require_name("normalization", normalization, ("filter", "layer", "none"))
    require_name("vectors", vectors, ("zero", "normalize"))
    weights = objective.tensor(theta).cpu()
    generator = torch.Generator().manual_seed(seed)
    for _ in range(MOST_DRAWS):
        u, v = torch.randn((2, objective.dim), generator=generator, dtype=torch.float64)
        if normalization == "none":
            u, v = _unit(u, v, objective.blocks, vectors)
        else:
            _normalize(u, v, weights, objective.blocks, normalization, vectors)
        if not u.any():
            got = Phrase("vectors_stay" if normalization == "none" else "zero_filters")
            raise LandscapeError("no_direction", owner="random plane", got=got)
        if not (torch.equal(u, v) or torch.equal(u, -v)):
            break
    axes = u.numpy(), v.numpy()
    for axis in axes:
        axis.setflags(write=False)
    return Plane(theta if isinstance(theta, np.ndarray) else weights.double().numpy(), *axes)


def _unit(u: torch.Tensor, v: torch.Tensor, blocks: tuple[Block, ...], vectors: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return u and v as orthogonal unit vectors, zero in the blocks that are to stay; all zero where every block is."""
    for block in blocks:
        if block.kind == "vector" and vectors == "zero":
            u[block.start : block.stop] = v[block.start : block.stop] = 0.0
    return tuple(row[0] for row in _orthogonal_filters(u[None], v[None])) if u.any() else (u, v)


def _normalize(u: torch.Tensor, v: torch.Tensor, theta: torch.Tensor, blocks: tuple[Block, ...], normalization: str, vectors: str) -> None:
    """Orthogonalize each filter of `v` against that of `u`, and scale both to the norm of the same filter of `theta`, in place."""
    for block in blocks:
        part = slice(block.start, block.stop)
        if block.kind == "vector" and vectors == "zero":
            u[part] = v[part] = 0.0
            continue
        weights, first, second = (_filters(values[part].double(), block, normalization) for values in (theta, u, v))
        # For the coordinates of an analytic function there is no filter norm: directions are unit vectors.
        lengths = 1.0 if block.kind == "whole" else weights.norm(dim=1, keepdim=True)
        first, second = _orthogonal_filters(first, second)
        u[part] = _flat(first.mul_(lengths), block, normalization)
        v[part] = _flat(second.mul_(lengths), block, normalization)


def pca_plane(trajectory: Trajectory, *others: Trajectory) -> Plane:
    """Return the plane along the first two principal components of the path's points, of unit length (Li et al. 2018, section 7).

    Its origin is the `vantage` of the first path; with several paths the components are those of all their points. For points on a straight
    line v is a fixed random direction orthogonal to u. Raises `LandscapeError` when all points are equal.
    """
    for path in (trajectory, *others):
        require_made("pca_plane", "trajectory", path, Trajectory, "descend")
        real_array("pca_plane", "thetas", path.thetas, ("k", trajectory.thetas.shape[1]))
    points = np.concatenate([finite_part(path) for path in (trajectory, *others)])
    centered = _centered(points)
    if not centered.any():
        raise LandscapeError("no_movement", owner="plane of the path", got=Phrase("equal_points", count=len(points)))
    _, spread, rows = np.linalg.svd(centered, full_matrices=False)
    u = _signed(rows[0])
    if len(spread) > 1 and spread[1] > 1e-10 * spread[0]:
        v = _signed(rows[1])
    else:
        v = np.random.default_rng(0).standard_normal(len(u))
        v -= (u @ v) * u
        v /= np.linalg.norm(v)
    return Plane(vantage(trajectory), u, v)


def hessian_plane(objective: Objective, theta: ArrayLike, *, which: str = "LA") -> Plane:
    """Return the plane through `theta` along two unit eigenvectors of the Hessian there.

    `which` "LA" takes those of the two largest eigenvalues, "BE" of the largest and the smallest, which differ in sign at a saddle.
    """
    require_objective("hessian_plane", objective)
    require_name("which", which, ("LA", "BE"))
    spectrum = top_eigenpairs(objective, theta, k=2, which=which)
    return Plane(real_array("hessian_plane", "theta", theta).copy(), *(_signed(vector) for vector in spectrum.eigenvectors.T))


def plane_through(p: ArrayLike, q: ArrayLike, r: ArrayLike) -> Plane:
    """Return the plane with p at (0, 0), q at (1, 0) and r at (0, 1); raises `LandscapeError` for collinear points."""
    p = real_array("plane_through", "p", p, ("D",))
    q, r = (real_array("plane_through", name, point, p.shape) for name, point in (("q", q), ("r", r)))
    return Plane(p, q - p, r - p)


def explained_variance(plane: Plane, thetas: ArrayLike) -> float:
    """Return the share of the variance of `thetas` (k, D), about their mean, along the plane; points that are not finite are left out."""
    require_plane("explained_variance", plane)
    thetas = real_array("explained_variance", "thetas", thetas, ("k", len(plane.origin)))
    centered = _centered(thetas[np.isfinite(thetas).all(axis=1)])
    shifted = Plane(np.zeros_like(plane.origin), plane.u, plane.v)
    total = float((centered**2).sum())
    return 1.0 - float((shifted.distance(centered) ** 2).sum()) / total if total > 0 else 1.0


def _centered(points: np.ndarray) -> np.ndarray:
    """Return the points minus their mean, divided by the largest move from the first: squares of a diverged run would overflow.

    Equal points give exact zeros, although the computed mean of equal numbers may differ from them.
    """
    moves = points - points[0]
    moves = moves / (np.abs(moves).max() or 1.0)
    return moves - moves.mean(axis=0)


def random_walk_share(plane: str, steps: int, dim: int) -> float:
    """Return the expected share of the variance of a Gaussian random walk with `steps` steps in a plane of the kind `plane`.

    It is the null hypothesis for `explained_variance`: the two first principal components for `pca`, the plane through the end, start and
    middle of the walk for `three_points`, and 2 / D for a plane that does not depend on the path.
    """
    require_name(planes.noun, plane, planes)
    return _walk_share(
        plane, require_whole("random_walk_share", "steps", steps, 0, None), require_whole("random_walk_share", "dim", dim, 1, None)
    )


@lru_cache(maxsize=1024)
def _walk_share(plane: str, steps: int, dim: int) -> float:
    if plane == "pca":
        return random_walk_variance(steps, dim)
    if plane == "three_points":
        if min(steps, dim) <= 2:
            return 1.0
        walks = _walks(steps, min(dim, MANY_DIMENSIONS), WALKS, seed=0)
        return float(np.mean([explained_variance(plane_through(walk[-1], walk[0], walk[len(walk) // 2]), walk) for walk in walks]))
    return min(1.0, 2.0 / dim)


def random_walk_variance(steps: int, dim: int, *, walks: int = WALKS, seed: int = 0) -> float:
    """Return the expected share of the variance of a Gaussian random walk along its two first principal components (Antognini and
    Sohl-Dickstein 2018).

    It is the mean over `walks` simulated walks; above `MANY_DIMENSIONS` the limit of infinitely many dimensions, which is accurate to about
    a percent: the eigenvalues are 1 / (4 sin^2(pi k / 2n)) for k = 1..n-1 with n = steps + 1 points.
    """
    owner = "random_walk_variance"
    steps, dim = require_whole(owner, "steps", steps, 0, None), require_whole(owner, "dim", dim, 1, None)
    walks, seed = require_whole(owner, "walks", walks, 1, None), require_seed(owner, seed)
    if min(steps, dim) <= 2:
        return 1.0
    if dim > MANY_DIMENSIONS:
        k = np.arange(1, steps + 1)
        eigenvalues = 1.0 / np.sin(np.pi * k / (2 * (steps + 1))) ** 2
        return float(eigenvalues[:2].sum() / eigenvalues.sum())
    shares = []
    for walk in _walks(steps, dim, walks, seed):
        walk = walk - walk.mean(axis=0)
        # Eigenvalues of the smaller Gram matrix: an SVD of 5000 points takes 30 times as long.
        spread = np.linalg.eigvalsh(walk.T @ walk if dim < steps else walk @ walk.T)
        shares.append(spread[-2:].sum() / spread.sum())
    return float(np.mean(shares))


def _walks(steps: int, dim: int, count: int, seed: int) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(seed)
    for _ in range(count):
        yield np.concatenate([np.zeros((1, dim)), generator.standard_normal((steps, dim)).cumsum(axis=0)])


def _filters(values: torch.Tensor, block: Block, normalization: str) -> torch.Tensor:
    """Return the values of a block as rows, one for each filter."""
    if normalization == "layer" or block.kind != "filters":
        return values.reshape(1, -1)
    return values.reshape(block.shape).movedim(block.axis, 0).reshape(block.shape[block.axis], -1)


def _flat(rows: torch.Tensor, block: Block, normalization: str) -> torch.Tensor:
    """Return the values of a block from its rows: the inverse of `_filters`."""
    if normalization == "layer" or block.kind != "filters":
        return rows.reshape(-1)
    moved = (block.shape[block.axis], *(size for axis, size in enumerate(block.shape) if axis != block.axis))
    return rows.reshape(moved).movedim(0, block.axis).reshape(-1)


def _orthogonal_filters(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalize the rows of u and v, those of v orthogonal to those of u where a row has two entries or more; in place, and return both."""
    u /= u.norm(dim=1, keepdim=True)
    if u.shape[1] > 1:
        for _ in range(2):  # the second pass removes rounding errors of the first
            v.addcmul_(u, torch.einsum("ij,ij->i", u, v)[:, None], value=-1)
    v /= v.norm(dim=1, keepdim=True)
    return u, v


def _signed(vector: np.ndarray) -> np.ndarray:
    """Return the vector or its negative, whichever has a positive entry of largest modulus: the sign of an eigenvector is arbitrary."""
    return vector * np.sign(vector[np.argmax(np.abs(vector))])


@planes.entry(
    "coordinates", "Two parameters", Parameter("i", 0, "first parameter", 0, 10**7), Parameter("j", 1, "second parameter", 0, 10**7)
)
def _coordinates(situation: Situation, i: int, j: int) -> Plane:
    # With two parameters the plane is the whole space, and its coordinates are the parameters themselves.
    theta = np.zeros(2) if situation.objective.dim == 2 else situation.theta
    return coordinate_plane(theta, i, j)


@planes.entry(
    "random",
    "Random, filter-normalized",
    Parameter("normalization", "filter", "normalization", choices=("filter", "layer", "none")),
    Parameter("vectors", "zero", "biases", choices=("zero", "normalize")),
    source="Li et al. 2018, section 4",
)
def _random(situation: Situation, normalization: str, vectors: str) -> Plane:
    return random_plane(situation.objective, situation.theta, seed=situation.seed, normalization=normalization, vectors=vectors)


@planes.entry("pca", "Principal directions of the path", source="Li et al. 2018, section 7")
def _pca(situation: Situation) -> Plane:
    return pca_plane(*situation.paths)


@planes.entry("hessian", "Eigenvectors of the Hessian", Parameter("which", "LA", "eigenvectors", choices=("LA", "BE")))
def _hessian(situation: Situation, which: str) -> Plane:
    return hessian_plane(situation.objective, situation.theta, which=which)


@planes.entry("three_points", "Through start, middle and end")
def _three_points(situation: Situation) -> Plane:
    """Through the ends of two paths and their common start; with one path, through its end, its start and its middle point.

    Of a path that diverged or is unbounded, the end is the point at its `step`.
    """
    first, *others = (finite_part(path)[: path.step + 1] for path in situation.paths)
    third = others[0][-1] if others else first[len(first) // 2]
    return plane_through(first[-1], first[0], third)
