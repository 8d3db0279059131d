"""Catalogues: the declarations of data sets, models, losses, penalties, optimizers, functions and planes.

An `Entry` holds everything that the controls, the URL, the command line, the documentation and the parametrized tests need; adding one
takes one entry in one file and its translation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Real
from types import MappingProxyType

from landscape.errors import LandscapeError, Phrase, plain, require_name, require_range, require_whole, shown

Value = bool | int | float | str | tuple[int, ...]


@dataclass(frozen=True)
class Parameter:
    """One typed parameter of an entry.

    Its type is that of `default`: bool, int, float, str (one of `choices`), or a tuple of ints (layer widths, written 16-16). `low` and
    `high` are inclusive bounds, of each member of a tuple; `most` bounds the length of a tuple. `scale` is that of a slider, "linear" or
    "log".
    """

    name: str
    default: Value
    meaning: str
    low: float | None = None
    high: float | None = None
    scale: str = "linear"
    choices: tuple[str, ...] = ()
    most: int = 8

    def check(self, owner: str, value: object) -> Value:
        """Return `value` converted to this parameter's type; raise `LandscapeError` where its type or range is wrong."""
        value = plain(value)
        if self.choices:
            return require_name(f"{owner} {self.name}", value, self.choices)
        if isinstance(self.default, bool):
            if not isinstance(value, Real) or value not in (0, 1):
                raise self._refusal("not_a_flag", owner, value)
            return bool(value)
        if isinstance(self.default, tuple):
            return self._check_widths(owner, value)
        if isinstance(value, bool) or not isinstance(value, Real):
            raise self._refusal("not_a_number", owner, value)
        number = float(require_range(owner, self.name, value, self.low, self.high)) + 0.0  # -0.0 becomes 0.0: equal numbers, equal text
        if isinstance(self.default, float):
            return number
        if not number.is_integer():
            raise self._refusal("not_whole", owner, value)
        return int(number)

    def parse(self, owner: str, text: str) -> Value:
        """Read the value from URL or command-line text; the inverse of `write`."""
        if self.choices:
            return self.check(owner, text)
        if isinstance(self.default, bool):
            return self.check(owner, {"1": True, "0": False}.get(text, text))
        if isinstance(self.default, tuple):
            parts = text.split("-") if text else []
            if not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts):
                raise self._refusal("not_widths", owner, text)
            return self.check(owner, tuple(int(part) for part in parts))
        try:
            number = float(text)
        except ValueError:
            raise self._refusal("not_a_number", owner, text) from None
        return self.check(owner, number)

    def write(self, value: Value) -> str:
        """Return the text that `parse` reads back to exactly `value`."""
        if isinstance(self.default, bool):
            return str(int(value))
        if isinstance(self.default, tuple):
            return "-".join(str(width) for width in value)
        return str(value)

    def _check_widths(self, owner: str, value: object) -> tuple[int, ...]:
        if not isinstance(value, (tuple, list)) or len(value) > self.most:
            raise self._refusal("not_widths", owner, value)
        if not all(isinstance(plain(width), int) and not isinstance(width, bool) for width in value):
            raise self._refusal("not_widths", owner, value)
        return tuple(require_whole(owner, self.name, width, self.low, self.high) for width in value)

    def _refusal(self, code: str, owner: str, value: object) -> LandscapeError:
        got = shown(value)
        return LandscapeError(code, owner=owner, name=self.name, got=got, example=self.write(self.default), most=self.most)


@dataclass(frozen=True)
class Entry:
    """One entry of a catalogue: its builder, its parameters, its formula (LaTeX) and the source of the definition.

    `traits` are further properties, documented in the module of the catalogue, such as the tasks that a loss suits.
    """

    name: str
    title: str
    build: Callable[..., object]
    parameters: tuple[Parameter, ...] = ()
    formula: str = ""
    source: str = ""
    traits: Mapping[str, object] = field(default_factory=dict)

    def parameter(self, name: str) -> Parameter:
        """Return the parameter `name`; raise `LandscapeError` when there is none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        known = ", ".join(p.name for p in self.parameters) or Phrase("none")
        raise LandscapeError("unknown_parameter", owner=self.name, got=repr(name)[:60], known=known)

    def settings(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return the checked value of every parameter: the given one, or its default."""
        for name in given:
            self.parameter(name)
        return {p.name: p.check(self.name, given.get(p.name, p.default)) for p in self.parameters}


class Catalogue(Mapping[str, Entry]):
    """A read-only mapping from id to `Entry`, in order of declaration; `noun` names it in errors and translations."""

    def __init__(self, noun: str):
        self.noun = noun
        self._entries: dict[str, Entry] = {}

    def entry(
        self, name: str, title: str, *parameters: Parameter, formula: str = "", source: str = "", **traits: object
    ) -> Callable[[Callable[..., object]], Callable[..., object]]:
        """Declare the decorated builder as the entry `name`."""

        def declare(build: Callable[..., object]) -> Callable[..., object]:
            if name in self._entries:
                raise KeyError(f"{self.noun}: {name} is declared twice")
            self._entries[name] = Entry(name, title, build, parameters, formula, source, MappingProxyType(traits))
            return build

        return declare

    def extended(self, *entries: Entry) -> Catalogue:
        """Return a new catalogue with `entries` after this one's own."""
        longer = Catalogue(self.noun)
        longer._entries = {**self._entries, **{entry.name: entry for entry in entries}}
        return longer

    def make(self, name: str, *context: object, **given: object) -> object:
        """Build the entry `name` from `context`, the arguments that all builders of this catalogue take, and its checked parameters."""
        entry = self[name]
        return entry.build(*context, **entry.settings(given))

    def __getitem__(self, name: str) -> Entry:
        return self._entries[require_name(self.noun, name, self._entries)]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
