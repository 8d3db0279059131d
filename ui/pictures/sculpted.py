"""The board of a sculpture: its landscape, its task and what the term moves and costs, all at one strength of the timeline."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from figures.codes import changing_codes, changing_tiles
from figures.coefficients import coefficient_bars, coefficient_paths
from figures.learned import learned_curve
from figures.measures import descents, measure_curves
from figures.mistakes import changing_confusion
from figures.morph import morphing_contour, morphing_relief
from figures.numbers import number, percent
from figures.regions import changing_regions
from figures.strip import label_strips
from landscape.scene.sculpt import SculptScene
from landscape.sculpting.film import Film
from landscape.sculpting.pictures import Bars, Codes, Descents, Learned, Matrix, Regions, Strip, Threads, Tiles
from landscape.sculpting.pictures import Picture as Sight
from landscape.sculpting.sculpture import Check, Measure
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Timeline
from ui.pictures.marks import LabelledPath
from ui.pictures.words import FIGURE_WORDS
from ui.words.translator import Translator

PLANE, STEP = frozenset({"plane", "step"}), frozenset({"step"})
FILM_WORDS = ("above", "alone", "before", "class", "coefficient", "exact", "exact_zero", "now")
# Measures that are to grow, beside all shares but those that are to fall.
GROWING, FALLING = ("zeros", "information"), ("calibration",)

_drawing = Lock()
_messages: WeakKeyDictionary[Film, dict[str, bytes]] = WeakKeyDictionary()  # as long as the film is kept


def message_of(film: Film, scene: SculptScene, t: Translator) -> bytes:
    """Return what the view is given to show `film`, drawn once for all sessions of a language."""
    with _drawing:
        drawn = _messages.setdefault(film, {})
        if t.language not in drawn:
            drawn[t.language] = board_of(film, scene, t).message()
        return drawn[t.language]


def board_of(film: Film, scene: SculptScene, t: Translator) -> Board:
    """Return everything that is shown of `film`."""
    words, path = _words(film, t), _path(film, t)
    above, rising = morphing_relief(film, path, words=words)
    below, changing = morphing_contour(film, path, words=words)
    notes = [t(f"sculpt.ring.{ring.name}") for ring in film.rings]
    first, *others = (_pictured(sight, film, words, t) for sight in film.effect.pictures)
    return Board(
        [
            Picture("contour", "contour", below, t("view.contour_label"), " · ".join(notes), "large", PLANE, changing),
            Picture("relief", "relief", above, t("view.relief_label"), "", "large", PLANE, rising),
            _large(first),
            *_curves(film, words, t),
            *others,
        ],
        {word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=_facts(film, t),
        timeline=Timeline(_digest(scene), len(film.strengths) - 1, [path], film.knob, _steps(film), _telling(film)),
        shown=f"{_digest(scene)} {len(film.a)} {film.claim is not None}",
    )


def _telling(film: Film) -> int:
    """Return the step that tells most: the one a closed form is known at, or the usual one."""
    check = film.effect.check
    return film.usual if check is None else int(np.abs(film.strengths - check.strength).argmin())


def _digest(scene: SculptScene) -> str:
    return hashlib.sha256(scene.to_query().encode()).hexdigest()[:16]


def _steps(film: Film) -> list[str]:
    return [number(value) for value in film.strengths]


def _words(film: Film, t: Translator) -> dict[str, str]:
    a, b = ("w₁", "w₂") if film.whole else (t("sculpt.along"), t("sculpt.across"))
    own = {word: t(f"sculpt.word.{word}") for word in FILM_WORDS} | {
        f"ring.{ring.name}": t(f"sculpt.ring.{ring.name}") for ring in film.rings
    }
    return {word: t(f"figure.{word}") for word in FIGURE_WORDS} | own | {"a": a, "b": b, "knob": film.knob}


def _path(film: Film, t: Translator) -> LabelledPath:
    a, b = film.places
    return LabelledPath("minimum", a, b, film.losses, film.distances, "completed", len(a) - 1, label=t("sculpt.minimum"))


def _large(picture: Picture) -> Picture:
    return Picture(picture.key, picture.kind, picture.figure, picture.title, picture.title, "large", picture.links, picture.frames)


def _pictured(sight: Sight, film: Film, words: Mapping[str, str], t: Translator) -> Picture:
    title = t(f"sculpt.picture.{sight.key}")
    match sight:
        case Bars():
            figure, frames = coefficient_bars(sight.names, sight.values, sight.exact, words=words)
        case Strip():
            names = [str(t.phrase(name)) for name in sight.names]
            figure, frames = label_strips(sight.true, sight.predicted, sight.alone, names, words=words)
        case Matrix():
            figure, frames = changing_confusion(sight.counts, [str(t.phrase(name)) for name in sight.names], words=words)
        case Codes():
            figure, frames = changing_codes(sight, words=words)
        case Tiles():
            figure, frames = changing_tiles(sight.images, words=words)
        case Regions():
            figure, frames = changing_regions(sight, words=words)
        case Learned():
            figure, frames = learned_curve(sight, words=words)
        case Threads():
            return Picture(sight.key, "plot", coefficient_paths(_steps(film), sight.names, sight.values, words=words), title, links=STEP)
        case Descents():
            figure, frames = descents(sight.values, [t(f"sculpt.solver.{name}") for name in sight.values], words=words)
    return Picture(sight.key, "film", figure, title, frames=frames)


def _curves(film: Film, words: Mapping[str, str], t: Translator) -> list[Picture]:
    pictures = []
    for key, measures in (("aims", film.effect.aims), ("prices", film.effect.prices)):
        figure = measure_curves(_steps(film), measures, [_label(measure, t) for measure in measures], words=words)
        pictures.append(Picture(key, "plot", figure, t(f"sculpt.picture.{key}"), links=STEP))
    return pictures


def _facts(film: Film, t: Translator) -> list[Fact]:
    measures = [(measure, key) for key in ("aims", "prices") for measure in getattr(film.effect, key)]
    facts = [_fact(measure, film, t) for measure, _ in measures]
    check = film.effect.check
    if check is not None:
        facts.append(_checked(check, film, t))
    if not film.whole:
        facts.append(Fact(t("sculpt.distance"), number(float(film.distances.max())), t("sculpt.distance_note")))
    return facts


def _fact(measure: Measure, film: Film, t: Translator) -> Fact:
    first, last = (float(measure.values[k]) for k in (0, film.usual))
    note = t("sculpt.from_to", knob=film.knob, before=number(film.strengths[0]), after=number(film.strengths[film.usual]))
    if film.claim is not None:
        note += t("sculpt.median", seeds=len(film.claim.before), change=_change(*film.claim.medians(measure), measure))
    return Fact(_label(measure, t), _change(first, last, measure), note, _tone(first, last, measure))


def _change(before: float, after: float, measure: Measure) -> str:
    first = number(100 * before) if measure.share else number(before)  # the unit stands once
    return f"{first} → {_value(after, measure)}"


def _tone(before: float, after: float, measure: Measure) -> str:
    """Say whether it became better or worse, where the reader can see a difference."""
    if _value(before, measure) == _value(after, measure):
        return ""
    more_is_better = (measure.share and measure.name not in FALLING) or measure.name in GROWING
    return "good" if (after > before) == more_is_better else "warn"


def _checked(check: Check, film: Film, t: Translator) -> Fact:
    """Two numbers beside those of the closed form; of more, how far they are apart at most."""
    at = {"knob": film.knob, "strength": number(check.strength)}
    if len(check.found) <= 2:
        value, note = _point(check.found), t("sculpt.check_note", **at, expected=_point(check.expected))
    else:
        value = t("sculpt.check_far", distance=number(float(np.abs(check.found - check.expected).max()), 2))
        note = t("sculpt.check_far_note", **at)
    return Fact(t("sculpt.check"), f"{'✓' if check.holds else '✗'} {value}", note, "good" if check.holds else "warn")


def _label(measure: Measure, t: Translator) -> str:
    name = t(f"sculpt.measure.{measure.name}")
    return t("sculpt.on_part", measure=name, part=t(f"figure.{measure.part}")) if measure.part else name


def _value(value: float, measure: Measure) -> str:
    return percent(value) if measure.share else number(value)


def _point(values: np.ndarray) -> str:
    return f"({', '.join(number(value, 4) for value in values)})"
