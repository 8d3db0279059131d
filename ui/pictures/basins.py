"""The board of the basins: their borders on the map, barcode, diagram, tree, and the counts beside one another."""

from __future__ import annotations

import hashlib

import numpy as np

from figures.basins import barcode, borders, merge_tree, persistence_diagram, survivors
from figures.contour import contour
from figures.numbers import number
from figures.relief import relief
from landscape.minima.basins import NETS, Counted
from landscape.scene.minima import MinimaScene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture
from ui.pictures.marks import Mark
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

PLANE = frozenset({"plane"})
WORDS = ("counted", "doubted", "level", "rank", "birth", "death", "depth", "deeper")


def board_of(found: Counted, scene: MinimaScene, t: Translator) -> Board:
    """Return everything that is shown of the basins."""
    net = scene.study.get("surface") in NETS
    axes = (t("axis.random.a"), t("axis.random.b")) if net else ("x", "y")
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {"a": axes[0], "b": axes[1]}
    words |= {word: t(f"minima.persistence.{word}") for word in WORDS}
    basins, surface = found.basins, found.surface
    marks = [_mark(found, k, net, t) for k in np.flatnonzero(basins.counted)]
    chart = contour(surface, (), marks, words=words)
    rejected = t("minima.persistence.naive")
    chart.add_traces(borders(surface, basins.labels, found.overcounted, words={**words, "rejected": rejected}))
    top = _top(found)
    digest = hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
    return Board(
        [
            Picture("contour", "contour", chart, t("view.contour_label"), t("minima.persistence.map_note"), "large", PLANE),
            Picture("relief", "relief", relief(surface, (), marks, words=words), t("view.relief_label"), "", "large", PLANE),
            Picture("barcode", "plot", barcode(basins, top, words=words), t("minima.persistence.barcode")),
            Picture("diagram", "plot", persistence_diagram(basins, top, words=words), t("minima.persistence.diagram")),
            Picture("tree", "plot", merge_tree(basins, top, words=words), t("minima.persistence.tree")),
            Picture("survivors", "plot", survivors(basins, words=words), t("minima.persistence.survivors")),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=_facts(found, scene, t),
        shown=f"{digest} {found.finished}",
    )


def _mark(found: Counted, k: int, net: bool, t: Translator) -> Mark:
    basins, (j, i) = found.basins, found.basins.places[k]
    depth = "∞" if np.isinf(basins.depths[k]) else number(basins.depths[k])
    label = t("minima.persistence.mark", depth=depth, doubt=number(basins.doubts[k], 2))
    return Mark(float(found.surface.a[i]), float(found.surface.b[j]), float(basins.births[k]), "minimum", label, slice_only=net)


def _top(found: Counted) -> float:
    """Return the level up to which bars are drawn: somewhat above the last merging."""
    deaths = found.basins.deaths[np.isfinite(found.basins.deaths)]
    low, high = float(found.basins.births.min()), float(deaths.max()) if len(deaths) else float(np.nanmax(found.surface.values))
    return high + 0.1 * (high - low)


def _facts(found: Counted, scene: MinimaScene, t: Translator) -> list[Fact]:
    basins, counted = found.basins, found.basins.counted
    finite, known = np.isfinite(basins.depths), found.known
    facts = [_counted(found, t)]
    off = "" if known is None else t("minima.persistence.known", known=len(known))
    naive = len(found.naive)
    tone = "" if known is None else "good" if naive == len(known) else "warn"
    neighbors = scene.study.get("neighbors")
    facts.append(Fact(t("minima.persistence.grid"), str(naive), t("minima.persistence.grid_note", neighbors=neighbors) + off, tone))
    facts.append(
        Fact(
            t("minima.persistence.error"),
            f"± {number(found.amplitude)}",
            t("minima.persistence.error_note", between=number(float(np.median(found.error - found.amplitude)), 2)),
        )
    )
    if (counted & finite).any():
        shallowest = int(np.flatnonzero(counted & finite)[-1])
        value = f"{number(basins.depths[shallowest])} ± {number(basins.doubts[shallowest], 2)}"
        facts.append(Fact(t("minima.persistence.shallowest"), value, t("minima.persistence.shallowest_note")))
    if (~counted).any():
        note = t("minima.persistence.rejected_note", count=int((~counted).sum()))
        facts.append(Fact(t("minima.persistence.rejected"), number(float(basins.depths[~counted].max())), note))
    facts.append(Fact(t("minima.persistence.edge"), str(int((basins.at_edge & counted).sum())), t("minima.persistence.edge_note")))
    return facts


def _counted(found: Counted, t: Translator) -> Fact:
    note = t("minima.persistence.counted_note")
    if found.known is None:
        return Fact(t("minima.persistence.basins"), str(found.count), note)
    right = found.count == len(found.known)
    value = f"{'✓' if right else '✗'} {found.count}"
    note += t("minima.persistence.known", known=len(found.known))
    return Fact(t("minima.persistence.basins"), value, note, "good" if right else "warn")
