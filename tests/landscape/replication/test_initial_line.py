"""The straight way: the largest rise along it, and a claim that fails where the line rises."""

import numpy as np
import pytest

from landscape.replication import descent
from landscape.replication import initial_line as module
from landscape.replication.claim import Run
from landscape.replication.claims import claims


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(descent, "SEEDS", 1)
    monkeypatch.setattr(descent, "STEPS", 120)


def test_the_largest_rise_is_a_share_of_the_first_loss():
    assert module.largest_rise(np.array([4.0, 3.0, 3.5, 1.0])) == pytest.approx(0.125)
    assert module.largest_rise(np.array([4.0, 3.0, 2.0])) == 0.0


@pytest.mark.usefixtures("short")
def test_the_loss_falls_from_start_to_end():
    verdict = claims.make("initial_line", Run(seed=0))
    losses = verdict.found.graph.series[0].y
    assert verdict.holds is True and (np.diff(losses) < 0).all() and losses[-1] < 0.1 * losses[0]


@pytest.mark.usefixtures("short")
def test_a_line_beyond_the_end_rises_and_does_not_hold(monkeypatch):
    whole = np.linspace
    monkeypatch.setattr(module.np, "linspace", lambda low, high, n: whole(low, 6 * high, n))
    assert claims.make("initial_line", Run(seed=0)).holds is False


def test_a_path_that_has_not_come_far_decides_nothing(monkeypatch):
    monkeypatch.setattr(descent, "SEEDS", 1)
    monkeypatch.setattr(descent, "STEPS", 5)
    assert claims.make("initial_line", Run(seed=0)).holds is None
