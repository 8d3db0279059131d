"""The boards of the studies that train networks: every stage can be drawn, and the last one says what holds."""

import pytest

from landscape.scene.minima import MinimaScene
from ui.pictures.minima import BOARDS
from ui.words.translator import LANGUAGES, Translator

QUERIES = {
    "edge": "study.samples=50&study.length=30",
    "batches": "study.samples=100&study.seeds=1&study.loss=0.5",
    "sam": "study.samples=100&study.seeds=1&study.steps=100",
    "river": "study.seeds=1",
}


@pytest.mark.parametrize("study", QUERIES)
def test_every_stage_is_a_board_and_the_last_one_says_what_holds(study):
    scene = MinimaScene.from_query(f"study={study}&{QUERIES[study]}")
    found = list(scene.stages(lambda stage, share: None, lambda: False))
    for language in LANGUAGES:
        first, last = (BOARDS[study](result, scene, Translator(language)) for result in (found[0], found[-1]))
        assert first.message() and last.message()
        signs = [fact.value[0] for fact in last.facts if fact.tone]
        assert signs and set(signs) <= {"✓", "✗"}
        assert all((fact.value[0] == "✓") == (fact.tone == "good") for fact in last.facts if fact.tone)
    assert found[-1].finished and not found[0].finished
