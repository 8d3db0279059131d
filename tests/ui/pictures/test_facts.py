"""The cards below the picture of a landscape."""

import numpy as np

from landscape.sampling.surface import Surface
from landscape.scene.exploration import Exploration
from ui.pictures.facts import facts_of, risk_surface_fact
from ui.words.translator import Translator


def test_points_that_a_search_has_missed_are_told_where_there_are_some():
    t = Translator("en")
    assert "critical" not in facts_of(Exploration(None, {}, finished=True), t)
    told = facts_of(Exploration(None, {}, unseen=3.2, finished=True), t)["critical"]
    assert told.value == "0" and t("fact.unseen", count=3) in told.note


def test_an_interpolated_surface_says_so_where_all_of_its_values_are_the_same():
    t, error = Translator("en"), np.full((11, 21), np.finfo(np.float64).tiny)
    error[::5, ::5] = 0.0
    flat = Surface(np.arange(21.0), np.arange(11.0), np.zeros((11, 21)), error, 15)
    told = risk_surface_fact(flat, t, dim=3, samples=7)
    assert (told.value, told.note) == ("≤ 0 %", t("fact.estimated", evaluations=15, nx=21, ny=11))
