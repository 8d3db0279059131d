"""The board of the ways between minima: the plane of two networks with the line and the curve between them, and the loss along each."""

from __future__ import annotations

import hashlib

import numpy as np

from figures.contour import contour
from figures.numbers import number
from figures.relief import relief
from figures.ways import Way, losses_along
from landscape.minima.modes import KNOWN, PAIRS, Barriers, Joined
from landscape.scene.minima import MinimaScene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Timeline
from ui.pictures.marks import LabelledPath, Mark
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

# The largest change of a loss that is rounding.
SAME = 1e-12
PLANE, STEP = frozenset({"plane", "step"}), frozenset({"step"})


def board_of(joined: Joined, scene: MinimaScene, t: Translator) -> Board:
    """Return everything that is shown of the networks and the ways between them."""
    words, paths, marks, steps = _words(joined, t), _paths(joined, t), _marks(joined, t), _steps(joined)
    first = joined.connections[0]
    ways = [
        Way(t("minima.connection.straight"), "straight", first.straight),
        Way(t(f"minima.connection.{joined.kind}"), "curve", first.losses),
        Way(t("minima.connection.matched"), "matched", joined.matched.losses),
    ]
    farthest = max(float(distance.max()) for distance in joined.distances)
    off = t("minima.connection.off", distance=number(farthest)) if len(joined.thetas) > 2 else ""
    digest = hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
    return Board(
        [
            Picture("contour", "contour", contour(joined.surface, paths, marks, words=words), t("view.contour_label"), "", "large", PLANE),
            Picture("relief", "relief", relief(joined.surface, paths, marks, words=words), t("view.relief_label"), off, "large", PLANE),
            Picture("along", "plot", losses_along(ways, steps, words=words), t("minima.connection.along"), links=STEP),
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=_facts(joined, t),
        timeline=Timeline(digest, len(steps) - 1, paths, "t", steps),
        shown=f"{digest} {joined.finished}",
    )


def _words(joined: Joined, t: Translator) -> dict[str, str]:
    own = {word: t(f"minima.connection.{word}") for word in ("average", "barrier")}
    third = "to_third" if len(joined.thetas) > 2 else "to_bend"
    axes = {"a": t("minima.connection.to_second"), "b": t(f"minima.connection.{third}"), "t": "t", "end": t("minima.connection.network")}
    return {word: t(f"figure.{word}") for word in FIGURE_WORDS} | own | axes


def _steps(joined: Joined) -> list[str]:
    return [number(share, 2) for share in joined.connections[0].t]


def _paths(joined: Joined, t: Translator) -> list[LabelledPath]:
    """Return the straight line and the curve of every pair, as paths over t."""
    paths = []
    for k, (pair, connection) in enumerate(zip(joined.pairs, joined.connections, strict=True)):
        names = f" {pair[0] + 1}–{pair[1] + 1}" if len(joined.pairs) > 1 else ""
        turn = f" {k + 1}" if k else ""
        for look, places, losses, distance, label in (
            ("straight", joined.lines[k], connection.straight, np.zeros_like(connection.t), "straight"),
            ("curve", joined.curves[k], connection.losses, joined.distances[k], joined.kind),
        ):
            said = t(f"minima.connection.{label}") + names
            paths.append(LabelledPath(look + turn, *places, losses, distance, "completed", len(losses) - 1, label=said))
    return paths


def _marks(joined: Joined, t: Translator) -> list[Mark]:
    """Return the networks, and the mean of the weights of the first two."""
    networks = [
        Mark(float(a), float(b), float(loss), "end", t("minima.connection.numbered", number=k + 1))
        for k, (a, b, loss) in enumerate(zip(*joined.places, joined.losses, strict=True))
    ]
    a, b = joined.places[:, :2].mean(axis=1)
    return [*networks, Mark(float(a), float(b), joined.averages[0], "average")]


def _facts(joined: Joined, t: Translator) -> list[Fact]:
    first, barriers = joined.connections[0], joined.barriers
    own = {"straight": first.straight_barrier, "matched": joined.matched.barrier, "curve": first.barrier}
    facts = []
    for name, value in own.items():
        note = "" if barriers is None else _spread(getattr(barriers, name), t)
        said = t(f"minima.connection.{joined.kind if name == 'curve' else name}")
        facts.append(Fact(t("minima.connection.barrier_of", way=said), number(value), note, info=t("minima.connection.barrier_info")))
    apart, together = joined.averages
    facts.append(
        Fact(
            t("minima.connection.mean"),
            f"{number(apart, 2)} → {number(together, 2)}",
            t("minima.connection.average_note", ends=number(float(joined.losses[:2].mean()), 2)),
        )
    )
    changed = joined.changed if barriers is None else float(barriers.changed.max())
    facts.append(
        Fact(t("minima.connection.changed"), number(changed, 1), t("minima.connection.changed_note"), "good" if changed < SAME else "warn")
    )
    if barriers is not None and joined.width in KNOWN and joined.kind == "bezier" and len(first.nodes) == 3:
        facts.append(_check(joined.width, barriers, t))
    return facts


def _spread(values: np.ndarray, t: Translator) -> str:
    told = {"median": float(np.median(values)), "low": float(values.min()), "high": float(values.max())}
    return t("minima.connection.median", pairs=len(values), **{name: number(value, 2) for name, value in told.items()})


def _check(width: int, barriers: Barriers, t: Translator) -> Fact:
    """Say whether the medians are of the sizes that are known of this width."""
    right, known = barriers.agree(KNOWN[width]), KNOWN[width]
    value = " · ".join(number(median, 2) for median in barriers.medians)
    note = t("minima.connection.check_note", width=width, pairs=PAIRS, known=" · ".join(number(median, 3) for median in known))
    return Fact(
        t("minima.connection.check"),
        f"{'✓' if right else '✗'} {value}",
        note,
        "good" if right else "warn",
        t("minima.connection.check_info"),
    )
