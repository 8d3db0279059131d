"""Runs that end at one loss: each does, the measures are those of its end, and what they say of the batch is read off them."""

import numpy as np
import pytest
import torch

from landscape.curvature.hessian import dense_hessian
from landscape.errors import Cancelled
from landscape.minima import batches
from landscape.minima.batches import AtOneLoss, Trained, sharpness_at_one_loss, trained
from landscape.minima.digits import digits


def _run(batch, sharpness, box, seed=0, lr=0.3):
    return Trained(batch, lr, seed, 25, 0.01, sharpness, 0.0, box, 0.9, True)


def test_every_run_ends_where_the_loss_is_first_seen_to_be_low_enough():
    grown = list(sharpness_at_one_loss((5, None), (0.3, 0.6), seeds=(4,), loss=1.2, samples=60, widths=(6,), batch=5))
    assert [len(found.runs) for found in grown] == [1, 2, 3] and grown[-1].finished and not grown[0].finished
    assert grown[-1].batches == ((5, 0.3), (60, 0.3)) and grown[-1].rates == ((5, 0.3), (5, 0.6))
    for run in grown[-1].runs:
        assert run.arrived and 0.6 < run.loss <= 1.2 and run.steps % 25 == 0 and 0 <= run.accuracy <= 1


def test_the_whole_batch_is_gradient_descent_and_its_sharpness_the_dense_hessians():
    task = digits(40, widths=(5,), seed=2, dtype=torch.float64)
    run = trained(task, 40, 0.5, seed=2, loss=1.0)
    theta = task.risk.theta
    losses = []
    for _ in range(run.steps):
        theta = theta - 0.5 * task.risk.gradient(theta)
        losses.append(task.risk.value(theta))
    assert losses[-1] == pytest.approx(run.loss, rel=1e-9) and losses[-26] > 1.0
    assert run.sharpness == pytest.approx(np.linalg.eigvalsh(dense_hessian(task.risk, theta))[-1], rel=1e-8)


def test_a_run_that_does_not_come_down_says_so(monkeypatch):
    monkeypatch.setattr(batches, "MOST", 50)
    run = trained(digits(40, widths=(5,)), 40, 1e-6, seed=0, loss=0.01)
    assert not run.arrived and run.steps == 50


def test_medians_and_what_they_say_of_the_batch():
    settings = ((8, 0.3), (600, 0.3))
    runs = (_run(8, 1.0, 5.0), _run(8, 9.0, 5.0, 1), _run(8, 2.0, 5.0, 2), _run(600, 3.0, 4.0))
    found = AtOneLoss(0.01, settings, (), runs, True)
    np.testing.assert_array_equal(found.medians(settings, "sharpness"), [2.0, 3.0])
    assert found.grows and found.disagrees
    same = AtOneLoss(0.01, settings, (), (_run(8, 1.0, 4.0), _run(600, 3.0, 5.0)), True)
    assert same.grows and not same.disagrees
    begun = AtOneLoss(0.01, settings, (), (_run(8, 1.0, 4.0),), False)
    assert np.isnan(begun.medians(settings, "box")[1]) and not begun.grows and not begun.disagrees


def test_it_stops_when_asked():
    with pytest.raises(Cancelled, match="^$"):
        next(sharpness_at_one_loss(samples=40, widths=(4,), should_stop=lambda: True))
