"""The stages of what the number of dimensions does."""

import pytest

from landscape.scene import saddle_counts
from landscape.scene.saddle_counts import count_stages
from landscape.scene.saddles import SaddlesScene


def test_the_counts_grow_by_dimension_and_the_network_comes_last(monkeypatch):
    monkeypatch.setattr(saddle_counts, "BALLS", 40)
    monkeypatch.setattr(saddle_counts, "STARTS", 8)
    told = []
    scene = SaddlesScene.from_query("part=dimension&dimensions=2&seed=1")
    found = list(count_stages(scene, lambda stage, share: told.append((stage, share)), lambda: False))
    assert [[census.dim for census in part.censuses] for part in found] == [[1], [1, 2], [1, 2]]
    assert [part.finished for part in found] == [False, False, True] and found[-1].network is not None
    assert {stage for stage, _ in told} == {"counting", "critical"} and max(share for stage, share in told if stage == "counting") == 1
    one = found[-1].censuses[0]
    assert one.expected.minima == pytest.approx(0.5) and abs(one.minima - 0.5) < 4 * one.minima_error
