"""Contests: one budget for all, where each ends, and who cannot start."""

from __future__ import annotations

import numpy as np
import pytest

from landscape.errors import LandscapeError
from landscape.scene.contest import contest
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy


def last(query):
    return list(contest(RaceStudy(RaceScene.from_query(query))))[-1]


@pytest.fixture(scope="module")
def default():
    return last("resolution=11")


def test_eight_methods_end_in_four_minima_and_a_saddle(default):
    ends = {racer.choice.name: tuple(np.round(racer.trajectory.thetas[-1], 0) + 0.0) for racer in default.racers}
    kinds = {name: min(default.exploration.critical, key=lambda p: np.linalg.norm(p.theta - end)).kind for name, end in ends.items()}
    assert len({end for name, end in ends.items() if kinds[name] == "minimum"}) == 4
    assert [name for name, kind in kinds.items() if kind == "saddle"] == ["newton"]


def test_all_have_spent_the_same_and_none_more(default):
    spent = {racer.choice.name: racer.evaluations for racer in default.racers}
    assert spent.pop("lbfgs") <= 150 and set(spent.values()) == {150}
    steps = {racer.choice.name: len(racer.trajectory) - 1 for racer in default.racers}
    assert (steps["gd"], steps["sam"], steps["newton"]) == (150, 75, 50)
    assert [len(racer.standing) for racer in default.racers if racer.choice.name in ("gd", "sam", "newton")] == [151] * 3


def test_by_the_clock_of_steps_all_take_as_many():
    race = last("clock=steps&steps=20&resolution=11")
    assert {len(racer.trajectory) - 1 for racer in race.racers} == {20}
    assert all(racer.standing.tolist() == list(range(21)) for racer in race.racers)


def test_the_target_is_a_share_of_the_way_to_the_known_minimum(default):
    start = float(default.racers[0].trajectory.losses[0])
    assert default.known and default.lowest == pytest.approx(0.0, abs=1e-20)
    assert default.target == pytest.approx(1e-3 * start)
    for racer in default.racers:
        losses = racer.trajectory.losses
        if racer.arrived is None:
            assert (losses > default.target).all() and racer.price is None
        else:
            assert losses[racer.arrived] <= default.target < losses[: racer.arrived].min()
            assert racer.price == racer.trajectory.spent[racer.arrived]


def test_a_racer_that_cannot_start_stays_and_the_others_race():
    race = last("opt=gd&opt.lr=0.005&opt2=muon&opt3=adam&steps=10&resolution=11")
    assert [racer.choice.name for racer in race.racers] == ["gd", "adam"]
    assert [(refused.choice.name, refused.error.code) for refused in race.refused] == [("muon", "no_matrices")]
    with pytest.raises(LandscapeError, match="matrices"):
        last("opt=muon")


def test_muon_races_on_a_network():
    race = last("function=none&opt=muon&opt2=gd&opt2.lr=0.02&steps=20&start=-1.8,1.9&resolution=11")
    assert [racer.choice.name for racer in race.racers] == ["muon", "gd"] and not race.refused
    assert race.racers[0].trajectory.losses[-1] < race.racers[0].trajectory.losses[0]
    assert not race.known  # the lowest loss of a risk is that of the racers


def test_tuned_rates_end_lower_and_say_what_they_cost():
    query = "opt=gd&opt.lr=0.0005&opt2=rmsprop&steps=30&resolution=11"
    given, tuned = last(query), last(query + "&pace=tuned")
    for before, after in zip(given.racers, tuned.racers, strict=True):
        assert after.trajectory.losses[-1] <= before.trajectory.losses[-1]
        assert after.sweep.evaluations == 13 * 30 and before.sweep is None
        assert after.choice.get("lr") == after.sweep.best


def test_default_rates_are_the_catalogue_s():
    assert [racer.choice.get("lr") for racer in last("pace=default&steps=3&resolution=11").racers] == [
        1e-3,
        1e-3,
        1e-3,
        1e-2,
        1e-3,
        1e-3,
        1,
        1,
    ]


def test_divergence_is_explained_by_the_curvature_where_it_left():
    race = last("function=quadratic&function.kappa=10&opt=gd&opt.lr=0.25&steps=30&resolution=11")
    (racer,) = race.racers
    assert racer.trajectory.status == "diverged" and racer.trouble.limit == pytest.approx(0.2)


def test_of_many_parameters_the_lengths_of_the_vectors_are_kept():
    race = last("function=none&data=moons&opt=adam&steps=5&resolution=11")
    (racer,) = race.racers
    assert {vectors.shape for vectors in racer.trajectory.states.values()} == {(5, 1)}
    moved = np.linalg.norm(np.diff(racer.trajectory.thetas, axis=0), axis=1)
    assert (racer.trajectory.states["m"][:, 0] > 0).all() and (moved > 0).all()
