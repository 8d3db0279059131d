"""The Saddles page's scene: its links and its stages."""

import numpy as np
import pytest

from landscape.errors import LandscapeError
from landscape.scene.saddle_race import FOLLOWED, race_stages
from landscape.scene.saddles import SaddlesScene


def stages(query, memory=None):
    told = []
    scene = SaddlesScene.from_query(query)
    return list(race_stages(scene, {} if memory is None else memory, lambda stage, share: told.append(stage), lambda: False)), told


@pytest.mark.parametrize(
    "query",
    [
        "",
        "start=1.0,0.0",
        "racers=gd,newton&lr=0.05&momentum=0.5&noise=0.2&steps=50&seed=3",
        "part=networks&net=deep_linear&units=1&depth=3&decay=0.0",
        "landscape=noisy_line",
        "landscape=noisy_line&racers=sgd&lr=0.1&start=1.0,1e-06&batch=7",
        "function=himmelblau&start=auto&window=-4.0,4.0,-4.0,4.0&field=newton",
    ],
)
def test_links_are_lossless(query):
    scene = SaddlesScene.from_query(query)
    assert SaddlesScene.from_query(scene.to_link()) == scene
    assert scene.to_query() == SaddlesScene.from_query(scene.to_query()).to_query()


@pytest.mark.parametrize(
    "query", ["racers=gd,adam", "racers=", "racers=" + "x" * 999, "part=circus", "net=cnn", "units=9", "lr=0", "start=1", "field=curl"]
)
def test_what_makes_no_sense_is_refused(query):
    with pytest.raises(LandscapeError, match=r"one of|between|numbers"):
        SaddlesScene.from_query(query)


def test_racers_keep_their_order_and_come_once():
    assert SaddlesScene.from_query("racers=newton,gd,newton").racers == ("gd", "newton")


def test_the_default_scene_says_who_leaves_when_and_that_its_numbers_come_out():
    found, told = stages("")
    assert len(found[0].runs) == 6 and not found[0].critical and found[0].field is not None
    last = found[-1]
    assert last.finished and {*told} == {"paths", "critical", "escape"}
    assert [point.kind for point in last.critical] == ["minimum", "minimum", "saddle"]
    left = {racer: stay.left for racer, stay in zip(last.scene.racers, last.stays, strict=True)}
    assert (left["gd"], left["momentum"], left["newton"]) == (139, 50, None) and left["perturbed_gd"] < 80
    assert [escape.method for escape in last.escapes] == list(FOLLOWED) and all(check.holds for check in last.checks)
    y = last.runs[0].thetas[:, 1]
    assert last.departures[0] == pytest.approx(np.abs(y)) and last.radius == pytest.approx(0.5)


def test_on_the_ridge_gradient_descent_and_momentum_end_on_the_saddle():
    last = stages("start=1.0,0.0&racers=gd,momentum")[0][-1]
    assert [end.kind for end in last.ends] == ["saddle", "saddle"] and [stay.left for stay in last.stays] == [None, None]


def test_another_function_gets_a_rate_that_suits_it_and_its_own_start():
    scene = SaddlesScene().with_function(SaddlesScene.choose("function", "himmelblau"))
    assert scene.start is None and scene.lr == pytest.approx(0.02) and not scene.textbook
    last = list(race_stages(scene, {}, lambda stage, share: None, lambda: False))[-1]
    kinds = [point.kind for point in last.critical]
    assert (kinds.count("minimum"), kinds.count("saddle"), kinds.count("maximum")) == (4, 4, 1)
    assert last.checks == () and last.ends[0].kind == "minimum" and last.saddle.kind == "saddle"
    assert scene.with_function(SaddlesScene().function) == SaddlesScene()


def test_on_the_noisy_line_mini_batches_leave_the_saddle_no_sooner():
    scene = SaddlesScene.from_query("landscape=noisy_line")
    assert scene.running == scene.racers and scene.racers[1] == "sgd" and not scene.textbook
    last = stages("landscape=noisy_line&racers=gd,sgd,newton")[0][-1]
    assert last.finished and [point.kind for point in last.critical] == ["degenerate", "degenerate", "saddle"]
    assert [end.kind for end in last.ends] == ["degenerate", "degenerate", "saddle"] and last.checks == ()
    gd, sgd = last.stays[0].left, last.stays[1].left
    assert gd == 131 and 0 < sgd - gd < 5
    assert [escape.method for escape in last.escapes][:2] == ["gd", "sgd"] and last.escapes[1].runs > 1
    assert (last.escapes[1].steps >= last.escapes[0].steps).all() and last.escapes[2].steps[0] < last.escapes[0].steps[0] / 2


def test_a_function_has_no_samples_for_mini_batches():
    assert SaddlesScene.from_query("racers=sgd").running == ("gd",)
    assert SaddlesScene.from_query("racers=gd,sgd,newton").running == ("gd", "newton")
    network = SaddlesScene().with_network()
    assert network == SaddlesScene.from_query("landscape=noisy_line")
    assert network.with_function(SaddlesScene().function) == SaddlesScene()
    assert network.with_function(SaddlesScene.choose("function", "booth")).landscape == "function"


def test_a_function_without_a_saddle_has_no_times_of_escape():
    last = stages("function=booth&start=auto&lr=0.01")[0][-1]
    assert last.finished and last.saddle is None and last.escapes == () and last.departures == ()


def test_arrows_and_windows_do_not_run_the_race_again():
    memory = {}
    before = stages("", memory)[0][-1]
    after = stages("field=newton&window=-3.0,3.0,-2.0,2.0", memory)[0][-1]
    assert all(a is b for a, b in zip(before.runs, after.runs, strict=True)) and before.field is not after.field
    assert all(a is b for a, b in zip(before.escapes, after.escapes, strict=True))


def test_the_window_holds_the_start():
    found = stages("start=5.0,0.1&racers=gd")[0][0]
    assert found.surface.a[-1] == 5.0
