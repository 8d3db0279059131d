"""The cards of the river valley: whether decay drops and a large rate goes further, told of the valley and of the network alike."""

from itertools import product

import numpy as np
import pytest

from landscape.minima.river import Ride, Rides, River
from landscape.sampling.surface import Surface
from landscape.scene.minima import MinimaScene
from ui.pictures.river import board_of
from ui.words.translator import Translator

AXIS, STEPS, RIDES = np.linspace(0, 1, 5), 100, 3
SURFACE = Surface(AXIS, AXIS, np.add.outer(AXIS**2, AXIS), np.zeros((5, 5)), 25)


def ride(name, end, floor):
    steps = np.arange(STEPS + 1)
    losses = np.where(steps < 0.85 * STEPS, 2.0, end)
    paths = np.zeros((RIDES, STEPS + 1, 2))
    return Ride(name, 0.1, STEPS, steps, np.tile(losses, (RIDES, 1)), np.full(RIDES, floor), paths)


def rides(dropped, further):
    return Rides(ride("constant", 2.0, 0.5 if further else 1.5), ride("decayed", 1.0 if dropped else 3.0, 0.5), ride("small", 2.0, 1.0))


def facts(river, language="en"):
    return board_of(river, MinimaScene.from_query("study=river"), Translator(language)).facts


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_landscape_has_ticks_of_its_own(language):
    for holds in product((True, False), repeat=4):
        told = facts(River(SURFACE, rides(*holds[:2]), rides(*holds[2:]), RIDES), language)
        assert [fact.tone for fact in told] == ["good" if one else "warn" for one in holds]
        assert [fact.value[0] for fact in told] == ["✓" if one else "✗" for one in holds]


def test_of_the_network_nothing_is_claimed_before_its_last_seed():
    valley, net = rides(True, False), rides(True, True)
    assert [fact.tone for fact in facts(River(SURFACE, valley, None, RIDES + 1))] == ["good", "warn"]
    told = facts(River(SURFACE, valley, net, RIDES + 1))
    assert [(fact.tone, fact.value) for fact in told[2:]] == [("", "2 → 1"), ("", "0.5 < 1")]
