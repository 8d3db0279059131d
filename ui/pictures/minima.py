"""The board of each study of the Minima page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

from landscape.scene.minima import MinimaScene
from ui.pictures import basins, batches, connection, depth, edge, river, sharp_aware, wells
from ui.pictures.board import Board
from ui.words.translator import Translator

BOARDS: Mapping[str, Callable[[Any, MinimaScene, Translator], Board]] = MappingProxyType(
    {
        "wells": wells.board_of,
        "persistence": basins.board_of,
        "connection": connection.board_of,
        "depth": depth.board_of,
        "edge": edge.board_of,
        "batches": batches.board_of,
        "sam": sharp_aware.board_of,
        "river": river.board_of,
    }
)

_drawing = Lock()
_messages: WeakKeyDictionary[object, dict[str, bytes]] = WeakKeyDictionary()  # as long as the result is kept


def message_of(result: object, scene: MinimaScene, t: Translator) -> bytes:
    """Return what the view is given to show the `result` of the scene's study, drawn once for all sessions of a language."""
    with _drawing:
        drawn = _messages.setdefault(result, {})
        if t.language not in drawn:
            drawn[t.language] = BOARDS[scene.study.name](result, scene, t).message()
        return drawn[t.language]
