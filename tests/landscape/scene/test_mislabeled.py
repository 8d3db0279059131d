"""Scores of two classes with one wrong label, against what is known of the seven points, and frauds found by residuals."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_score, recall_score

from landscape.scene.edits import added, moved, removed
from landscape.scene.frauds import detected
from landscape.scene.mislabeled import classified, parted
from landscape.scene.outliers import OF_MARGIN, OutliersScene

SCENE = OutliersScene(part="classes")


def errors(scene):
    found = parted(scene)
    return {name: round(score.errors * len(found.points.x)) for name, score in found.scores.items()}


def test_one_mislabeled_point_costs_every_loss_but_0_1_three_errors():
    assert errors(SCENE) == {**dict.fromkeys(OF_MARGIN, 3), "zero_one": 1}


def test_errors_are_those_of_the_score_s_sign():
    found = parted(SCENE)
    for score in found.scores.values():
        wrong = (found.points.y * (score.slope * found.points.x + score.intercept) <= 0).sum()
        assert wrong == round(score.errors * 7)
    zero = found.scores["zero_one"]
    assert -1 <= zero.threshold <= 1


def test_dragged_to_its_own_class_the_point_does_no_harm():
    turned = errors(replace(SCENE, flips=moved((), 7, 6, (20.0, 0.4))))
    assert turned == {**dict.fromkeys(OF_MARGIN, 0), "mse": 1}  # which bends to a point that is right, for being too far so
    assert set(errors(replace(SCENE, flips=removed((), 7, 6))).values()) == {0}


def test_the_landscape_is_lowest_near_the_score():
    for name in ("cross_entropy", "exponential", "mse", "zero_one"):
        *_, found = classified(replace(SCENE, classes=name))
        score, surface = found.scores[name], found.surface
        j, i = np.unravel_index(surface.values.argmin(), surface.values.shape)
        step = np.array([surface.a[1] - surface.a[0], surface.b[1] - surface.b[0]])
        if name != "zero_one":  # whose floor is a plane
            assert (np.abs([surface.a[i] - score.slope, surface.b[j] - score.intercept]) <= 1.5 * step).all()
        margins = found.points.y * (surface.a[i] * found.points.x + surface.b[j])
        if name == "zero_one":
            assert surface.values[j, i] == pytest.approx((margins <= 0).mean()) and surface.values.min() == pytest.approx(1 / 7)


def test_one_class_alone_has_no_score():
    scene = SCENE
    for row in range(3):
        scene = replace(scene, flips=removed(scene.flips, 7, row))
    assert parted(scene).scores == {} and parted(scene).surface is None
    assert len(parted(replace(scene, flips=added(scene.flips, (5.0, 1.0)))).scores) == len(OF_MARGIN)


def test_robust_residuals_find_frauds_that_least_squares_misses():
    (found,) = detected(OutliersScene(part="frauds"))
    assert found.bad.sum() == 30
    for detector in found.detectors.values():
        residuals = np.abs(found.y - detector.slope * found.x - detector.intercept)
        flags = residuals > 2.5 * np.median(residuals) / 0.6744897501960817
        assert (flags == detector.flagged.flags).all()
        expected = precision_score(found.bad, flags), recall_score(found.bad, flags), average_precision_score(found.bad, residuals)
        assert (detector.found.precision, detector.found.recall, detector.found.average_precision) == pytest.approx(expected)
    assert found.detectors["mse"].found.recall < 0.8 and found.detectors["lts"].found.recall > 0.95
