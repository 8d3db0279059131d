"""The board of an exploration, computed or read from a file, in the visitor's language and in the reader's numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock
from types import MappingProxyType
from weakref import WeakKeyDictionary

from figures.contour import contour
from figures.relief import relief
from landscape.scene.exploration import Exploration
from landscape.scene.fields import Group
from landscape.scene.scene import Scene
from ui.pictures.board import BOARD_WORDS, Board, Picture, Timeline
from ui.pictures.facts import facts_of, in_order
from ui.pictures.marks import LabelledPath, marks_of, on_the_maps, paths_of
from ui.pictures.panels import panels_of
from ui.pictures.words import words_of
from ui.words.translator import Translator

PLANE = frozenset({"plane", "step"})
# What a scene's runs do not depend on.
DRAWING = dict(Scene().part(Group.DRAWING))

_drawing = Lock()
_messages: WeakKeyDictionary[Exploration, dict[tuple[str, bool], bytes]] = WeakKeyDictionary()  # as long as the exploration is kept


def message_of(exploration: Exploration, t: Translator, *, ended: bool = False) -> bytes:
    """Return what the view is given to show `exploration`, drawn once for all sessions of a language."""
    with _drawing:  # sessions that ask at once draw it once; to draw two at a time would take each twice as long
        drawn = _messages.setdefault(exploration, {})
        if (t.language, ended) not in drawn:
            drawn[t.language, ended] = board_of(exploration, t, ended=ended).message()
        return drawn[t.language, ended]


def board_of(
    exploration: Exploration, t: Translator, *, shows: str = "loss", ended: bool = False, said: Mapping[str, str] = MappingProxyType({})
) -> Board:
    """Return everything that is shown of `exploration`, with relief and contour of its map of `shows`; `ended` says that what is not
    computed yet never will be, `said` are words to be said instead of the usual ones.
    """
    words, paths, scene = {**words_of(exploration, t), **said}, paths_of(exploration, t), exploration.scene
    maps = _maps(exploration, shows, on_the_maps(paths, exploration), words, t) if shows in exploration.maps else []
    return Board(
        pictures=[*maps, *panels_of(exploration, paths, words, t)],
        words={word: said.get(word, t(f"view.{word}")) for word in BOARD_WORDS},
        facts=in_order(facts_of(exploration, t, shows=shows, ended=ended)),
        timeline=Timeline(digest(scene, **DRAWING), max(len(path.losses) - 1 for path in paths), paths) if paths else None,
        shown=digest(scene),
        clickable=True,
    )


def _maps(exploration: Exploration, shows: str, paths: Sequence[LabelledPath], words: Mapping[str, str], t: Translator) -> list[Picture]:
    """Return relief and contour; paths and marks have their height in the relief of the loss alone, and none in another."""
    surface, marks = exploration.maps[shows], marks_of(exploration, shows)
    log = exploration.scene is not None and exploration.scene.log
    if shows == "loss":
        above, labels = relief(surface, paths, marks, words=words, log=log), (t("view.relief_label"), t("view.contour_label"))
    else:
        of, above = t(f"figure.{shows}"), relief(surface, words=words, log=log, shows=shows)
        labels = t("result.relief_label", of=of), t("result.contour_label", of=of)
    below = contour(surface, paths, marks, words=words, shows=shows)
    return [
        Picture("relief", "relief", above, labels[0], size="large", links=PLANE),
        Picture("contour", "contour", below, labels[1], size="large", links=PLANE),
    ]


def digest(scene: Scene | None, **drawing: object) -> str:
    """Return what tells this scene, seen as `drawing` says, from another one; "" for none."""
    return "" if scene is None else hashlib.sha256(replace(scene, **drawing).to_query().encode()).hexdigest()[:16]
