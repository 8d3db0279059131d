"""Losses of distributions over K classes or candidates: the divergence of q = softmax(z) from a target p, and the contrast of pairs.

Targets of a divergence are probabilities (N, K), or class indices (N,), which put all of p on one class, or labels of scores (N,).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from landscape.catalogue import Catalogue, Parameter
from landscape.losses.logarithms import log_cosh, softplus
from landscape.losses.shapes import Loss, class_logits, column, refuse

distribution_losses = Catalogue("losses")

_OF_DISTRIBUTION = {"of": "distribution", "tasks": ("binary", "multiclass")}


def _distributions(name: str, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return p (N, K) and log q (N, K)."""
    if column(targets).ndim > 1:
        if targets.shape != outputs.shape:
            raise refuse(name, "targets", tuple(outputs.shape), targets)
        return targets.to(outputs.dtype), outputs.log_softmax(1)
    logits, true = class_logits(name, outputs, targets)
    every = torch.arange(logits.shape[1], device=logits.device)
    return (true.unsqueeze(1) == every).to(logits.dtype), logits.log_softmax(1)


@distribution_losses.entry(
    "kl",
    "Kullback-Leibler divergence",
    formula=r"\ell = \mathrm{KL}(p \,\|\, q) = \textstyle\sum_k p_k \log(p_k / q_k),\quad q = \mathrm{softmax}(z)",
    source="Kullback & Leibler 1951; Cover & Thomas 2006, section 2.3",
    smooth=True,
    convex=True,
    **_OF_DISTRIBUTION,
)
def _kl() -> Loss:
    """With class indices it is cross-entropy."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        p, log_q = _distributions("kl", outputs, targets)
        held = p > 0  # 0 log 0 = 0
        return torch.where(held, p * (torch.where(held, p, 1).log() - log_q), 0).sum(1)

    return loss


@distribution_losses.entry(
    "jensen_shannon",
    "Jensen-Shannon divergence",
    formula=r"\ell = \tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m),\quad m = \tfrac12 (p + q)",
    source="Lin 1991, section IV",
    smooth=True,
    convex=False,
    **_OF_DISTRIBUTION,
)
def _jensen_shannon() -> Loss:
    """Symmetric in p and q, and at most log 2."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        # With d = log(q / p) the terms are p (log 2 - log(1 + e^d)) + q (log 2 - log(1 + e^-d)), which cancel where q is near p.
        p, log_q = _distributions("jensen_shannon", outputs, targets)
        q, held = log_q.exp(), p > 0
        d = torch.where(held, log_q - torch.where(held, p, 1).log(), 0)
        near = (q - p) * d / 2 - (q + p) * log_cosh(d / 2)
        far = p * (math.log(2) - softplus(d)) + q * (math.log(2) - softplus(-d))
        each = torch.where(d.abs() < 1, near, far)
        return torch.where(held, each, q * math.log(2)).sum(1) / 2

    return loss


@distribution_losses.entry(
    "infonce",
    "InfoNCE",
    Parameter("temperature", 0.1, "temperature", low=0.01, high=10.0, scale="log"),
    formula=r"\ell_i = -\log \frac{e^{s_{i y_i} / \tau}}{\sum_{k=1}^K e^{s_{ik} / \tau}}",
    source="van den Oord, Li & Vinyals 2018, equation 4; Chen, Kornblith, Norouzi & Hinton 2020, equation 1",
    smooth=True,
    convex=True,
    **_OF_DISTRIBUTION,
)
def _infonce(temperature: float) -> Loss:
    """Outputs are the scores (N, K) of K candidates and targets the index (N,) of the positive one, or a score and a label; or both are
    embeddings (N, d), d > 1, whose cosine similarities are the scores: row i of one belongs to row i of the other, and the other rows are
    its negatives. It is convex in scores, not in embeddings.
    """

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        if column(targets).ndim == 1:
            scores, positive = class_logits("infonce", outputs, targets)
        elif targets.shape == outputs.shape:
            scores = _unit_rows(outputs) @ _unit_rows(targets.to(outputs.dtype)).T
            positive = torch.arange(len(scores), device=scores.device)
        else:
            raise refuse("infonce", "targets", tuple(outputs.shape), targets)
        return functional.cross_entropy(scores / temperature, positive, reduction="none")

    return loss


def information_bound(loss: float | Tensor, candidates: int) -> float | Tensor:
    """Return log K - loss, which in expectation is at most the mutual information of the pairs, in nats, where `loss` is the mean InfoNCE
    of one positive among K independent `candidates`; it cannot exceed log K (van den Oord et al. 2018, section 2.3).
    """
    return math.log(candidates) - loss


def _unit_rows(rows: Tensor) -> Tensor:
    """Return the rows divided by their norms, where squares may overflow or underflow; a row of zeros stays."""
    largest = rows.detach().abs().amax(1, keepdim=True)
    rows = rows / torch.where(largest > 0, largest, 1)
    square = rows.square().sum(1, keepdim=True)
    return rows / torch.where(square > 0, square, 1).sqrt()
