"""Edits: what a hand has done to the points of a table: some moved, some removed, some added; compact enough for a link."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from landscape.errors import LandscapeError
from landscape.scene.fields import LARGEST_COORDINATE, Group, Kind, Pairs, of_kind

# Edits that one link has room for.
MOST_EDITS = 100
EXAMPLE = "m9,9.0,39.0~r3~a1.5,2.0"

Place = tuple[float, float]
_NUMBER = r"[-+]?\d{1,20}(?:\.\d{0,20})?(?:e[-+]?\d{1,3})?"
_EDIT = re.compile(rf"r(?P<gone>\d{{1,7}})|(?:m(?P<point>\d{{1,7}}),|a)(?P<x>{_NUMBER}),(?P<y>{_NUMBER})", re.ASCII)


class Edit(NamedTuple):
    """One edit: the table's row `point` (None: a point that is added) is now `at` this place (None: nowhere, it is removed)."""

    point: int | None
    at: Place | None


Edits = tuple[Edit, ...]


def moved(edits: Edits, rows: int, point: int, at: Place) -> Edits:
    """Return the edits after a point of a table of that many `rows` was moved; the k-th added point has the number rows + k."""
    if point < rows:
        return _with_row(edits, Edit(point, at))
    old, added = _parts(edits)
    added[point - rows] = Edit(None, at)
    return *old, *added


def removed(edits: Edits, rows: int, point: int) -> Edits:
    """Return the edits after that point was removed."""
    if point < rows:
        return _with_row(edits, Edit(point, None))
    old, added = _parts(edits)
    del added[point - rows]
    return *old, *added


def added(edits: Edits, at: Place) -> Edits:
    """Return the edits after a point was added."""
    return *edits, Edit(None, at)


def applied(edits: Edits, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the `points` (n, 2) after the edits, and the number of each: its row, or n + k for the k-th added one.

    Raises LandscapeError for an edit of a row that is not there.
    """
    places, numbers = points.copy(), np.arange(len(points))
    old, added = _parts(edits)
    for point, at in old:
        if point >= len(points):
            raise LandscapeError("out_of_range", owner="link", name="edits", got=point, low=0, high=len(points) - 1)
        places[point] = (math.nan, math.nan) if at is None else at
    there = ~np.isnan(places[:, 0])
    new = np.array([edit.at for edit in added], dtype=np.float64).reshape(-1, 2)
    return np.concatenate([places[there], new]), np.concatenate([numbers[there], len(points) + np.arange(len(new))])


class EditsKind(Kind):
    """Edits in a link: "m9,9.0,39.0" moves row 9, "r3" removes row 3, "a1.5,2.0" adds a point; a tilde between two."""

    rank = 5

    def read(self, given: Mapping[str, str], key: str, default: Edits) -> Edits:
        if key not in given:
            return default
        return self.check(key, [self._edit(key, text) for text in given[key].split("~")] if given[key] else [])

    def write(self, key: str, value: Edits) -> Pairs:
        return [(key, "~".join(map(_written, value)))]

    def check(self, key: str, value: Iterable[Edit]) -> Edits:
        edits = tuple(value)
        if len(edits) > MOST_EDITS:
            raise LandscapeError("many_edits", owner="link", got=len(edits), most=MOST_EDITS)
        rows = [edit.point for edit in edits if edit.point is not None]
        places = [number for edit in edits if edit.at is not None for number in edit.at]
        if len(set(rows)) < len(rows) or not all(math.isfinite(number) and abs(number) <= LARGEST_COORDINATE for number in places):
            raise LandscapeError("no_edits", owner="link", name=key, example=EXAMPLE, got=repr("~".join(map(_written, edits)))[:60])
        return tuple(sorted(edits, key=lambda edit: (edit.point is None, edit.point or 0)))

    def _edit(self, key: str, text: str) -> Edit:
        found = _EDIT.fullmatch(text)
        if found is None:
            raise LandscapeError("no_edits", owner="link", name=key, example=EXAMPLE, got=repr(text)[:60])
        if found["gone"]:
            return Edit(int(found["gone"]), None)
        return Edit(int(found["point"]) if found["point"] else None, (float(found["x"]), float(found["y"])))


def edits_of_hand(*, group: Group) -> Any:
    """Declare a field that holds edits, by default none."""
    return of_kind(EditsKind(), (), group=group)


def _with_row(edits: Edits, edit: Edit) -> Edits:
    old, added = _parts(edits)
    return *sorted([*(other for other in old if other.point != edit.point), edit]), *added


def _parts(edits: Edits) -> tuple[list[Edit], list[Edit]]:
    """Return the edits of rows and the added points."""
    return [edit for edit in edits if edit.point is not None], [edit for edit in edits if edit.point is None]


def _written(edit: Edit) -> str:
    if edit.at is None:
        return f"r{edit.point}"
    place = ",".join(repr(float(number) + 0.0) for number in edit.at)  # no -0
    return f"a{place}" if edit.point is None else f"m{edit.point},{place}"
