"""The entry of a loss as it is set: a typed one declares what its formula turns out to be, where others declare it once for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from landscape.catalogue import Entry, Value
from landscape.losses.own import OWN_LOSS, losses_and_own, own_traits
from landscape.losses.properties import loss_properties


def loss_entry(name: str, settings: Mapping[str, Value] | Iterable[tuple[str, Value]] = ()) -> Entry:
    """Return the entry of a loss of `losses_and_own` with the traits, and the formula, that it has at these settings."""
    return _entry_of_own(**dict(settings)) if name == OWN_LOSS else losses_and_own[name]


@lru_cache(maxsize=512)
def _entry_of_own(**settings: Value) -> Entry:
    entry = losses_and_own[OWN_LOSS]
    loss, found = entry.build(**entry.settings(settings)), loss_properties(OWN_LOSS, **settings)
    # Where nothing can be measured, the loss is no number somewhere: nothing there is smooth or convex.
    traits = {**own_traits(loss), "smooth": found.differentiable is True, "convex": found.convex is True}
    return replace(entry, formula=loss.latex, traits=traits)
