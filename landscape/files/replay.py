"""Replay: an objective whose evaluations are kept in a journal, so that a computation with it can be interrupted and resumed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, MutableSequence
from functools import cache

import numpy as np
import torch
from torch import Tensor

from landscape.errors import Cancelled, LandscapeError, journal_of, require_range
from landscape.objective import ArrayLike, Embedding, Objective, StandIn

# Default size limit of a journal: 50 Hessian-vector products of ten million parameters.
MOST_BYTES = 4 * 10**9


class Journalled(StandIn):
    """`objective`, with the results of its methods appended to `journal` in the order of the calls.

    Every computation of this package is deterministic. Run again, it makes the same calls in the same order: those in the journal return
    the stored results without evaluation, later ones are evaluated, and the end has the same bytes without any other saved state. Each
    entry holds a checksum of the method and its arguments; `LandscapeError` is raised where a call does not match it.

    An entry takes 8 (D + 2) bytes for a gradient or a product, and about 8 D^2 for a dense Hessian. From the first one that would make the
    journal larger than `most_bytes`, nothing is stored, and a resumed computation evaluates these again. `given` is the number of calls,
    `kept` the number of entries; `report`, which may be set later, is called with `given` after each call, `should_stop` before;
    `Cancelled` is raised where it returns True. `loss` and `terms`, which return graphs, are those of `objective` and are not stored.
    """

    def __init__(
        self,
        objective: Objective,
        journal: MutableSequence[np.ndarray],
        *,
        most_bytes: int = MOST_BYTES,
        report: Callable[[int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ):
        super().__init__(objective)
        self._journal = journal
        self.report, self._should_stop = report, should_stop
        self._room = require_range("Journalled", "most_bytes", most_bytes, 0, None)
        self.given = 0

    @property
    def kept(self) -> int:
        """The number of entries in the journal."""
        return len(self._journal)

    def value(self, theta: ArrayLike) -> float:
        return float(self._answer("value", (theta,), 1, lambda: self.source.value(theta))[0])

    def values(self, thetas: ArrayLike) -> np.ndarray:
        return _aligned(self._answer("values", (thetas,), len(thetas), lambda: self.source.values(thetas)))

    def along(self, plane: Embedding) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        place = _checksum("along", (plane.origin, plane.u, plane.v))
        evaluate = cache(lambda: self.source.along(plane))  # on first use: a replayed part may not need it
        return lambda a, b: _aligned(self._answer(f"along {place}", (a, b), len(a), lambda: evaluate()(a, b)))

    def gradient(self, theta: ArrayLike, batch: ArrayLike | None = None) -> np.ndarray:
        return _aligned(self._answer("gradient", (theta, batch), self.dim, lambda: self.source.gradient(theta, batch)))

    def value_and_gradient(self, theta: Tensor, batch: ArrayLike | None = None) -> tuple[float, Tensor]:
        def both() -> np.ndarray:
            value, slope = self.source.value_and_gradient(theta, batch)
            return np.concatenate([[value], slope.detach().double().numpy(force=True)])

        answer = self._answer("value and gradient", (theta, batch), 1 + self.dim, both)
        return float(answer[0]), torch.tensor(answer[1:]).to(self.device, self.dtype)

    def hessian_vector(self, theta: ArrayLike, v: ArrayLike) -> np.ndarray:
        return _aligned(self._answer("hessian vector", (theta, v), self.dim, lambda: self.source.hessian_vector(theta, v)))

    def curvature(self, theta: ArrayLike) -> Callable[[ArrayLike], np.ndarray]:
        place = _checksum("curvature", (theta,))
        product = cache(lambda: self.source.curvature(theta))
        return lambda v: _aligned(self._answer(f"product {place}", (v,), self.dim, lambda: product()(v)))

    def hessian(self, theta: ArrayLike) -> np.ndarray:
        answer = self._answer("hessian", (theta,), self.dim**2, lambda: self.source.hessian(theta))
        return _aligned(answer).reshape(self.dim, self.dim)

    def _answer(self, kind: str, asked: tuple[ArrayLike | None, ...], size: int, compute: Callable[[], ArrayLike | float]) -> np.ndarray:
        """Return the next `size` numbers: from the journal if they are in it, otherwise computed and appended to it."""
        if self._should_stop is not None and self._should_stop():
            raise Cancelled
        question = _checksum(kind, asked)
        if self.given < len(self._journal):
            turn = self._journal[self.given]
            if len(turn) != 1 + size or turn[0] != question:
                raise LandscapeError("journal_foreign", owner=journal_of(self._journal), got="an answer to another question")
        else:
            turn = np.concatenate([[question], np.reshape(compute(), -1)])
        self._keep(turn)
        if self.report is not None:
            self.report(self.given)
        return turn[1:]

    def _keep(self, turn: np.ndarray) -> None:
        """Count the entry, and append it if it is new and within the size limit; once the limit is exceeded, no later one is appended."""
        self._room -= turn.nbytes
        if self.given == len(self._journal) and self._room >= 0:
            self._journal.append(turn)
        self.given += 1


def _checksum(kind: str, asked: tuple[ArrayLike | None, ...]) -> float:
    """Return a checksum of a call, its `kind` and its arguments, as a float64."""
    checksum = zlib.crc32(kind.encode())
    for part in asked:
        numbers = part.detach().double().numpy(force=True) if isinstance(part, Tensor) else np.asarray([] if part is None else part)
        checksum = zlib.crc32(np.ascontiguousarray(numbers, np.float64).reshape(-1).view(np.uint8), checksum)
    return float(checksum)


def _aligned(answer: np.ndarray) -> np.ndarray:
    """Return a copy aligned in memory as torch aligns it: rounding in linear algebra libraries may depend on the alignment."""
    return torch.tensor(answer).numpy()
