"""The boards of the Saddles page, one for each of its parts."""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

from landscape.scene.saddle_counts import SaddleCounts
from landscape.scene.saddle_networks import NetworkSaddles
from landscape.scene.saddle_race import SaddleRace
from ui.pictures.board import Board
from ui.pictures.saddle_counts import counts_board
from ui.pictures.saddle_networks import networks_board
from ui.pictures.saddle_race import race_board
from ui.words.translator import Translator

Found = SaddleRace | NetworkSaddles | SaddleCounts

_drawing = Lock()
_messages: WeakKeyDictionary[Found, dict[str, bytes]] = WeakKeyDictionary()  # as long as the result is kept


def message_of(found: Found, t: Translator) -> bytes:
    """Return what the view is given to show `found`, drawn once for all sessions of a language."""
    with _drawing:
        drawn = _messages.setdefault(found, {})
        if t.language not in drawn:
            drawn[t.language] = board_of(found, t).message()
        return drawn[t.language]


def board_of(found: Found, t: Translator) -> Board:
    """Return everything that is shown of `found`."""
    match found:
        case SaddleRace():
            return race_board(found, t)
        case NetworkSaddles():
            return networks_board(found, t)
    return counts_board(found, t)
