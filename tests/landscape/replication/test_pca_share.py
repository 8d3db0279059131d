"""The share of two components: by a singular value decomposition, and no news for a random walk."""

import numpy as np
import pytest

from landscape.descent.trajectory import Trajectory
from landscape.replication import descent
from landscape.replication import pca_share as module
from landscape.replication.claim import Run
from landscape.replication.claims import claims


def test_the_shares_are_those_of_the_singular_values():
    points = np.random.default_rng(3).standard_normal((12, 40)) @ np.diag(np.linspace(3, 0.1, 40))
    squares = np.linalg.svd(points - points.mean(0), compute_uv=False) ** 2
    np.testing.assert_allclose(module.component_shares(points), squares.cumsum() / squares.sum(), rtol=1e-10)


def test_a_random_walk_in_place_of_a_path_is_no_news(monkeypatch):
    walk = np.random.default_rng(0).standard_normal((descent.STEPS + 1, 600)).cumsum(axis=0)
    path = Trajectory(walk, np.geomspace(2.0, 0.01, len(walk)), "completed", descent.STEPS)
    risk = type("Risk", (), {"dim": 600})
    monkeypatch.setattr(module, "descents", lambda run: iter([(0, risk, path)]))
    verdict = claims.make("pca_share", Run(seed=0))
    assert verdict.measured(0)[0].value > 0.6 and abs(verdict.measured(1)[0].value) < 0.1
    assert verdict.holds is False


def test_a_training_path_holds_more_than_a_walk(monkeypatch):
    monkeypatch.setattr(descent, "SEEDS", 1)
    verdict = claims.make("pca_share", Run(seed=0))
    assert verdict.holds is True and verdict.measured(1)[0].value == pytest.approx(0.21, abs=0.03)
    shares = verdict.found.graph.series[0].y
    assert (np.diff(shares) > 0).all() and shares[1] == verdict.measured(0)[0].value
