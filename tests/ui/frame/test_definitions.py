"""The sheets of definitions: each page's parts have theirs, in both languages, with a source."""

import re

import pytest

from landscape.replication.claims import claims
from landscape.scene.saddles import PARTS, SaddlesScene
from ui.frame.definitions import CLAIMS, definitions_of
from ui.words.translator import Translator

SCENES = (*(SaddlesScene(part=part) for part in PARTS), SaddlesScene().with_network())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scene", SCENES)
def test_every_definition_has_a_title_a_formula_and_a_dated_source(scene, language):
    t = Translator(language)
    defined = definitions_of(scene)
    assert len(defined) >= 5 and t(f"saddles.drawn.{scene.part}")
    for one in defined:
        assert t(f"saddles.defined.{one.name}") and one.formula.count("{") == one.formula.count("}")
        assert re.search(r"\b(19|20)\d\d\b", one.source)


def test_mini_batches_are_defined_where_they_race_alone():
    names = {scene.landscape: {one.name for one in definitions_of(scene)} for scene in (SCENES[0], SCENES[-1])}
    assert names["noisy_line"] - names["function"] == {"noisy_line", "batches"}


def test_every_claim_says_what_it_measures():
    assert list(CLAIMS) == list(claims)
