"""Indices: critical points of a small student network are critical, and more negative eigenvalues go with a higher loss."""

import numpy as np
import pytest
import torch

from landscape.errors import Cancelled
from landscape.saddles.indices import index_by_loss, teacher_student


@pytest.fixture(scope="module")
def found():
    return index_by_loss(starts=120, seed=0)


def test_the_student_reaches_the_teacher():
    risk = teacher_student(seed=4)
    assert risk.dim == 16
    assert risk.value(risk.theta) == 0.0
    assert risk.value(risk.theta + 0.1) > 1e-4


def test_every_point_is_critical_with_the_index_of_its_hessian(found):
    risk = teacher_student(seed=0)
    assert len(found.points) > 20
    for point in found.points[::10]:
        theta = torch.tensor(point.theta)
        assert torch.autograd.functional.jacobian(risk.loss, theta).norm() < 1e-6
        eigenvalues = np.linalg.eigvalsh(torch.autograd.functional.hessian(risk.loss, theta).numpy())
        assert (eigenvalues < -1e-5 * np.abs(eigenvalues).max()).sum() <= point.index <= (eigenvalues < 0).sum()


def test_the_index_rises_with_the_loss_and_points_without_negative_eigenvalues_are_at_the_bottom(found):
    assert found.spearman > 0.2
    assert found.highest_minimum < 1e-12
    assert found.shares[0] == 0.0 and found.losses.max() > 0.05


def test_copies_and_samples_of_a_valley_count_once(found):
    pairs = [(round(point.value, 7), point.index) for point in found.distinct]
    assert len(set(pairs)) >= len(pairs) - 2 and len(pairs) < len(found.points)
    assert list(found.losses) == sorted(found.losses)
    assert {point.index for point in found.distinct} == {point.index for point in found.points}


def test_progress_is_told_and_the_search_may_be_stopped():
    heard = []
    with pytest.raises(Cancelled, match="^$"):
        index_by_loss(starts=10, report=heard.append, should_stop=lambda: len(heard) > 605)
    assert heard == sorted(heard) and heard[0] == 0.0 and 0.1 <= heard[-1] < 1
