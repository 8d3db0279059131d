"""The view: one component with every picture of the result area, linked, playing in the browser without a rerun."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from figures.numbers import number
from figures.style import style_of
from ui.browser import static
from ui.browser.component import register
from ui.browser.packing import pack

# Every visible word of the component itself; `play` to `reset_camera` are also the buttons' labels for screen readers.
VIEW_WORDS = (
    "reset", "back", "play", "pause", "forward", "scrubber", "speed", "step", "reset_camera", "no_webgl", "no_plotly", "loading",
    "relief_label", "contour_label", "transport_label", "click_hint", "whole", "help", "hands", "keys", "info",
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One card under the pictures; `tone` is "", "good" or "warn", `info` an explanation to be asked for."""

    label: str
    value: str
    note: str = ""
    tone: str = ""
    info: str = ""


@dataclass(frozen=True)
class Panel:
    """One small picture; `key` stays the same as long as it is the same kind of picture."""

    key: str
    title: str
    figure: go.Figure
    note: str = ""


@dataclass(frozen=True)
class Payload:
    """Everything the view shows.

    `paths` are Path records, in the order in which they were given to the figures; `run` changes with them: a playhead keeps its step
    as long as it is the same. `shown` changes with whatever was asked to be drawn. `words` holds `VIEW_WORDS` in the reader's language.
    `clickable` says whether a click sets the start.
    """

    relief: go.Figure
    contour: go.Figure
    words: Mapping[str, str]
    paths: Sequence[Any] = ()
    facts: Sequence[Fact] = ()
    panels: Sequence[Panel] = ()
    run: str = ""
    shown: str = ""
    clickable: bool = False

    def message(self) -> bytes:
        """Return what goes to the browser, packed: the same for every session that is shown this."""
        return pack(self._content())

    def _content(self) -> dict[str, object]:
        return {
            "relief": self.relief,
            "contour": self.contour,
            "panels": [{"key": p.key, "title": p.title, "note": p.note, "figure": p.figure} for p in self.panels],
            "facts": [asdict(fact) for fact in self.facts],
            "paths": [_path(path) for path in self.paths],
            "steps": max([0, *(len(path.losses) - 1 for path in self.paths)]),
            "words": {word: self.words[word] for word in VIEW_WORDS},
            "clickable": self.clickable,
            "run": self.run,
            "shown": self.shown,
            "plotly": static.address(static.PLOTLY),
        }


def show(
    message: bytes,
    *,
    key: str,
    on_start: Callable[[float, float], None] | None = None,
    on_window: Callable[[Sequence[float], int], None] | None = None,
    own: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Draw the view of a payload's message.

    Before the rerun that it causes, a click on the relief or the contour calls `on_start(a, b)`, and a zoom or a drag
    `on_window((a_lo, a_hi, b_lo, b_hi), turn)`, or with no corners to go back to the first window. `own` are a few plain values of this
    session alone, as `place.seen` makes them.
    """

    def clicked() -> None:
        start = st.session_state[key].start
        if on_start is not None and start:
            on_start(float(start["a"]), float(start["b"]))

    def moved() -> None:
        window = st.session_state[key].window
        if on_window is not None and window:
            on_window(tuple(map(float, window["corners"])), int(window["turn"]))

    _COMPONENT(key=key, data=addressed(message, own), on_start_change=clicked, on_window_change=moved)


def addressed(message: bytes, own: Mapping[str, object]) -> bytes:
    """Return `message` followed by a session's own values (JSON) and how many bytes they take (uint32, little endian)."""
    note = json.dumps(dict(own), allow_nan=False).encode()
    return message + note + len(note).to_bytes(4, "little")


def _path(path: Any) -> dict[str, object]:
    look = style_of(path.optimizer)
    losses = [loss if math.isfinite(loss) else number(loss) for loss in map(float, path.losses)]  # JSON has no infinity
    return {"name": path.optimizer, "label": path.label, "color": look.color, "dash": look.dash, "losses": losses}


_COMPONENT = register("view", served=True)
