"""The board of a race: who stands where, who left, and who stays."""

from __future__ import annotations

import numpy as np
import pytest

from landscape.scene.contest import contest
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy
from ui.pictures.contest import contest_board
from ui.words.translator import Translator

EN = Translator("en")


def board(query):
    race = list(contest(RaceStudy(RaceScene.from_query(f"{query}&resolution=11"))))[-1]
    return race, contest_board(race, EN)


@pytest.fixture(scope="module")
def shown():
    return board("function=quadratic&opt=muon&opt2=gd&opt2.lr=0.25&opt3=sam&opt3.lr=0.05&opt4=newton&steps=30&rule=3")


def test_all_stand_at_the_same_tick_of_one_clock(shown):
    race, drawn = shown
    assert drawn.timeline.steps == 30
    sam = next(path for path in drawn.timeline.paths if path.optimizer == "sam")
    np.testing.assert_array_equal(sam.losses[::2], race.racers[1].trajectory.losses)
    np.testing.assert_array_equal(sam.losses[1::2], race.racers[1].trajectory.losses[:-1])


def test_the_rule_is_that_of_the_racer_asked_for_though_another_stays(shown):
    _, drawn = shown
    assert drawn.picture("rule").title == "Update rule: SAM" and len(drawn.picture("rule").frames) == 31


def test_without_a_racer_of_that_number_it_is_the_last_one_s():
    race, drawn = board("opt=gd&opt.lr=0.005&opt2=adam&steps=5&rule=7")
    assert race.scene.ruler == 2 and drawn.picture("rule").title == "Update rule: Adam"


def test_divergence_is_explained_and_a_refusal_is_one_sentence(shown):
    _, drawn = shown
    said = {fact.label: fact for fact in drawn.facts}
    assert "0.25 is above 0.2," in said["Gradient descent diverged"].note and said["Gradient descent diverged"].value == "at step 1"
    assert "matrices" in said["Muon"].note and said["Muon"].tone == "warn"


def test_infinity_is_no_good_end():
    _, drawn = board("opt=gd&opt.lr=5&steps=10")
    assert drawn.facts[0].value == "∞" and drawn.facts[0].tone == "warn"


def test_a_rate_below_the_bound_where_it_left_is_not_said_to_be_above_it():
    race, drawn = board("function=six_hump_camel&opt=gd&opt.lr=0.237&opt2=momentum&opt2.lr=0.1&steps=100")
    notes = [fact.note for fact in drawn.facts if "diverged" in fact.label]
    assert len(notes) == 2 and not any("Lowest" in fact.label for fact in drawn.facts)  # there is no final loss
    assert all(racer.trouble.limit > racer.choice.get("lr") for racer in race.racers)
    assert all("turned steeper" in note and "above" not in note for note in notes)


def test_a_run_that_left_is_drawn_out_of_the_window_and_its_losses_to_the_end(shown):
    race, drawn = shown
    line = next(trace for trace in drawn.picture("contour").figure.data if trace.name == "Gradient descent")
    assert line.x[-1] is None and line.x[0] is not None
    assert drawn.timeline.paths[0].losses[-1] == race.racers[0].trajectory.losses[-1] > 1e5


def test_the_table_orders_by_the_target_and_says_where_each_ended(shown):
    _, drawn = shown
    assert [row.label for row in drawn.table.rows][0] == "Newton" and [row.label for row in drawn.table.rows][-1] == "Gradient descent"
    newton = [text for text, _ in drawn.table.rows[0].cells]
    assert newton[1:3] == ["10", "30"] and newton[4:] == ["step 1, 3 evaluations", "at a minimum"]


def test_newton_that_climbs_is_told_of_as_such():
    _, drawn = board("start=-0.5,-1&opt=newton&steps=30")
    assert any("uphill" in fact.note for fact in drawn.facts)
    assert [cell for cell, _ in drawn.table.rows[0].cells][-1] == "at a maximum"
