"""The board of a small network's critical points: a plane through three of them, and a table of all, copies as one."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np

from figures.contour import contour
from figures.indices import eigenvalues_of_points, index_against_loss
from figures.numbers import number, percent
from figures.relief import relief
from landscape.curvature.critical import CriticalPoint
from landscape.saddles.slices import SlicePoint
from landscape.saddles.symmetry import Orbit
from landscape.scene.saddle_networks import NetworkSaddles
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Table, TableRow
from ui.pictures.marks import Mark
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

PLANE = frozenset({"plane"})
KINDS = ("minimum", "saddle", "maximum", "degenerate")
# Rows of the table; a rich network has hundreds of orbits.
MOST_ROWS = 14


def networks_board(found: NetworkSaddles, t: Translator) -> Board:
    """Return everything that is shown of the network's critical points."""
    digest = hashlib.sha256(f"{found.scene.to_query()} {found.finished}".encode()).hexdigest()[:16]
    return Board(
        [*(_maps(found, t) if found.surface is not None else []), *_panels(found, t)],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=_facts(found, t),
        shown=digest,
        table=_table(found, t),
    )


def _maps(found: NetworkSaddles, t: Translator) -> list[Picture]:
    words, marks = _words(t), _marks(found, t)
    above, below = (draw(found.surface, (), marks, words=words) for draw in (relief, contour))
    note = t("saddles.slice_note") if any(point.slice_only for point in found.sliced) else ""
    return [
        Picture("net_relief", "relief", above, t("view.relief_label"), size="large", links=PLANE),
        Picture("net_contour", "contour", below, t("view.contour_label"), note, "large", PLANE),
    ]


def _panels(found: NetworkSaddles, t: Translator) -> list[Picture]:
    words, points = _words(t), [orbit.point for orbit in found.orbits]
    return [
        Picture("indices", "plot", index_against_loss(points, words=words), t("saddles.indices"), t("saddles.indices_note")),
        Picture("spectra", "plot", eigenvalues_of_points(points, words=words), t("saddles.eigenvalues"), t("saddles.eigenvalues_note")),
    ]


def _words(t: Translator) -> dict[str, str]:
    slices = {f"slice_{kind}": t("saddles.slice_only", kind=t(f"figure.{kind}")) for kind in KINDS}
    own = {word: t(f"saddles.word.{word}") for word in ("index_share", "number")}
    return (
        {word: t(f"figure.{word}") for word in FIGURE_WORDS} | slices | own | {"a": t("saddles.word.second"), "b": t("saddles.word.third")}
    )


def _marks(found: NetworkSaddles, t: Translator) -> list[Mark]:
    """Return the three corners by their kinds in the whole space, and what else is critical in the slice."""
    if not found.sliced:
        return []
    return [_mark(point, t) for point in found.sliced]


def _mark(point: SlicePoint, t: Translator) -> Mark:
    a, b = map(float, point.point.theta)
    if point.full is None:
        label = t("saddles.slope_out", norm=number(point.gradient_norm, 2))
        return Mark(a, b, point.point.value, point.point.kind, label, slice_only=True)
    label = t("saddles.in_full", kind=t(f"figure.{point.full.kind}"), index=point.full.index, dim=len(point.theta))
    return Mark(a, b, point.point.value, point.point.kind, label, slice_only=point.slice_only)


def _facts(found: NetworkSaddles, t: Translator) -> list[Fact]:
    counts = Counter(orbit.point.kind for orbit in found.orbits)
    kinds = " · ".join(t(f"saddles.kind.{kind}", count=counts[kind]) for kind in KINDS if counts[kind])
    copies = sum(orbit.copies for orbit in found.orbits if orbit.copies is not None)
    facts = [
        Fact(t("saddles.distinct"), str(len(found.orbits)), kinds, info=t("saddles.distinct_info")),
        Fact(t("saddles.with_copies"), str(copies), t("saddles.with_copies_note"), info=t("saddles.copies_info")),
        _missing(found, t),
        Fact(t("saddles.space"), f"D = {found.dim}", t("saddles.space_note")),
    ]
    if found.infinite:
        facts.append(Fact(t("saddles.infinite"), str(found.infinite), t("saddles.infinite_note")))
    slices = sum(point.slice_only for point in found.sliced)
    if found.sliced:
        note = t("saddles.of_slice", count=len(found.sliced))
        facts.append(Fact(t("saddles.slice_count"), str(slices), note, "warn" if slices else "good", t("saddles.slice_info")))
    return facts


def _missing(found: NetworkSaddles, t: Translator) -> Fact:
    """How much the search may have missed."""
    note = t("saddles.missing_note", starts=found.starts)
    return Fact(t("saddles.missing"), f"≈ {percent(found.missing, 2)}", note, info=t("saddles.missing_info"))


def _table(found: NetworkSaddles, t: Translator) -> Table:
    names = ("loss", "index", "eigenvalues", "kind", "copies")
    columns = [(t(f"saddles.orbit.{name}"), t(f"saddles.orbit.{name}_info")) for name in names]
    rows = [_row(k, orbit, t) for k, orbit in enumerate(found.orbits[:MOST_ROWS], 1)]
    more = len(found.orbits) - len(rows)
    return Table(t("saddles.orbits"), columns, rows, t("saddles.more_orbits", count=more) if more else t("saddles.orbits_note"))


def _row(k: int, orbit: Orbit, t: Translator) -> TableRow:
    point = orbit.point
    copies = t("saddles.valley") if orbit.copies is None else t("saddles.found_of", found=len(orbit.members), copies=orbit.copies)
    cells = [
        (number(point.value, 4), ""),
        (_index(point), ""),
        (_ends(point), ""),
        (t(f"figure.{point.kind}"), "good" if point.kind == "minimum" else ""),
        (copies, ""),
    ]
    return TableRow(str(k), cells)


def _ends(point: CriticalPoint) -> str:
    """Return the largest and the lowest eigenvalue, zero where it is so to working precision."""
    ends = point.eigenvalues[[0, -1]]
    largest, lowest = np.where(np.abs(ends) <= point.zero, 0.0, ends)
    return f"{number(float(largest))} … {number(float(lowest))}"


def _index(point: CriticalPoint) -> str:
    return f"{point.index} / {len(point.eigenvalues)}"
