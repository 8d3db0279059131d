"""Marks: what is written beside a critical point."""

import numpy as np
import pytest

from figures.numbers import number
from landscape.curvature.critical import CriticalPoint, classify
from landscape.objectives.functions import make_function
from landscape.plane import Plane
from landscape.sampling.surface import Surface
from landscape.scene.exploration import Exploration
from ui.pictures.marks import marks_of

PLANE = Plane(np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]))


def labels(*points):
    grid = np.linspace(-1.0, 1.0, 3)
    surface = Surface(grid, grid, np.add.outer(grid, grid), np.zeros((3, 3)), 9)
    exploration = Exploration(None, {"loss": surface}, PLANE, critical=points, whole=True)
    return [mark.label for mark in marks_of(exploration, "loss")]


@pytest.mark.parametrize(
    ("eigenvalues", "zero", "label"),
    [
        ([12.5, -4.44e-16], 0.0, "λ = 12.5, 0"),  # as from a file, which does not say what was zero
        ([3e-9, -2e-9], 6e-7, "λ = 0, 0"),
        ([1.0, -2e-6], 1e-7, "λ = 1, -2e-6"),
        ([9.0, 5.0, 2.0, 1.0, -1e-12], 1e-8, "λ = 9, 5, 2, …, 0"),
    ],
)
def test_an_eigenvalue_that_counts_as_zero_is_written_as_zero(eigenvalues, zero, label):
    point = CriticalPoint(np.zeros(2), 0.0, 0.0, np.array(eigenvalues), 0, "degenerate", zero)
    assert labels(point) == [label]


def test_the_point_of_the_monkey_saddle_has_two_zeros():
    point = classify(make_function("monkey_saddle"), np.array([1e-10, -2e-10]), typical=6.0)
    assert labels(point) == ["λ = 0, 0"]
    assert number(point.eigenvalues[0]) != "0"
