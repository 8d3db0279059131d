"""The board of the wells: what is ticked came out, for each of the two minima by itself."""

from dataclasses import replace

import pytest

from landscape.scene.minima import MinimaScene
from ui.pictures.wells import board_of
from ui.words.translator import Translator


@pytest.mark.parametrize(("flat", "tone"), [(0.045, "good"), (0.055, "warn")])
def test_a_wrong_rise_of_the_flat_minimum_is_no_tick_though_it_is_small_beside_the_sharp_one(flat, tone):
    scene = MinimaScene.from_query("study=wells")
    *_, found = scene.stages(lambda stage, share: None, lambda: False)
    rises = found.rises.copy()
    rises[found.at, 0] = flat
    board = board_of(replace(found, rises=rises), scene, Translator("en"))
    fact = next(fact for fact in board.facts if fact.label.startswith("Loss rise"))
    assert fact.tone == tone
