"""The view: one component with every picture of the result area, linked, playing in the browser without a rerun."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from figures.style import number, style_of
from ui import static

ASSETS = Path(__file__).parent.parent / "assets" / "view"

# Every visible word of the component itself; `play` to `reset_camera` are also the buttons' labels for screen readers.
VIEW_WORDS = (
    "reset", "back", "play", "pause", "forward", "scrubber", "speed", "step", "reset_camera", "no_webgl", "no_plotly", "loading",
    "relief_label", "contour_label", "transport_label", "click_hint",
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One card under the pictures; `tone` is "", "good" or "warn"."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


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

    `paths` are Path records, in the order in which they were given to the figures. `scene` changes with the landscape or its window,
    `run` with the paths. `words` holds `VIEW_WORDS` in the reader's language.
    """

    relief: go.Figure
    contour: go.Figure
    words: Mapping[str, str]
    paths: Sequence[Any] = ()
    facts: Sequence[Fact] = ()
    panels: Sequence[Panel] = ()
    scene: str = ""
    run: str = ""
    autoplay: bool = True

    def message(self) -> dict[str, object]:
        """Return what goes to the browser, as plain JSON values; figures as JSON text, which is neither parsed nor written again here."""
        return {
            "relief": self.relief.to_json(),
            "contour": self.contour.to_json(),
            "panels": [{"key": p.key, "title": p.title, "note": p.note, "figure": p.figure.to_json()} for p in self.panels],
            "facts": [asdict(fact) for fact in self.facts],
            "paths": [_path(path) for path in self.paths],
            "steps": max([0, *(len(path.losses) - 1 for path in self.paths)]),
            "words": {word: self.words[word] for word in VIEW_WORDS},
            "autoplay": self.autoplay,
            "scene": self.scene,
            "run": self.run,
            "plotly": static.address(static.PLOTLY),
        }


def show(payload: Payload, *, key: str, on_start: Callable[[float, float], None] | None = None) -> None:
    """Draw the view; `on_start(a, b)` runs before the rerun that a click on the relief or the contour causes."""

    def clicked() -> None:
        start = st.session_state[key].start
        if on_start is not None and start:
            on_start(float(start["a"]), float(start["b"]))

    _COMPONENT(key=key, data={**payload.message(), "clickable": on_start is not None}, on_start_change=clicked)


def _path(path: Any) -> dict[str, object]:
    look = style_of(path.optimizer)
    losses = [loss if math.isfinite(loss) else number(loss) for loss in map(float, path.losses)]  # JSON has no infinity
    return {"name": path.optimizer, "label": path.label, "color": look.color, "dash": look.dash, "losses": losses}


def _register() -> Callable[..., Any]:
    static.install()
    html, css, js = ((ASSETS / f"view.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("landscape_view", html=html, css=css, js=js, isolate_styles=False)


_COMPONENT = _register()
