"""Picture: what the view shows of an exploration, in the visitor's language and in the reader's numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import plotly.graph_objects as go

from figures.contour import contour
from figures.curves import loss_curves
from figures.distance import distance
from figures.fit import confusion_matrix, decision_boundary, fitted_curve, predicted_against_true
from figures.numbers import number, percent
from figures.relief import relief
from figures.spectrum import spectrum
from landscape.curvature.critical import CriticalPoint
from landscape.curvature.spectrum import Spectrum
from landscape.descent.trajectory import AWAY, Trajectory
from landscape.objectives.prediction import Agreement, Boundary, Confusion, Curve
from landscape.plane import Plane
from landscape.sampling.quantities import QUANTITIES
from landscape.sampling.surface import Surface
from landscape.scene.exploration import Exploration
from landscape.scene.fields import Group
from landscape.scene.path import Path
from landscape.scene.scene import CHOICES, Scene
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Timeline
from ui.words.translator import Translator

FIGURE_WORDS = (
    "beyond", "count", "data", "density", "distance", "diverged", "eigenvalue", "index", "negative", "positive", "predicted",
    "stable_up_to", "step", "test", "train", "true", "unbounded",
    "start", "end", "minimum", "saddle", "maximum", "degenerate", "slice_minimum", *QUANTITIES,
)  # fmt: skip

# What is said of a run that ended before its steps were done, or ran away.
ENDS = {"diverged": "fact.diverged", "unbounded": "fact.unbounded", "singular": "fact.singular"}
# An eigenvalue this small beside the largest is zero to working precision.
ROUNDING = 1e-12
# The largest stable learning rates of `Optimizer.largest_lr` as formulas.
LIMITS = {"gd": "2 / {top}", "sgd": "2 / {top}", "momentum": "(2 + 2β) / {top}", "nesterov": "(2 + 2β) / ((1 + 2β) {top})"}
# A mark's label has room for so many eigenvalues.
MOST_WRITTEN = 4
# What a scene's runs do not depend on.
DRAWING = dict(Scene().part(Group.DRAWING))
NOTHING_YET = Spectrum(np.empty(0), np.empty((0, 0)), np.empty(0))


@dataclass(frozen=True)
class LabelledPath(Path):
    """A path with its name for the reader."""

    label: str = ""


@dataclass(frozen=True)
class Mark:
    """A point marked in the plane: `kind` is "start", or a critical point's; `slice_only` when it holds in the drawn slice alone."""

    a: float
    b: float
    value: float
    kind: str
    label: str = ""
    slice_only: bool = False


_drawing = Lock()
_messages: WeakKeyDictionary[Exploration, dict[tuple[str, bool], bytes]] = WeakKeyDictionary()  # as long as the exploration is kept


def message_of(exploration: Exploration, t: Translator, *, ended: bool = False) -> bytes:
    """Return what the view is given to show `exploration`, drawn once for all sessions of a language."""
    with _drawing:  # sessions that ask at once draw it once; to draw two at a time would take each twice as long
        drawn = _messages.setdefault(exploration, {})
        if (t.language, ended) not in drawn:
            drawn[t.language, ended] = board_of(exploration, t, ended=ended).message()
        return drawn[t.language, ended]


def board_of(exploration: Exploration, t: Translator, *, ended: bool = False) -> Board:
    """Return everything the view shows of `exploration`; `ended` says that what is not computed yet never will be."""
    scene = exploration.scene
    words = figure_words(t, *axis_names(scene, t), _input_names(exploration))
    paths = _told_apart(exploration.paths, t)
    marks = _marks(exploration, t)
    above = relief(exploration.surface, paths, marks, words=words, log=scene.log)
    below = contour(exploration.surface, paths, marks, words=words)
    maps = landscape(above, below, t("view.relief_label"), t("view.contour_label"))
    return Board(
        pictures=[*maps, *_panels(exploration, paths, words, t)],
        words={word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=_facts(exploration, t, ended),
        timeline=timeline(digest(replace(scene, **DRAWING)), paths),
        shown=digest(scene),
        clickable=True,
    )


def landscape(above: go.Figure, below: go.Figure, relief_label: str, contour_label: str) -> list[Picture]:
    """Return relief and contour as large pictures of one plane."""
    return [
        Picture("relief", "relief", above, relief_label, size="large", links=PLANE),
        Picture("contour", "contour", below, contour_label, size="large", links=PLANE),
    ]


def timeline(run: str, paths: Sequence[LabelledPath]) -> Timeline:
    """Return what plays all of `paths` to their last step."""
    return Timeline(run, max(len(path.losses) - 1 for path in paths), paths)


def figure_words(t: Translator, a: str, b: str, inputs: tuple[str, str] = ("x₁", "x₂")) -> dict[str, str]:
    """Return every word of the figures; `a` and `b` name the plane's coordinates, `inputs` those of the data."""
    words = {word: t(f"figure.{word}") for word in FIGURE_WORDS}
    return {**words, "a": a, "b": b, "x": inputs[0], "y": inputs[1]}


def _input_names(exploration: Exploration) -> tuple[str, str]:
    features = exploration.dataset.feature_names if exploration.dataset is not None else ()
    return (features[0], features[1]) if len(features) >= 2 else ("x₁", "x₂")


def axis_names(scene: Scene, t: Translator) -> tuple[str, str]:
    """Return what the plane's coordinates are called: the parameters' own names where they are the parameters."""
    if scene.function is not None and scene.plane.name == "coordinates":
        return "x", "y"
    if scene.plane.name == "coordinates":
        i, j = scene.plane.get("i"), scene.plane.get("j")
        return f"θ{_subscript(i + 1)}", f"θ{_subscript(j + 1)}"
    return t(f"axis.{scene.plane.name}.a"), t(f"axis.{scene.plane.name}.b")


def _subscript(index: int) -> str:
    return str(index).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def labelled(path: Path, label: str) -> LabelledPath:
    """Return the path with its name for the reader."""
    return LabelledPath(**{f.name: getattr(path, f.name) for f in fields(Path)}, label=label)


def _told_apart(paths: Sequence[Path], t: Translator) -> list[LabelledPath]:
    """Return the paths with their names; runs of the same optimizer are told apart by their learning rates, and look different."""
    names, told = [path.optimizer for path in paths], []
    for k, path in enumerate(paths):
        label, turn = t(f"optimizers.{path.optimizer}"), names[: k + 1].count(path.optimizer)
        if names.count(path.optimizer) > 1:
            label += f", η = {number(path.lr)}"
        told.append(replace(labelled(path, label), optimizer=path.optimizer if turn == 1 else f"{path.optimizer} {turn}"))
    return told


def _marks(exploration: Exploration, t: Translator) -> list[Mark]:
    marks = [start_of(exploration.paths[0])]
    marks += [mark_of(critical, exploration.plane) for critical in exploration.critical]
    if not exploration.whole:
        marks.append(lowest(exploration.surface))
    return marks


def start_of(path: Path) -> Mark:
    """Return where the path sets out."""
    return Mark(float(path.a[0]), float(path.b[0]), float(path.losses[0]), "start")


def lowest(surface: Surface) -> Mark:
    """Return the lowest point drawn: a minimum of the slice, which says nothing of the whole space."""
    j, i = np.unravel_index(np.nanargmin(surface.values), surface.values.shape)
    return Mark(float(surface.a[i]), float(surface.b[j]), float(surface.values[j, i]), "minimum", slice_only=True)


def mark_of(critical: CriticalPoint, plane: Plane) -> Mark:
    """Return where the critical point is seen in the plane, with its eigenvalues."""
    a, b = plane.project(critical.theta)
    return Mark(float(a), float(b), critical.value, critical.kind, _eigenvalues(critical.eigenvalues))


def _eigenvalues(values: np.ndarray) -> str:
    written = [number(value) for value in values[:MOST_WRITTEN]]
    return "λ = " + ", ".join(written if len(values) <= MOST_WRITTEN else [*written[:-1], "…", number(values[-1])])


def _facts(exploration: Exploration, t: Translator, ended: bool) -> list[Fact]:
    first = exploration.paths[0]
    if exploration.spectrum is None:
        unknown = ("–", t("fact.not_computed")) if ended else ("…",)
        curvature = [Fact(label, *unknown) for label in ("λ max", _limit(exploration), t("fact.gradient"))]
    else:
        curvature = [_sharpness(exploration, t), _stability(exploration, t), _end(exploration, t)]
    return [run_fact(t, first), *curvature, _held(exploration, t), _exactness(exploration, t)]


def run_fact(t: Translator, run: Path | Trajectory) -> Fact:
    """How a run went, and why it stopped."""
    if run.status == "completed":
        steps = len(run.losses) - 1
        few = {0: "fact.completed_none", 1: "fact.completed_one"}
        return Fact(t("fact.final_loss"), number(run.losses[-1]), t(few[steps]) if steps in few else t("fact.completed", steps=steps))
    return Fact(t("fact.final_loss"), number(run.losses[-1]), t(ENDS[run.status], step=run.step), "warn")


def _sharpness(exploration: Exploration, t: Translator) -> Fact:
    top, residual = exploration.spectrum.eigenvalues[0], exploration.spectrum.residuals[0]
    place = t(_place(exploration))
    return Fact("λ max", number(top), t("fact.residual", place=place, residual=number(residual)))


def _place(exploration: Exploration) -> str:
    """Return the key of where curvature was looked at."""
    if exploration.scene.weights and exploration.dataset is not None:
        return "fact.at_weights"
    return "fact.at_start" if exploration.paths[0].status in AWAY else "fact.at_end"


def _limit(exploration: Exploration) -> str:
    """Return the formula of the first optimizer's largest stable learning rate; gradient descent's where a method has none."""
    choice = exploration.scene.optimizers[0]
    decay = choice.name in LIMITS and choice.get("weight_decay")
    top = "(λ max + w)" if decay else "λ max"
    return LIMITS.get(choice.name, LIMITS["gd"]).format(top=f"((1 − τ) {top})" if choice.get("dampening") else top)


def _stability(exploration: Exploration, t: Translator) -> Fact:
    """The first optimizer's learning rate beside the largest one at which it is stable on the quadratic model."""
    choice, limit = exploration.scene.optimizers[0], exploration.limits[0]
    label, lr = _limit(exploration), choice.get("lr")
    if exploration.scene.has_kinks:
        return Fact(label, "–", t("fact.kinks", lr=number(lr)))
    if limit is None:
        top = float(exploration.spectrum.eigenvalues[0])
        said = t("fact.newton" if choice.name == "newton" else "fact.own_scale", lr=number(lr))
        return Fact(label, number(2 / top) if top > 0 else "–", said)
    if np.isinf(limit):
        return Fact(label, "–", t("fact.no_limit", lr=number(lr)))
    if lr > limit:
        return Fact(label, number(limit), t("fact.unstable", lr=number(lr), limit=number(limit)), "warn")
    tone = "" if exploration.paths[0].status in AWAY else "good"  # stable on a bowl, which is not where a run that left has been
    return Fact(label, number(limit), t("fact.stable", lr=number(lr), limit=number(limit)), tone)


def _end(exploration: Exploration, t: Translator) -> Fact:
    """The gradient's norm, and whether the spectrum's lower end shows a way down."""
    eigenvalues = exploration.spectrum.eigenvalues
    bottom, zero = float(eigenvalues[-1]), max(float(exploration.spectrum.residuals[-1]), ROUNDING * float(np.abs(eigenvalues).max()))
    if exploration.scene.has_kinks:
        note = t("fact.kinked_end")
    elif not np.isfinite(bottom):
        note = t("fact.no_curvature")
    elif abs(bottom) <= zero:
        note = t("fact.flat")
    else:
        note = t("fact.negative" if bottom < 0 else "fact.positive", bottom=number(bottom))
    return Fact(t("fact.gradient"), number(exploration.gradient_norm), note)


def _held(exploration: Exploration, t: Translator) -> Fact:
    if exploration.whole:
        return Fact(t("fact.plane"), "100 %", t("fact.whole"), "good")
    return held_fact(t, exploration.explained, exploration.random_walk)


def held_fact(t: Translator, explained: float, random_walk: float) -> Fact:
    """The share of the path's variance in the plane, beside a random walk's, which says how much of it means anything."""
    share, walk = percent(explained), percent(random_walk)
    return Fact(t("fact.plane"), share, t("fact.walk", walk=walk), info=t("fact.plane_info", share=share, walk=walk))


def _exactness(exploration: Exploration, t: Translator) -> Fact:
    surface = exploration.surface
    grid = {"nx": len(surface.a), "ny": len(surface.b)}
    if exploration.dataset is None:
        return Fact(t("fact.surface"), t("fact.exact"), t("fact.function_points", **grid))
    size = {"dim": exploration.dim, "samples": exploration.samples}
    if surface.exact:
        return Fact(t("fact.surface"), t("fact.exact"), t("fact.points", **grid), info=t("fact.points_info", **size))
    note = t("fact.estimated", evaluations=surface.evaluations, **grid)
    return Fact(t("fact.surface"), largest_error(surface), note, info=t("fact.estimated_info", **size))


def largest_error(surface: Surface) -> str:
    """Return the largest error of an estimated surface, as a share of its range."""
    values = surface.values[np.isfinite(surface.values)]
    return f"≤ {percent(float(surface.error.max()) / float(np.ptp(values) or 1.0))}"


def _panels(exploration: Exploration, paths: list[LabelledPath], words: Mapping[str, str], t: Translator) -> list[Picture]:
    eigen = exploration.spectrum or NOTHING_YET
    panels = [
        Picture("curves", "plot", loss_curves(paths, words=words), t("panel.curves"), _dotted(exploration, t), links=STEP),
        Picture("spectrum", "plot", spectrum(eigen, paths, words=words), t("panel.spectrum")),
    ]
    if exploration.predictions:
        panels.append(_fit(exploration, paths, words, t))
    if not exploration.whole:
        panels.append(Picture("distance", "plot", distance(paths, words=words), t("panel.distance"), links=STEP))
    return panels


def _dotted(exploration: Exploration, t: Translator) -> str:
    """What the dotted curves are, if there are any: without noise, a test loss may well be the lower one."""
    if exploration.paths[0].test_losses is None:
        return ""
    return t("panel.dotted_clean" if CHOICES["data"][exploration.scene.data.name].traits.get("clean_test") else "panel.dotted")


def _fit(exploration: Exploration, paths: list[LabelledPath], words: Mapping[str, str], t: Translator) -> Picture:
    """What the model makes of the data at the end of the first run; of every run where curves can share a picture."""
    data, first = exploration.dataset, exploration.predictions[0]
    names = data.target_names or tuple(str(k) for k in range(data.classes))
    match first:
        case Curve():
            curves = [(path.label, path.optimizer, p.outputs) for path, p in zip(paths, exploration.predictions, strict=True)]
            words = {**words, "x": data.feature_names[0] if data.feature_names else "x", "y": "y"}
            return Picture("curve", "plot", fitted_curve(first.inputs, first.targets, first.grid, curves, words=words), t("panel.curve"))
        case Boundary():
            figure = decision_boundary(first.points, first.targets, first.x, first.y, first.classes, words=words, labels=names)
            return Picture("boundary", "plot", figure, t("panel.boundary"), t("panel.accuracy", accuracy=percent(first.accuracy)))
        case Agreement():
            figure = predicted_against_true(first.targets, first.outputs, words=words)
            return Picture("agreement", "plot", figure, t("panel.agreement"))
        case Confusion():
            note = t("panel.test_accuracy", accuracy=percent(first.accuracy))
            return Picture("confusion", "plot", confusion_matrix(first.counts, names, words=words), t("panel.confusion"), note)


def digest(scene: Scene) -> str:
    """Return what tells this scene from another that was shown before it."""
    return hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]
