"""The board of the wells: a section with rolling balls and a shifted test curve, the relief, and what is known of both minima."""

from __future__ import annotations

import hashlib

import numpy as np

from figures.numbers import number
from figures.relief import relief
from figures.style import INK
from figures.wells import MODEL, TEST, laid_over, pit_section, places_by_step, section, twin_map
from landscape.curvature.trace import Estimate
from landscape.minima.quadratic import Quadratic
from landscape.minima.rescaled import Twin
from landscape.minima.wells import KNOWN_STEPS, PIT_RATE, PIT_STEPS, FlatAndSharp, Roll, Well
from landscape.scene.minima import MinimaScene
from ui.pictures.board import BOARD_WORDS, Board, Dial, Fact, Line, Picture, Table, TableRow, Timeline
from ui.pictures.marks import LabelledPath, Mark
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

STEP, PLANE = frozenset({"step"}), frozenset({"plane", "step"})
COLUMNS = ("sharpness", "trace", "weights", "weights_expected", "inputs", "inputs_expected")
# What scenes of this loss are known to show, to the digits given.
KNOWN_TRACE, KNOWN_PLATEAU = 200.02, 3.085


def board_of(found: FlatAndSharp, scene: MinimaScene, t: Translator) -> Board:
    """Return everything that is shown of the wells."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {"a": "x", "b": "y"}
    words |= {word: t(f"minima.wells.{word}") for word in ("quadratic", "trusted")}
    paths = [_path(k, roll, t) for k, roll in enumerate(found.rolls)]
    looks, labels = [path.optimizer for path in paths], [path.label for path in paths]
    model = next((well.model for well in found.wells if well.name == scene.study.get("model")), None)
    cut, rolling, shifted = section(found, looks, labels, model, words=words)
    digest = hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
    dial = Dial("shift", t("minima.wells.shift"), found.shifts, found.at, {"section": shifted})
    lines = [Line(words["train"], INK, "solid"), Line(words["test"], TEST, "2px,3px", [dial])]
    return Board(
        [
            Picture("section", "film", cut, t("minima.wells.section"), size="large", links=STEP, frames=rolling),
            Picture("relief", "relief", _relief(found, paths, model, words, t), t("view.relief_label"), "", "large", PLANE),
            Picture("places", "plot", places_by_step(found, looks, labels, words=words), t("minima.wells.places"), links=STEP),
            Picture("twins", "plot", _twins(found, words), t("minima.wells.twins"), t("minima.wells.twins_note")),
            Picture("pits", "plot", pit_section(found.pits, words=words), t("minima.wells.pits"), t("minima.wells.pits_note")),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=_facts(found, scene, t),
        timeline=Timeline(digest, len(found.rolls[0].xs) - 1, paths),
        lines=lines if model is None else [*lines, Line(words["quadratic"], MODEL, "6px,4px")],
        table=_brittleness(found, scene, t),
        shown=f"{digest} {found.finished}",
    )


def _relief(found: FlatAndSharp, paths: list[LabelledPath], model: Quadratic | None, words: dict[str, str], t: Translator) -> object:
    marks = [Mark(well.x, 0.0, well.value, "minimum", f"λ = {number(well.sharpness)}") for well in found.wells]
    figure = relief(found.surface, paths[:1], marks, words=words)
    if model is not None:
        laid_over(figure, model, words["quadratic"])
    return figure


def _twins(found: FlatAndSharp, words: dict[str, str]) -> object:
    marks = [Mark(*map(float, twin.theta), twin.value, "minimum", f"tr H = {number(twin.trace, 5)}") for twin in found.twins]
    return twin_map(found.valley, marks, words=words)


def _path(k: int, roll: Roll, t: Translator) -> LabelledPath:
    zeros = np.zeros_like(roll.xs)
    status = "diverged" if roll.end == "diverges" else "completed"
    look, label = f"rate {k}" if k else "gd", t(f"minima.wells.{roll.end}", rate=number(roll.lr))
    return LabelledPath(look, roll.xs, zeros, roll.losses, zeros, status, len(roll.xs) - 1, lr=roll.lr, label=label)


def _facts(found: FlatAndSharp, scene: MinimaScene, t: Translator) -> list[Fact]:
    steps = {roll.lr: roll.last_right for roll in found.rolls}
    known = {rate: steps.get(rate) for rate in KNOWN_STEPS}
    right = known == KNOWN_STEPS
    shift = found.shifts[found.at]
    expected = [well.sharpness * shift**2 / 2 for well in found.wells]
    rises = found.rises[found.at]
    balanced, other = found.twins
    end = float(found.pits.xs[-1])
    return [
        *(_minimum(well, t) for well in found.wells),
        _checked(
            t("minima.wells.crossings"), ", ".join(str(step) for step in known.values()), right,
            t("minima.wells.crossings_note", rates=", ".join(map(number, known)), known=", ".join(map(str, KNOWN_STEPS.values()))),
        ),
        _checked(
            t("minima.wells.rise", shift=number(shift)), " | ".join(number(rise, 4) for rise in rises),
            bool(np.allclose(rises, expected, rtol=0.02, atol=1e-9)),
            t("minima.wells.rise_note", expected=" | ".join(number(rise, 4) for rise in expected)),
        ),
        Fact(t("minima.wells.radius"), " | ".join(number(well.model.radius) for well in found.wells), t("minima.wells.radius_note")),
        _checked(
            t("minima.wells.twin_trace"), f"{number(balanced.trace, 5)} → {number(other.trace, 5)}",
            bool(np.array_equal(balanced.outputs, other.outputs)) and abs(other.trace - _trace(other)) < 1e-9 * other.trace,
            t("minima.wells.twin_trace_note", place=_place(other), expected=number(_trace(other), 5)),
        ),
        _checked(
            t("minima.wells.plateau"), f"x = {number(end, 4)}", abs(end - KNOWN_PLATEAU) < 5e-4,
            t("minima.wells.plateau_note", rate=number(PIT_RATE), steps=PIT_STEPS, slope=number(found.pits.slope, 2)),
        ),
    ]  # fmt: skip


def _trace(twin: Twin) -> float:
    """The closed form."""
    return 2 * (twin.factor**2 + twin.factor**-2)


def _place(twin: Twin) -> str:
    return f"({', '.join(number(weight) for weight in twin.theta)})"


def _minimum(well: Well, t: Translator) -> Fact:
    value = f"λ = {number(well.sharpness)}, 2/λ = {number(well.limit)}"
    return Fact(t(f"minima.wells.{well.name}"), value, t("minima.wells.at", x=number(well.x), value=number(abs(well.value))))


def _checked(label: str, value: str, holds: bool, note: str) -> Fact:
    return Fact(label, f"{'✓' if holds else '✗'} {value}", note, "good" if holds else "warn")


def _brittleness(found: FlatAndSharp, scene: MinimaScene, t: Translator) -> Table:
    """Return how much noise of the weights and of the data costs, measured and by the trace, for both minima and for both twins."""
    noise = float(scene.study.get("noise"))
    rows = [TableRow(t(f"minima.wells.{well.name}"), _cells(well, well.sharpness * noise**2 / 2, noise)) for well in found.wells] + [
        TableRow(f"y = w₁w₂x, {_place(twin)}", _cells(twin, noise**2, noise)) for twin in found.twins
    ]
    columns = [(t(f"minima.wells.column.{column}"), t(f"minima.wells.column.{column}_info")) for column in COLUMNS]
    return Table(t("minima.wells.brittleness", noise=number(noise)), columns, rows, t("minima.wells.brittleness_note"))


def _cells(minimum: Well | Twin, by_inputs: float, noise: float) -> list[tuple[str, str]]:
    return [
        (number(minimum.sharpness, 5), ""),
        (number(minimum.trace, 5), ""),
        (_with_error(minimum.under_weights), ""),
        (number(minimum.trace * noise**2 / 2), ""),
        (_with_error(minimum.under_inputs), ""),
        (number(by_inputs), ""),
    ]


def _with_error(estimate: Estimate) -> str:
    return f"{number(estimate.value)} ± {number(estimate.standard_error, 2)}"
