"""The board of an opened result file: that of its exploration, with what the file tells of itself."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from functools import reduce

import numpy as np

from figures.numbers import number
from landscape.curvature.trace import Estimate
from landscape.files.result import KINDS, Recording
from landscape.scene.opened import sampled
from ui.pictures import explored
from ui.pictures.board import Board, Fact, Picture
from ui.pictures.facts import ENDS, facts_of, in_order, run_fact, surface_fact
from ui.session.result import OpenedResult
from ui.words.translator import Translator

# Programs whose version a recipe tells, in the order of the card; and how much of a version is shown.
PROGRAMS = ("torch", "numpy", "python")
LONGEST_VERSION = 24
# How much of a recipe is shown: one may be a megabyte.
LONGEST_RECIPE = 4000
# What Markdown would take for more than a sign: names in a file are anybody's.
PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def board_of(opened: OpenedResult, t: Translator, shows: str | None = None) -> Board:
    """Return everything that is shown of `opened`; relief and contour are its map of `shows`, else its first, if it has one."""
    maps = opened.exploration.maps
    shows = shows if shows in maps else next(iter(maps), "loss")
    said = {"step": t("result.checkpoint")} if opened.thinned else {}
    board = explored.board_of(opened.exploration, t, shows=shows, said=said)
    return replace(
        board,
        pictures=[_noted(picture, opened, t) for picture in board.pictures],
        facts=in_order(facts_of(opened.exploration, t, shows=shows) | _facts(opened, shows, t)),
        timeline=board.timeline and replace(board.timeline, run=opened.fingerprint),
        shown=f"{opened.fingerprint} {shows}",
        clickable=False,
    )


def _noted(picture: Picture, opened: OpenedResult, t: Translator) -> Picture:
    """Return the picture with what the file says of how its numbers were made."""
    if picture.key == "curves" and isinstance(opened.result.trajectory, Recording):
        return replace(picture, note=t("result.recorded_losses"))
    return replace(picture, note=_density_note(opened, t)) if picture.key == "density" else picture


def missing(opened: OpenedResult, t: Translator) -> str | None:
    """Return a sentence that says what cannot be drawn, and why; None where nothing is left out."""
    result = opened.result
    if not sampled(result):
        return t("result.no_surface")
    if not opened.exploration.maps:
        return t("result.thin_surface")
    if result.trajectory is not None and result.plane is None:
        return t("result.no_plane")
    return None


def warning_of(opened: OpenedResult, t: Translator) -> str | None:
    """Return in one line of Markdown what the self-check of the risk warned of; None where it did not, or the file holds no verdict."""
    verdict = opened.result.verdict
    if verdict is None or not verdict.warnings:
        return None
    return PUNCTUATION.sub(r"\\\g<0>", t("result.verdict", warnings=" ".join(str(t.phrase(said)) for said in verdict.warnings)))


def recipe_of(opened: OpenedResult) -> str:
    """Return what the recipe says was asked, as JSON, its end left out where it is long."""
    text = json.dumps(opened.result.recipe["asked"], ensure_ascii=False, indent=1, sort_keys=True)
    return text if len(text) <= LONGEST_RECIPE else text[:LONGEST_RECIPE] + " …"


def _facts(opened: OpenedResult, shows: str, t: Translator) -> dict[str, Fact]:
    """Return the cards that say what the whole file holds, of which less may be drawn, by what they are about."""
    result, maps = opened.result, opened.exploration.maps
    facts = {
        "run": result.trajectory and _run(opened, t),
        "sharpness": opened.exploration.spectrum and _sharpness(opened, t),
        "surface": surface_fact(opened.exploration, sampled(result)[shows], t, shows=shows) if shows in maps else None,
        "trace": result.trace and _trace(result.trace, t),
        "critical": _critical(opened, t) if result.critical else None,
        "parameters": _size(opened, t),
        "versions": _versions(result.recipe.get("versions"), t),
    }
    return {about: fact for about, fact in facts.items() if fact is not None}


def _run(opened: OpenedResult, t: Translator) -> Fact:
    trajectory = opened.result.trajectory
    if not isinstance(trajectory, Recording):
        return run_fact(t, trajectory)
    first, last = int(trajectory.steps[0]), int(trajectory.steps[-1])
    if trajectory.status == "completed":
        note, tone = t("result.recorded", count=len(trajectory), first=first, last=last), ""
    else:
        note, tone = t(ENDS[trajectory.status], step=int(trajectory.steps[trajectory.step])), "warn"
    return Fact(t("fact.final_loss"), number(trajectory.losses[-1]), note, tone)


def _trace(trace: Estimate, t: Translator) -> Fact:
    if not np.isfinite(trace.value):
        return Fact(t("result.trace"), number(trace.value), t("fact.no_curvature"))
    if np.isnan(trace.standard_error):
        return Fact(t("result.trace"), number(trace.value), t("result.one_probe"))
    if trace.standard_error == 0:
        return Fact(t("result.trace"), number(trace.value), t("result.exact"))
    return Fact(t("result.trace"), f"{number(trace.value)} ± {number(trace.standard_error, 2)}", t("result.standard_error"))


def _critical(opened: OpenedResult, t: Translator) -> Fact:
    """How many critical points of which kind there are, and how many of them the picture leaves out."""
    counts = Counter(point.kind for point in opened.result.critical)
    each = [t("result.kind", kind=t(f"figure.{kind}"), count=counts[kind]) for kind in KINDS if counts[kind]]
    kinds = reduce(lambda first, second: t("result.listed", first=first, second=second), each)
    left_out = len(opened.result.critical) - len(opened.exploration.critical)
    note = t("result.off_picture", kinds=kinds, count=left_out) if left_out else kinds
    return Fact(t("result.critical"), number(len(opened.result.critical)), note)


def _sharpness(opened: OpenedResult, t: Translator) -> Fact:
    shown = opened.exploration.spectrum
    note = t("result.residual", residual=number(shown.residuals[0]), count=len(opened.result.spectrum.eigenvalues))
    return Fact("λ max", number(shown.eigenvalues[0]), note)


def _size(opened: OpenedResult, t: Translator) -> Fact | None:
    """How many parameters there are; and samples, where the recipe tells."""
    dim, samples = opened.exploration.dim, opened.exploration.samples
    if dim is None:
        return None
    return Fact(t("result.parameters"), number(dim), t("result.samples", samples=number(samples)) if samples is not None else "")


def _versions(told: object, t: Translator) -> Fact | None:
    """Which programs wrote the file, and when where the recipe says so."""
    told = told if isinstance(told, dict) else {}
    versions = {name: text[:LONGEST_VERSION] for name, text in told.items() if isinstance(text, str)}
    if "landscape" not in versions:
        return None
    return Fact(
        t("result.saved_with"), versions["landscape"], ", ".join(f"{name} {versions[name]}" for name in PROGRAMS if name in versions)
    )


def _density_note(opened: OpenedResult, t: Translator) -> str:
    """Say what the density was made of, as far as the file knows, and what is known of its error."""
    found, asked = opened.result.density, opened.result.recipe["asked"].get("density")
    made = t("result.nodes", nodes=len(found.nodes))
    if isinstance(asked, list) and len(asked) == 2 and all(type(count) is int for count in asked):
        made = t("result.probes", probes=asked[0], steps=asked[1], nodes=len(found.nodes))
    if not np.isfinite(found.values).any():
        return t("result.sentences", first=made, second=t("fact.no_curvature"))
    known = np.isfinite(found.standard_error).all()
    error = "result.one_probe" if not known else "result.band" if found.standard_error.any() else "result.exact"
    return t("result.sentences", first=made, second=t(error))
