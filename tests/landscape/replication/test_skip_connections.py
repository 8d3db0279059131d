"""Skip connections: the claim is about networks that trained, of both kinds."""

from types import SimpleNamespace

import numpy as np
import pytest

from landscape.minima.depth import Depths, Slice
from landscape.replication import skip_connections as module
from landscape.replication.claim import Run
from landscape.replication.claims import claims
from landscape.sampling.surface import Surface

GRID = np.linspace(-1.0, 1.0, 3)


def slices(losses, highest, radius, negative):
    surface = Surface(GRID, GRID, np.ones((3, 3)), np.zeros((3, 3)), 9)
    return tuple(Slice(seed, loss, surface, 1, highest, negative, radius, 1.0, -0.1) for seed, loss in enumerate(losses))


@pytest.mark.parametrize(("stuck", "holds"), [(2, True), (3, None)])
def test_a_kind_of_which_most_did_not_train_decides_nothing_however_far_apart_the_slices_are(monkeypatch, stuck, holds):
    found = Depths(20, slices([np.log(2)] * stuck + [0.01] * (5 - stuck), 1e3, 0.2, 0.4), slices([1e-4] * 5, 10.0, 0.8, 0.1), finished=True)
    layers = SimpleNamespace(stages=lambda report, should_stop: iter([found]))
    monkeypatch.setattr(module, "Layers", lambda *told: layers)
    verdict = claims.make("skip_connections", Run())
    assert verdict.holds is holds
    assert [finding.value for finding in verdict.found.findings] == pytest.approx([4.0, 100.0, 4.0])


def test_the_claim_says_that_the_initial_weights_differ():
    assert "initial weights of its own" in claims["skip_connections"].traits["says"]
