"""The boards of the Race page, one a topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from ui.pictures.attraction import attraction_board
from ui.pictures.board import Board
from ui.pictures.contest import contest_board
from ui.pictures.corner import corner_board
from ui.pictures.rates import rates_board
from ui.pictures.workers import workers_board
from ui.words.translator import Translator

BOARDS: Mapping[str, Callable[[Any, Translator], Board]] = {
    "race": contest_board,
    "rates": rates_board,
    "basins": attraction_board,
    "corner": corner_board,
    "workers": workers_board,
}

_drawing = Lock()
_messages: WeakKeyDictionary[object, dict[str, bytes]] = WeakKeyDictionary()  # as long as the result is kept


def message_of(result: Any, t: Translator) -> bytes:
    """Return what the view is given to show a topic's `result`, drawn once for all sessions of a language."""
    with _drawing:
        drawn = _messages.setdefault(result, {})
        if t.language not in drawn:
            drawn[t.language] = BOARDS[result.scene.topic](result, t).message()
        return drawn[t.language]
