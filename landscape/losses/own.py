"""The visitor's own loss: an entry like those of the catalogue, whose one parameter is a typed formula, and what such a loss declares."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from landscape.catalogue import Entry, Parameter
from landscape.losses.expression import OwnLoss, parse_loss
from landscape.losses.losses import losses

OWN_LOSS = "own"
# Huber's loss, which shows how a parameter is declared and how to branch; and for scores of classes, a hinge bent at its corner.
OF_RESIDUAL = "delta = 1; where(abs(residual) < delta, residual**2 / 2, delta * (abs(residual) - delta / 2))"
OF_MARGIN = "width = 1; max(0, width - margin)**2"


class Expression(Parameter):
    """A parameter that is a typed loss: the text as it was typed, where it can be read."""

    def check(self, owner: str, value: object) -> str:
        parse_loss(value)
        return str(value).replace("\r\n", "\n").strip()

    def parse(self, owner: str, text: str) -> str:
        return self.check(owner, text)


OWN = Entry(
    OWN_LOSS,
    "Your own",
    parse_loss,
    (Expression("expression", OF_RESIDUAL, "formula"),),
    traits={"of": "residual", "tasks": ("regression", "binary"), "threshold": 0.5, "smooth": True, "convex": True},
)
losses_and_own = losses.extended(OWN)


def own_traits(loss: OwnLoss) -> Mapping[str, object]:
    """Return what a typed loss suits, as an entry of the catalogue would declare it; not whether it is smooth or convex."""
    if loss.of == "margin":
        return {"of": "margin", "tasks": ("binary",)}
    return {"of": loss.of, "tasks": ("regression", "binary"), "threshold": 0.5 if loss.of == "residual" else _threshold(loss)}


def _threshold(loss: OwnLoss) -> float:
    """Return the prediction at which the targets 0 and 1 cost the same, where there is one such; else one half."""
    at = torch.linspace(-8, 8, 1602, dtype=torch.float64)  # no point of it is a round number
    ahead = loss(at, torch.zeros_like(at)) > loss(at, torch.ones_like(at))
    (turns,) = (ahead[1:] != ahead[:-1]).nonzero(as_tuple=True)
    if len(turns) != 1:
        return 0.5
    low, high = at[turns], at[turns + 1]
    for _ in range(50):
        middle = (low + high) / 2
        same = (loss(middle, torch.zeros(1)) > loss(middle, torch.ones(1))) == ahead[turns]
        low, high = torch.where(same, middle, low), torch.where(same, high, middle)
    return round(float(high), 9) + 0.0
