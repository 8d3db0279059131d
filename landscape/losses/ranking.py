"""Losses of an order: scores of documents, of which those of a higher grade should stand above the others.

Outputs and grades (Q, n) are Q queries of n documents, with one value a query. Outputs and grades (N,) or (N, 1) are one query of N
documents: losses of pairs then have one value a pair, shape (P,). Outputs (N, 2) with labels (N,) in {-1, +1} or {0, 1} are N pairs, the
first to stand above the second where the label is positive. Which pairs are ordered is read off the grades, so that `torch.func.vmap` may
map over outputs, not over the grades of a single query.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter
from landscape.losses.logarithms import softplus
from landscape.losses.shapes import Loss, column, refuse

ranking_losses = Catalogue("losses")

_OF_RANKING = {"of": "ranking", "tasks": ("ranking",)}


def _of_pairs(name: str, function: Callable[[Tensor], Tensor]) -> Loss:
    """Return the loss function(s_i - s_j) of the pairs of grades y_i > y_j, averaged over the pairs of a query; 0 where it has none."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        outputs, targets = column(outputs), column(targets)
        if targets.ndim == 1 and outputs.shape == (len(targets), 2):
            difference = outputs[:, 0] - outputs[:, 1]
            return function(torch.where(targets > 0, difference, -difference))
        if outputs.shape != targets.shape or outputs.ndim > 2:
            raise refuse(name, "outputs", tuple(targets.shape), outputs)
        return _of_one_query(function, outputs, targets) if outputs.ndim == 1 else _of_queries(function, outputs, targets)

    return loss


def _of_one_query(function: Callable[[Tensor], Tensor], scores: Tensor, grades: Tensor) -> Tensor:
    above, below = (grades.unsqueeze(1) > grades).nonzero(as_tuple=True)
    if len(above) == 0:  # a mean over nothing is not a number
        return torch.where(torch.zeros_like(scores[:1], dtype=torch.bool), scores[:1], 0)
    return function(scores[above] - scores[below])


def _of_queries(function: Callable[[Tensor], Tensor], scores: Tensor, grades: Tensor) -> Tensor:
    ordered = grades.unsqueeze(2) > grades.unsqueeze(1)
    difference = torch.where(ordered, scores.unsqueeze(2) - scores.unsqueeze(1), 0)
    return torch.where(ordered, function(difference), 0).sum((1, 2)) / ordered.sum((1, 2)).clamp(min=1)


@ranking_losses.entry(
    "margin_ranking",
    "Margin ranking",
    Parameter("margin", 1.0, "margin", low=0.0, high=100.0),
    formula=r"\ell = \operatorname{mean}_{y_i > y_j} \max\big(0,\, m - (s_i - s_j)\big)",
    source="Joachims 2002, Optimizing search engines using clickthrough data, section 4",
    smooth=False,
    convex=True,
    **_OF_RANKING,
)
def _margin_ranking(margin: float) -> Loss:
    return _of_pairs("margin_ranking", lambda difference: (margin - difference).clamp(min=0))


@ranking_losses.entry(
    "ranknet",
    "RankNet",
    formula=r"\ell = \operatorname{mean}_{y_i > y_j} \log\big(1 + e^{-(s_i - s_j)}\big)",
    source="Burges et al. 2005, section 3",
    smooth=True,
    convex=True,
    **_OF_RANKING,
)
def _ranknet() -> Loss:
    return _of_pairs("ranknet", lambda difference: softplus(-difference))


@ranking_losses.entry(
    "listnet",
    "ListNet",
    formula=r"\ell = -\textstyle\sum_i p_i \log q_i,\quad p = \mathrm{softmax}(y),\quad q = \mathrm{softmax}(s)",
    source="Cao, Qin, Liu, Tsai & Li 2007, section 5",
    smooth=True,
    convex=True,
    **_OF_RANKING,
)
def _listnet() -> Loss:
    """p_i and q_i are the probabilities of document i to stand first (the top-one model); the least value is the entropy of p."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        scores, grades = column(outputs), column(targets).to(outputs.dtype)
        if scores.shape != grades.shape or scores.ndim > 2:
            raise refuse("listnet", "outputs", tuple(grades.shape), outputs)
        if scores.ndim == 1:
            scores, grades = scores.unsqueeze(0), grades.unsqueeze(0)
        return -(grades.softmax(1) * scores.log_softmax(1)).sum(1)

    return loss
