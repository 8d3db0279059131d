"""The cards of batches: what grows, what disagrees, and runs that did not come down, each by a tick or cross of its own."""

import pytest

from landscape.minima.batches import AtOneLoss, Trained
from landscape.scene.minima import MinimaScene
from ui.pictures.batches import board_of
from ui.words.translator import Translator

RISING, FALLING = (1.0, 2.0, 3.0), (3.0, 2.0, 1.0)
BATCHES, RATES = ((8, 0.3), (32, 0.3), (100, 0.3)), ((32, 0.2), (32, 0.3))


def facts(sharpness, box, *, finished=True, arrived=True, language="en"):
    told = zip(BATCHES, sharpness, box, strict=True)
    runs = [Trained(batch, lr, 0, 50, 0.01, top, 1e-3, inside, 0.9, arrived or batch > 8) for (batch, lr), top, inside in told]
    found = AtOneLoss(0.01, BATCHES, RATES, (*runs, Trained(32, 0.2, 0, 50, 0.01, 1.0, 1e-3, 1.0, 0.9, True)), finished)
    return board_of(found, MinimaScene.from_query("study=batches"), Translator(language)).facts


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("sharpness", "box", "grows", "disagrees"),
    [
        (RISING, FALLING, True, True),
        (RISING, RISING, True, False),
        (FALLING, RISING, False, True),
        (FALLING, FALLING, False, False),
    ],
)
def test_each_claim_has_its_own_tick(sharpness, box, grows, disagrees, language):
    matched, *claims, accuracy = facts(sharpness, box, language=language)
    for fact, holds, values in zip(claims, (grows, disagrees), (sharpness, box), strict=True):
        assert fact.tone == ("good" if holds else "warn")
        assert fact.value == f"{'✓' if holds else '✗'} " + " → ".join(f"{value:g}" for value in values)
    assert matched.tone == accuracy.tone == ""


def test_nothing_is_claimed_before_the_last_run():
    assert [(fact.tone, fact.value) for fact in facts(RISING, FALLING, finished=False)[1:3]] == [("", "1 → 2 → 3"), ("", "3 → 2 → 1")]


def test_a_run_that_did_not_come_down_is_a_warning():
    assert [fact.tone for fact in facts(RISING, FALLING, arrived=False)] == ["warn", "good", "good", ""]
