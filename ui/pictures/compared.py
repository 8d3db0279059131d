"""The board of a comparison of losses: curves with their dials, and surfaces side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from figures import style
from figures.contour import contour
from figures.loss_shapes import TRACES, change_of, loss_shapes
from figures.relief import relief
from landscape.losses.curves import MARGIN, PARTS, RESIDUAL, LossCurve
from landscape.scene.comparison import AXES, Comparison, Ground, dial_values, dialed
from ui.pictures.board import BOARD_WORDS, Board, Dial, Frame, Line, Picture
from ui.pictures.marks import Mark
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
    pictures = [*_curves(comparison, t), *_surfaces(comparison, t)]
    return Board(
        pictures,
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        lines=[_line(key, comparison, t) for key, _ in _keyed(comparison)],
        shown=f"{comparison.scene.to_query()} {len(comparison.grounds)} {len(comparison.dials)}",
    )


def _keyed(comparison: Comparison) -> list:
    return comparison.scene.of("residual", "margin", "classes", "distribution", "ranking", "outputs")


def _curves(comparison: Comparison, t: Translator) -> list[Picture]:
    """Return for each axis the pictures of every part, with the losses in their order."""
    found = []
    for axis in AXES:
        keyed = comparison.scene.of(axis)
        lines = [LabelledCurve(choice.name, t(f"losses.{choice.name}"), comparison.curves[key]) for key, choice in keyed]
        usual = [comparison.usual[key] for key, _ in keyed]
        found += [_curve(axis, part, lines, usual, t) for part in PARTS if lines]
    return found


def _curve(axis: str, part: str, lines: Sequence[LabelledCurve], usual: Sequence[LossCurve], t: Translator) -> Picture:
    named = "pull" if (axis, part) == (MARGIN, "influence") else part
    words = {"across": t(f"figure.{axis}"), "part": t(f"figure.{named}"), "delta": t("figure.delta")}
    figure, row = loss_shapes(lines, usual, part, words=words), t("curves.residual") if axis == RESIDUAL else t("curves.margin")
    return Picture(f"{axis}.{part}", "plot", figure, capitalized(words["part"]), t(f"figure.{named}.note"), links=AXIS, row=row)


def _line(key: str, comparison: Comparison, t: Translator) -> Line:
    choice = dict(_keyed(comparison))[key]
    look = style.loss_style(choice.name)
    changes = {(known.key, known.parameter.name): _changes(known.key, known.curves, comparison) for known in comparison.dials}
    dials = []
    for parameter in dialed(choice):
        now = choice.get(parameter.name)
        values, label = dial_values(parameter, now), capitalized(t(f"losses.{choice.name}.{parameter.name}"))
        dials.append(Dial(f"{key}.{parameter.name}", label, values, values.index(now), changes.get((key, parameter.name), {})))
    return Line(t(f"losses.{choice.name}"), look.color, look.dash, dials)


def _changes(key: str, curves: Sequence[LossCurve], comparison: Comparison) -> Mapping[str, Sequence[Frame]]:
    """Return what a dial changes in each picture of its loss's axis."""
    axis = curves[0].axis
    place = TRACES * [other for other, _ in comparison.scene.of(axis)].index(key)
    return {f"{axis}.{part}": [_frame(curve, part, place) for curve in curves] for part in PARTS}


def _frame(curve: LossCurve, part: str, place: int) -> Frame:
    line, arrows = change_of(curve, part)
    return {place: line, place + 1: arrows}


def _surfaces(comparison: Comparison, t: Translator) -> list[Picture]:
    """Return the reliefs and the contours, side by side."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS}
    found = []
    for axis in AXES:
        grounds = [ground for ground in comparison.grounds if ground.axis == axis]
        names = {"a": t("figure.slope"), "b": t("figure.height") if axis == RESIDUAL else t("figure.bias")}
        found += [
            _surface(kind, ground, {**words, **names}, _row(kind, axis, comparison, t), t)
            for kind in ("relief", "contour")
            for ground in grounds
        ]
    return found


def _row(kind: str, axis: str, comparison: Comparison, t: Translator) -> str:
    data = t(f"datasets.{comparison.scene.data.name}") if axis == RESIDUAL else t("curves.points")
    return t("curves.reliefs", data=data) if kind == "relief" else t("curves.contours", data=data)


def _surface(kind: str, ground: Ground, words: Mapping[str, str], row: str, t: Translator) -> Picture:
    a, b, value = ground.lowest
    draw = relief if kind == "relief" else contour
    figure = draw(ground.surface, marks=[Mark(a, b, value, "minimum")], words=words)
    return Picture(f"{kind}.{ground.choice.name}", kind, figure, t(f"losses.{ground.choice.name}"), links=PLANE, row=row)
