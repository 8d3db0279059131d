"""Counted: an objective that counts how often it, its gradient or a product with its Hessian is evaluated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch import Tensor

from landscape.objective import ArrayLike, Objective, StandIn


class Counted(StandIn):
    """The same function as `source`, with the number of its evaluations so far as `count`; a dense Hessian counts D of them."""

    def __init__(self, source: Objective):
        super().__init__(source)
        self.count = 0

    def value(self, theta: ArrayLike) -> float:
        """Count one."""
        self.count += 1
        return self.source.value(theta)

    def values(self, thetas: ArrayLike) -> np.ndarray:
        """Count one for each point."""
        self.count += len(thetas)
        return self.source.values(thetas)

    def value_and_gradient(self, theta: Tensor, batch: ArrayLike | None = None) -> tuple[float, Tensor]:
        """Count one, or on a batch its share of the samples."""
        self.count += 1 if batch is None else len(batch) / self.samples
        return self.source.value_and_gradient(theta, batch)

    def gradients(self, thetas: ArrayLike) -> np.ndarray:
        """Count one for each point."""
        self.count += len(thetas)
        return self.source.gradients(thetas)

    def hessians(self, thetas: ArrayLike) -> np.ndarray:
        """Count D for each point."""
        self.count += len(thetas) * self.dim
        return self.source.hessians(thetas)

    def curvature(self, theta: ArrayLike) -> Callable[[ArrayLike], np.ndarray]:
        """Count one for each product."""
        product = self.source.curvature(theta)

        def counted(v: ArrayLike) -> np.ndarray:
            self.count += 1
            return product(v)

        return counted

    def hessian(self, theta: ArrayLike) -> np.ndarray:
        """Count D."""
        self.count += self.dim
        return self.source.hessian(theta)
