"""Contrast: digits of one class find each other among those of others, on a circle, by InfoNCE at a temperature."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional
from torch.nn.utils import vector_to_parameters

from landscape.data.datasets import make_dataset
from landscape.losses.distributions import information_bound
from landscape.losses.losses import make_loss
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.pictures import Codes
from landscape.sculpting.sculpture import Effect, Measure, Sculpture

PAIRS, DIGITS = 60, 4
STRENGTHS = np.array([0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0])
# Adam's: few, since a linear map of 64 pixels soon remembers 60 pairs.
STEPS, RATE = 120, 0.01
SPREAD = 2.0  # t of the uniformity


class Similarities(nn.Module):
    """Two views (N, d) of N things -> the cosines (N, N) of the angles between what `encoder` makes of the first and of the second."""

    def __init__(self, pixels: int, generator: torch.Generator):
        super().__init__()
        self.encoder = nn.utils.skip_init(nn.Linear, pixels, 2, dtype=torch.float64)
        nn.init.xavier_uniform_(self.encoder.weight, generator=generator)
        nn.init.zeros_(self.encoder.bias)

    def embed(self, images: Tensor) -> Tensor:
        """Return points (N, 2) on the circle."""
        return functional.normalize(self.encoder(images), dim=-1)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self.embed(first) @ self.embed(second).T


class Contrast(Sculpture):
    """InfoNCE of pairs of digits of one class, each among all pairs, at a temperature; the encoder is linear.

    Each temperature is trained anew, by the same number of Adam's steps from the same start: the loss has steep walls where the code of an
    image would cross the circle's center. Two images of a pair tell about each other no more than their class, log(DIGITS) nats; what the
    training pairs seem to tell beyond that is remembered.
    """

    strengths = STRENGTHS
    usual = 0.3
    affine = False

    def __init__(self, seed: int):
        digits = make_dataset("digits", seed=seed)
        self._views, self._classes = paired(digits.inputs, digits.targets)
        self._test_views, self._test_classes = paired(digits.test_inputs, digits.test_targets)
        self._model = Similarities(digits.inputs.shape[1], torch.Generator().manual_seed(seed))

    def objective(self, strength: float) -> EmpiricalRisk:
        return EmpiricalRisk(self._model, make_loss("infonce", temperature=strength), (self._views, np.arange(PAIRS)), check=False)

    def fit(self, strength: float, start: np.ndarray, steps: int) -> np.ndarray:
        return self.fits(np.array([strength]))[0]

    def fits(self, strengths: np.ndarray, turn: Callable[[float], None] = lambda share: None) -> np.ndarray:
        """Return the trained parameters (S, D), of all strengths at once."""
        views = tuple(torch.tensor(view) for view in self._views)
        table = dict(self._model.named_parameters())
        sizes, loss = [p.numel() for p in table.values()], make_loss("infonce", temperature=1.0)

        def cosines(theta: Tensor) -> Tensor:
            parts = {name: part.view(p.shape) for (name, p), part in zip(table.items(), theta.split(sizes), strict=True)}
            return functional_call(self._model, parts, views)

        thetas = torch.tensor(self.objective(1.0).theta).repeat(len(strengths), 1).requires_grad_()
        temperatures = torch.tensor(strengths)[:, None, None]
        positive = torch.arange(PAIRS).repeat(len(strengths))
        adam = torch.optim.Adam([thetas], lr=RATE)
        for step in range(STEPS):
            turn(step / STEPS)
            adam.zero_grad()
            (loss((vmap(cosines)(thetas) / temperatures).flatten(0, 1), positive).sum() / PAIRS).backward()
            adam.step()
        return thetas.detach().numpy()

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        train = [[self.embedded(theta, view) for view in self._views] for theta in thetas]
        test = [[self.embedded(theta, view) for view in self._test_views] for theta in thetas]
        parts = {"train": (train, self._classes), "test": (test, self._test_classes)}
        bounds = {
            part: [information_bound(lost(*pair, float(strength)), len(classes)) for pair, strength in zip(pairs, strengths, strict=True)]
            for part, (pairs, classes) in parts.items()
        }
        right = {
            part: [
                nearest_mean_accuracy(np.concatenate(known), np.tile(self._classes, 2), np.concatenate(pair), np.tile(classes, 2))
                for known, pair in zip(train, pairs, strict=True)
            ]
            for part, (pairs, classes) in parts.items()
        }
        return Effect(
            (
                Measure("alignment", [alignment(*pair) for pair in test], "test"),
                Measure("uniformity", [uniformity(np.concatenate(pair)) for pair in test], "test"),
                *(Measure("information", values, part) for part, values in bounds.items()),
            ),
            tuple(Measure("accuracy", values, part, share=True) for part, values in right.items()),
            (Codes("embeddings", np.array([np.concatenate(pair) for pair in test]), np.tile(self._test_classes, 2), circle=True),),
        )

    def embedded(self, theta: np.ndarray, images: np.ndarray) -> np.ndarray:
        """Return the points (N, 2) on the circle."""
        model = copy.deepcopy(self._model)
        with torch.no_grad():
            vector_to_parameters(torch.tensor(theta), model.parameters())
            return model.embed(torch.tensor(images)).numpy()


def paired(images: np.ndarray, labels: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Return two views (PAIRS, d), other images of the same class row by row, and the classes (PAIRS,), as many of each."""
    each = PAIRS // DIGITS
    chosen = np.array([np.flatnonzero(labels == digit)[: 2 * each] for digit in range(DIGITS)])
    return (images[chosen[:, :each].ravel()], images[chosen[:, each:].ravel()]), np.repeat(np.arange(DIGITS), each)


def alignment(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean squared distance of the pairs: the lower, the better aligned (Wang and Isola 2020, section 4.1)."""
    return float(((first - second) ** 2).sum(axis=1).mean())


def uniformity(points: np.ndarray) -> float:
    """Return log mean exp(-2 |x - y|^2) over the pairs of different points: the lower, the more uniform (ibid., section 4.1)."""
    squares = ((points[:, None] - points) ** 2).sum(axis=2)
    return float(np.log(np.exp(-SPREAD * squares[~np.eye(len(points), dtype=bool)]).mean()))


def lost(first: np.ndarray, second: np.ndarray, temperature: float) -> float:
    """Return InfoNCE of the pairs, each among all."""
    return float(make_loss("infonce", temperature=temperature)(torch.from_numpy(first @ second.T), torch.arange(len(first))).mean())


def nearest_mean_accuracy(known: np.ndarray, classes: np.ndarray, points: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of `points` whose nearest mean, of the `known` points by class, is that of their own class."""
    means = np.array([known[classes == k].mean(axis=0) for k in range(classes.max() + 1)])
    return float((((points[:, None] - means) ** 2).sum(axis=2).argmin(axis=1) == labels).mean())
