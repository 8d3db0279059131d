"""Blocks: the diagonal blocks of the Hessian that belong to parameters or layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from landscape.curvature.spectrum import Spectrum, top_eigenpairs
from landscape.curvature.trace import Estimate, hessian_trace
from landscape.errors import Cancelled, require_name
from landscape.objective import ArrayLike, Block, Derived, Objective, Term, require_objective


@dataclass(frozen=True)
class BlockCurvature:
    """The diagonal block H[start:stop, start:stop] of the Hessian that belongs to `block`: its eigenpairs, with residuals, and its trace.

    Eigenvectors have stop - start entries. The eigenvalues of a block lie between the smallest and the largest of H (Cauchy interlacing),
    and the traces of the blocks add up to that of H.
    """

    block: Block
    spectrum: Spectrum
    trace: Estimate


def block_curvatures(
    objective: Objective,
    theta: ArrayLike,
    *,
    k: int = 1,
    which: str = "LA",
    by: str = "parameter",
    probes: int = 32,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
    report: Callable[[float], None] | None = None,
) -> tuple[BlockCurvature, ...]:
    """Return the eigenpairs and the trace of each diagonal block of the Hessian at `theta`, by `top_eigenpairs` and `hessian_trace`.

    `by` is "parameter" (each of `objective.blocks`) or "module" (a layer's weight and bias together). `k`, `which` and `probes` hold for
    each block; a trace is exact where the block has at most `probes` parameters. Layer-wise spectra: Sankar, Khasbage, Vigneswaran and
    Balasubramanian 2021, A Deeper Look at the Hessian Eigenspectrum of Deep Neural Networks. `report` is called with the finished share of
    the work, and `should_stop` before each product; `Cancelled` is raised where it returns True. Raises `LandscapeError` when `by` or
    `which` is unknown, or `k` or `probes` is below 1.
    """
    require_objective("block_curvatures", objective)
    blocks = objective.blocks if require_name("by", by, ("parameter", "module")) == "parameter" else tuple(modules(objective.blocks))
    found = []
    for block in blocks:
        if should_stop is not None and should_stop():
            raise Cancelled
        part = Restriction(objective, theta, block)
        spectrum = top_eigenpairs(part, part.theta, k, which, should_stop=should_stop)
        found.append(BlockCurvature(block, spectrum, hessian_trace(part, part.theta, probes=probes, seed=seed, should_stop=should_stop)))
        if report is not None:
            report(len(found) / len(blocks))
    return tuple(found)


def modules(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Yield one block for consecutive parameters of the same module: "0.weight" and "0.bias" become "0".

    Parameters of the model itself, and coordinates, have no module name; their block is named after them, "weight+bias".
    """
    for owner, group in groupby(blocks, key=lambda block: block.name.rpartition(".")[0]):
        members = list(group)
        start, stop = members[0].start, members[-1].stop
        yield Block(owner or "+".join(block.name for block in members), (stop - start,), start, stop, "whole")


class Restriction(Derived):
    """f as a function of one block of theta, with the other entries fixed: from (stop - start,) to a scalar."""

    def __init__(self, objective: Objective, theta: ArrayLike, block: Block):
        super().__init__(objective)
        self._held, self._block, self.dim = objective.tensor(theta).clone(), block, block.stop - block.start
        self.theta = self._held[block.start : block.stop].double().numpy(force=True).copy()
        self.theta.setflags(write=False)
        self.blocks = (Block(block.name, block.shape, 0, self.dim, block.kind, block.axis),)

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return f with the block replaced by `theta`, on the samples `batch` (indices; None: all)."""
        return self.source.loss(self._whole(theta), batch)

    def terms(self, batch: Tensor | None = None) -> list[Term]:
        """Return the terms of f as functions of the block."""
        return [lambda theta, term=term: term(self._whole(theta)) for term in self.source.terms(batch)]

    def held(self, theta: Tensor) -> AbstractContextManager[object]:
        """Return the context of f at the whole theta."""
        return self.source.held(self._whole(theta))

    def _whole(self, theta: Tensor) -> Tensor:
        return torch.cat([self._held[: self._block.start], theta, self._held[self._block.stop :]])
