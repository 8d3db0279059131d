"""Record: a page's scene, whose class body is the one table of what it holds, and its lossless form as a URL query.

A field is declared once, with how it is read and written, its default, its group, and whether a change of it moves the coordinates that
places are written in. Links, memory keys and what a change lets go of are loops over that table. A query is hostile until proven otherwise:
its length is capped, names come from closed lists, numbers are finite and within their declared range.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from functools import cache
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlencode

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.errors import LandscapeError

LONGEST_QUERY = 4_000
LARGEST_COORDINATE = 1e12
AUTOMATIC, NOTHING = "auto", "none"
VERSION_KEY = "v"

Pairs = list[tuple[str, str]]
AnyRecord = TypeVar("AnyRecord", bound="Record")


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


# --- How a field is read, written and checked -------------------------------------------------------------------------------------------


class Kind(ABC):
    """How a field of one kind is read from a link, written into one, and checked. A query has the fields in the order of their `rank`."""

    rank: ClassVar[int]
    placed: ClassVar[bool] = False  # whether it is written in coordinates of the plane

    def keys(self, name: str) -> tuple[str, ...]:
        """Return the keys that the field `name` has in a link."""
        return (name,)

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

    def read(self, given: Mapping[str, str], key: str, default: Choice | None) -> Choice | None:
        if self.optional and given.get(key, NOTHING if default is None else "") == NOTHING:
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

    def read(self, given: Mapping[str, str], key: str, default: tuple[Choice, ...]) -> tuple[Choice, ...]:
        named, one = tuple(key for key in self.of_each if key in given), OneEntry(self.catalogue)
        if named != self.of_each[: len(named)]:
            raise LandscapeError("gap_in_optimizers", owner="link", got=", ".join(named))
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
    """A point of the plane, a and b; None, which a link calls "auto", leaves it to the scene."""

    example: ClassVar[tuple[str, ...]] = ("-1.5", "2")
    rank = 4
    placed = True

    def read(self, given: Mapping[str, str], key: str, default: Any) -> Any:
        if key not in given:
            return default
        return None if given[key] == AUTOMATIC else self._shaped(self._numbers(key, given[key].split(","), given[key]))

    def write(self, key: str, value: Any) -> Pairs:
        return [(key, AUTOMATIC if value is None else ",".join(repr(float(number) + 0.0) for number in self._flat(value)))]  # no -0

    def check(self, key: str, value: Any) -> Any:
        return None if value is None else self._shaped(self._numbers(key, self._flat(value), value))

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
    """A window of the plane, (a_lo, a_hi), (b_lo, b_hi); None, which a link calls "auto", leaves it to the scene."""

    example = ("-1.5", "2", "-1", "1")

    def _flat(self, value: Any) -> Collection[float]:
        return [end for side in value for end in side]

    def _shaped(self, numbers: tuple[float, ...]) -> Any:
        a_lo, a_hi, b_lo, b_hi = numbers
        if not (a_lo < a_hi and b_lo < b_hi):
            raise LandscapeError("no_window", owner="link", got=numbers)
        return (a_lo, a_hi), (b_lo, b_hi)


# --- The table of fields ----------------------------------------------------------------------------------------------------------------


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


def point(default: tuple[float, float] | None = None, *, group: Group) -> Any:
    """Declare a field that is a point of the plane."""
    return _row(Point(), default, group, moves=False)


def frame(default: tuple[tuple[float, float], tuple[float, float]] | None = None, *, group: Group) -> Any:
    """Declare a field that is a window of the plane."""
    return _row(Frame(), default, group, moves=False)


def _row(kind: Kind, given: Any, group: Group, moves: bool) -> Any:
    return field(default=_whole(kind, given), metadata={"row": Row(kind, given, group, moves)})


def _whole(kind: Kind, given: Any, settings: Callable[[str], Mapping[str, Value]] = lambda entry: {}) -> Any:
    """Return a declared default whole: what it leaves out of an entry is as `settings` or else the catalogue has it."""

    def whole(choice: Choice) -> Choice:
        return choice_of(kind.catalogue, choice.name, {**settings(choice.name), **dict(choice.settings)})

    if isinstance(kind, SeveralEntries):
        return tuple(map(whole, given))
    return whole(given) if isinstance(kind, OneEntry) and given is not None else given


def choice_of(catalogue: Catalogue, name: str, given: Mapping[str, object]) -> Choice:
    """Return the checked choice `name`, with the catalogue's own defaults for what is not given."""
    return Choice(name, tuple(catalogue[name].settings(given).items()))


@dataclass(frozen=True)
class Record:
    """The base of every page's scene: frozen, hashable, and as a link lossless. A page's own names its fields by the makers above.

    Links carry `VERSION`, so that they keep their meaning when defaults change. Whoever changes one raises `VERSION` and says in `FORMER`,
    under the last version that had it, what it was: of a field under its name, of an entry's setting under "field.entry.setting". What a
    link leaves out is read by that.
    """

    VERSION: ClassVar[int] = 1
    FORMER: ClassVar[Mapping[int, Mapping[str, object]]] = {}

    @classmethod
    @cache
    def rows(cls) -> tuple[Row, ...]:
        """Return the table of fields."""
        return tuple(replace(f.metadata["row"], name=f.name) for f in fields(cls))

    @classmethod
    @cache
    def written_rows(cls) -> tuple[Row, ...]:
        """Return the table in the order of a link: choices come first, then numbers, files and places."""
        return tuple(sorted(cls.rows(), key=lambda row: row.kind.rank))

    @classmethod
    def row(cls, key: str) -> Row:
        """Return the row of a key of links, such as "model" or "opt2"."""
        return cls._by_key()[key]

    @classmethod
    def names(cls, *of: Group | str) -> tuple[str, ...]:
        """Return the names of these groups' fields and of these fields, in the order of the table."""
        return tuple(row.name for row in cls.rows() if row.group in of or row.name in of)

    @classmethod
    @cache
    def placed(cls) -> frozenset[str]:
        """Return the fields that are written in coordinates of the plane."""
        return frozenset(row.name for row in cls.rows() if row.kind.placed)

    @classmethod
    def choose(cls, key: str, name: str, version: int | None = None, **given: object) -> Choice:
        """Return the checked choice `name` for a key of links; what is not given is as it was in links of that version (None: as now)."""
        row = cls.row(key)
        return choice_of(row.kind.catalogue, name, {**cls._former_settings(version, row.name)(name), **given})

    @classmethod
    def default(cls: type[AnyRecord], version: int | None = None) -> AnyRecord:
        """Return what a link of that version means that says nothing else (None: as now)."""
        former = cls._former(version)

        def value(row: Row) -> Any:
            return _whole(row.kind, former.get(row.name, row.given), cls._former_settings(version, row.name))

        return cls(**{row.name: value(row) for row in cls.rows()})

    @classmethod
    def from_query(cls: type[AnyRecord], query: str | Mapping[str, str], *, saved: bool = False) -> AnyRecord:
        """Read the scene from a URL query, with or without its leading "?".

        What is left out is as it was by default in the version that the link names; one that names none is of the first, except where it
        says nothing of a scene: that is today's default. In a file, which `saved` says, that too is what it was when it was written.
        Raises `LandscapeError` for a query that is too long, names something unknown, or gives a number that is not finite or out of range.
        Keys that are not a scene's are ignored: messengers append their own.
        """
        given = _pairs(query)
        version = cls._version(given, saved)
        default, then = cls.default(version), cls._filled(given, version)
        values = {row.name: row.kind.read(then, row.key, getattr(default, row.name)) for row in cls.written_rows()}
        return cls(**values)._completed(given, version)

    def to_query(self) -> str:
        """Return the canonical query string; `from_query` reads back an equal scene.

        Fixed order, defaults left out; but what a reader would have to guess, since it depends on what the scene is of, is spelled out.
        """
        return self._written(versioned=self.VERSION > 1)

    def to_link(self) -> str:
        """Return the query string that is to be kept or sent: it names its version, so that it means the same when defaults change."""
        return self._written(versioned=True)

    def part(self, *of: Group | str) -> tuple[tuple[str, object], ...]:
        """Return some fields' values, named or by groups, in a fixed order: the memory's key for results that depend on nothing else."""
        return tuple((name, getattr(self, name)) for name in self.names(*of))

    def with_value(self: AnyRecord, key: str, value: object) -> AnyRecord:
        """Return this scene with the field of a key of links set to the checked value."""
        row = self.row(key)
        return replace(self, **{row.name: row.kind.check(key, value)})

    def with_choice(self: AnyRecord, key: str, choice: Choice | None) -> AnyRecord:
        """Return this scene with the choice of a key of links, such as "model" or "opt2", set to `choice`."""
        row = self.row(key)
        if len(row.keys) == 1:
            return replace(self, **{row.name: choice})
        place, choices = row.keys.index(key), getattr(self, row.name)
        return replace(self, **{row.name: (*choices[:place], choice, *choices[place + 1 :])})

    def choices(self) -> list[tuple[str, Choice]]:
        """Return every choice that says something here, with its key, in the order of the table."""
        found = []
        for row in self.rows():
            if isinstance(row.kind, NAMED):
                value = getattr(self, row.name)
                found += zip(row.keys, value if isinstance(row.kind, SeveralEntries) else (value,), strict=False)
        return [(key, choice) for key, choice in found if choice is not None]

    def unplaced(self: AnyRecord, but: Collection[str] = ()) -> AnyRecord:
        """Return this scene with its places, `but` some, left to the scene: for another plane has coordinates of its own."""
        return replace(self, **dict.fromkeys(self.placed() - set(but)))

    def _completed(self: AnyRecord, given: Mapping[str, str], version: int) -> AnyRecord:
        """Return this scene, read from a link of that version that says what is `given`, with the rest made to suit that."""
        return self

    def _guessed(self: AnyRecord, default: AnyRecord) -> Collection[str]:
        """Return the keys of the fields that a reader, who knows the `default`, would have to guess where they are left out."""
        return ()

    def _written(self, *, versioned: bool) -> str:
        default = type(self)()
        guessed, pairs = self._guessed(default), [(VERSION_KEY, str(self.VERSION))] if versioned else []
        for row in self.written_rows():
            value = getattr(self, row.name)
            if value != getattr(default, row.name) or row.key in guessed:
                pairs += row.kind.write(row.key, value)
        return urlencode(pairs, safe=",")

    @classmethod
    def _version(cls, given: Mapping[str, str], saved: bool) -> int:
        if VERSION_KEY in given:
            text = given[VERSION_KEY]
            if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= cls.VERSION:
                raise LandscapeError("link_version", owner="link", most=cls.VERSION, got=repr(text)[:60])
            return int(text)
        return 1 if saved or any(key.partition(".")[0] in cls._by_key() for key in given) else cls.VERSION

    @classmethod
    @cache
    def _by_key(cls) -> dict[str, Row]:
        return {key: row for row in cls.rows() for key in row.keys}

    @classmethod
    def _former(cls, version: int | None) -> dict[str, object]:
        """Return what was the default in links of that version and is no more."""
        later = [cls.FORMER[last] for last in sorted(cls.FORMER, reverse=True) if version is not None and last >= version]
        return {name: value for changes in later for name, value in changes.items()}

    @classmethod
    def _former_settings(cls, version: int | None, name: str) -> Callable[[str], dict[str, Value]]:
        """Return what gives, for an entry of the field `name`, the settings that were its default in links of that version."""
        former = cls._former(version)

        def of(entry: str) -> dict[str, Value]:
            prefix = f"{name}.{entry}."
            return {dotted.removeprefix(prefix): value for dotted, value in former.items() if dotted.startswith(prefix)}

        return of

    @classmethod
    def _filled(cls, given: Mapping[str, str], version: int) -> dict[str, str]:
        """Return what a link gives, with the settings that it leaves out of the entries it names as they were in its version."""
        filled = dict(given)
        for row in cls.rows():
            for key in row.keys:
                for setting, value in cls._former_settings(version, row.name)(given.get(key, "")).items():
                    filled.setdefault(f"{key}.{setting}", row.kind.catalogue[given[key]].parameter(setting).write(value))
        return filled


def _pairs(query: str | Mapping[str, str]) -> dict[str, str]:
    if not isinstance(query, str):
        query = urlencode(list(query.items()), errors="replace")
    if len(query) > LONGEST_QUERY:
        raise LandscapeError("too_long", owner="link", got=len(query), most=LONGEST_QUERY)
    given: dict[str, str] = {}
    for key, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=None):
        if key in given:
            raise LandscapeError("given_twice", owner="link", got=repr(key)[:60])
        given[key] = value
    return given
