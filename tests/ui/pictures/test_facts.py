"""The cards below the picture of a landscape."""

from landscape.scene.exploration import Exploration
from ui.pictures.facts import facts_of
from ui.words.translator import Translator


def test_points_that_a_search_has_missed_are_told_where_there_are_some():
    t = Translator("en")
    assert "critical" not in facts_of(Exploration(None, {}, finished=True), t)
    told = facts_of(Exploration(None, {}, unseen=3.2, finished=True), t)["critical"]
    assert told.value == "0" and t("fact.unseen", count=3) in told.note
