"""Titles: what a scene is called in a sentence, and how a label begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from landscape.scene.fields import Group, SeveralEntries
from landscape.scene.saddles import SaddlesScene
from ui.words.translator import Translator

if TYPE_CHECKING:
    from landscape.scene.record import Record


# Of more names than this a title says the first ones only.
MANY, FIRST = 8, 3


def title_of(scene: Record, t: Translator) -> str:
    """Return a scene's short name: what its objective is made of, and its optimizers; of many, the first."""
    if isinstance(scene, SaddlesScene) and scene.part != "race":  # these parts are about no function
        return " · ".join([t(f"saddles.part.{scene.part}"), *([t(f"saddles.net.{scene.net}")] if scene.part == "networks" else [])])
    if isinstance(scene, SaddlesScene) and scene.sampled:
        return t(f"saddles.landscape.{scene.landscape}")
    rows = [(scene.row(key), choice) for key, choice in scene.choices()]
    said = [(row.kind.catalogue, choice) for row, choice in rows if row.group is Group.OBJECTIVE or isinstance(row.kind, SeveralEntries)]
    names = [t(f"{catalogue.noun}.{choice.name}") for catalogue, choice in said]
    return " · ".join(names if len(names) <= MANY else [*names[:FIRST], "…"])


def capitalized(label: str) -> str:
    """Return the label as one that begins a line."""
    return label[:1].upper() + label[1:]
