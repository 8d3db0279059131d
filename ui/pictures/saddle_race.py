"""The board of a race past a saddle: relief and map with every critical point, who stays there for how long, and what is known of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np

from figures.contour import contour
from figures.escape import departures, escape_times, plateaus
from figures.numbers import number
from figures.relief import relief
from figures.style import style_of
from landscape.curvature.critical import CriticalPoint
from landscape.plane import Plane
from landscape.saddles.escape import MOST_STEPS, RUNS, Escape
from landscape.saddles.textbook import Check
from landscape.scene.path import Path
from landscape.scene.saddle_race import SaddleRace
from landscape.scene.saddles import SaddlesScene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Table, TableRow, Timeline
from ui.pictures.marks import LabelledPath, Mark, critical_mark
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

PLANE, STEP = frozenset({"plane", "step"}), frozenset({"step"})
WORDS = ("beside", "left_here", "off_ridge", "steps_to_leave", "theory")
# Racers with the look of another: noise is what SGD has of its batches, and a moved start is a second run of gradient descent.
LOOKS = {"perturbed_gd": "sgd", "perturbed_start": "gd 2"}
# Where SGD races itself, noise has its own look.
SAMPLED_LOOKS = {"perturbed_start": "gd 2"}
KINDS = ("minimum", "saddle", "maximum", "degenerate")
# The start beside the saddle that the cards tell of, and how near theory is to be to what was measured.
BESIDE_BY, AGREES = 1e-6, 0.05
WHOLE = Plane(np.zeros(2), *np.eye(2))


def race_board(found: SaddleRace, t: Translator) -> Board:
    """Return everything that is shown of the race."""
    words, paths, marks = _words(found, t), _paths(found, t), _marks(found)
    above = relief(found.surface, paths, marks, words=words)
    below = contour(found.surface, paths, marks, words=words, field=found.field)
    note = "" if found.field is None else t(f"saddles.field_note.{found.scene.field}")
    return Board(
        [
            Picture("relief", "relief", above, t("view.relief_label"), size="large", links=PLANE),
            Picture("contour", "contour", below, t("view.contour_label"), note, size="large", links=PLANE),
            *_panels(found, paths, words, t),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[*_counts(found, t), *_batches(found, t), *_checks(found.checks, t)],
        timeline=Timeline(_digest(replace(found.scene, field="none", window=None)), max(len(path.losses) for path in paths) - 1, paths),
        shown=_digest(found.scene),
        clickable=True,
        table=_table(found, paths, t),
    )


def _digest(scene: SaddlesScene) -> str:
    return hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]


def _words(found: SaddleRace, t: Translator) -> dict[str, str]:
    own = {word: t(f"saddles.word.{word}") for word in WORDS}
    axes = ("w₁", "w₂") if found.scene.sampled else ("x", "y")
    return {word: t(f"figure.{word}") for word in FIGURE_WORDS} | own | dict(zip("ab", axes, strict=True))


def _paths(found: SaddleRace, t: Translator) -> list[LabelledPath]:
    return [_labelled(path, _looks(found), t) for path in found.paths]


def _looks(found: SaddleRace) -> Mapping[str, str]:
    return SAMPLED_LOOKS if found.scene.sampled else LOOKS


def _labelled(path: Path, looks: Mapping[str, str], t: Translator) -> LabelledPath:
    known = {field.name: getattr(path, field.name) for field in fields(Path)}
    return LabelledPath(**known | {"optimizer": looks.get(path.optimizer, path.optimizer)}, label=t(f"saddles.racer.{path.optimizer}"))


def _marks(found: SaddleRace) -> list[Mark]:
    first = found.runs[0]
    start = Mark(float(first.thetas[0, 0]), float(first.thetas[0, 1]), float(first.losses[0]), "start")
    return [start, *(critical_mark(point, WHOLE) for point in found.critical)]


def _panels(found: SaddleRace, paths: list[LabelledPath], words: Mapping[str, str], t: Translator) -> list[Picture]:
    panels = []
    if found.departures:
        figure = departures(paths, found.departures, found.radius, words=words)
        panels.append(Picture("departures", "plot", figure, t("saddles.departures"), t("saddles.departures_note"), links=STEP))
    if found.escapes:
        looks = [_looks(found).get(escape.method, escape.method) for escape in found.escapes]
        figure = escape_times(found.escapes, looks, [t(f"saddles.racer.{escape.method}") for escape in found.escapes], words=words)
        runs = max(escape.runs for escape in found.escapes)
        note = t("saddles.escape_note", runs=runs, radius=number(found.radius))
        panels.append(Picture("escape", "plot", figure, t("saddles.escape"), note))
    panels.append(Picture("curves", "plot", plateaus(paths, words=words), t("saddles.plateaus"), t("saddles.plateaus_note"), links=STEP))
    return panels


def _counts(found: SaddleRace, t: Translator) -> list[Fact]:
    """How many critical points there are of each kind, and on the textbook saddle their eigenvalues."""
    if not found.critical:
        return [Fact(t("saddles.critical"), "0" if found.finished else "…")]
    if found.scene.sampled:
        saddle = found.critical[-1]
        told = t("saddles.line_points", slope=number(float(found.critical[0].theta.prod())), spectrum=_place(saddle.eigenvalues))
        return [Fact(t("saddles.critical"), t("saddles.line_count"), told, info=t("saddles.line_info"))]
    counts = Counter(point.kind for point in found.critical)
    told = " · ".join(t(f"saddles.kind.{kind}", count=counts[kind]) for kind in KINDS if counts[kind])
    value, tone = str(len(found.critical)), ""
    for check in found.checks:
        if check.name == "eigenvalues":
            value, tone = f"{_tick(check)} {value}", _tone(check)
            told += t("saddles.spectra", saddle=_place(check.found[:2]), minimum=_place(check.found[2:4]))
    return [Fact(t("saddles.critical"), value, told, tone, t("saddles.critical_info"))]


def _batches(found: SaddleRace, t: Translator) -> list[Fact]:
    """Where there are samples: how long stochastic gradient descent stays beside the saddle, and gradient descent without batches."""
    known = {escape.method: escape for escape in found.escapes}
    if "sgd" not in known:
        return []
    sgd, gd, noisy = known["sgd"], known["gd"], known.get("perturbed_gd")
    at = int(np.argmin(np.abs(np.log(gd.distances / BESIDE_BY))))
    close = abs(float(sgd.steps[at]) - float(sgd.theory[at])) <= AGREES * float(sgd.theory[at])
    range_ = f"{number(float(sgd.low[at]))}–{number(float(sgd.high[at]))}"
    told = t("saddles.sgd_note", gd=f"{gd.theory[at]:.1f}", sgd=f"{sgd.theory[at]:.1f}", runs=sgd.runs, quartiles=range_)
    value = f"{'✓' if close else '✗'} {_median(gd, at)} · {_median(sgd, at)}"
    label = t("saddles.sgd_leaves", distance=number(float(gd.distances[at]), 1))
    facts = [Fact(label, value, told, "good" if close else "warn", t("saddles.sgd_info"))]
    if noisy is not None:
        told = t("saddles.noise_note", theory=f"{noisy.theory[at]:.1f}", runs=noisy.runs)
        facts.append(Fact(t("saddles.noise_leaves"), _median(noisy, at), told, info=t("saddles.noise_info")))
    return facts


def _median(escape: Escape, at: int) -> str:
    return f"> {MOST_STEPS}" if np.isnan(escape.steps[at]) else number(float(escape.steps[at]))


def _table(found: SaddleRace, paths: list[LabelledPath], t: Translator) -> Table | None:
    """Who ends where, and when it has left the saddle."""
    if not found.ends:
        return None
    columns = [(t(f"saddles.column.{name}"), t(f"saddles.column.{name}_info")) for name in ("end", "kind", "loss", "left")]
    rows = []
    for path, run, end, stay in zip(paths, found.runs, found.ends, found.stays, strict=True):
        look = style_of(path.optimizer)
        cells = [(_place(run.thetas[-1]), ""), _kind(end, run.status, found.scene, t), (number(float(run.losses[-1])), "")]
        if stay is None:
            left = "–", ""
        else:
            left = (t("saddles.never"), "warn") if stay.left is None else (str(stay.left), "good")
        rows.append(TableRow(path.label, [*cells, left], look.color, look.dash))
    return Table(t("saddles.table"), columns, rows, t("saddles.table_note"))


def _kind(end: CriticalPoint | None, status: str, scene: SaddlesScene, t: Translator) -> tuple[str, str]:
    if end is None:
        return (t(f"saddles.away.{status}"), "warn") if status != "completed" else (t("saddles.under_way"), "")
    if scene.sampled and end.kind == "degenerate":
        return t("saddles.of_valley"), "good"
    return t(f"figure.{end.kind}"), {"minimum": "good"}.get(end.kind, "warn")


def _place(theta: Sequence[float]) -> str:
    return f"({', '.join(number(_rounded(value)) for value in theta)})"


def _rounded(value: float) -> float:
    """Return the coordinate without what a run is still off by."""
    return 0.0 if abs(value) < 1e-4 else float(value)


def _checks(checks: Sequence[Check], t: Translator) -> list[Fact]:
    """Return the numbers of the textbook saddle, each with a tick where it came out."""
    if not checks:
        return []
    named = {check.name: check for check in checks}
    theory = {name: f"{check.theory:.1f}" for name, check in named.items() if check.theory is not None}
    noisy, newton = named["perturbed_gd"], named["newton"]
    runs = {"runs": RUNS, "tolerance": number(noisy.tolerance), "theory": theory["perturbed_gd"]}
    places = ", ".join(number(_rounded(value), 2) for value in newton.found)
    edge, free = number(named["basin"].found[0], 4), named["saddle_free_newton"]
    said = {
        "held": (("held",), _place(named["held"].found[:2]), {}),
        "leaves": (("gd", "momentum"), f"{number(named['gd'].found[0])} · {number(named['momentum'].found[0])}", {
            "gd": theory["gd"], "momentum": theory["momentum"]}),
        "noisy": (("perturbed_gd",), number(noisy.found[0]), runs),
        "newton": (("newton", "basin"), t("saddles.check.newton.value", count=len(newton.found) - 1), {"places": places, "edge": edge}),
        "free": (("saddle_free_newton",), _place(free.found[:2]), {"value": number(free.found[2])}),
    }  # fmt: skip
    facts = []
    for key, (names, value, told) in said.items():
        of = [named[name] for name in names]
        facts.append(Fact(t(f"saddles.check.{key}"), f"{_tick(*of)} {value}", t(f"saddles.check.{key}.note", **told), _tone(*of)))
    return facts


def _tick(*checks: Check) -> str:
    return "✓" if all(check.holds for check in checks) else "✗"


def _tone(*checks: Check) -> str:
    return "good" if all(check.holds for check in checks) else "warn"
