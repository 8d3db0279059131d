"""Accuracy: which class an output stands for, and the share of samples that are put in their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from landscape.errors import LandscapeError

# Outputs at which a loss may be indifferent between two classes: for scores of either sign, and for probabilities and labels 0 and 1.
CENTERS = (0.0, 0.5)
# Outputs tried are so near: around 0.5 they are probabilities. There are at least so many of them.
REACH, TRIED = 0.45, 64
PAIRS = (frozenset({0.0, 1.0}), frozenset({-1.0, 1.0}))

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Rule:
    """How outputs become classes: the place of the largest along `axis`, or, where that is None, class 1 above `threshold`.

    Targets equal to `ignored` do not count.
    """

    axis: int | None
    threshold: float | None
    ignored: int | None

    def accuracy(self, outputs: Tensor, targets: Tensor) -> float:
        """Return the share of the targets that count whose class the outputs give; NaN where such an output is NaN, or none counts."""
        if self.axis is None:
            outputs, labels = outputs.reshape(-1), targets.reshape(-1) > 0
            counted = _counted(targets.reshape(-1), self.ignored)
            right = (outputs > self.threshold) == labels
        else:
            outputs, labels = outputs.movedim(self.axis, -1), _column(targets)
            labels = labels.argmax(dim=-1) if labels.ndim == outputs.ndim else labels
            counted = _counted(labels, self.ignored)
            right = outputs.argmax(dim=-1) == labels
        return float("nan") if outputs[counted].isnan().any() or not counted.any() else float(right[counted].double().mean())


def rule_of(outputs: Tensor, targets: object, loss: Loss | None, *, threshold: float | None, ignored: int | None) -> Rule:
    """Return the rule for such outputs and targets; without a `threshold` the one that the loss implies.

    Outputs of one axis more than the targets are scores of K classes, along the last axis or along the second one, where torch's losses
    have them; so are those of one-hot targets, unless a threshold is given. Other outputs are of two classes each, 0 and 1 or -1 and 1.
    Where the loss (None: unknown) does not say its threshold, it is 0 if an output lies outside [0, 1], as no probability does. Raises
    `LandscapeError` where it is not clear what is a class, or what the threshold is, and for targets that are no classes.
    """
    if not isinstance(targets, Tensor):
        raise _no_classes(outputs, targets)
    labels = _column(targets)
    counted = labels[_counted(labels, ignored)]
    axes = _axes(outputs, labels)
    if len(axes) > 1:
        raise LandscapeError("unclear_axis", owner="accuracy", got=tuple(outputs.shape))
    if axes:
        count = outputs.shape[axes[0]]
        foreign = counted[~((counted >= 0) & (counted < count) & (counted == counted.round()))]
        if (foreign != foreign.round()).any():
            raise _no_classes(outputs, targets)
        if len(foreign):
            raise LandscapeError("foreign_class", owner="accuracy", most=count - 1, value=foreign[0].item(), got=foreign[0].item())
        return Rule(axes[0], None, ignored)
    if threshold is None and _one_hot(outputs, labels):
        return Rule(outputs.ndim - 1, None, ignored)
    pair = next((pair for pair in PAIRS if set(counted.unique().tolist()) <= pair), None)
    if pair is None or outputs.numel() != targets.numel():
        raise _no_classes(outputs, targets)
    if threshold is None and loss is not None:
        threshold = indifferent_at(loss, outputs, targets, min(pair))
    if threshold is None:
        if bool(((outputs >= 0) & (outputs <= 1)).all()):
            raise LandscapeError("unclear_threshold", owner="accuracy", got=f"{float(outputs.min()):.3g} - {float(outputs.max()):.3g}")
        threshold = 0.0
    return Rule(None, threshold, ignored)


def indifferent_at(loss: Loss, outputs: Tensor, targets: Tensor, low: float) -> float | None:
    """Return the output c at which `loss` prefers neither of the classes `low` and 1, or None where it does not say.

    It is the center of the loss's symmetry: up to one factor, the weight of a class, the loss of class 1 at c + s is that of the other one
    at c - s, for every s. That of a logit or a margin is 0; that of a probability, or of the square of a residual, 0.5.
    """
    weights = {center: _weight(loss, outputs, targets, low, center) for center in CENTERS}
    found = [center for center, weight in weights.items() if weight is not None]
    if len(found) > 1:  # exp(-m) has such a factor everywhere: without one, it has one center
        found = [center for center in found if abs(weights[center] - 1) < _near(outputs)]
    return found[0] if len(found) == 1 else None


def _weight(loss: Loss, outputs: Tensor, targets: Tensor, low: float, center: float) -> float | None:
    """Return the factor of the symmetry of `loss` about `center`, or None where there is none."""
    generator = torch.Generator().manual_seed(0)
    ups, downs = [], []
    for _ in range(-(-TRIED // max(1, outputs.numel()))):
        steps = (REACH * (2 * torch.rand(outputs.shape, generator=generator, dtype=torch.float64) - 1)).to(outputs)
        try:
            with torch.no_grad():
                ups.append(loss(center + steps, torch.full_like(targets, 1)).reshape(-1))
                downs.append(loss(center - steps, torch.full_like(targets, int(low))).reshape(-1))
        except Exception:  # a user's loss may raise anything at outputs that it is not for, as that of a probability does below 0
            return None
    up, down = torch.cat(ups), torch.cat(downs)
    square = float(down.square().sum())
    if not (up.isfinite().all() and down.isfinite().all() and square > 0 and bool((up != up[0]).any())):
        return None
    weight = float((up * down).sum()) / square
    near = _near(outputs)
    return weight if weight > 0 and torch.allclose(up, weight * down, rtol=near, atol=near * float(up.abs().mean())) else None


def _near(outputs: Tensor) -> float:
    return torch.finfo(outputs.dtype).eps ** 0.5


def _axes(outputs: Tensor, labels: Tensor) -> list[int]:
    """Return the axes of `outputs` that may be the one of the classes: without it, the shape is that of the labels."""
    if outputs.ndim != labels.ndim + 1:
        return []
    axes = dict.fromkeys((outputs.ndim - 1, 1))
    return [axis for axis in axes if outputs.shape[axis] > 1 and outputs.shape[:axis] + outputs.shape[axis + 1 :] == labels.shape]


def _one_hot(outputs: Tensor, labels: Tensor) -> bool:
    """Return whether the labels have the shape of the outputs, and one 1 each along the last axis, of zeros otherwise."""
    if labels.shape != outputs.shape or labels.ndim < 2 or labels.shape[-1] < 2:
        return False
    return bool((((labels == 0) | (labels == 1)).all()) & (labels.sum(dim=-1) == 1).all())


def _column(targets: Tensor) -> Tensor:
    """Return targets (N, 1) as (N,), others as they are."""
    return targets.squeeze(1) if targets.ndim == 2 and targets.shape[1] == 1 else targets


def _counted(labels: Tensor, ignored: int | None) -> Tensor:
    return torch.ones_like(labels, dtype=torch.bool) if ignored is None else labels != ignored


def _no_classes(outputs: Tensor, targets: object) -> LandscapeError:
    kind = f"type {targets.dtype}" if isinstance(targets, Tensor) else f"kind {type(targets).__name__}"
    return LandscapeError("no_classes", owner="accuracy", got=f"outputs {tuple(outputs.shape)} and targets of {kind}")
