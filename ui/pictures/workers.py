"""The board of workers: their paths and that of their average, how far they drift, and what a round of communication is worth."""

from __future__ import annotations

import numpy as np

from figures.contour import contour
from figures.numbers import number
from figures.relief import relief
from figures.workers import drift_curves, round_curves
from landscape.descent.parallel import ParallelRun
from landscape.race.workers import SAME, rounds
from landscape.scene.teamed import Teamed
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Timeline
from ui.pictures.explored import digest
from ui.pictures.facts import risk_surface_fact
from ui.pictures.marks import LabelledPath, Mark
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

PLANE, STEP = frozenset({"plane", "step"}), frozenset({"step"})
WORDS = ("drift", "rounds")


def workers_board(found: Teamed, t: Translator) -> Board:
    """Return everything that is shown of the workers."""
    scene, team, surface = found.scene, found.team, found.surface
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS} | {word: t(f"race.workers.{word}") for word in WORDS}
    words |= {"a": "θ₁", "b": "θ₂"}
    paths, run = _paths(found, t), team.run
    first = run.mean.thetas[0]
    marks = [Mark(float(first[0]), float(first[1]), float(run.mean.losses[0]), "start")]
    labels = {local: t("race.workers.local", local=local) for local in team.others}
    drifts = {local: other.drift for local, other in team.others.items()}
    apart = drift_curves(drifts, {local: other.averaged for local, other in team.others.items()}, scene.local, labels, words=words)
    talked = round_curves({local: rounds(other) for local, other in team.others.items()}, scene.local, labels, words=words)
    return Board(
        [
            Picture("contour", "contour", contour(surface, paths, marks, words=words), t("view.contour_label"), size="large", links=PLANE),
            Picture("relief", "relief", relief(surface, paths, marks, words=words), t("view.relief_label"), size="large", links=PLANE),
            Picture("drift", "plot", apart, t("race.workers.drifting"), t("race.workers.drift_note"), links=STEP),
            Picture("rounds", "plot", talked, t("race.workers.by_rounds"), t("race.workers.rounds_note", steps=scene.worker_steps)),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=_facts(found, t),
        timeline=Timeline(digest(scene), len(run.mean) - 1, paths),
        shown=f"{digest(scene)} {found.finished}",
    )


def _paths(found: Teamed, t: Translator) -> list[LabelledPath]:
    """The workers' paths, and over them that of their average."""
    run, losses = found.team.run, found.team.losses
    each = [
        _path(f"rate {k + 1}", t("race.workers.worker", number=k + 1), run.workers[:, k], losses[:, k], run)
        for k in range(run.workers.shape[1])
    ]
    return [*each, _path("gd", t("race.workers.mean"), run.mean.thetas, run.mean.losses, run)]


def _path(look: str, label: str, thetas: np.ndarray, losses: np.ndarray, run: ParallelRun) -> LabelledPath:
    return LabelledPath(look, thetas[:, 0], thetas[:, 1], losses, np.zeros(len(thetas)), run.mean.status, run.mean.step, label=label)


def _facts(found: Teamed, t: Translator) -> list[Fact]:
    team, scene = found.team, found.scene
    drift = team.run.drift
    at = int(np.nanargmax(drift))
    count = int(rounds(team.run)[0][-1])
    return [
        Fact(t("race.workers.largest"), number(float(drift[at])), t("race.workers.largest_note", step=at)),
        Fact(t("race.workers.count"), str(count), t("race.workers.count_note", steps=len(team.run.mean) - 1, local=scene.local)),
        Fact(t("race.workers.final"), number(float(team.run.mean.losses[-1])), t("race.workers.final_note", seed=scene.seed)),
        _one_batch(found, t),
        risk_surface_fact(found.surface, t, dim=team.run.mean.thetas.shape[1], samples=found.samples),
    ]


def _one_batch(found: Teamed, t: Translator) -> Fact:
    """Whether workers with one local step are one large batch."""
    team, counts = found.team, {"samples": found.samples, "workers": found.scene.workers}
    label = t("race.workers.batch")
    if team.off_batch is None:
        return Fact(label, "…")
    off = number(team.off_batch)
    if not team.equal:
        return Fact(label, t("race.workers.not_same", off=off), t("race.workers.unequal", **counts))
    same = team.off_batch < SAME
    value = f"✓ {t('race.workers.same', off=off)}" if same else f"✗ {t('race.workers.not_same', off=off)}"
    return Fact(label, value, t("race.workers.batch_note", **counts), "good" if same else "warn")
