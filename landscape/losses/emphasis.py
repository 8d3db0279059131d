"""Emphasis: what a loss makes of samples that are easy and hard for a classifier, beside cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from landscape.losses.curves import expected
from landscape.losses.losses import make_loss
from landscape.losses.shapes import Loss

# Probabilities of the true class: two easy samples and a hard one, and how many easy ones stand beside that.
EASY, EASIER, HARD = 0.9, 0.968, 0.1
CROWD = 1000


@dataclass(frozen=True)
class Emphasis:
    """The loss at `EASY`, with how many times less it is than cross-entropy there and at `EASIER`, and the share of one hard sample in the
    loss of `CROWD` easy ones and itself, under the loss and under cross-entropy.
    """

    easy: float
    entropy: float
    less: float
    less_easier: float
    share: float
    share_entropy: float


def emphasis(loss: Loss) -> Emphasis:
    """Return what the loss makes of a sample whose true class, the second of two, has these probabilities."""
    own, entropy = (_at(one, np.array([EASY, EASIER, HARD])) for one in (loss, make_loss("cross_entropy")))
    shares = [float(easy_hard[2] / (easy_hard[2] + CROWD * easy_hard[0])) for easy_hard in (own, entropy)]
    return Emphasis(float(own[0]), float(entropy[0]), float(entropy[0] / own[0]), float(entropy[1] / own[1]), *shares)


def _at(loss: Loss, p: np.ndarray) -> np.ndarray:
    logits = torch.tensor(np.stack([np.log1p(-p), np.log(p)], axis=1))
    return expected(loss, logits, (0.0, 1.0)).numpy()
