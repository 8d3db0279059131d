"""The board of a race: relief and map with every path, losses by what they cost, the rule with its numbers, and the table of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from figures import style
from figures.contour import contour
from figures.numbers import number
from figures.race import race_curves, rule_numbers
from figures.relief import relief
from landscape.curvature.critical import CriticalPoint
from landscape.descent.optimizers import optimizers
from landscape.descent.trajectory import AWAY
from landscape.sampling.surface import Surface
from landscape.scene.contest import Contest, Racer, Refused
from landscape.scene.fields import Group
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Table, TableRow, Timeline
from ui.pictures.explored import digest
from ui.pictures.marks import LabelledPath, marks_of, paths_of
from ui.pictures.rules import rule_of
from ui.pictures.words import words_of
from ui.words.translator import Translator

PLANE, STEP = frozenset({"plane", "step"}), frozenset({"step"})
# Steps that are drawn of a run that has left the window for good.
BEYOND = 1
# A run that ends so near a critical point is at it.
NEAR = 0.05
COLUMNS = ("lr", "steps", "evaluations", "final", "arrived", "status")


def contest_board(contest: Contest, t: Translator) -> Board:
    """Return everything that is shown of a race."""
    exploration, scene = contest.exploration, contest.scene
    words, paths = words_of(exploration, t), paths_of(exploration, t)
    ticked = [_ticked(path, racer) for path, racer in zip(paths, contest.racers, strict=True)]
    stepped = words | {word: t(f"race.word.{word}") for word in ("above", "early")}
    clocked = {**stepped, "step": t(f"race.tick.{scene.clock}")}
    surface, marks = exploration.surface, marks_of(exploration, "loss")
    drawn = [_in_sight(path, surface) for path in ticked]
    above = relief(surface, drawn, marks, words=clocked, log=scene.log)
    below = contour(surface, drawn, marks, words=clocked)
    ticks, row = max(len(path.losses) - 1 for path in ticked), t("race.run")
    floor = contest.lowest if contest.known else None
    by_clock, by_step = (race_curves(of, floor, contest.target, words=said) for of, said in ((ticked, clocked), (paths, stepped)))
    at = _ruler(contest)
    rule, frames = rule_numbers(rule_of(contest.racers[at], ticks, t))
    return Board(
        [
            Picture("contour", "contour", below, t("view.contour_label"), size="large", links=PLANE),
            Picture("relief", "relief", above, t("view.relief_label"), size="large", links=PLANE),
            Picture("by_clock", "plot", by_clock, t(f"race.losses.{scene.clock}"), links=STEP, row=row),
            *([Picture("by_step", "plot", by_step, t("race.losses.steps"), row=row)] if scene.clock != "steps" else []),
            Picture("rule", "film", rule, t("race.rule_of", name=paths[at].label), frames=frames, row=row),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS} | {"step": t(f"race.tick.{scene.clock}")},
        facts=_facts(contest, ticked, t),
        timeline=Timeline(_run_of(contest), ticks, ticked),
        table=_table(contest, ticked, t),
        shown=f"{digest(scene)} {len(surface.a)}",
        clickable=True,
    )


def _run_of(contest: Contest) -> str:
    """Return what tells one race from another, whatever is drawn of it."""
    still = dict(type(contest.scene)().part(Group.DRAWING))
    return digest(contest.scene, **still)


def _ruler(contest: Contest) -> int:
    """Return the place among the racers of the one whose rule is asked for, the first where that one does not race."""
    asked, refused = contest.scene.ruler, [stays.choice for stays in contest.refused]
    entered = [k for k, choice in enumerate(contest.scene.optimizers, 1) if choice not in refused]
    return entered.index(asked) if asked in entered else 0


def _in_sight(path: LabelledPath, surface: Surface) -> LabelledPath:
    """Return the path of a run that left for infinity up to where it has left the window for good: what follows would cover the pictures.
    Its losses are those of the whole run.
    """
    if path.status not in AWAY:
        return path
    inside = (path.a >= surface.a[0]) & (path.a <= surface.a[-1]) & (path.b >= surface.b[0]) & (path.b <= surface.b[-1])
    last = int(np.flatnonzero(inside)[-1]) if inside.any() else 0
    out = np.arange(len(path.a)) > last + BEYOND
    return replace(path, a=np.where(out, np.nan, path.a), b=np.where(out, np.nan, path.b))


def _ticked(path: LabelledPath, racer: Racer) -> LabelledPath:
    """Return the path as it stands at each tick of the clock."""
    at = racer.standing
    tests = None if path.test_losses is None else path.test_losses[at]
    first = int(np.searchsorted(at, path.step))
    return replace(path, a=path.a[at], b=path.b[at], losses=path.losses[at], distance=path.distance[at], step=first, test_losses=tests)


def _facts(contest: Contest, paths: Sequence[LabelledPath], t: Translator) -> list[Fact]:
    ends = np.array([racer.trajectory.losses[-1] for racer in contest.racers])
    facts = []
    if not np.isnan(ends).all():
        best = int(np.nanargmin(ends))
        facts.append(Fact(t("race.best"), number(float(ends[best])), paths[best].label, "good" if np.isfinite(ends[best]) else "warn"))
    arrived = [np.inf if racer.price is None else racer.price for racer in contest.racers]
    if np.isfinite(arrived).any():
        first = int(np.argmin(arrived))
        facts.append(
            Fact(t("race.first"), number(int(arrived[first])), t("race.first_note", name=paths[first].label, target=number(contest.target)))
        )
    facts += [_lost(path, racer, t) for path, racer in zip(paths, contest.racers, strict=True) if racer.trouble is not None]
    return facts + [_refused(refused, t) for refused in contest.refused]


def _lost(path: LabelledPath, racer: Racer, t: Translator) -> Fact:
    """Why a racer diverged: its learning rate beside the largest stable one where it left."""
    trouble, lr, last = racer.trouble, racer.choice.get("lr"), float(racer.trajectory.losses[-1])
    top = max(trouble.sharpness, trouble.at_start)
    if trouble.limit is not None and lr > trouble.limit:
        note = t("race.lost", lr=number(lr), limit=number(trouble.limit), sharpness=number(top))
    elif trouble.limit is not None:
        note = t("race.lost_onward", lr=number(lr), sharpness=number(top))
    elif optimizers[racer.choice.name].traits["order"] == 2 and np.isfinite(last):
        note = t("race.lost_uphill", loss=number(last))
    else:
        note = t("race.lost_own", lr=number(lr), sharpness=number(trouble.sharpness))
    return Fact(t("race.diverged", name=path.label), t("race.at_step", step=trouble.step), note, "warn")


def _refused(refused: Refused, t: Translator) -> Fact:
    return Fact(t(f"optimizers.{refused.choice.name}"), t("race.stays"), t.refusal(refused.error), "warn")


def _table(contest: Contest, paths: Sequence[LabelledPath], t: Translator) -> Table:
    columns = [(t(f"race.column.{name}"), t(f"race.column.{name}.info")) for name in COLUMNS]
    order = sorted(zip(contest.racers, paths, strict=True), key=lambda pair: _rank(pair[0]))
    note = t("race.note", budget=contest.scene.steps, clock=t(f"option.{contest.scene.clock}"), target=number(contest.target))
    return Table(t("race.results"), columns, [_row(racer, path, contest.exploration.critical, t) for racer, path in order], note)


def _rank(racer: Racer) -> tuple[float, float]:
    """The order of the results: who arrived first, then who ended lowest."""
    last = float(racer.trajectory.losses[-1])
    return (np.inf if racer.price is None else racer.price, last if np.isfinite(last) else np.inf)


def _ended(racer: Racer, critical: Sequence[CriticalPoint], t: Translator) -> tuple[str, str]:
    """How a run ended: at which kind of critical point, where those are known, or why it stopped."""
    run = racer.trajectory
    with np.errstate(over="ignore"):  # a run that left may be farther than a square can tell
        near = [point for point in critical if np.linalg.norm(point.theta - run.thetas[-1]) < NEAR]
    if near:
        return t(f"race.at.{near[0].kind}"), "good" if near[0].kind == "minimum" else "warn"
    if run.status == "completed":
        return t("race.status.completed"), ""
    return t(f"race.status.{run.status}", step=run.step), "warn"


def _row(racer: Racer, path: LabelledPath, critical: Sequence[CriticalPoint], t: Translator) -> TableRow:
    run, look = racer.trajectory, style.style_of(path.optimizer)
    spent = number(racer.evaluations)
    if racer.sweep is not None:
        spent = t("race.and_tuning", run=spent, tuning=racer.sweep.evaluations)
    arrived = ("–", "") if racer.arrived is None else (t("race.arrived", step=racer.arrived, evaluations=racer.price), "good")
    status = _ended(racer, critical, t)
    cells = [(number(racer.choice.get("lr")), ""), (number(len(run) - 1), ""), (spent, ""), (number(run.losses[-1]), ""), arrived, status]
    return TableRow(path.label, cells, look.color, look.dash)
