"""Latent: a small variational autoencoder of digits, whose code costs beta times its information."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.objectives.risk import EmpiricalRisk
from landscape.sculpting.pictures import Codes, Tiles
from landscape.sculpting.sculpture import Check, Effect, Measure, Sculpture, descended

SAMPLES, LATENT = 300, 2
STRENGTHS = np.array([0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5, 2.0])
CHECKED = 10


class LinearAutoencoder(nn.Module):
    """x (N, d) -> the reconstruction of the mean code (d), the spread |w_j| exp(v_j / 2) that noise on the code gives it (k), the means (k)
    and the log variances v (k) of the code; w_j are the columns of the decoder.

    The spread makes the loss an exact expectation: E |x - D(mu + exp(v/2) noise)|^2 = |x - D(mu)|^2 + sum_j |w_j|^2 exp(v_j).
    """

    def __init__(self, pixels: int, generator: torch.Generator):
        super().__init__()
        self.encoder, self.decoder = _dense(pixels, 2 * LATENT, generator), _dense(LATENT, pixels, generator)

    def forward(self, images: Tensor) -> Tensor:
        mean, log_variance = self.encoder(images).chunk(2, -1)
        spread = (log_variance / 2).exp() * self.decoder.weight.square().sum(0).sqrt()
        return torch.cat([self.decoder(mean), spread, mean, log_variance], 1)


class Latent(Sculpture):
    """E |x - xhat|^2 + beta KL(q(z | x) || N(0, I)), in nats, of 8 x 8 digits; linear, with a code of two dimensions.

    Trained from the smallest beta up, each from where the one before it ended. At beta 0 there is no minimum, as the divergence grows
    without bound while the variances go to 0: its numbers are those of where training stops. Elsewhere the minimum is known: a dimension
    of the code is used while beta is below twice the variance along its principal axis (Lucas et al. 2019, section 4.3), then it collapses.
    """

    strengths = STRENGTHS
    usual = 0.5

    def __init__(self, seed: int):
        self._digits = make_dataset("digits", seed=seed)
        self._images = self._digits.inputs[:SAMPLES]
        self._model = LinearAutoencoder(self._images.shape[1], torch.Generator().manual_seed(seed))

    def objective(self, strength: float) -> EmpiricalRisk:
        return EmpiricalRisk(self._model, make_loss("vae", beta=strength), (self._images, _padded(self._images)), check=False)

    def fit(self, strength: float, start: np.ndarray, steps: int) -> np.ndarray:
        return descended(self.objective(strength), start, steps // 2)

    def effect(self, strengths: np.ndarray, thetas: np.ndarray) -> Effect:
        parts = {"train": self._images, "test": self._digits.test_inputs}
        found = {part: np.array([self.distortion_and_rate(theta, images) for theta in thetas]) for part, images in parts.items()}
        return Effect(
            tuple(Measure("rate", values[:, 1], part) for part, values in found.items()),
            tuple(Measure("distortion", values[:, 0], part) for part, values in found.items()),
            (self._codes(thetas), self._tiles(thetas)),
            self._check(strengths, found["train"]),
        )

    def distortion_and_rate(self, theta: np.ndarray, images: np.ndarray) -> tuple[float, float]:
        """Return the mean of E |x - xhat|^2 and that of the divergence, in nats."""
        outputs, targets = torch.from_numpy(self._risk.outputs(theta, images)), torch.from_numpy(_padded(images))
        distortion, both = (float(make_loss("vae", beta=beta)(outputs, targets).mean()) for beta in (0.0, 1.0))
        return distortion, both - distortion

    def least(self, beta: float) -> tuple[float, float]:
        """Return distortion and rate at the minimum for a `beta` above 0, by the principal variances (Lucas et al. 2019, section 4)."""
        variances = np.linalg.eigvalsh(np.cov(self._images.T, bias=True))[::-1]
        kept = np.maximum(variances[:LATENT], beta / 2)
        return float(variances[LATENT:].sum() + np.minimum(variances[:LATENT], beta / 2).sum()), float(np.log(2 * kept / beta).sum() / 2)

    @cached_property
    def _risk(self) -> EmpiricalRisk:
        return self.objective(0.0)

    def _codes(self, thetas: np.ndarray) -> Codes:
        pixels = self._images.shape[1]
        outputs = np.array([self._risk.outputs(theta, self._images) for theta in thetas])
        return Codes("codes", outputs[:, :, pixels + LATENT : pixels + 2 * LATENT], self._digits.targets[:SAMPLES])

    def _tiles(self, thetas: np.ndarray) -> Tiles:
        """Return a test digit of each class above what its mean code is decoded to."""
        images, labels = self._digits.test_inputs, self._digits.test_targets
        shown = images[[np.flatnonzero(labels == digit)[0] for digit in range(self._digits.classes)]]
        rows = [np.stack([shown, self._risk.outputs(theta, shown)[:, : shown.shape[1]]]) for theta in thetas]
        return Tiles("reconstructions", np.reshape(rows, (len(thetas), 2, len(shown), *self._digits.image_shape[1:])))

    def _check(self, strengths: np.ndarray, found: np.ndarray) -> Check | None:
        if len(strengths) <= CHECKED:
            return None
        strength = float(strengths[CHECKED])
        return Check(strength, found[CHECKED], np.array(self.least(strength)), 2e-3)


def _padded(images: np.ndarray) -> np.ndarray:
    """Return the targets: the images, and that they have no spread."""
    return np.pad(images, ((0, 0), (0, LATENT)))


def _dense(fan_in: int, fan_out: int, generator: torch.Generator) -> nn.Linear:
    layer = nn.utils.skip_init(nn.Linear, fan_in, fan_out, dtype=torch.float64)
    nn.init.xavier_uniform_(layer.weight, generator=generator)
    nn.init.zeros_(layer.bias)
    return layer
