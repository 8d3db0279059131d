"""Properties of a loss, measured on the loss itself: on grids of predictions, dense near and reaching far, for several targets.

A measurement is no proof: a bend narrower than the grid is missed. But nothing here is taken from what a loss is said to be.

Each loss is followed along its natural axis: the residual r = y - y_hat of a regression loss, for targets from 0 to 1; for others the
margin, by which the score of the true class is above the other one's, or that of the higher document above the lower one's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from landscape.catalogue import Value
from landscape.errors import LandscapeError
from landscape.losses.expression import OwnLoss
from landscape.losses.own import losses_and_own, own_traits

Loss = Callable[[Tensor, Tensor], Tensor]
Decided = bool | None

# What lies within NEAR is looked at closely; slopes are followed as far as FAR.
NEAR, FAR = 8.0, 1e8
ROUNDING = 1e-9
# A slope, or a value, jumps where it changes by this share of the largest, and still does as the cell around it shrinks, by COARSE and then
# by FINE halvings: by half as much where an end of the cell meets the kink. Where it is continuous, the change shrinks with the cell.
JUMP, COARSE, FINE, STAYS = 1e-5, 18, 38, 0.4
FIRST, MOST_CELLS, FEW = 4, 240, 4
ZOOMS = 6
# A slope still grows far out where it is so much larger than within a hundredth of the distance.
GROWS, HUNDREDTH = 1.01, 1e-2
FADED = 1e-3
# Thirds that are cut off where a location is looked for: enough for the digits that a flat minimum has.
LOCATED = 100
# The shares of class 1 for which the best prediction is asked for; those of class 0 too.
SHARES = (0.501, 0.6, 0.75, 0.9, 0.99)
LINES = 12


@dataclass(frozen=True)
class Properties:
    """What a loss is like; None where the measurement does not decide, or where the property has no meaning.

    - `non_negative`: it is nowhere below 0.
    - `zero_at_perfect`: a perfect prediction costs nothing: the target itself, or the true class with all the margin one may wish for.
    - `differentiable`: continuously, everywhere; `kinks` are the residuals or margins at which it is not.
    - `convex`: in the prediction: an output, a score, logits, scores of documents.
    - `lipschitz`: the largest slope in the prediction along the natural axis; False where there is none, for a growing slope or a jump.
    - `bounded_influence`: one observation, however far off, pulls with bounded force; `redescending` where that force fades to nothing. Of
      a loss of the whole batch, where a far observation makes the others pull less too, that it moves a location by a bounded distance.
    - `bounds_zero_one`: it is at least 1 wherever the predicted class is wrong or open, and nowhere negative.
    - `calibrated`: whatever share of the samples is of class 1, but one half, the best prediction is on the side of the likelier class
      (Bartlett, Jordan & McAuliffe 2006, definition 1). For a loss of residuals y is 0 or 1 and the sides are those of its threshold; for
      one of ranking the classes are the two orders of a pair. That the best prediction tells the share too is more: `optimal_probability`.
    """

    non_negative: Decided = None
    zero_at_perfect: Decided = None
    differentiable: Decided = None
    convex: Decided = None
    lipschitz: float | bool | None = None
    bounded_influence: Decided = None
    redescending: Decided = None
    bounds_zero_one: Decided = None
    calibrated: Decided = None
    kinks: tuple[float, ...] = ()


def loss_properties(name: str, **params: Value) -> Properties:
    """Return the measured properties of the loss `name` of the catalogue, or of "own" with its `expression`.

    Raises `LandscapeError` for an unknown name, parameter or value.
    """
    return _properties(name, tuple(losses_and_own[name].settings(params).items()))


def optimal_probability(name: str, share: float, **params: Value) -> float:
    """Return the probability 1 / (1 + e^-s) of class 1 at the score s that is best where a `share` of the samples is of class 1.

    `name` is a loss of margins, classes or distributions. Where it always returns the share, the loss estimates probabilities; where only
    on the same side of one half, it is calibrated, but over- or underconfident.
    """
    loss, low, high = losses_and_own.make(name, **params), -40.0, 40.0
    for _ in range(12):
        scores = torch.linspace(low, high, 401, dtype=torch.float64)
        risk = share * loss(scores, torch.ones_like(scores)) + (1 - share) * loss(scores, torch.zeros_like(scores))
        best = int(risk.argmin())
        low, high = float(scores[max(0, best - 1)]), float(scores[min(400, best + 1)])
    return 1 / (1 + math.exp(-(low + high) / 2))


def measured(loss: Loss, of: str, tasks: Collection[str], *, threshold: float = 0.0, joint: bool = False) -> Properties:
    """Return the properties of a loss with these traits of an entry of the catalogue."""
    curves = _axis(loss, of, joint)
    lines = _lines(loss, of) if curves is None or of not in _OF_TARGET else None  # a single output moves along its axis alone
    if curves is None:
        return Properties() if lines is None else _on_lines(lines)
    found = _on_axis(curves, two_sided=of in _OF_TARGET)
    if found.convex is None:
        return found
    if joint:
        found = replace(found, bounded_influence=_location_holds(loss) if found.convex else None)
    if lines is not None:
        found = replace(found, convex=found.convex and _convex(lines), differentiable=found.differentiable and not _kinks(lines))
    if not {"binary", "ranking"} & {*tasks}:
        return found
    at = threshold + _SIDES
    ones, zeros = _of_each_class(curves, at, of)
    sure = bool((ones[at <= threshold] >= 1 - ROUNDING).all() and (zeros[at >= threshold] >= 1 - ROUNDING).all())
    return replace(
        found, bounds_zero_one=bool(found.non_negative) and sure, calibrated=_calibrated(ones, zeros, at > threshold, at < threshold)
    )


@lru_cache(maxsize=512)
def _properties(name: str, settings: tuple[tuple[str, Value], ...]) -> Properties:
    loss = losses_and_own.make(name, **dict(settings))
    traits = own_traits(loss) if isinstance(loss, OwnLoss) else losses_and_own[name].traits
    declared = {key: traits[key] for key in ("threshold", "joint") if key in traits}
    return measured(loss, traits["of"], traits["tasks"], **declared)


@dataclass(frozen=True)
class _Curves:
    """A loss along S straight lines in the space of its predictions, each with a target of its own: outputs base + s direction."""

    loss: Loss
    bases: Tensor
    directions: Tensor
    targets: Tensor
    joint: bool = False

    def values(self, at: Tensor) -> Tensor:
        """Return the losses (S, B) at s (B,) or (S, B)."""
        at = at.expand(len(self.bases), at.shape[-1])
        outputs = (self.bases.unsqueeze(1) + at.unsqueeze(2) * self.directions.unsqueeze(1)).flatten(0, 1)
        targets = self.targets.unsqueeze(1).expand(-1, at.shape[1], *self.targets.shape[1:]).flatten(0, 1)
        outputs = outputs.squeeze(1) if outputs.shape[1] == 1 else outputs
        if self.joint:  # the value of one sample is that of its batch: each is a batch of its own
            alone = torch.func.vmap(lambda output, target: self.loss(output.unsqueeze(0), target.unsqueeze(0)).squeeze(0))
            return alone(outputs, targets).view(at.shape)
        return self.loss(outputs, targets).view(at.shape)

    def slopes(self, at: Tensor) -> Tensor:
        """Return the derivatives (S, B) at s (B,) or (S, B)."""
        at = at.expand(len(self.bases), at.shape[-1]).clone().requires_grad_()
        (slopes,) = torch.autograd.grad(self.values(at).sum(), at)
        return slopes

    def taken(self) -> bool:
        """Return whether the loss takes outputs and targets of such shapes."""
        try:
            self.values(_tensor([0.0]))
        except LandscapeError:
            return False
        return True


def _axis(loss: Loss, of: str, joint: bool) -> _Curves | None:
    """Return the curves over the natural axis; None for a loss of several outputs that are no scores."""
    if of == "ranking":
        curves = _Curves(loss, torch.zeros(2, 2).double(), _tensor([[1.0, 0.0], [-1.0, 0.0]]), _tensor([[1.0, 0.0], [0.0, 1.0]]))
    elif of in ("margin", "classes", "distribution"):
        curves = _Curves(loss, torch.zeros(2, 1).double(), _tensor([[1.0], [-1.0]]), _tensor([1.0, 0.0]))
    else:
        targets = _tensor([1.0, 0.0, 0.3])[: 2 if of == "residual" else 3]
        curves = _Curves(loss, targets.unsqueeze(1), -torch.ones(len(targets), 1).double(), targets, joint)
    return curves if curves.taken() else None


def _lines(loss: Loss, of: str) -> _Curves | None:
    """Return the loss along random lines where predictions have more dimensions than one; None where they have not."""
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    classes, grades = torch.arange(LINES) % 3, _tensor([[2.0, 1.0, 0.0], [0.0, 1.0, 1.0]]).repeat(LINES // 2, 1)
    spaces = {"classes": [(3, classes)], "distribution": [(3, classes)], "ranking": [(3, grades)]}
    spaces["outputs"] = [(2, random(LINES)), (4, random(LINES, 2))]
    lines = [_Curves(loss, 2 * random(LINES, size), random(LINES, size), targets) for size, targets in spaces.get(of, [])]
    return next((line for line in lines if line.taken()), None)


def _on_axis(curves: _Curves, *, two_sided: bool) -> Properties:
    near, perfect = curves.values(_NEARLY), curves.values(_tensor([0.0]) if two_sided else _tensor([1.0, 10.0, 1e2, 1e3, 1e4, 1e5]))
    zero_at_perfect = bool((perfect.abs() <= 1e-12).any(1).all())
    if not near.isfinite().all():
        return Properties(non_negative=False if (near < 0).any() else None, zero_at_perfect=zero_at_perfect)
    kinks, pull = _kinks(curves), _pull(curves)
    found = Properties(
        non_negative=_non_negative(curves),
        zero_at_perfect=zero_at_perfect,
        differentiable=not kinks,
        convex=_convex(curves),
        kinks=tuple(sorted({kink.place for kink in kinks})),
    )
    if pull is None:
        return found
    steep, far = any(kink.steep for kink in kinks), max(pull.ends) if two_sided else pull.ends[0]
    return replace(
        found,
        lipschitz=False if pull.grows or steep else pull.largest,
        bounded_influence=not pull.grows,
        redescending=not pull.grows and far <= FADED * pull.largest,
    )


def _on_lines(lines: _Curves) -> Properties:
    """Return what shows along lines at random: slopes along them bound no gradient."""
    pull = _pull(lines)
    grows = pull is not None and pull.grows
    return Properties(
        non_negative=_non_negative(lines),
        differentiable=not _kinks(lines),
        convex=_convex(lines),
        lipschitz=False if grows else None,
        bounded_influence=False if grows else None,
    )


def _non_negative(curves: _Curves) -> bool:
    near, tails = curves.values(_NEARLY), curves.values(_TAILS)
    scale = float(near.abs().amax())
    return not bool((near < -1e-12 * scale).any() or (tails < -1e-12 * max(scale, 1.0)).any())


def _convex(curves: _Curves) -> bool:
    """Return whether the secants' slopes nowhere fall, up to rounding."""
    at = _EVERYWHERE
    values, steps = curves.values(at), at.diff()
    secants = values.diff(dim=1) / steps
    size = torch.maximum(secants[:, 1:].abs(), secants[:, :-1].abs())
    width = torch.minimum(steps[1:], steps[:-1])
    largest = values.abs().unfold(1, 3, 1).amax(2)
    steepest = torch.where(secants.isfinite(), secants.abs(), 0).amax(1, keepdim=True)
    lever = steepest * at[1:-1].abs()  # terms that cancel in a small value are that large
    falls = secants.diff(dim=1) < -(ROUNDING * size + 1e-13 * (largest + lever) / width)
    return not bool((falls & values.unfold(1, 3, 1).isfinite().all(2)).any())


@dataclass(frozen=True)
class _Kink:
    """Where a slope jumps; it is `steep` where the value itself jumps, or the slope is infinite."""

    place: float
    steep: bool


def _kinks(curves: _Curves) -> list[_Kink]:
    places, early, late = _shrunk(curves, curves.slopes)
    kinks = [_Kink(_rounded(place), steep) for place, steep in zip(places, late > 2 * early, strict=True)]
    return kinks + [_Kink(_rounded(place), True) for place in _shrunk(curves, curves.values)[0]]


def _shrunk(curves: _Curves, function: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Return the places at which a function jumps, and how much it changes over a small and over a far smaller cell there."""
    count = len(curves.bases)
    cells = _CELLS[:: 1 if count <= FEW else 4].expand(count, -1)
    ends = function(cells)
    low, high, below, above = cells[:, :-1], cells[:, 1:], ends[:, :-1], ends[:, 1:]
    least = JUMP * torch.maximum(ends[:, cells[0].abs() <= NEAR].abs().amax(1, keepdim=True), torch.maximum(below.abs(), above.abs()))
    first, early = (above - below).abs(), torch.zeros(())
    least = torch.where(first.isfinite(), least, math.inf)  # beyond what float64 holds
    for turn in range(FINE):
        middle = (low + high) / 2
        between = function(middle)
        left = (between - below).abs() > (above - between).abs()
        low, high = torch.where(left, low, middle), torch.where(left, middle, high)
        below, above = torch.where(left, below, between), torch.where(left, between, above)
        if turn == FIRST:  # where the change shrinks as the cell does, there is no jump in it
            change = _change(below, above)
            staying = torch.where(change > least, change / first, 0)
            kept = staying.topk(min(MOST_CELLS // count, low.shape[1]), 1).indices
            low, high, below, above, least = (each.gather(1, kept) for each in (low, high, below, above, least))
        if turn == COARSE:
            early = _change(below, above)
    late = _change(below, above)
    jumps = (late > least) & (late > STAYS * early)
    return high[jumps], early[jumps], late[jumps]


def _change(below: Tensor, above: Tensor) -> Tensor:
    """Return by how much a function changes; without end where one end is a point at which a slope is no number."""
    return (above - below).abs().nan_to_num(nan=math.inf, posinf=math.inf)


@dataclass(frozen=True)
class _Pull:
    """The largest slope within reach, whether slopes still grow out there, and those at the two ends."""

    largest: float
    grows: bool
    ends: tuple[float, float]


def _pull(curves: _Curves) -> _Pull | None:
    """Return how the loss pulls; None where it is finite too near only to tell."""
    slopes, values = curves.slopes(_REACH).abs(), curves.values(_REACH)
    size = _REACH.abs()
    slopes = torch.where((size <= NEAR) & ~slopes.isfinite(), 0, slopes)  # at a kink, where the value is finite
    beyond = ~(slopes.isfinite() & values.isfinite()).all(0)
    reach = float(size[~(size.unsqueeze(1) >= size[beyond]).any(1)].amax()) if beyond.any() else FAR
    if reach < NEAR:
        return None
    held = slopes[:, size <= reach]
    inner, outer = float(slopes[:, size <= reach * HUNDREDTH].amax()), float(held.amax())
    ends = float(held[:, 0].amax()), float(held[:, -1].amax())
    if outer > GROWS * inner:
        return _Pull(outer, True, ends)
    return _Pull(_largest_slope(curves, reach), False, ends)


def _location_holds(loss: Loss) -> bool:
    """Return whether the location of least loss of a few observations stays where it is as the last one goes ever farther."""
    near, far = (_location(loss, torch.cat([_FITTED, _tensor([place])])) for place in (FAR * HUNDREDTH, FAR))
    return abs(far) <= GROWS * abs(near)


def _location(loss: Loss, targets: Tensor) -> float:
    """Return the location of least loss of a whole batch, for a convex loss."""
    low, high = float(targets.min()), float(targets.max())
    for _ in range(LOCATED):
        left, right = (2 * low + high) / 3, (low + 2 * high) / 3
        falls = float(loss(torch.full_like(targets, left), targets).mean()) > float(loss(torch.full_like(targets, right), targets).mean())
        low, high = (left, high) if falls else (low, right)
    return (low + high) / 2


def _largest_slope(curves: _Curves, reach: float) -> float:
    """Return the largest slope, looked at more closely where it is largest on the grid."""
    at = _REACH[_REACH.abs() <= reach].expand(len(curves.bases), -1)
    for _ in range(ZOOMS):
        slopes = curves.slopes(at).abs()
        best = slopes.argmax(1, keepdim=True)
        low, high = at.gather(1, (best - 1).clamp(min=0)), at.gather(1, (best + 1).clamp(max=at.shape[1] - 1))
        at = low + (high - low) * torch.linspace(0, 1, 101, dtype=torch.float64)
    return float(f"{float(slopes.amax()):.9g}")


def _of_each_class(curves: _Curves, at: Tensor, of: str) -> tuple[Tensor, Tensor]:
    """Return the loss of predictions (B,) for a sample of class 1, and for one of class 0."""
    both = torch.stack([1 - at, -at] if of in _OF_TARGET else [at, -at])
    places = torch.cat([both, both[:1].expand(len(curves.bases) - 2, -1)])
    ones, zeros = curves.values(places)[:2]
    return ones, zeros


def _calibrated(ones: Tensor, zeros: Tensor, above: Tensor, below: Tensor) -> bool:
    for share in SHARES:
        for weight, right in ((share, above), (1 - share, below)):
            risk = weight * ones + (1 - weight) * zeros
            best, wrong = float(risk[right].amin()), float(risk[~right].amin())
            if not best < wrong - 1e-10 * abs(wrong) - 1e-15:
                return False
    return True


def _rounded(place: Tensor) -> float:
    return round(float(place), 6) + 0.0


def _tensor(values: list) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _both_sides(sizes: Tensor) -> Tensor:
    return torch.cat([-sizes, _tensor([0.0]), sizes]).unique()


_OF_TARGET = ("residual", "outputs")
_FITTED = _tensor([0.1, 0.4, 1.0, 1.2])
_SMALL = torch.logspace(-4, 0, 41, dtype=torch.float64)
_NEARLY = torch.cat([_both_sides(_SMALL), torch.linspace(-NEAR, NEAR, 801, dtype=torch.float64)]).unique()
_SIDES = torch.cat([_NEARLY, _both_sides(torch.logspace(-8, 5, 209, dtype=torch.float64))]).unique()
_TAILS = _both_sides(torch.logspace(1, 5, 65, dtype=torch.float64))
_EVERYWHERE = torch.cat([_NEARLY[::2], _TAILS]).unique()
# Cells whose ends are no round numbers, at which a kink is likely.
_CELLS = 1.00137 * torch.cat([_both_sides(_SMALL), torch.linspace(-NEAR, NEAR, 401, dtype=torch.float64), _TAILS]).unique()
_CELLS = _CELLS[_CELLS != 0] + 1.37e-6
_REACH = torch.cat([_NEARLY, _both_sides(torch.logspace(0, math.log10(FAR), 129, dtype=torch.float64))]).unique()
