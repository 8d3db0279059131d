"""The visitor's language: every sentence of the app in English and in Simplified Chinese, looked up by a dotted key.

English has two sources: `assets/locales/en.json` for the app's own sentences, and the package itself for what it declares once already,
the titles and meanings of its catalogues and the sentences of its refusals. `assets/locales/zh.json` translates both.

Keys made from a catalogue: `<noun>.<entry>` is the entry's title, `<noun>.<entry>.<parameter>` the parameter's meaning. Keys made from a
refusal: `error.<code>.what`, `.rule` and `.remedy`.
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
from landscape.errors import REFUSALS, LandscapeError

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "zh": "简体中文"})  # each in its own words, for the language switch
LOCALES = Path(__file__).resolve().parent.parent / "assets" / "locales"
CATALOGUES = (
    ("landscape.datasets", "datasets"),
    ("landscape.models", "models"),
    ("landscape.activations", "activations"),
    ("landscape.losses", "losses"),
    ("landscape.penalties", "penalties"),
    ("landscape.optimizers", "optimizers"),
    ("landscape.schedules", "schedules"),
    ("landscape.functions", "functions"),
    ("landscape.directions", "planes"),
)


class Translator:
    """One language's sentences; an unknown language is English. Calling it with a key gives the sentence, fields filled."""

    def __init__(self, language: str):
        self.language = language if language in LANGUAGES else "en"
        self._texts = texts(self.language)

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence of `key` with each {field} replaced by its value.

        Braces that name no given value stay as they are, as in LaTeX. Raises KeyError for an unknown key or a value the sentence does not
        have a field for: both are mistakes of the code, never of a visitor.
        """
        text = self._texts[key]
        if not values:
            return text
        missing = [name for name in values if f"{{{name}}}" not in text]
        if missing:
            raise KeyError(f"{key} has no field {', '.join(missing)}")
        return re.sub(r"\{(\w+)\}", lambda field: str(values.get(field[1], field[0])), text)

    def refusal(self, error: LandscapeError) -> str:
        """Return the error's four parts as one sentence of this language; ids and numbers stay as they are."""
        parts = {part: self._texts[f"error.{error.code}.{part}"].format(**error.details) for part in ("what", "rule", "remedy")}
        return self("error.sentence", got=error.got, **parts)


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
    own = json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8"))
    return MappingProxyType({**declared_texts(), **own} if language == "en" else own)


@cache
def declared_texts() -> Mapping[str, str]:
    """Return the English sentences that the package itself declares: titles, meanings and refusals."""
    found = {}
    for catalogue in catalogues():
        for entry in catalogue.values():
            found[f"{catalogue.noun}.{entry.name}"] = entry.title
            found.update({f"{catalogue.noun}.{entry.name}.{parameter.name}": parameter.meaning for parameter in entry.parameters})
    for code, refusal in REFUSALS.items():
        found.update({f"error.{code}.what": refusal.what, f"error.{code}.rule": refusal.rule, f"error.{code}.remedy": refusal.remedy})
    return MappingProxyType(found)


def catalogues() -> tuple[Catalogue, ...]:
    """Return the package's catalogues; imported on first use, since torch takes a second to load."""
    return tuple(getattr(import_module(module), name) for module, name in CATALOGUES)
