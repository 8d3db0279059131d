"""Fields: how each field of a page's scene is read from a link, written into one and checked, and the makers that declare it."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.errors import LandscapeError

LARGEST_COORDINATE = 1e12
AUTOMATIC, NOTHING = "auto", "none"

Pairs = list[tuple[str, str]]


class Group(Enum):
    """What a field is about; results depend on the groups in this order."""

    OBJECTIVE = "objective"
    RUN = "run"
    PLANE = "plane"
    DRAWING = "drawing"


@dataclass(frozen=True)
class Choice:
    """An entry of a catalogue with all its parameters: what one row of controls, or one name in a URL, stands for."""

    name: str
    settings: tuple[tuple[str, Value], ...] = ()

    def get(self, parameter: str, default: Value | None = None) -> Value | None:
        """Return a parameter's value, or `default` where this entry has no such parameter."""
        return dict(self.settings).get(parameter, default)

    def build(self, catalogue: Catalogue, *context: object) -> object:
        """Build the entry with its settings."""
        return catalogue.make(self.name, *context, **dict(self.settings))


class Kind(ABC):
    """How a field of one kind is read from a link, written into one, and checked. A query has the fields in the order of their `rank`."""

    rank: ClassVar[int]
    placed: ClassVar[bool] = False  # whether it is written in coordinates of the plane

    def keys(self, name: str) -> tuple[str, ...]:
        """Return the keys that the field `name` has in a link."""
        return (name,)

    def set_keys(self, name: str, given: Mapping[str, str], default: Any) -> tuple[str, ...]:
        """Return those of its keys whose dotted settings `read` takes from a link: those of entries that the link or the default names."""
        return ()

    @abstractmethod
    def read(self, given: Mapping[str, str], key: str, default: Any) -> Any:
        """Return the value that a link gives, or `default` where it gives none; raise `LandscapeError` where it makes no sense."""

    @abstractmethod
    def write(self, key: str, value: Any) -> Pairs:
        """Return what `read` reads back to an equal value."""

    @abstractmethod
    def check(self, key: str, value: Any) -> Any:
        """Return the value in this field's own type, or raise `LandscapeError`."""


@dataclass(frozen=True)
class OneEntry(Kind):
    """An entry of a catalogue: its name, and under dotted keys the settings that are not the entry's own defaults.

    An `optional` one may be None, for which a link says "none".
    """

    catalogue: Catalogue
    optional: bool = False
    rank = 0

    def set_keys(self, name: str, given: Mapping[str, str], default: Choice | None) -> tuple[str, ...]:
        return () if self.optional and given.get(name, NOTHING if default is None else "") == NOTHING else (name,)

    def read(self, given: Mapping[str, str], key: str, default: Choice | None) -> Choice | None:
        if not self.set_keys(key, given, default):
            return None
        name = given.get(key, default.name if default else "")
        entry, settings = self.catalogue[name], dict(default.settings) if key not in given and default else {}
        for dotted, text in given.items():
            if dotted.startswith(key + "."):
                parameter = entry.parameter(dotted[len(key) + 1 :])
                settings[parameter.name] = parameter.parse(f"{key} {name}", text)
        return self.check(key, Choice(name, tuple(settings.items())))

    def write(self, key: str, value: Choice | None) -> Pairs:
        if value is None:
            return [(key, NOTHING)]
        changed = [p for p in self.catalogue[value.name].parameters if value.get(p.name) != p.default]
        return [(key, value.name), *((f"{key}.{p.name}", p.write(value.get(p.name))) for p in changed)]

    def check(self, key: str, value: Choice | None) -> Choice | None:
        return None if value is None and self.optional else choice_of(self.catalogue, value.name, dict(value.settings))


@dataclass(frozen=True)
class SeveralEntries(Kind):
    """One to several entries of a catalogue, each under a key of its own. A link that names any names the first."""

    catalogue: Catalogue
    of_each: tuple[str, ...]
    rank = 1

    def keys(self, name: str) -> tuple[str, ...]:
        return self.of_each

    def set_keys(self, name: str, given: Mapping[str, str], default: tuple[Choice, ...]) -> tuple[str, ...]:
        return tuple(key for key in self.of_each if key in given) or self.of_each[: len(default)]

    def read(self, given: Mapping[str, str], key: str, default: tuple[Choice, ...]) -> tuple[Choice, ...]:
        named, one = tuple(key for key in self.of_each if key in given), OneEntry(self.catalogue)
        if named != self.of_each[: len(named)]:
            raise LandscapeError("gap_in_several", owner="link", expected=", ".join(self.of_each), got=", ".join(named))
        if named:
            return tuple(one.read(given, key, None) for key in named)
        return tuple(one.read(given, key, choice) for key, choice in zip(self.of_each, default, strict=False))

    def write(self, key: str, value: tuple[Choice, ...]) -> Pairs:
        one = OneEntry(self.catalogue)
        return [pair for key, choice in zip(self.of_each, value, strict=False) for pair in one.write(key, choice)]

    def check(self, key: str, value: tuple[Choice, ...]) -> tuple[Choice, ...]:
        return tuple(OneEntry(self.catalogue).check(key, choice) for choice in value)


NAMED = (OneEntry, SeveralEntries)


@dataclass(frozen=True)
class Number(Kind):
    """A number, a flag, or one of a few words: whatever a `Parameter` may be."""

    parameter: Parameter
    rank = 2

    def read(self, given: Mapping[str, str], key: str, default: Value) -> Value:
        return self.parameter.parse("scene", given[key]) if key in given else default

    def write(self, key: str, value: Value) -> Pairs:
        return [(key, self.parameter.write(value))]

    def check(self, key: str, value: Value) -> Value:
        return self.parameter.check("scene", value)


@dataclass(frozen=True)
class Fingerprint(Kind):
    """The fingerprint of a file of the visitor's, or "": the file itself must be brought along."""

    rank = 3

    def read(self, given: Mapping[str, str], key: str, default: str) -> str:
        return self.check(key, given.get(key, default))

    def write(self, key: str, value: str) -> Pairs:
        return [(key, value)]

    def check(self, key: str, value: str) -> str:
        if value and not re.fullmatch(r"[0-9a-f]{16}", value):
            raise LandscapeError("not_a_fingerprint", owner="link", got=repr(value)[:60])
        return value


@dataclass(frozen=True)
class Point(Kind):
    """A point of the plane, a and b; where it is `optional`, None, which a link calls "auto", leaves it to the scene."""

    optional: bool = False
    example: ClassVar[tuple[str, ...]] = ("-1.5", "2")
    rank = 4
    placed = True

    def read(self, given: Mapping[str, str], key: str, default: Any) -> Any:
        if key not in given:
            return default
        return None if self.optional and given[key] == AUTOMATIC else self._shaped(self._numbers(key, given[key].split(","), given[key]))

    def write(self, key: str, value: Any) -> Pairs:
        return [(key, AUTOMATIC if value is None else ",".join(repr(float(number) + 0.0) for number in self._flat(value)))]  # no -0

    def check(self, key: str, value: Any) -> Any:
        return None if self.optional and value is None else self._shaped(self._numbers(key, self._flat(value), value))

    def _flat(self, value: Any) -> Collection[float]:
        return value

    def _shaped(self, numbers: tuple[float, ...]) -> Any:
        return numbers

    def _numbers(self, key: str, parts: Collection[str | float], got: object) -> tuple[float, ...]:
        try:
            numbers = tuple(float(part) for part in parts)
        except ValueError:
            numbers = ()
        count = len(self.example)
        if len(numbers) != count or not all(math.isfinite(number) and abs(number) <= LARGEST_COORDINATE for number in numbers):
            raise LandscapeError("not_numbers", owner="link", name=key, count=count, example=",".join(self.example), got=repr(got)[:60])
        return numbers


@dataclass(frozen=True)
class Frame(Point):
    """A window of the plane, (a_lo, a_hi), (b_lo, b_hi); where it is `optional`, None or "auto" leaves it to the scene."""

    example = ("-1.5", "2", "-1", "1")

    def _flat(self, value: Any) -> Collection[float]:
        return [end for side in value for end in side]

    def _shaped(self, numbers: tuple[float, ...]) -> Any:
        a_lo, a_hi, b_lo, b_hi = numbers
        if not (a_lo < a_hi and b_lo < b_hi):
            raise LandscapeError("no_window", owner="link", got=numbers)
        return (a_lo, a_hi), (b_lo, b_hi)


@dataclass(frozen=True)
class Row:
    """One row of the table of fields: `given` is the default as declared; settings that its choices leave out are as their entries have it.

    `moves` says that another value of the field moves the coordinates of the plane: it is another parameter space, or another plane.
    """

    kind: Kind
    given: Any
    group: Group
    moves: bool
    name: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The field's keys in a link."""
        return self.kind.keys(self.name)

    @property
    def key(self) -> str:
        """The first of them."""
        return self.keys[0]


def chosen(catalogue: Catalogue, name: str, *, group: Group, moves: bool = False, **settings: Value) -> Any:
    """Declare a field that is an entry of a catalogue, by default `name` with these settings."""
    return _row(OneEntry(catalogue), Choice(name, tuple(settings.items())), group, moves)


def optional(catalogue: Catalogue, default: Choice | None = None, *, group: Group, moves: bool = False) -> Any:
    """Declare a field that is an entry of a catalogue or None."""
    return _row(OneEntry(catalogue, optional=True), default, group, moves)


def several(catalogue: Catalogue, keys: tuple[str, ...], *default: Choice, group: Group, moves: bool = False) -> Any:
    """Declare a field that is one to several entries of a catalogue, each under its own key."""
    return _row(SeveralEntries(catalogue, keys), default, group, moves)


def number(parameter: Parameter, *, group: Group, moves: bool = False) -> Any:
    """Declare a field that is a number, a flag or a word: what `parameter` says."""
    return _row(Number(parameter), parameter.default, group, moves)


def fingerprint(*, group: Group, moves: bool = False) -> Any:
    """Declare a field that names a file of the visitor's, by default none."""
    return _row(Fingerprint(), "", group, moves)


def point(default: tuple[float, float] | None = None, *, group: Group, optional: bool = False) -> Any:
    """Declare a field that is a point of the plane, or None where it is `optional` or None by default."""
    return _row(Point(optional or default is None), default, group, moves=False)


def frame(default: tuple[tuple[float, float], tuple[float, float]] | None = None, *, group: Group, optional: bool = False) -> Any:
    """Declare a field that is a window of the plane, or None where it is `optional` or None by default."""
    return _row(Frame(optional or default is None), default, group, moves=False)


def of_kind(kind: Kind, default: Any, *, group: Group) -> Any:
    """Declare a field of a kind that is a page's own."""
    return _row(kind, default, group, moves=False)


def _row(kind: Kind, given: Any, group: Group, moves: bool) -> Any:
    return field(default=whole(kind, given), metadata={"row": Row(kind, given, group, moves)})


def whole(kind: Kind, given: Any, settings: Callable[[str], Mapping[str, Value]] = lambda entry: {}) -> Any:
    """Return a declared default whole: what it leaves out of an entry is as `settings` or else the catalogue has it."""

    def one(choice: Choice) -> Choice:
        return choice_of(kind.catalogue, choice.name, {**settings(choice.name), **dict(choice.settings)})

    if isinstance(kind, SeveralEntries):
        return tuple(map(one, given))
    return one(given) if isinstance(kind, OneEntry) and given is not None else given


def choice_of(catalogue: Catalogue, name: str, given: Mapping[str, object]) -> Choice:
    """Return the checked choice `name`, with the catalogue's own defaults for what is not given."""
    return Choice(name, tuple(catalogue[name].settings(given).items()))
