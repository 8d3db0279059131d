"""The board of the ways between minima, in both languages, while it grows."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.minima import modes
from landscape.minima.modes import KNOWN, Barriers, Modes
from landscape.scene.minima import MinimaScene
from ui.pictures.connection import board_of
from ui.words.translator import Translator

connect = modes.connect


@pytest.fixture(scope="module")
def stages():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"STEPS": 100, "RATE": 0.1, "RESOLUTION": 9, "PAIRS": 2}.items():
            patch.setattr(modes, name, value)
        patch.setattr(modes, "connect", lambda *points, **options: connect(*points, **{**options, "steps": 40}))
        return {
            through: list(Modes(20, "bezier", 1, through, 0).stages(lambda stage, share: None, lambda: False))
            for through in ("bend", "network")
        }


def board(joined, language="en"):
    return board_of(joined, MinimaScene.from_query("study=connection"), Translator(language))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("through", ["bend", "network"])
def test_it_is_drawn_at_every_stage(stages, through, language):
    for joined in stages[through]:
        shown = board(joined, language)
        assert [picture.key for picture in shown.pictures] == ["contour", "relief", "along"]
        assert len(shown.timeline.paths) == 2 * len(joined.pairs)
        assert len(shown.message()) > 1000


def test_the_paths_are_drawn_at_their_own_losses(stages):
    joined = stages["network"][0]
    straight, curve = board(joined).timeline.paths[2:4]
    np.testing.assert_array_equal(straight.losses, joined.connections[1].straight)
    np.testing.assert_array_equal(curve.losses, joined.connections[1].losses)
    np.testing.assert_array_equal(curve.a, joined.curves[1][0])
    np.testing.assert_array_equal(curve.distance, joined.distances[1])


def test_what_is_known_is_checked_once_all_pairs_are_there(stages):
    first, last = (board(joined) for joined in stages["bend"])
    assert len(last.facts) == len(first.facts) + 1
    assert "0.548" in last.facts[-1].note
    assert last.facts[-1].value.startswith(("✓", "✗"))
    assert "median of 2 pairs" in last.facts[0].note
    assert first.facts[0].note == ""


def test_matching_that_changes_the_loss_by_more_than_rounding_is_a_warning(stages):
    first, last = stages["bend"]

    def tone(joined):
        return board(joined).facts[4].tone

    assert [tone(replace(first, changed=changed)) for changed in (5e-13, 2e-12)] == ["good", "warn"]
    worst = [replace(last, barriers=replace(last.barriers, changed=np.array([0.0, changed]))) for changed in (5e-13, 2e-12)]
    assert [tone(joined) for joined in worst] == ["good", "warn"]
    assert {fact.tone for fact in board(first).facts[:4]} == {""}


@pytest.mark.parametrize(("straight", "low", "tone"), [(0.5, 1e-4, "good"), (0.5, 0.006, "warn"), (0.2, 1e-4, "warn"), (1.2, 1e-4, "warn")])
def test_the_check_has_the_tick_of_the_medians(stages, straight, low, tone):
    barriers = Barriers(*(np.full(3, value) for value in (straight, low, low, 0.0)))
    check = board(replace(stages["bend"][1], barriers=barriers)).facts[-1]
    assert (check.tone, check.value[0]) == (tone, "✓" if tone == "good" else "✗")


def test_nothing_is_checked_where_nothing_is_known(stages):
    joined = stages["bend"][1]
    assert joined.width in KNOWN
    for other in (replace(joined, width=21), replace(joined, kind="polyline")):
        assert [fact.value for fact in board(other).facts] == [fact.value for fact in board(joined).facts[:-1]]
