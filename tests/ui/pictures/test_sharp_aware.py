"""The cards of sharpness-aware minimization: a tick only where the sharpness falls with the radius for every seed."""

import pytest

from landscape.minima.sharp_aware import Aware, ByRadius
from landscape.scene.minima import MinimaScene
from ui.pictures.sharp_aware import board_of
from ui.words.translator import Translator

RADII, FALLING, ONCE_UP = (0.0, 0.1, 0.2), ((9.0, 4.0, 2.0), (8.0, 5.0, 1.0)), ((9.0, 4.0, 2.0), (8.0, 1.0, 2.0))


def facts(sharpness, language="en", runs=None):
    told = [(rho, seed, top) for seed, tops in enumerate(sharpness) for rho, top in zip(RADII, tops, strict=True)][:runs]
    found = ByRadius(RADII, (0, 1), tuple(Aware(rho, seed, top, 1e-3, 0.1 + rho, 0.9) for rho, seed, top in told))
    return board_of(found, MinimaScene.from_query("study=sam"), Translator(language)).facts


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_tick_is_that_of_every_seed(language):
    assert [(fact.tone, fact.value[:1]) for fact in facts(FALLING, language)] == [("good", "✓"), ("", "9"), ("", "0")]
    assert [(fact.tone, fact.value[:1]) for fact in facts(ONCE_UP, language)] == [("warn", "✗"), ("", "9"), ("", "0")]


def test_nothing_is_claimed_before_the_last_run():
    first = facts(FALLING, runs=5)[0]
    assert (first.tone, first.value) == ("", "8.5 → 4.5 → 2")
