"""The cards of the edge of stability: a tick only for a run that has ended with its sharpness at the limit."""

import numpy as np
import pytest

from landscape.minima.edge import Edge, EdgeRun
from landscape.scene.minima import MinimaScene
from ui.pictures.edge import board_of
from ui.words.translator import Translator

STEPS = 100
TONES = {  # sharpness over limit, steps taken, last loss
    "good": (1.0, STEPS, 0.5),
    "below": (0.94, STEPS, 0.5),
    "above": (1.09, STEPS, 0.5),
    "underway": (1.0, STEPS // 2, 0.5),
    "diverged": (1.0, STEPS // 2, np.inf),
}


def run(lr, share, taken, last):
    losses, steps = np.full(taken, 0.5), np.arange(0, taken, 10)
    losses[-1] = last
    return EdgeRun(lr, STEPS, losses, steps, np.full(len(steps), share * 2 / lr), np.full(len(steps), 1e-3))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_rate_has_the_tick_of_its_own_run(language):
    t = Translator(language)
    runs = tuple(run(0.5 / 2**k, *case) for k, case in enumerate(TONES.values()))
    *cards, error = board_of(Edge(runs, 7), MinimaScene.from_query("study=edge"), t).facts
    told = dict(zip(TONES, cards, strict=True))
    assert {name: card.tone for name, card in told.items()} == {
        "good": "good",
        "below": "warn",
        "above": "warn",
        "underway": "",
        "diverged": "warn",
    }
    assert [told[name].value for name in ("good", "below", "above", "underway")] == ["✓ 1", "✗ 0.94", "✗ 1.09", "1"]
    assert told["diverged"].value == t("minima.edge.diverged", step=STEPS // 2 - 1)
    assert error.tone == ""
