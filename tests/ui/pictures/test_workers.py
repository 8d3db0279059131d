"""The cards of the workers' page."""

import pytest

from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy
from landscape.scene.teamed import teamed
from ui.pictures.workers import workers_board
from ui.words.translator import Translator


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_surface_says_at_how_many_of_its_points_it_was_evaluated(language):
    coarse, fine = teamed(RaceStudy(RaceScene(topic="workers", worker_steps=24, workers=2)))
    t = Translator(language)
    surface = workers_board(fine, t).facts[-1]
    assert not fine.surface.exact and fine.surface.evaluations < fine.surface.values.size / 4
    assert surface.label == t("fact.surface") and str(fine.surface.evaluations) in surface.note and "61×61" in surface.note
    assert coarse.surface.exact and workers_board(coarse, t).facts[-1].value == t("fact.exact")
