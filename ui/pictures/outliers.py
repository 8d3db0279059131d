"""The board of the outliers page: the data with every line, the landscape of one loss, and what each point does."""

from __future__ import annotations

import numpy as np

from figures.numbers import number, percent
from figures.relief import relief
from figures.robust import MOST_DRAWN, breaking, landscape, look_of, of_each_point, points_and_lines
from landscape.losses.own import OWN_LOSS
from landscape.scene.checks import Check, check_of
from landscape.scene.lines import Minimum, Outliers
from landscape.scene.outliers import HIGH_BREAKDOWN, OF_LOSS
from ui.pictures.board import BOARD_WORDS, Board, Chip, Fact, Picture
from ui.words.translator import Translator

SAMPLE, PLANE = frozenset({"sample"}), frozenset({"plane"})
# A line is bent that is off by more than a third of what least squares is off by, or by more than a quarter of the slope itself; that is
# said where least squares is off by more than a little.
BENT, QUARTER, SLIGHT = 1 / 3, 0.25, 0.02
# Local minima that a card has room for.
MOST_MINIMA = 3
# Words of the figures.
WORDS = ("local_minimum", "point", "outlier", "share", "bend")


def board_of(outliers: Outliers, t: Translator, *, dragging: bool = False) -> Board:
    """Return everything that is shown of `outliers`; while a hand drags, the large pictures alone, over those that are there."""
    words, lines = words_of(outliers, t), list(outliers.lines.values())
    pictures = [_data(outliers, words, t), *_maps(outliers, words, t)]
    return Board(
        pictures=pictures if dragging else [*pictures, *_panels(outliers, words, t)],
        words={word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=[] if dragging else _facts(outliers, words, t),
        chips=[Chip(words[line.name], _decimals(line.slope), look_of(line.name).color, look_of(line.name).dash) for line in lines],
        shown=f"{outliers.scene.to_query()} {outliers.finished} {dragging}",
        partial=dragging or outliers.surface is None,
    )


def words_of(outliers: Outliers, t: Translator) -> dict[str, str]:
    """Return the words of the figures."""
    names = {name: t(f"losses.{name}") for name in OF_LOSS} | {name: t(f"outliers.{name}") for name in (*HIGH_BREAKDOWN, OWN_LOSS)}
    height = t("outliers.intercept") if outliers.pivot == 0 else t("outliers.height", x=number(outliers.pivot))
    x, y = (str(t.phrase(name)) for name in outliers.points.names)
    own = {word: t(f"outliers.{word}") for word in WORDS}
    return {**names, **own, "a": t("outliers.slope"), "b": height, "loss": t("figure.loss"), "x": x, "y": y}


def _data(outliers: Outliers, words: dict[str, str], t: Translator) -> Picture:
    figure = points_and_lines(outliers.points, outliers.frame, list(outliers.lines.values()), words=words)
    count = len(outliers.points)
    note = t("outliers.hands") if count <= MOST_DRAWN else t("outliers.drawn", drawn=MOST_DRAWN, count=count)
    return Picture("points", "plot", figure, t("outliers.data_label"), note, size="large", links=SAMPLE)


def _maps(outliers: Outliers, words: dict[str, str], t: Translator) -> list[Picture]:
    if outliers.surface is None:
        return []
    loss = words[outliers.scene.shown]
    figure = landscape(outliers.surface, outliers.pivot, list(outliers.lines.values()), _others(outliers), words=words)
    return [Picture("landscape", "contour", figure, t("outliers.map_label", loss=loss), t("outliers.map_note", loss=loss), "large", PLANE)]


def _others(outliers: Outliers) -> list[Minimum]:
    """Return the minima of Tukey's loss that its line does not lie in."""
    line = outliers.lines.get("tukey")
    if line is None:
        return []
    there = line.slope, line.intercept
    return [minimum for minimum in outliers.minima if not np.allclose((minimum.slope, minimum.intercept), there, atol=1e-6)]


def _panels(outliers: Outliers, words: dict[str, str], t: Translator) -> list[Picture]:
    lines = [line for line in outliers.lines.values() if line.name in OF_LOSS]
    panels = []
    if lines:
        pulls, weights = [line.influence for line in lines], [line.weights for line in lines]
        figures = [
            of_each_point(outliers.points, lines, values, quantity=t(f"outliers.{name}"), words=words)
            for name, values in (("influence", pulls), ("weight", weights))
        ]
        panels = [
            Picture("influence", "plot", figures[0], t("outliers.influence_title"), t("outliers.influence_note"), links=SAMPLE),
            Picture("weights", "plot", figures[1], t("outliers.weights_title"), t("outliers.weights_note"), links=SAMPLE),
        ]
    if outliers.breakdowns:
        figure = breaking(outliers.breakdowns, words=words)
        panels.append(Picture("breakdown", "plot", figure, t("outliers.breakdown_title"), t("outliers.breakdown_note")))
    if outliers.surface is not None:
        panels.append(Picture("relief", "relief", relief(outliers.surface, words=words, log=True), t("outliers.relief_title"), links=PLANE))
    return panels


def _facts(outliers: Outliers, words: dict[str, str], t: Translator) -> list[Fact]:
    scene, points = outliers.scene, outliers.points
    if not outliers.lines:
        return []
    settings = {name: getattr(scene, name) for name in ("delta", "c", "q", "scale", "start")}
    check = check_of(np.stack([points.x, points.y], axis=1), settings)
    facts = [] if check is None else [_check(outliers, check, words, t)]
    facts += _verdict(outliers, words, t)
    if outliers.minima:
        facts.append(_minima(outliers, t))
    if np.isfinite(outliers.lines[scene.shown].influence).any():
        facts.append(_strongest(outliers, words, t))
    return [*facts, *_broken(outliers, words, t)]


def _verdict(outliers: Outliers, words: dict[str, str], t: Translator) -> list[Fact]:
    """Return which lines stay with the good points and which go with the others."""
    slope = outliers.points.good_slope()
    if slope is None:
        return []
    good = int(outliers.points.good.sum())
    facts = [Fact(t("outliers.good"), _decimals(slope), t("outliers.good_note", count=good))]
    bend = abs(outliers.lines["mse"].slope - slope)
    if bend <= SLIGHT * abs(slope):
        return facts
    lines = [line for line in outliers.lines.values() if line.name != "quantile"]  # which is no estimate of the same line
    most = min(BENT * bend, max(QUARTER * abs(slope), SLIGHT * bend))
    bent = [line.name for line in lines if abs(line.slope - slope) > most]
    held = [line.name for line in lines if line.name not in bent]
    lost = held and not set(held) & set(OF_LOSS)
    for key, names, tone in (("held", held, "good"), ("bent", bent, "warn")):
        note = ", ".join(words[name] for name in names) or t("outliers.none_of_them")
        note = t("outliers.lost", names=note) if lost and key == "held" else note
        note += " " + t("outliers.not_counted", name=words["quantile"]) if key == "bent" and "quantile" in outliers.lines else ""
        facts.append(Fact(t(f"outliers.{key}"), f"{len(names)}/{len(lines)}", note, tone, t("outliers.verdict_info")))
    return facts


def _minima(outliers: Outliers, t: Translator) -> Fact:
    """Return the local minima of Tukey's loss, the best first."""
    told = [t("outliers.minimum", slope=_decimals(m.slope), risk=number(m.risk)) for m in outliers.minima[:MOST_MINIMA]]
    ends = [_decimals(m.slope) for m in outliers.minima if m.from_least_squares]
    note = "; ".join(told) + (t("outliers.minima_more") if len(outliers.minima) > MOST_MINIMA else "")
    several = len(outliers.minima) > 1
    note += " " + t("outliers.from_squares", slope=ends[0]) if ends and several else ""
    return Fact(t("outliers.minima"), str(len(outliers.minima)), note, "warn" if several else "", t("outliers.minima_info"))


def _strongest(outliers: Outliers, words: dict[str, str], t: Translator) -> Fact:
    """Return the point that pulls the shown landscape's line most."""
    line, points = outliers.lines[outliers.scene.shown], outliers.points
    sizes = np.nan_to_num(np.abs(line.influence), nan=0.0, posinf=0.0)
    at = int(sizes.argmax())
    note = t("outliers.pulls", loss=words[line.name], x=number(points.x[at]), y=number(points.y[at]))
    return Fact(t("outliers.strongest"), number(float(line.influence[at])) if sizes[at] else "0", note, info=t("outliers.pull_info"))


def _broken(outliers: Outliers, words: dict[str, str], t: Translator) -> list[Fact]:
    """Return the share of bad points at which the first and the last line break."""
    points = {name: sweep.point for name, sweep in outliers.breakdowns.items() if np.isfinite(sweep.point) and name != "quantile"}
    if not points:
        return []
    note = ", ".join(f"{words[name]} {percent(share, 2)}" for name, share in sorted(points.items(), key=lambda item: -item[1])[:3])
    first, last = min(points.values()), max(points.values())
    return [Fact(t("outliers.breakdown_title"), f"{percent(first, 2)} – {percent(last, 2)}", note, info=t("outliers.breakdown_info"))]


def _check(outliers: Outliers, check: Check, words: dict[str, str], t: Translator) -> Fact:
    """Say whether the slopes are those that are known of these points."""
    right = all(abs(outliers.lines[name].slope - slope) < 0.5 * 10.0**-check.digits for name, slope in check.slopes.items())
    told = ", ".join(f"{words[name]} {_decimals(slope)}" for name, slope in check.slopes.items())
    return Fact(t("outliers.check"), "✓" if right else "✗", told, "good" if right else "warn", t("outliers.check_info"))


def _decimals(slope: float) -> str:
    """Write a slope with three decimals where they tell, for numbers that are compared with one another."""
    return f"{slope:.3f}" if 0.01 <= abs(slope) < 1000 or slope == 0 else number(slope)
