"""Losses: functions (outputs, targets) with one value a sample, shape (N,).

Traits: `of`, what one value depends on, "residual" (a function of target - output), "margin" (of y s), "classes" (of the true class's
probability), "distribution", "ranking" or "outputs" (anything else); `tasks` that a loss suits ("regression", "binary", "multiclass",
"ranking"; none where no data set suits it); whether it is `smooth` (continuously differentiable) and `convex` in the outputs; the
`threshold` above which a single output means class 1, where it is not zero; `joint`, where the value of one sample is that of its whole
batch. No loss branches on the values of outputs, so that `torch.func.vmap` over them applies to all losses.
"""

from __future__ import annotations

from landscape.catalogue import Catalogue, Value
from landscape.losses.classes import class_losses
from landscape.losses.distributions import distribution_losses
from landscape.losses.margin import margin_losses
from landscape.losses.ranking import ranking_losses
from landscape.losses.residual import residual_losses
from landscape.losses.shapes import Loss
from landscape.losses.structured import structured_losses

_FAMILIES = (residual_losses, class_losses, margin_losses, distribution_losses, ranking_losses, structured_losses)

losses = Catalogue("losses").extended(*(entry for family in _FAMILIES for entry in family.values()))


def make_loss(name: str, **params: Value) -> Loss:
    """Return the loss `name`, a callable (outputs, targets) to (N,).

    Regression losses take outputs (N,), (N, 1) or (N, m) and targets of the same shape, where (N,) equals (N, 1), and average over the m
    outputs. Margin losses take a score (N,) or (N, 1) and targets in {-1, +1} or {0, 1}; losses of classes and of distributions take these
    too, or logits (N, K) and class indices (N,), those of distributions also probabilities (N, K). Losses of ranking have one value a query
    or a pair (`ranking`); what else a loss takes stands at its entry. Raises `LandscapeError` for an unknown name, parameter or value; the
    callable raises it where the shapes do not match.
    """
    return losses.make(name, **params)
