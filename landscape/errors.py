"""What the package refuses, in four parts: what was asked, the rule, what was got, and the remedy.

`REFUSALS` is the one table of these sentences. The app translates them by their code, so a refusal reads the same
in every language and is never built from loose strings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """The templates of one kind of refusal; the fields in braces are filled from the error's details."""

    what: str
    rule: str
    remedy: str


REFUSALS: dict[str, Refusal] = {
    "unknown_name": Refusal("{noun}", "the name must be one of {known}", "Pick a name from that list."),
    "unknown_parameter": Refusal("{owner}", "its parameters are {known}", "Leave the parameter out or pick one of these."),
    "not_a_number": Refusal("{owner}", "{name} must be a finite number", "Give a number such as {example}."),
    "not_whole": Refusal("{owner}", "{name} must be a whole number", "Give a whole number such as {example}."),
    "not_a_flag": Refusal("{owner}", "{name} must be 1 (on) or 0 (off)", "Give 1 or 0."),
    "not_widths": Refusal("{owner}", "{name} must be at most {most} whole numbers joined by -", "Write them as {example}."),
    "out_of_range": Refusal("{owner}", "{name} must be between {low} and {high}", "Choose a value in that range."),
    "wrong_shape": Refusal("{owner}", "{name} must have shape {expected}", "Reshape it, or pass the matching array."),
    "not_finite": Refusal("{owner}", "{name} must hold finite numbers only", "Remove the NaN and infinite entries."),
}


class LandscapeError(ValueError):
    """A request the package cannot honor.

    `code` names the row of `REFUSALS`; `what`, `rule`, `got` and `remedy` are the four parts in English, and
    `details` are the values from which another language fills its own sentence.
    """

    def __init__(self, code: str, *, got: object, **details: object):
        refusal = REFUSALS[code]
        self.code = code
        self.details = {"got": got, **details}
        self.what = refusal.what.format(**details)
        self.rule = refusal.rule.format(**details)
        self.got = got
        self.remedy = refusal.remedy.format(**details)
        super().__init__(f"{self.what}: {self.rule}; got {got}. {self.remedy}")


class Cancelled(Exception):
    """Raised inside a long computation when its `should_stop` answers True; nothing was wrong."""


def require_name(noun: str, name: object, known: Iterable[str]) -> str:
    """Return `name` if it is one of `known`; refuse it otherwise."""
    known = tuple(known)
    if not isinstance(name, str) or name not in known:
        raise LandscapeError("unknown_name", noun=noun, got=_shown(name), known=", ".join(known))
    return name


def require_range(owner: str, name: str, value: float, low: float | None, high: float | None) -> float:
    """Return `value` if it is finite and within [low, high] (None: no bound on that side); refuse it otherwise."""
    if not math.isfinite(value):
        raise LandscapeError("not_a_number", owner=owner, name=name, got=value, example=low if low is not None else 1)
    low_shown = -math.inf if low is None else low
    high_shown = math.inf if high is None else high
    if not low_shown <= value <= high_shown:
        raise LandscapeError("out_of_range", owner=owner, name=name, got=value, low=low_shown, high=high_shown)
    return value


def _shown(value: object) -> str:
    """Return a short, quoted form of what a visitor or caller passed; hostile input may be megabytes long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
