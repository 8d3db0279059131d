"""Replay: an objective whose answers are kept in a journal, so that whatever asks it can be stopped, and taken up to the same bytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, MutableSequence
from functools import cache

import numpy as np
import torch
from torch import Tensor

from landscape.errors import Cancelled, LandscapeError
from landscape.objective import ArrayLike, Embedding, Objective, StandIn

# What a journal may take, unless told otherwise: as much as 50 Hessian-vector products of ten million parameters.
MOST_BYTES = 4 * 10**9


class Journalled(StandIn):
    """`objective`, with its answers kept in `journal` in the order in which they are given.

    A computation that asks the same questions in the same order, as every one of this package does, is given the kept answers without
    their work, and goes on with new ones after the last: its state needs no place of its own on the disk. Beside each answer stands a
    checksum of its question, so that one that was asked otherwise is refused with a `LandscapeError` and never used.

    A journal takes 8 (D + 2) bytes for each gradient and product, and 8 D^2 for a dense Hessian. What would take it past `most_bytes` is
    not kept, nor is anything after that: taken up, the computation does this part of the work again. `given` counts the answers,
    `kept` those in the journal; `report`, which may be set later, hears `given` after each. `should_stop` is asked before each, and may
    end the work with `Cancelled`. `loss` and `terms`, which give graphs and no numbers, are passed on and not kept.
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
        self._room = most_bytes
        self.given = 0

    @property
    def kept(self) -> int:
        """How many answers the journal holds."""
        return len(self._journal)

    def value(self, theta: ArrayLike) -> float:
        return float(self._answer("value", (theta,), 1, lambda: self.source.value(theta))[0])

    def values(self, thetas: ArrayLike) -> np.ndarray:
        return _aligned(self._answer("values", (thetas,), len(thetas), lambda: self.source.values(thetas)))

    def along(self, plane: Embedding) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        place = _checksum("along", (plane.origin, plane.u, plane.v))
        evaluate = cache(lambda: self.source.along(plane))  # made when it is first needed: a replay may never be
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
        """Return the `size` numbers of the next answer: from the journal where it is there, else computed and put there."""
        if self._should_stop is not None and self._should_stop():
            raise Cancelled
        question = _checksum(kind, asked)
        if self.given < len(self._journal):
            turn = self._journal[self.given]
            if len(turn) != 1 + size or turn[0] != question:
                raise LandscapeError("journal_foreign", got="an answer to another question")
        else:
            turn = np.concatenate([[question], np.reshape(compute(), -1)])
        self._keep(turn)
        if self.report is not None:
            self.report(self.given)
        return turn[1:]

    def _keep(self, turn: np.ndarray) -> None:
        """Count the turn, and append it where it is new and there is room: once there is none, there never is, so none is skipped."""
        self._room -= turn.nbytes
        if self.given == len(self._journal) and self._room >= 0:
            self._journal.append(turn)
        self.given += 1


def _checksum(kind: str, asked: tuple[ArrayLike | None, ...]) -> float:
    """Return a checksum of a question, a number that float64 holds."""
    checksum = zlib.crc32(kind.encode())
    for part in asked:
        numbers = part.detach().double().numpy(force=True) if isinstance(part, Tensor) else np.asarray([] if part is None else part)
        checksum = zlib.crc32(np.ascontiguousarray(numbers, np.float64).reshape(-1).view(np.uint8), checksum)
    return float(checksum)


def _aligned(answer: np.ndarray) -> np.ndarray:
    """Return a copy where torch would have put it: libraries of linear algebra may round otherwise at other places in memory."""
    return torch.tensor(answer).numpy()
