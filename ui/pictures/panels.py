"""Panels: the small pictures of an exploration: losses, eigenvalues and their density, the model's fit, the distance off the plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from figures.curves import loss_curves
from figures.density import density
from figures.distance import distance
from figures.fit import confusion_matrix, decision_boundary, fitted_curve, predicted_against_true, ranked_queries
from figures.numbers import number, percent
from figures.spectrum import spectrum
from landscape.curvature.spectrum import Spectrum
from landscape.objectives.prediction import Agreement, Boundary, Confusion, Curve, Ranked
from landscape.scene.exploration import Exploration
from landscape.scene.scene import CHOICES
from ui.pictures.board import Picture
from ui.pictures.marks import LabelledPath
from ui.words.translator import Translator

STEP = frozenset({"step"})
NOTHING_YET = Spectrum(np.empty(0), np.empty((0, 0)), np.empty(0))


def panels_of(exploration: Exploration, paths: Sequence[LabelledPath], words: Mapping[str, str], t: Translator) -> list[Picture]:
    """Return the small pictures of what is known, with the room of the spectrum where it is still to come."""
    panels = []
    if paths:
        panels.append(Picture("curves", "plot", loss_curves(paths, words=words), t("panel.curves"), _dotted(exploration, t), links=STEP))
    if exploration.spectrum is not None or not exploration.finished:
        found = exploration.spectrum or NOTHING_YET
        note = t("panel.doubt", doubt=number(found.doubt, 2)) if found.doubt else ""
        panels.append(Picture("spectrum", "plot", spectrum(found, paths, words=words), t("panel.spectrum"), note))
    if exploration.density is not None:
        drawn = density(exploration.density, exploration.spectrum, dim=exploration.dim, words=words)
        panels.append(Picture("density", "plot", drawn, t("panel.density")))
    if exploration.predictions:
        panels.append(_fit(exploration, paths, words, t))
    if paths and exploration.plane is not None and not exploration.whole:
        note = t("result.own_plane") if exploration.own_plane else ""
        panels.append(Picture("distance", "plot", distance(paths, words=words), t("panel.distance"), note, links=STEP))
    return panels


def _dotted(exploration: Exploration, t: Translator) -> str:
    """What the dotted curves are, if there are any: without noise, a test loss may well be the lower one."""
    if exploration.paths[0].test_losses is None:
        return ""
    return t("panel.dotted_clean" if CHOICES["data"][exploration.scene.data.name].traits.get("clean_test") else "panel.dotted")


def _fit(exploration: Exploration, paths: Sequence[LabelledPath], words: Mapping[str, str], t: Translator) -> Picture:
    """What the model makes of the data at the end of the first run; of every run where curves can share a picture."""
    data, first = exploration.dataset, exploration.predictions[0]
    names = tuple(map(t.phrase, data.target_names)) or tuple(str(k) for k in range(data.classes))
    match first:
        case Curve():
            curves = [(path.label, path.optimizer, p.outputs) for path, p in zip(paths, exploration.predictions, strict=True)]
            words = {**words, "x": t.phrase(data.feature_names[0]) if data.feature_names else "x", "y": names[0] if names else "y"}
            return Picture("curve", "plot", fitted_curve(first.inputs, first.targets, first.grid, curves, words=words), t("panel.curve"))
        case Boundary():
            figure = decision_boundary(first.points, first.targets, first.x, first.y, first.classes, words=words, labels=names)
            return Picture("boundary", "plot", figure, t("panel.boundary"), t("panel.accuracy", accuracy=percent(first.accuracy)))
        case Agreement():
            figure = predicted_against_true(first.targets, first.outputs, words=words, labels=names)
            if first.training:
                return Picture("agreement", "plot", figure, t("panel.agreement_trained"), t("panel.no_test"))
            return Picture("agreement", "plot", figure, t("panel.agreement"))
        case Confusion():
            note = t("panel.test_accuracy", accuracy=percent(first.accuracy))
            return Picture("confusion", "plot", confusion_matrix(first.counts, names, words=words), t("panel.confusion"), note)
        case Ranked():
            note = t("panel.pairs", right=percent(first.right))
            return Picture("ranked", "plot", ranked_queries(first.grades, words=words), t("panel.ranked"), note)
