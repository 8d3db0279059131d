"""Board: the one way to draw; one component with every picture of a page, linked, playing in the browser without a rerun."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from figures.numbers import number
from figures.style import style_of
from ui.browser import static
from ui.browser.component import register
from ui.browser.packing import pack
from ui.session.scene import on_this_page

KINDS = ("relief", "contour", "plot", "film")
FILMED = ("relief", "contour", "film")  # the kinds that may change with the timeline; a film does
SIZES = ("large", "small")
# plane: one hover dot, and for the first contour and the first relief the same window, clicks and keys; step: follows the timeline;
# sample: a hover marks the same sample in the others; axis: a hover shows the others at the same x.
LINKS = frozenset({"plane", "step", "sample", "axis"})
# Every visible word of the component itself; `play` to `reset_camera` are also the buttons' labels for screen readers.
BOARD_WORDS = (
    "reset", "back", "play", "pause", "forward", "scrubber", "speed", "step", "reset_camera", "no_webgl", "no_plotly", "loading",
    "transport_label", "click_hint", "whole", "help", "hands", "keys", "points", "edits", "info",
)  # fmt: skip

Frame = Mapping[int, Mapping[str, object]]
Heard = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Fact:
    """One card under the pictures; `tone` is "", "good" or "warn", `info` an explanation to be asked for."""

    label: str
    value: str
    note: str = ""
    tone: str = ""
    info: str = ""


@dataclass(frozen=True)
class Picture:
    """One picture of a board.

    `key` stays the same as long as it is the same picture: its place on the page, its camera and its zoom are then kept. `title` stands
    above a small one, and is a large one's label for screen readers. The traces' `meta` says what they are: {"role": "path", "path": k}
    and "head" follow the timeline, "mark" is explained in the legend, points of a "sample" can be chosen, those of a "handle" dragged too;
    {"samples": [...]} numbers the points of a trace that begins with another sample than 0; {"editable": True} lets points be added and
    removed. The `frames` of a film, and of a relief or a contour that changes, say for each step of the timeline what does: by a trace's
    index, its properties as `Plotly.restyle` names them. Small pictures with the same `row` stand side by side under it as their heading.
    """

    key: str
    kind: str
    figure: go.Figure
    title: str = ""
    note: str = ""
    size: str = "small"
    links: frozenset[str] = frozenset()
    frames: Sequence[Frame] = ()
    row: str = ""


@dataclass(frozen=True)
class Dial:
    """A number that a hand sets on a scale: the browser redraws the pictures at once, and Python hears of it when the hand rests.

    `values` are the scale's, of which number `at` is set. `changes` say by a picture's key what each value changes there, as a film's
    frames do; without them the pictures wait for Python.
    """

    key: str
    label: str
    values: Sequence[float]
    at: int
    changes: Mapping[str, Sequence[Frame]] = field(default_factory=dict)


@dataclass(frozen=True)
class TableRow:
    """One row of a table: its name, its cells, each a text and a tone ("", "good" or "warn"), and the look of the line it is about."""

    label: str
    cells: Sequence[tuple[str, str]]
    color: str = ""
    dash: str = "solid"


@dataclass(frozen=True)
class Table:
    """A calm table under its title: `columns` are their names with explanations to be asked for; the row of pictures `before` which it
    stands follows it.
    """

    title: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[TableRow]
    note: str = ""
    before: str = ""


@dataclass(frozen=True)
class Line:
    """One line that is in several pictures, by its look, with what can be dialed of it; all lines are the legend above the pictures."""

    label: str
    color: str
    dash: str
    dials: Sequence[Dial] = ()


@dataclass(frozen=True)
class Timeline:
    """What plays: the steps 0 to `steps`; a playhead keeps its step as long as `run` is the same.

    `paths` (Path, with a label) are the chips of the legend with their losses. Where a step is not to be read as "step 7", it is as `name`
    = its label: "λ = 0.5". `rest` is the step that is shown first, or that the first play ends at; None is the last.
    """

    run: str
    steps: int
    paths: Sequence[Any] = ()
    name: str = ""
    labels: Sequence[str] = ()
    rest: int | None = None


@dataclass(frozen=True)
class Chip:
    """One line of the legend: how it is drawn, what it is, and its number now."""

    label: str
    value: str
    color: str
    dash: str = "solid"


@dataclass(frozen=True)
class Board:
    """Everything a page shows: its pictures in their order, with `BOARD_WORDS` in the reader's language.

    `shown` changes with whatever was asked to be drawn. `clickable` says whether a click on a picture of the plane places something there.
    `chips` stand in the legend before the paths. A `partial` board changes what is on the page: other pictures and facts stay.
    Raises ValueError for pictures that no board can show.
    """

    pictures: Sequence[Picture]
    words: Mapping[str, str]
    facts: Sequence[Fact] = ()
    timeline: Timeline | None = None
    shown: str = ""
    clickable: bool = False
    lines: Sequence[Line] = ()
    table: Table | None = None
    chips: Sequence[Chip] = ()
    partial: bool = False

    def __post_init__(self) -> None:
        keys = [picture.key for picture in self.pictures]
        if len(set(keys)) < len(keys):
            raise ValueError(f"two pictures have one key: {sorted(key for key in set(keys) if keys.count(key) > 1)}")
        for picture in self.pictures:
            _check(picture, self.timeline)
        for dial in (dial for line in self.lines for dial in line.dials):
            self._check_dial(dial)

    def picture(self, key: str) -> Picture:
        """Return the picture with that key."""
        return next(picture for picture in self.pictures if picture.key == key)

    def _check_dial(self, dial: Dial) -> None:
        if not 0 <= dial.at < len(dial.values):
            raise ValueError(f"dial {dial.key!r} is at {dial.at} of {len(dial.values)} values")
        for key, frames in dial.changes.items():
            traces = next((len(picture.figure.data) for picture in self.pictures if picture.key == key), 0)
            if len(frames) != len(dial.values) or any(set(frame) - set(range(traces)) for frame in frames):
                raise ValueError(f"dial {dial.key!r} does not change {key!r} as often as it has values, or a trace that is not there")

    def message(self) -> bytes:
        """Return what goes to the browser, packed: the same for every session that is shown this."""
        return pack(self._content())

    def _content(self) -> dict[str, object]:
        return {
            "pictures": [_picture(picture) for picture in self.pictures],
            "facts": [asdict(fact) for fact in self.facts],
            "timeline": None if self.timeline is None else _timeline(self.timeline),
            "lines": [asdict(replace(line, dials=())) | {"dials": [_dial(dial) for dial in line.dials]} for line in self.lines],
            "table": None if self.table is None else asdict(self.table),
            "words": {word: self.words[word] for word in BOARD_WORDS},
            "clickable": self.clickable,
            "chips": [asdict(chip) for chip in self.chips],
            "partial": self.partial,
            "shown": self.shown,
            "plotly": static.address(static.PLOTLY),
        }


def show(
    message: bytes,
    *,
    key: str,
    on_placed: Heard | None = None,
    on_moved: Heard | None = None,
    on_chosen: Heard | None = None,
    on_dialed: Heard | None = None,
    on_edited: Heard | None = None,
    own: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Draw the board of a message.

    Each event is heard before the rerun that it causes, as the key of its picture and its values. `on_placed`: {a, b}, a click or Enter on
    the first contour or the first relief linked by plane; keys need that contour. `on_moved`: {corners, turn}, the window (a_lo, a_hi,
    b_lo, b_hi) of their plane that a hand has moved, with no corners to go back to the first one; or {trace, point, x, y, done}, a point
    that is dragged, `done` once it is let go. It stays there until `shown` is another or the figure has it there. `on_chosen`: {trace,
    point, x, y}, a click on a sample or a handle. `on_dialed`: {value}, of the dial of that key. `on_edited`: {act: "add", x, y} or {act:
    "remove", trace, point}, of an editable trace; of a point that is dragged or removed, `number` is that of the sample. `own` are a few
    plain values of this session alone, as `place.seen` makes them.
    """
    heard = {"placed": on_placed, "moved": on_moved, "chosen": on_chosen, "dialed": on_dialed, "edited": on_edited}

    def hear(event: str) -> None:
        values = dict(getattr(st.session_state[key], event) or {})
        if values and heard[event] is not None:
            heard[event](str(values.pop("picture")), values)

    changes = {f"on_{event}_change": on_this_page(partial(hear, event)) for event in heard}
    _COMPONENT(key=key, data=addressed(message, own), **changes)


def addressed(message: bytes, own: Mapping[str, object]) -> bytes:
    """Return `message` followed by a session's own values (JSON) and how many bytes they take (uint32, little endian)."""
    note = json.dumps(dict(own), allow_nan=False).encode()
    return message + note + len(note).to_bytes(4, "little")


def _check(picture: Picture, timeline: Timeline | None) -> None:
    for name, known, given in (("kind", KINDS, {picture.kind}), ("size", SIZES, {picture.size}), ("link", LINKS, picture.links)):
        if unknown := sorted(set(given) - set(known)):
            raise ValueError(f"picture {picture.key!r} has a {name} that is none of {sorted(known)}: {unknown}")
    steps = 0 if timeline is None else timeline.steps + 1
    if timeline is not None and len(timeline.labels) not in (0, steps):
        raise ValueError(f"the timeline has {len(timeline.labels)} labels and {steps} steps, 0 included")
    if picture.kind not in FILMED and picture.frames:
        raise ValueError(f"picture {picture.key!r} has frames and is no film, but a {picture.kind}")
    if (picture.kind == "film" or picture.frames) and (len(picture.frames) != steps or not steps):
        raise ValueError(f"film {picture.key!r} has {len(picture.frames)} frames and the timeline {steps} steps, 0 included")
    for frame in picture.frames:
        if strangers := sorted(set(frame) - set(range(len(picture.figure.data)))):
            raise ValueError(f"film {picture.key!r} changes traces that it does not have: {strangers}")


def _picture(picture: Picture) -> dict[str, object]:
    names = ("key", "kind", "figure", "title", "note", "size", "row")
    frames = {"frames": _frames(picture.frames)} if picture.frames else {}
    return {**{name: getattr(picture, name) for name in names}, "links": sorted(picture.links), **frames}


def _frames(frames: Sequence[Frame]) -> list[dict[str, object]]:
    return [{str(trace): change for trace, change in frame.items()} for frame in frames]


def _dial(dial: Dial) -> dict[str, object]:
    changes = {key: _frames(frames) for key, frames in dial.changes.items()}
    values = list(map(float, dial.values))
    return {
        "key": dial.key,
        "label": dial.label,
        "values": values,
        "texts": [number(x, 4) for x in values],
        "at": dial.at,
        "changes": changes,
    }


def _timeline(timeline: Timeline) -> dict[str, object]:
    named = {"name": timeline.name, "labels": list(timeline.labels)} if timeline.labels else {}
    return {
        "run": timeline.run,
        "steps": timeline.steps,
        "rest": timeline.steps if timeline.rest is None else timeline.rest,
        "paths": [_path(path) for path in timeline.paths],
        **named,
    }


def _path(path: Any) -> dict[str, object]:
    look = style_of(path.optimizer)
    losses = [loss if math.isfinite(loss) else number(loss) for loss in map(float, path.losses)]  # JSON has no infinity
    return {"name": path.optimizer, "label": path.label, "color": look.color, "dash": look.dash, "losses": losses}


_COMPONENT = register("view", served=True)
