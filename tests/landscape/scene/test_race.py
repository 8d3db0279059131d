"""The Race page's scene: its links, and how what they leave out is made to suit."""

from __future__ import annotations

import pytest

from landscape.errors import LandscapeError
from landscape.scene.race import RACER_KEYS, TOPICS, RaceScene
from landscape.scene.scene import Scene
from landscape.scene.stages import STAGES


def test_the_default_says_nothing_in_a_link():
    assert RaceScene().to_query() == "" and RaceScene.from_query("") == RaceScene()
    assert len(RaceScene().optimizers) == len(RACER_KEYS) == 8


def test_every_topic_has_stages():
    assert tuple(STAGES) == TOPICS


@pytest.mark.parametrize(
    "query",
    [
        "topic=rates&kappa=37.5&steps=40",
        "function=beale",
        "function=quadratic&function.kappa=12",
        "function=none",
        "function=none&data=moons&model=mlp&steps=20",
        "clock=steps&pace=tuned&target=0.01&rule=3&opt=sam&opt2=lbfgs&opt3=muon",
        "start=auto&window=-1,1,-2,2",
    ],
)
def test_links_are_lossless(query):
    scene = RaceScene.from_query(query)
    assert RaceScene.from_query(scene.to_link()) == RaceScene.from_query(scene.to_query()) == scene
    assert query.split("&")[0].split("=")[1] in scene.to_query() or query.startswith("start")


def test_another_function_leaves_the_start_to_itself_and_gives_all_racers_rates():
    scene = RaceScene.from_query("function=rosenbrock")
    assert scene.start is None and len(scene.optimizers) == 8
    assert scene.optimizers[0].get("lr") < 0.005  # Rosenbrock's valley is steeper
    assert RaceScene.from_query("function=himmelblau").start == RaceScene().start


def test_a_link_to_data_means_the_same_landscape_as_explore_s():
    race, explore = RaceScene.from_query("function=none&data=moons"), Scene.from_query("data=moons")
    assert (race.data, race.model, race.loss, race.plane) == (explore.data, explore.model, explore.loss, explore.plane)
    assert race.optimizers[0] == explore.optimizers[0]


@pytest.mark.parametrize("query", ["topic=relay", "clock=hours", "kappa=0.5", "rule=9", "opt3=adam", "target=2"])
def test_what_makes_no_sense_is_refused(query):
    with pytest.raises(LandscapeError, match=r"one of|between|opt"):
        RaceScene.from_query(query)
