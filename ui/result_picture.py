"""Result picture: what the view shows of an opened result, in the visitor's language and in the reader's numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from figures.contour import contour
from figures.curves import loss_curves
from figures.distance import distance
from figures.relief import relief
from figures.spectrum import spectrum
from figures.style import figure
from landscape.files import Recording
from landscape.surface import Surface
from ui.i18n import Translator
from ui.numbers import number, percent
from ui.picture import LabelledPath, Mark, axis_names, digest, figure_words, labelled, largest_error, lowest, run_fact, start_of
from ui.result import Opened
from ui.view import VIEW_WORDS, Fact, Panel, Payload

# Programs whose version a recipe tells, in the order of the card; and how much of a version is shown.
PROGRAMS = ("torch", "numpy", "python")
LONGEST_VERSION = 24
# How much of a recipe is shown: one may be a megabyte.
LONGEST_RECIPE = 4000


def payload_of(opened: Opened, t: Translator) -> Payload:
    """Return everything the view shows of `opened`; the pictures are empty where the file has no surface."""
    paths = _paths(opened, t)
    placed = [path for path in paths if opened.plane is not None]
    words = _words(opened, t)
    view = {word: t(f"view.{word}") for word in VIEW_WORDS}
    log = opened.scene is not None and opened.scene.log
    on_surface = placed if not opened.own_plane else []
    return Payload(
        relief=figure([]) if opened.surface is None else relief(opened.surface, on_surface, _marks(opened), words=words, log=log),
        contour=figure([]) if opened.surface is None else contour(opened.surface, on_surface, _marks(opened), words=words),
        words=view | ({"step": words["step"]} if opened.thinned else {}),
        paths=paths,
        facts=_facts(opened, t),
        panels=_panels(opened, paths, placed, words, t),
        scene=opened.fingerprint if opened.surface is None else digest(opened.surface),
        run=opened.fingerprint,
    )


def missing(opened: Opened, t: Translator) -> str | None:
    """Return a sentence that says what cannot be drawn, and why; None where nothing is left out."""
    result = opened.result
    if result.surface is None:
        return t("result.no_surface")
    if opened.surface is None:
        return t("result.thin_surface")
    if result.trajectory is not None and result.plane is None:
        return t("result.no_plane")
    return None


def recipe_of(opened: Opened) -> str:
    """Return what the recipe says was asked, as JSON, its end left out where it is long."""
    text = json.dumps(opened.result.recipe["asked"], ensure_ascii=False, indent=1, sort_keys=True)
    return text if len(text) <= LONGEST_RECIPE else text[:LONGEST_RECIPE] + " …"


def _words(opened: Opened, t: Translator) -> dict[str, str]:
    names = (t("axis.random.a"), t("axis.random.b")) if opened.scene is None else axis_names(opened.scene, t)
    words = figure_words(t, *names)
    return words | ({"step": t("result.checkpoint")} if opened.thinned else {})


def _paths(opened: Opened, t: Translator) -> list[LabelledPath]:
    if opened.path is None:
        return []
    name = opened.path.optimizer
    return [labelled(opened.path, t(f"optimizers.{name}") if name else t("result.path"))]


def _marks(opened: Opened) -> list[Mark]:
    marks = [] if opened.path is None or opened.plane is None or opened.own_plane else [start_of(opened.path)]
    return [*marks, lowest(opened.surface)] if np.isfinite(opened.surface.values).any() else marks


def _facts(opened: Opened, t: Translator) -> list[Fact]:
    facts = []
    if opened.path is not None:
        facts.append(_run(opened, t))
    if opened.explained is not None:
        facts.append(_held(opened, t))
    if opened.surface is not None:
        facts.append(_exactness(opened.result.surface, t))
    if opened.spectrum is not None:
        facts.append(_sharpness(opened, t))
    facts.append(_size(opened, t))
    facts.append(_versions(opened.result.recipe.get("versions"), t))
    return [fact for fact in facts if fact is not None]


def _run(opened: Opened, t: Translator) -> Fact:
    trajectory = opened.result.trajectory
    if not isinstance(trajectory, Recording):
        return run_fact(t, trajectory)
    first, last = int(trajectory.steps[0]), int(trajectory.steps[-1])
    if trajectory.status == "completed":
        note, tone = t("result.recorded", count=len(trajectory), first=first, last=last), ""
    else:
        note, tone = t(f"fact.{trajectory.status}", step=int(trajectory.steps[trajectory.step])), "warn"
    return Fact(t("fact.final_loss"), number(trajectory.losses[-1]), note, tone)


def _held(opened: Opened, t: Translator) -> Fact:
    if opened.dim == 2:
        return Fact(t("fact.plane"), "100 %", t("fact.whole"), "good")
    note = t("result.variance") if opened.random_walk is None else t("fact.walk", walk=percent(opened.random_walk))
    return Fact(t("fact.plane"), percent(opened.explained), note)


def _exactness(surface: Surface, t: Translator) -> Fact:
    value = t("fact.exact") if surface.exact else largest_error(surface)
    grid = {"nx": len(surface.a), "ny": len(surface.b), "evaluations": surface.evaluations}
    return Fact(t("fact.surface"), value, t("result.points" if surface.exact else "result.estimated", **grid))


def _sharpness(opened: Opened, t: Translator) -> Fact:
    shown = opened.spectrum
    note = t("result.residual", residual=number(shown.residuals[0]), count=len(opened.result.spectrum.eigenvalues))
    return Fact("λ max", number(shown.eigenvalues[0]), note)


def _size(opened: Opened, t: Translator) -> Fact | None:
    """How many parameters there are; and samples, where the recipe tells."""
    told = opened.result.recipe["asked"].get("objective")
    told = told if isinstance(told, dict) else {}
    dim, samples = opened.dim or told.get("dim"), told.get("samples")
    if type(dim) is not int:
        return None
    return Fact(t("result.parameters"), number(dim), t("result.samples", samples=number(samples)) if type(samples) is int else "")


def _versions(told: object, t: Translator) -> Fact | None:
    """Which programs wrote the file, and when where the recipe says so."""
    told = told if isinstance(told, dict) else {}
    versions = {name: text[:LONGEST_VERSION] for name, text in told.items() if isinstance(text, str)}
    if "landscape" not in versions:
        return None
    return Fact(
        t("result.saved_with"), versions["landscape"], ", ".join(f"{name} {versions[name]}" for name in PROGRAMS if name in versions)
    )


def _panels(opened: Opened, paths: list[LabelledPath], placed: list[LabelledPath], words: Mapping[str, str], t: Translator) -> list[Panel]:
    panels = []
    if paths:
        note = t("result.recorded_losses") if isinstance(opened.result.trajectory, Recording) else ""
        panels.append(Panel("curves", t("panel.curves"), loss_curves(paths, words=words), note))
    if opened.spectrum is not None:
        panels.append(Panel("spectrum", t("panel.spectrum"), spectrum(opened.spectrum, words=words)))
    if placed and opened.dim != 2:
        panels.append(
            Panel("distance", t("panel.distance"), distance(placed, words=words), t("result.own_plane") if opened.own_plane else "")
        )
    return panels
