"""Result picture: what the view shows of an opened result, in the visitor's language and in the reader's numbers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import reduce

import numpy as np

from figures.contour import contour
from figures.curves import loss_curves
from figures.density import density
from figures.distance import distance
from figures.numbers import number, percent
from figures.relief import relief
from figures.spectrum import spectrum
from landscape.curvature.trace import Estimate
from landscape.files.result import KINDS, Recording
from landscape.sampling.quantities import CURVATURE
from landscape.sampling.surface import Surface
from ui.controls.result import Opened, sampled
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture
from ui.pictures.explored import (
    ENDS,
    STEP,
    LabelledPath,
    Mark,
    axis_names,
    figure_words,
    held_fact,
    labelled,
    landscape,
    largest_error,
    lowest,
    mark_of,
    run_fact,
    start_of,
    timeline,
)
from ui.words.translator import Translator

# What stands at the relief's height in place of a long name.
SYMBOLS = {"smallest_eigenvalue.short": "λ min", "largest_eigenvalue.short": "λ max"}
# Programs whose version a recipe tells, in the order of the card; and how much of a version is shown.
PROGRAMS = ("torch", "numpy", "python")
LONGEST_VERSION = 24
# How much of a recipe is shown: one may be a megabyte.
LONGEST_RECIPE = 4000


def board_of(opened: Opened, t: Translator, shows: str | None = None) -> Board:
    """Return everything the view shows of `opened`; relief and contour are its map of `shows`, else its first, if it has one."""
    shows = shows if shows in opened.maps else next(iter(opened.maps), "loss")
    paths = _paths(opened, t)
    placed = [path for path in paths if opened.plane is not None]
    words = _words(opened, t)
    maps = _maps(opened, shows, placed if not opened.own_plane else [], words, t) if shows in opened.maps else []
    return Board(
        pictures=[*maps, *_panels(opened, paths, placed, words, t)],
        words=_view_words(opened, words, t),
        facts=_facts(opened, shows, t),
        timeline=timeline(opened.fingerprint, paths) if paths else None,
        shown=f"{opened.fingerprint} {shows}",
    )


def _maps(opened: Opened, shows: str, paths: list[LabelledPath], words: Mapping[str, str], t: Translator) -> list[Picture]:
    """Return relief and contour; a path and the marks have their height in the relief of the loss alone, and none in another."""
    surface, marks = opened.maps[shows], _marks(opened, shows)
    below = contour(surface, paths, marks, words=words, shows=shows)
    if shows != "loss":
        above, of = relief(surface, words=words, log=_log(opened), shows=shows), t(f"figure.{shows}")
        return landscape(above, below, t("result.relief_label", of=of), t("result.contour_label", of=of))
    above = relief(surface, paths, marks, words=words, log=_log(opened))
    return landscape(above, below, t("view.relief_label"), t("view.contour_label"))


def _log(opened: Opened) -> bool:
    return opened.scene is not None and opened.scene.log


def _view_words(opened: Opened, words: Mapping[str, str], t: Translator) -> dict[str, str]:
    return {word: t(f"view.{word}") for word in BOARD_WORDS} | ({"step": words["step"]} if opened.thinned else {})


def missing(opened: Opened, t: Translator) -> str | None:
    """Return a sentence that says what cannot be drawn, and why; None where nothing is left out."""
    result = opened.result
    if not sampled(result):
        return t("result.no_surface")
    if not opened.maps:
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
    words = figure_words(t, *names) | SYMBOLS
    return words | ({"step": t("result.checkpoint")} if opened.thinned else {})


def _paths(opened: Opened, t: Translator) -> list[LabelledPath]:
    if opened.path is None:
        return []
    name = opened.path.optimizer
    return [labelled(opened.path, t(f"optimizers.{name}") if name else t("result.path"))]


def _marks(opened: Opened, shows: str) -> list[Mark]:
    marks = [] if opened.path is None or opened.plane is None or opened.own_plane else [start_of(opened.path)]
    marks += [mark_of(critical, opened.result.plane) for critical in opened.critical]
    surface = opened.maps[shows]
    return [*marks, lowest(surface)] if shows == "loss" and np.isfinite(surface.values).any() else marks


def _facts(opened: Opened, shows: str, t: Translator) -> list[Fact]:
    facts = []
    if opened.path is not None:
        facts.append(_run(opened, t))
    if opened.explained is not None:
        facts.append(_held(opened, t))
    if shows in opened.maps:
        facts.append((_residual if shows in CURVATURE else _exactness)(sampled(opened.result)[shows], t))
    if opened.spectrum is not None:
        facts.append(_sharpness(opened, t))
    if opened.result.trace is not None:
        facts.append(_trace(opened.result.trace, t))
    if opened.result.critical:
        facts.append(_critical(opened, t))
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
        note, tone = t(ENDS[trajectory.status], step=int(trajectory.steps[trajectory.step])), "warn"
    return Fact(t("fact.final_loss"), number(trajectory.losses[-1]), note, tone)


def _held(opened: Opened, t: Translator) -> Fact:
    if opened.dim == 2:
        return Fact(t("fact.plane"), "100 %", t("fact.whole"), "good")
    if opened.random_walk is None:
        return Fact(t("fact.plane"), percent(opened.explained), t("result.variance"))
    return held_fact(t, opened.explained, opened.random_walk)


def _exactness(surface: Surface, t: Translator) -> Fact:
    value = t("fact.exact") if surface.exact else largest_error(surface)
    grid = {"nx": len(surface.a), "ny": len(surface.b), "evaluations": surface.evaluations}
    return Fact(t("fact.surface"), value, t("result.points" if surface.exact else "result.estimated", **grid))


def _residual(surface: Surface, t: Translator) -> Fact:
    """The largest residual of a map of eigenvalues, and at how many of its points there is an eigenvalue."""
    known = surface.error[np.isfinite(surface.error)]
    value = f"≤ {number(float(known.max()))}" if known.any() else t("fact.exact") if known.size else "…"
    grid = {"nx": len(surface.a), "ny": len(surface.b), "found": int(np.isfinite(surface.values).sum())}
    return Fact(t("fact.surface"), value, t("result.residuals", **grid))


def _trace(trace: Estimate, t: Translator) -> Fact:
    if not np.isfinite(trace.value):
        return Fact(t("result.trace"), number(trace.value), t("fact.no_curvature"))
    if np.isnan(trace.standard_error):
        return Fact(t("result.trace"), number(trace.value), t("result.one_probe"))
    if trace.standard_error == 0:
        return Fact(t("result.trace"), number(trace.value), t("result.exact"))
    return Fact(t("result.trace"), f"{number(trace.value)} ± {number(trace.standard_error, 2)}", t("result.standard_error"))


def _critical(opened: Opened, t: Translator) -> Fact:
    """How many critical points of which kind there are, and how many of them the picture leaves out."""
    counts = Counter(point.kind for point in opened.result.critical)
    each = [t("result.kind", kind=t(f"figure.{kind}"), count=counts[kind]) for kind in KINDS if counts[kind]]
    kinds = reduce(lambda first, second: t("result.listed", first=first, second=second), each)
    left_out = len(opened.result.critical) - len(opened.critical)
    note = t("result.off_picture", kinds=kinds, count=left_out) if left_out else kinds
    return Fact(t("result.critical"), number(len(opened.result.critical)), note)


def _sharpness(opened: Opened, t: Translator) -> Fact:
    shown = opened.spectrum
    note = t("result.residual", residual=number(shown.residuals[0]), count=len(opened.result.spectrum.eigenvalues))
    return Fact("λ max", number(shown.eigenvalues[0]), note)


def _size(opened: Opened, t: Translator) -> Fact | None:
    """How many parameters there are; and samples, where the recipe tells."""
    dim, samples = _dim(opened), _told(opened).get("samples")
    if dim is None:
        return None
    return Fact(t("result.parameters"), number(dim), t("result.samples", samples=number(samples)) if type(samples) is int else "")


def _dim(opened: Opened) -> int | None:
    """Return how many parameters there are, by the parts of the file or else by its recipe."""
    dim = opened.dim or _told(opened).get("dim")
    return dim if type(dim) is int and dim > 0 else None


def _told(opened: Opened) -> dict[str, object]:
    """Return what the recipe says of the objective."""
    told = opened.result.recipe["asked"].get("objective")
    return told if isinstance(told, dict) else {}


def _versions(told: object, t: Translator) -> Fact | None:
    """Which programs wrote the file, and when where the recipe says so."""
    told = told if isinstance(told, dict) else {}
    versions = {name: text[:LONGEST_VERSION] for name, text in told.items() if isinstance(text, str)}
    if "landscape" not in versions:
        return None
    return Fact(
        t("result.saved_with"), versions["landscape"], ", ".join(f"{name} {versions[name]}" for name in PROGRAMS if name in versions)
    )


def _panels(
    opened: Opened, paths: list[LabelledPath], placed: list[LabelledPath], words: Mapping[str, str], t: Translator
) -> list[Picture]:
    panels = []
    if paths:
        note = t("result.recorded_losses") if isinstance(opened.result.trajectory, Recording) else ""
        panels.append(Picture("curves", "plot", loss_curves(paths, words=words), t("panel.curves"), note, links=STEP))
    if opened.spectrum is not None:
        panels.append(Picture("spectrum", "plot", spectrum(opened.spectrum, words=words), t("panel.spectrum")))
    if opened.density is not None:
        drawn = density(opened.density, opened.spectrum, dim=_dim(opened), words=words)
        panels.append(Picture("density", "plot", drawn, t("panel.density"), _density_note(opened, t)))
    if placed and opened.dim != 2:
        note = t("result.own_plane") if opened.own_plane else ""
        panels.append(Picture("distance", "plot", distance(placed, words=words), t("panel.distance"), note, links=STEP))
    return panels


def _density_note(opened: Opened, t: Translator) -> str:
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
