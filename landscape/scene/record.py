"""Record: a page's scene, whose class body is the one table of what it holds, and its lossless form as a URL query.

A field is declared once, with how it is read and written, its default, its group, and whether a change of it moves the coordinates that
places are written in. Links, memory keys and what a change lets go of are loops over that table. A query is hostile until proven otherwise:
its length is capped, names come from closed lists, numbers are finite and within their declared range.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import cache
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlencode

from landscape.catalogue import Value
from landscape.errors import LandscapeError
from landscape.scene.fields import NAMED, Choice, Group, Row, SeveralEntries, choice_of, whole
from landscape.scene.link import Unread, parts_of, passing

LONGEST_QUERY = 4_000
VERSION_KEY = "version"

AnyRecord = TypeVar("AnyRecord", bound="Record")


@dataclass(frozen=True)
class Record:
    """The base of every page's scene: frozen, hashable, and as a link lossless. A page's own names its fields by the makers of `fields`.

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
    def keys(cls) -> tuple[str, ...]:
        """Return every key of links, in their order; settings have dotted ones."""
        return (*(key for row in cls.written_rows() for key in row.keys), VERSION_KEY)

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
            return whole(row.kind, former.get(row.name, row.given), cls._former_settings(version, row.name))

        return cls(**{row.name: value(row) for row in cls.rows()})

    @classmethod
    def from_query(cls: type[AnyRecord], query: str | Mapping[str, str], *, saved: bool = False) -> AnyRecord:
        """Read the scene from a URL query, with or without its leading "?", or from the whole address that it is part of.

        What is left out is as it was by default in the version that the link names; one that names none is of the first, except where it
        says nothing of a scene: that is today's default. In a file, which `saved` says, that too is what it was when it was written.
        Raises `LandscapeError` for a query that is too long, names something unknown, or gives a number that is not finite or out of range.
        Keys that are not a scene's are ignored: messengers append their own. `unread` names them.
        """
        given = _pairs(query)
        version = cls._version_of(given, saved)
        default, then = cls.default(version), cls._filled(given, version)
        values = {row.name: row.kind.read(then, row.key, getattr(default, row.name)) for row in cls.written_rows()}
        return cls(**values)._completed(given, version)

    @classmethod
    def unread(cls, query: str | Mapping[str, str]) -> tuple[Unread, ...]:
        """Return the keys of a query that `from_query` ignores, in their order, but those that belong to no scene (`link.passing`).

        A key is ignored that is not in the table, and a setting of an entry that neither the link names nor the default has. Raises
        `LandscapeError` as `from_query` does for a query that is too long or of another version.
        """
        given = {key: value for key, value in _pairs(query).items() if not passing(key) and key != VERSION_KEY}
        default = cls.default(cls._version_of(_pairs(query), saved=False))
        set_here = {key for row in cls.rows() for key in row.kind.set_keys(row.name, given, getattr(default, row.name))}
        return tuple(cls._unread(key) for key in given if key not in cls._by_key() and key.partition(".")[0] not in set_here)

    @classmethod
    def _unread(cls, key: str) -> Unread:
        name, dot, setting = key.partition(".")
        if name in cls._by_key():
            named = isinstance(cls._by_key()[name].kind, NAMED)
            return Unread(key, nearest="" if named else name, entry=name if named else "")
        entries = (
            (known, entry) for known, row in cls._by_key().items() if isinstance(row.kind, NAMED) for entry in row.kind.catalogue.values()
        )
        near = [f"{known}.{key}" for known, entry in entries if key in {parameter.name for parameter in entry.parameters}]
        near += [known + dot + setting for known in get_close_matches(name, cls.keys(), n=1)]
        return Unread(key, nearest=near[0] if near else "")

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
        guessed, pairs = self._guessed(default), []
        for row in self.written_rows():
            value = getattr(self, row.name)
            if value != getattr(default, row.name) or row.key in guessed:
                pairs += row.kind.write(row.key, value)
        pairs += [(VERSION_KEY, str(self.VERSION))] if versioned else []
        return urlencode(pairs, safe=",")

    @classmethod
    def _version_of(cls, given: Mapping[str, str], saved: bool) -> int:
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
    query = parts_of(query)[1] if isinstance(query, str) else urlencode(list(query.items()), errors="replace")
    if len(query) > LONGEST_QUERY:
        raise LandscapeError("too_long", owner="link", got=len(query), most=LONGEST_QUERY)
    given: dict[str, str] = {}
    for key, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=None):
        if key in given:
            raise LandscapeError("given_twice", owner="link", got=repr(key)[:60])
        given[key] = value
    return given
