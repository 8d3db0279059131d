"""The board of basins: one map a method of what each start reaches, and the shares of the starts in a table."""

from __future__ import annotations

from collections.abc import Sequence

from figures.attraction import LEFT as LEFT_COLOR
from figures.attraction import UNSETTLED as UNSETTLED_COLOR
from figures.attraction import basin_map, colors_of
from figures.numbers import number
from landscape.objectives.functions import KnownPoint
from landscape.race.basins import LEFT, UNSETTLED
from landscape.scene.attraction import Attraction, Map
from ui.pictures.board import BOARD_WORDS, Board, Chip, Fact, Picture, Table, TableRow
from ui.pictures.explored import digest
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

# Minima in the legend, and critical points in the table, those with the largest shares.
MOST_CHIPS, MOST_ROWS = 6, 14
# The shares of all maps together below which a critical point is not worth a row.
LEAST = 1e-12
KINDS = ("minimum", "saddle", "maximum", "degenerate")


def attraction_board(found: Attraction, t: Translator) -> Board:
    """Return everything that is shown of the basins."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {"a": "x", "b": "y", "reaches": t("race.basins.reaches")}
    surface = found.surface
    window = ((surface.a[0], surface.a[-1]), (surface.b[0], surface.b[-1]))
    colors, row = colors_of(found.points, window), t("race.basins.row", function=t(f"functions.{found.scene.function.name}"))
    pictures = [
        Picture(
            f"basins{k}", "plot", basin_map(one.basins, found.points, colors, surface, words=words), _name(one, t), _note(one, t), row=row
        )
        for k, one in enumerate(found.maps)
    ]
    sides = " ".join(str(len(one.basins.a)) for one in found.maps)
    return Board(
        pictures,
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[*(_found(one, found.points, t) for one in found.maps), *_refused(found, t)],
        chips=_chips(found.points, colors, t),
        table=_table(found, colors, t),
        shown=f"{digest(found.scene)} {sides} {found.finished}",
    )


def _name(one: Map, t: Translator) -> str:
    return t(f"optimizers.{one.choice.name}")


def _note(one: Map, t: Translator) -> str:
    side = len(one.basins.a)
    said = t("race.basins.note", lr=number(one.choice.get("lr")), side=side)
    return said + t("race.basins.alone") if one.alone else said


def _label(k: int, point: KnownPoint, t: Translator) -> str:
    return f"{k + 1} · {t(f'figure.{point.kind}')} {_place(point)}"


def _place(point: KnownPoint) -> str:
    return f"({', '.join(number(float(x)) for x in point.theta)})"


def _chips(points: Sequence[KnownPoint], colors: Sequence[str], t: Translator) -> list[Chip]:
    minima = [k for k, point in enumerate(points) if point.kind == "minimum"]
    shown = minima if len(minima) <= MOST_CHIPS else []
    named = [Chip(f"{k + 1} · {t('figure.minimum')}", _place(points[k]), colors[k]) for k in shown]
    return [*named, Chip(t("race.basins.unsettled"), "", UNSETTLED_COLOR), Chip(t("race.basins.left"), "", LEFT_COLOR)]


def _found(one: Map, points: Sequence[KnownPoint], t: Translator) -> Fact:
    """How many of the starts are at a minimum at the end."""
    minima = [k for k, point in enumerate(points) if point.kind == "minimum"]
    share = sum(one.basins.share(k) for k in minima)
    coarser = None if one.coarser is None else sum(one.coarser.share(k) for k in minima)
    there = {points[k].kind for k in range(len(points)) if one.basins.share(k) > 0}
    note = t("race.basins.kinds", kinds=", ".join(t(f"figure.{kind}") for kind in KINDS if kind in there)) if there else ""
    doubt = None if coarser is None else abs(share - coarser)
    return Fact(t("race.basins.at_minima", name=_name(one, t)), _percent(share, doubt), note)


def _refused(found: Attraction, t: Translator) -> list[Fact]:
    return [Fact(t(f"optimizers.{one.choice.name}"), t("race.stays"), t.refusal(one.error), "warn") for one in found.refused]


def _table(found: Attraction, colors: Sequence[str], t: Translator) -> Table:
    columns = [(_name(one, t), t("race.basins.share_info")) for one in found.maps]
    total = {k: sum(one.basins.share(k) for one in found.maps) for k in range(len(found.points))}
    kept = sorted((k for k in total if total[k] > LEAST), key=lambda k: -total[k])
    shown = sorted(kept[:MOST_ROWS])
    rows = [TableRow(_label(k, found.points[k], t), [_cell(one, k) for one in found.maps], colors[k]) for k in shown]
    if len(kept) > MOST_ROWS:
        rest = kept[MOST_ROWS:]
        cells = [(_percent(sum(one.basins.share(k) for k in rest), None), "") for one in found.maps]
        rows.append(TableRow(t("race.basins.others", count=len(rest)), cells))
    rows += [
        TableRow(label, [_cell(one, code) for one in found.maps], color)
        for label, code, color in (
            (t("race.basins.unsettled"), UNSETTLED, UNSETTLED_COLOR),
            (t("race.basins.left"), LEFT, LEFT_COLOR),
        )
    ]
    return Table(t("race.basins.table"), columns, rows, t("race.basins.table_note", steps=found.scene.steps))


def _cell(one: Map, code: int) -> tuple[str, str]:
    return _percent(one.basins.share(code), one.doubt(code)), ""


def _percent(share: float, doubt: float | None) -> str:
    if share == 0 and not doubt:
        return "–"
    said = f"{100 * share:.1f}"
    return f"{said} %" if doubt is None else f"{said} ± {max(100 * doubt, 0.1):.1f} %"
