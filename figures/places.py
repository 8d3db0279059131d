"""Places: the window, the clipping of paths, and the markers of critical points, for the relief and the contour map."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from figures.numbers import number
from figures.style import hover

# Largest distance of a drawn point from the window's center, in half widths; directions at the frame are then accurate to a thousandth.
FARTHEST = 1000.0


@dataclass(frozen=True)
class Sign:
    """The marker of a kind of point: its symbols on the map and on the relief, size in pixels, fill color, and its letter on the relief.

    Plotly draws the symbols of the relief as glyphs of the browser's fonts; only circle, diamond, square and Latin-1 letters are in all.
    """

    symbol: str
    symbol3d: str
    size: int
    color: str
    letter: str = ""


SIGNS: dict[str, Sign] = {
    "start": Sign("circle", "circle", 10, "#ffffff"),
    "end": Sign("circle-dot", "circle", 10, "#cfd8dc"),
    "average": Sign("star", "square", 11, "#9be7ff"),
    "minimum": Sign("diamond", "diamond", 11, "#ffe14d"),
    "saddle": Sign("square-x", "square", 10, "#ffffff", "×"),
    "maximum": Sign("circle-cross", "circle", 11, "#ffb3c1", "+"),
    "degenerate": Sign("diamond-x", "diamond", 10, "#b0bec5", "×"),
}
OUTLINE = "#17132b"
# With more critical points than this, markers are smaller, down to this size in pixels, so that they do not cover the surface.
MANY, LEAST_SIZE = 40, 4
ENDS = ("start", "end")


Side = tuple[float, float]
Window = tuple[Side, Side]


def window_of(surface: Any) -> Window:
    """Return the window of a surface's grid, ((a_lo, a_hi), (b_lo, b_hi))."""
    return (float(surface.a[0]), float(surface.a[-1])), (float(surface.b[0]), float(surface.b[-1]))


def gapped(*arrays: np.ndarray, keep: np.ndarray | None = None) -> list[list[float | None]]:
    """Return the arrays as plain lists with None wherever one of them is not finite or `keep` is False."""
    fine = np.logical_and.reduce([np.isfinite(array) for array in arrays])
    fine = fine if keep is None else fine & keep
    return [[float(value) if ok else None for value, ok in zip(array, fine, strict=True)] for array in arrays]


def reined(coordinates: Sequence[np.ndarray], box: Sequence[Side]) -> np.ndarray:
    """Return the points' coordinates, with those far outside the box scaled towards its center: the browser's coordinates overflow earlier.

    A line that leaves the box keeps its direction, and is clipped at the edge by the browser.
    """
    low, high = np.array(box).T[:, :, None]
    middle, half = (low + high) / 2, (high - low) / 2
    with np.errstate(over="ignore", invalid="ignore"):
        offset = (np.stack(coordinates) - middle) / half
        return middle + half * offset / np.maximum(np.abs(offset).max(axis=0) / FARTHEST, 1.0)


def inside(path: Any, window: Window) -> np.ndarray:
    """Return which points of `path` lie in the window, its edge included."""
    (a_lo, a_hi), (b_lo, b_hi) = window
    return (path.a >= a_lo) & (path.a <= a_hi) & (path.b >= b_lo) & (path.b <= b_hi)


def marks_by_kind(marks: Sequence[Any], words: Mapping[str, str]) -> Iterator[tuple[Sign, bool, str, list[Any]]]:
    """Yield (sign, slice_only, name, marks) for each group with the same symbol, in the order of `SIGNS`; many marks have smaller signs."""
    crowd = sum(mark.kind not in ENDS for mark in marks)
    for kind, sign in SIGNS.items():
        sign = sign if kind in ENDS or crowd <= MANY else _smaller(sign, crowd)
        for slice_only in (False, True):
            group = [mark for mark in marks if mark.kind == kind and mark.slice_only is slice_only]
            if group:
                yield sign, slice_only, words[f"slice_{kind}" if slice_only else kind], group


def _smaller(sign: Sign, crowd: int) -> Sign:
    """Return the sign with a size at which `crowd` of them cover the area of `MANY` full-sized ones."""
    return replace(sign, size=max(LEAST_SIZE, round(sign.size * math.sqrt(MANY / crowd))))


def outline(sign: Sign) -> float:
    """Return the width of a sign's outline in pixels."""
    return min(1.5, sign.size / 6)


def mark_notes(marks: Sequence[Any]) -> list[list[str]]:
    """Return the customdata of `mark_hover` for each mark: its label, with a line break, and its loss."""
    return [[f"{mark.label}<br>" if mark.label else "", number(float(mark.value))] for mark in marks]


def mark_hover(name: str, words: Mapping[str, str]) -> str:
    """Return the hover template of marks of one kind, with the title `name`."""
    place = (f"%{{customdata[0]}}{words['a']} %{{x:.3~g}}", f"{words['b']} %{{y:.3~g}}")
    return hover(*place, f"{words['loss']} %{{customdata[1]}}", title=name)
