"""Noisy line: the smallest network with a saddle, y = w2 w1 x on samples of a line, where gradient descent may take mini-batches.

Its risk is mean((y - w2 w1 x)^2). The origin is a saddle, since mean(xy) is not 0, and all other critical points are minima on the two
branches of w1 w2 = mean(xy) / mean(x^2) (Baldi & Hornik 1989). At the origin the gradient of every batch vanishes, and on the ridge
w2 = -w1 none of them points off it: the noise of mini-batches is of no help there, unlike noise that is the same everywhere (the condition
of Daneshmand et al. 2018 does not hold).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from landscape.curvature.critical import CriticalPoint, CriticalPoints, classify
from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Window

# Those of the app's first scene.
LINE = {"n": 40, "intercept": 0.0, "residuals": "normal", "noise": 0.5}
WINDOW: Window = ((-3.0, 3.0), (-3.0, 3.0))
RIDGE, BESIDE, FIRST_SCENE = (1.0, -1.0), (1.0, -0.999999), (-1.8, 1.9)
RATE = 0.02
# Epochs of batches that the mean growth of `growth` is taken over.
EPOCHS = 2000
# Newton steps across the valley to the point of it that is nearest to first order.
ACROSS = 20


class NoisyLine(EmpiricalRisk):
    """The risk of y = w2 w1 x, theta = (w1, w2), with its gradients on many batches at once."""

    window = WINDOW

    def __init__(self) -> None:
        data = make_dataset("line", seed=0, **LINE)
        super().__init__(make_model("deep_linear", data, seed=0), make_loss("mse"), data, check=False)
        self._products = np.ravel(data.inputs) * np.ravel(data.targets)
        self._squares = np.square(np.ravel(data.inputs))

    @property
    def slope(self) -> float:
        """The w1 w2 of all minima."""
        return float(self._products.mean() / self._squares.mean())

    @property
    def critical(self) -> CriticalPoints:
        """The points of the valley that are nearest to the origin, and the saddle there."""
        side = math.sqrt(self.slope)
        return CriticalPoints(classify(self, np.array(theta)) for theta in ((side, side), (-side, -side), (0.0, 0.0)))

    def valley(self, theta: np.ndarray) -> CriticalPoint | None:
        """Return the minimum across the valley from `theta` (2,), None for a theta that leads to none."""
        theta = np.array(theta, dtype=np.float64)
        with np.errstate(all="ignore"):
            for _ in range(ACROSS):
                theta = theta - (theta.prod() - self.slope) * theta[::-1] / (theta @ theta)
        return classify(self, theta) if np.isfinite(theta).all() else None

    def batches(self, runs: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield batches of sample indices (runs, size or fewer) without end: each run has its own new permutation each epoch."""
        while True:
            order = rng.permuted(np.tile(np.arange(self.samples), (runs, 1)), axis=1)
            yield from np.split(order, range(size, self.samples, size), axis=1)

    def batch_gradients(self, thetas: np.ndarray, batches: np.ndarray) -> np.ndarray:
        """Return the gradient at each row of `thetas` (k, 2) on the samples in the same row of `batches`."""
        products, squares = self._products[batches].mean(1), self._squares[batches].mean(1)
        return 2 * (thetas.prod(1) * squares - products)[:, None] * thetas[:, ::-1]

    def growth(self, lr: float, size: int, *, seed: int = 0) -> float:
        """Return exp E ln |1 + 2 lr mean(xy)|, over batches of `size`: the typical factor a step by which stochastic gradient descent
        leaves the origin. It is no larger than that of gradient descent, since ln is concave (Jensen).
        """
        steps = self.batches(EPOCHS, size, np.random.default_rng(seed))
        epoch = [next(steps) for _ in range(math.ceil(self.samples / size))]
        factors = np.array([np.abs(1 + 2 * lr * self._products[batch].mean(1)) for batch in epoch])
        return float(np.exp(np.log(np.maximum(factors, np.finfo(float).tiny)).mean()))
