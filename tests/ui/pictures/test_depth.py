"""The board of skip connections: both reliefs on one scale, and what is known beside what was found."""

import numpy as np
import pytest

from landscape.minima.depth import Depths, Slice
from landscape.sampling.surface import Surface
from landscape.scene.minima import MinimaScene
from ui.pictures.depth import board_of
from ui.words.translator import Translator

AXIS = np.linspace(-1, 1, 5)


def made(seed, height, minima, radius=0.5):
    values = 1e-3 + height * (AXIS[:, None] ** 2 + AXIS**2)
    surface = Surface(AXIS, AXIS, values, np.zeros((5, 5)), 25)
    return Slice(seed, 1e-3, surface, minima, float(values.max()), 0.25, radius, 2.0, -0.5)


ROUGH, CALM = (made(0, 500.0, 12), made(1, 700.0, 8)), (made(0, 3.0, 1, np.inf), made(1, 4.0, 1, np.inf))


def board(depths, language="en"):
    return board_of(depths, MinimaScene.from_query("study=depth"), Translator(language))


def test_both_reliefs_have_one_scale():
    rough, calm = (picture.figure for picture in board(Depths(20, ROUGH, CALM, True)).pictures)
    assert rough.data[0].cmin == calm.data[0].cmin
    assert rough.data[0].cmax == calm.data[0].cmax
    assert rough.layout.scene.zaxis.range == calm.layout.scene.zaxis.range
    assert np.nanmax(calm.data[0].z) < np.nanmax(rough.data[0].z)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_cards_say_the_medians_and_whether_their_order_is_the_known_one(language):
    facts = board(Depths(20, ROUGH, CALM, True), language).facts
    assert facts[0].value == "✓ 10 → 1"
    assert facts[0].tone == "good"
    assert "12 → 1" in facts[0].note
    assert facts[2].value == "✗ 25 % → 25 %"
    assert facts[2].tone == "warn"
    assert facts[3].value == "0.5 → > 1"
    assert facts[5].value == "0.25 → 0.25"


def test_of_one_seed_nothing_is_claimed():
    facts = board(Depths(20, ROUGH[:1], CALM[:1])).facts
    assert facts[0].value == "12 → 1"
    assert {fact.tone for fact in facts} == {""}


def test_only_what_is_known_of_a_depth_has_a_tick():
    for depth, toned in ((20, {0, 1, 2}), (6, {0}), (12, set())):
        facts = board(Depths(depth, ROUGH, CALM, True)).facts
        assert {k for k, fact in enumerate(facts) if fact.tone} == toned
        assert {k for k, fact in enumerate(facts) if fact.value[0] in "✓✗"} == toned


def test_the_order_against_the_known_one_is_a_cross():
    facts = board(Depths(20, CALM, ROUGH, True)).facts
    assert [(fact.tone, fact.value[0]) for fact in facts[:3]] == [("warn", "✗")] * 3
