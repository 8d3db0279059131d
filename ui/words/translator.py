"""The visitor's language: every sentence of the app in English and in Simplified Chinese, looked up by a dotted key.

English has two sources: `assets/locales/en.json` for the app's own sentences, and the package itself for what it declares once already,
the titles and meanings of its catalogues and the sentences of its refusals. `assets/locales/zh.json` translates both.

Keys "source.*" are the words around the names and titles of a citation, "formula.*" those in a formula: where the English one occurs, the
other language's stands.

Keys made from a catalogue: `<noun>.<entry>` is the entry's title, `<noun>.<entry>.<parameter>` the parameter's meaning. Keys made from a
refusal: `error.<code>.what`, `.rule` and `.remedy`; from a phrase in one, or in a note on the visitor's own table: `phrase.<code>`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import streamlit as st

from landscape.catalogue import Catalogue
from landscape.errors import PHRASES, REFUSALS, LandscapeError, Phrase

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "zh": "简体中文"})  # each in its own words, for the language switch
LOCALES = Path(__file__).resolve().parents[2] / "assets" / "locales"
CATALOGUES = (
    ("landscape.data.datasets", "datasets"),
    ("landscape.networks.models", "models"),
    ("landscape.networks.activations", "activations"),
    ("landscape.losses.own", "losses_and_own"),
    ("landscape.losses.penalties", "penalties"),
    ("landscape.descent.optimizers", "optimizers"),
    ("landscape.descent.schedules", "schedules"),
    ("landscape.objectives.functions", "functions"),
    ("landscape.planes.directions", "planes"),
    ("landscape.sculpting.sculptures", "sculptures"),
    ("landscape.replication.claims", "claims"),
    ("landscape.minima.studies", "studies"),
)


class Translator:
    """One language's sentences; an unknown language is English. Calling it with a key gives the sentence, fields filled."""

    def __init__(self, language: str):
        self.language = language if language in LANGUAGES else "en"
        self._own = own_texts(self.language)

    @property
    def _texts(self) -> Mapping[str, str]:
        """Every sentence; in English that takes the package, which a first visitor's first line need not wait for."""
        return texts(self.language)

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence of `key` with each {field} replaced by its value.

        Braces that name no given value stay as they are, as in LaTeX. Raises KeyError for an unknown key or a value the sentence does not
        have a field for: both are mistakes of the code, never of a visitor.
        """
        text = self._own[key] if key in self._own else self._texts[key]
        if not values:
            return text
        missing = [name for name in values if f"{{{name}}}" not in text]
        if missing:
            raise KeyError(f"{key} has no field {', '.join(missing)}")
        return re.sub(r"\{(\w+)\}", lambda field: str(values.get(field[1], field[0])), text)

    def source(self, text: str) -> str:
        """Return a citation of the catalogues with its own words, such as "section 2.2", in this language; names and titles stay."""
        for pattern, key in citation_words():
            text = pattern.sub(lambda found, key=key: self(key, **found.groupdict()), text)
        return text

    def formula(self, latex: str) -> str:
        """Return a formula of the catalogues with the words in it, all that LaTeX is told to be text, in this language."""
        keys = {text: key for key, text in texts("en").items() if key.startswith("formula.")}
        words = r"(?<=\\text\{)(\s*)(.+?)(\s*)(?=\})"
        return re.sub(words, lambda found: found[1] + (self(keys[found[2]]) if found[2] in keys else found[2]) + found[3], latex)

    def refusal(self, error: LandscapeError) -> str:
        """Return the error's four parts as one sentence of this language; ids and numbers stay as they are."""
        details = {name: self.phrase(detail) for name, detail in error.details.items()}
        parts = {part: self._texts[f"error.{error.code}.{part}"].format(**details) for part in ("what", "rule", "remedy")}
        return self("error.sentence", got=details["got"], **parts)

    def phrase(self, text: object) -> object:
        """Return a phrase of the package in this language; what is none, such as an id or a visitor's own name, as it is."""
        if not isinstance(text, Phrase):
            return text
        return self(f"phrase.{text.code}", **{name: self.phrase(detail) for name, detail in text.details.items()})


def pick_language(asked: object, remembered: object, locale: str | None) -> str:
    """Return the language `asked` for in the URL if there is one, else the session's, else the one nearest to the browser's `locale`."""
    for wish in (asked, remembered):
        if isinstance(wish, str) and wish in LANGUAGES:
            return wish
    return "zh" if (locale or "").lower().startswith("zh") else "en"


def current_translator() -> Translator:
    """Return the translator for this visitor; the session remembers the language, since Streamlit drops `?lang=` on a change of page."""
    language = pick_language(st.query_params.get("lang"), st.session_state.get("language"), st.context.locale)
    st.session_state["language"] = language
    return Translator(language)


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return every sentence of `language` by key, read-only; in English, those that the package declares too."""
    own = own_texts(language)
    return MappingProxyType({**declared_texts(), **own}) if language == "en" else own


@cache
def own_texts(language: str) -> Mapping[str, str]:
    """Return the sentences of the language's file by key, read-only."""
    return MappingProxyType(json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8")))


@cache
def citation_words() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the keys of what a citation says in words, each with the pattern of its English sentence."""
    sentences = {key: text for key, text in texts("en").items() if key.startswith("source.")}
    number = r"(?P<number>\d+(?:\.\d+)*|[IVX]+\.[A-Z]|[A-Z]+)"
    patterns = {key: re.escape(text).replace(re.escape("{number}"), number) for key, text in sentences.items()}
    return tuple((re.compile(rf"\b{pattern}(?!\w)"), key) for key, pattern in patterns.items())


@cache
def declared_texts() -> Mapping[str, str]:
    """Return the English sentences that the package itself declares: titles, meanings and refusals."""
    found = {}
    for catalogue in catalogues():
        for entry in catalogue.values():
            found[f"{catalogue.noun}.{entry.name}"] = entry.title
            found.update({f"{catalogue.noun}.{entry.name}.{parameter.name}": parameter.meaning for parameter in entry.parameters})
    found.update({f"phrase.{code}": phrase for code, phrase in PHRASES.items()})
    for code, refusal in REFUSALS.items():
        found.update({f"error.{code}.what": refusal.what, f"error.{code}.rule": refusal.rule, f"error.{code}.remedy": refusal.remedy})
    return MappingProxyType(found)


def catalogues() -> tuple[Catalogue, ...]:
    """Return the package's catalogues; imported on first use, since torch takes a second to load."""
    return tuple(getattr(import_module(module), name) for module, name in CATALOGUES)
