"""The board of a comparison of losses: curves with their dials, and surfaces side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from figures import style
from figures.loss_maps import class_map, order_map, small_contour
from figures.loss_shapes import TRACES, change_of, loss_shapes
from figures.numbers import number
from figures.relief import relief
from landscape.losses.curves import AXES, MARGIN, PROBABILITY, RESIDUAL, LossCurve
from landscape.losses.own import OWN_LOSS
from landscape.scene.comparison import Comparison, Ground, dial_values, dialed, value_of
from landscape.scene.fields import Choice
from ui.pictures.board import BOARD_WORDS, Board, Dial, Frame, Line, Picture
from ui.pictures.loss_facts import facts_of
from ui.pictures.marks import Mark
from ui.pictures.property_table import property_table
from ui.pictures.words import FIGURE_WORDS
from ui.words.titles import capitalized
from ui.words.translator import Translator

AXIS, PLANE = frozenset({"axis"}), frozenset({"plane"})


@dataclass(frozen=True)
class LabelledCurve:
    """A loss's curve with its name for the reader."""

    name: str
    label: str
    curve: LossCurve


def board_of(comparison: Comparison, t: Translator) -> Board:
    """Return everything that is shown of `comparison`."""
    pictures = [picture for axis in AXES for picture in (*_curves(comparison, axis, t), *_maps(comparison, axis, t))]
    surfaces = _surfaces(comparison, t)
    measured = [(choice, comparison.properties[key]) for key, choice in comparison.scene.keyed()]
    return Board(
        [*pictures, *surfaces],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=facts_of(comparison, t),
        table=property_table(measured, surfaces[0].row if surfaces else "", t),
        lines=[_line(key, choice, comparison, t) for key, choice in comparison.scene.keyed()],
        shown=f"{comparison.scene.to_query()} {len(comparison.grounds)} {len(comparison.dials)}",
    )


def _curves(comparison: Comparison, axis: str, t: Translator) -> list[Picture]:
    """Return the pictures of every part of the losses of one axis, in their order."""
    keyed = comparison.scene.along(axis)
    if not keyed:
        return []
    lines = [LabelledCurve(choice.name, t(f"losses.{choice.name}"), comparison.curves[key]) for key, choice in keyed]
    usual = [comparison.usual[key] for key, _ in keyed]
    return [_curve(axis, part, lines, usual, t) for part in lines[0].curve.parts]


def _curve(axis: str, part: str, lines: Sequence[LabelledCurve], usual: Sequence[LossCurve], t: Translator) -> Picture:
    named = "pull" if part == "influence" and axis != RESIDUAL else part
    words = {"across": t(f"figure.{axis}"), "part": t(f"figure.{named}"), "delta": t("figure.delta")}
    note = t("figure.by_score") if axis == PROBABILITY and part != "value" else t(f"figure.{named}.note")
    figure, title = loss_shapes(lines, usual, part, words=words), capitalized(words["part"])
    return Picture(f"{axis}.{part}", "plot", figure, title, note, links=AXIS, row=t(f"figure.{axis}.row"))


def _maps(comparison: Comparison, axis: str, t: Translator) -> list[Picture]:
    """Return the maps of the losses of one axis over the predictions that are no single number."""
    words = _words(t) | {"a": "s₁ − s₃", "b": "s₂ − s₃", "class": t("figure.class")}
    draw, row = (class_map, "figure.classes.row") if axis == PROBABILITY else (order_map, "figure.documents.row")
    return [
        Picture(f"map.{key}", "plot", draw(comparison.maps[key], words=words), t(f"losses.{choice.name}"), row=t(row))
        for key, choice in comparison.scene.along(axis)
        if key in comparison.maps
    ]


def _line(key: str, choice: Choice, comparison: Comparison, t: Translator) -> Line:
    look = style.loss_style(choice.name)
    changes = {known.parameter.name: _changes(key, known.curves, comparison) for known in comparison.dials if known.key == key}
    dials = []
    for parameter in dialed(choice):
        now = value_of(choice, parameter)
        values, own = dial_values(parameter, now), choice.name == OWN_LOSS
        label = parameter.name if own else capitalized(t(f"losses.{choice.name}.{parameter.name}"))
        dials.append(Dial(f"{key}.{parameter.name}", label, values, values.index(now), changes.get(parameter.name, {})))
    return Line(t(f"losses.{choice.name}"), look.color, look.dash, dials)


def _changes(key: str, curves: Sequence[LossCurve], comparison: Comparison) -> Mapping[str, Sequence[Frame]]:
    """Return what a dial changes in each picture of its loss's axis."""
    axis = curves[0].axis
    place = TRACES * [other for other, _ in comparison.scene.along(axis)].index(key)
    return {f"{axis}.{part}": [_frame(curve, part, place) for curve in curves] for part in curves[0].parts}


def _frame(curve: LossCurve, part: str, place: int) -> Frame:
    line, arrows = change_of(curve, part)
    return {place: line, place + 1: arrows}


def _surfaces(comparison: Comparison, t: Translator) -> list[Picture]:
    """Return the reliefs and the contours over slope w and height b, side by side."""
    words = _words(t) | {"a": "w", "b": "b"}
    data = {RESIDUAL: t(f"datasets.{comparison.scene.data.name}"), MARGIN: t("curves.points")}
    found = []
    for axis in (RESIDUAL, MARGIN):
        grounds = [ground for ground in comparison.grounds if ground.axis == axis]
        row = t("curves.line_surfaces", data=data[axis]) if axis == RESIDUAL else t("curves.score_surfaces", data=data[axis])
        found += [_surface("relief", ground, words, row, t) for ground in grounds]
        found += [_surface("contour", ground, words, t("curves.contours", data=data[axis]), t) for ground in grounds]
    return found


def _surface(kind: str, ground: Ground, words: Mapping[str, str], row: str, t: Translator) -> Picture:
    a, b, value = ground.lowest
    marks, name = [Mark(a, b, value, "minimum")], ground.choice.name
    lowest = {"w": number(a, 4), "b": number(b, 4), "value": number(value)}
    note = t("curves.lowest_many", **lowest) if ground.flat else t("curves.lowest", **lowest)
    if kind == "contour":
        return Picture(
            f"contour.{name}", kind, small_contour(ground.surface, marks, words=words), t(f"losses.{name}"), note, links=PLANE, row=row
        )
    return Picture(f"relief.{name}", kind, relief(ground.surface, marks=marks, words=words), t(f"losses.{name}"), links=PLANE, row=row)


def _words(t: Translator) -> dict[str, str]:
    return {word: t(f"figure.{word}") for word in FIGURE_WORDS}
