"""Windows and starts from a visitor's hands: what is believed, what is refused, and the way back."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from landscape.errors import LandscapeError
from landscape.scene.scene import Scene
from ui.controls import place
from ui.session import scene as session_scene

FIRST = ((-3.0, 3.0), (-2.0, 4.0))


@pytest.fixture
def session(monkeypatch):
    browser = SimpleNamespace(session_state={"explore.scene": replace(Scene(), window=FIRST)})
    monkeypatch.setattr(place, "st", browser)
    monkeypatch.setattr(session_scene, "st", browser)
    return browser.session_state


@pytest.mark.parametrize(
    "corners",
    [
        (),
        (0.0, 1.0, 0.0),
        (math.nan, 1.0, 0.0, 1.0),
        (0.0, math.inf, 0.0, 1.0),
        (1.0, 0.0, 0.0, 1.0),
        (0.0, 1.0, 2.0, 2.0),
        (1.0, 1.0 + 1e-10, 0.0, 1.0),
        (0.0, 1.0, -1e8, 1e8),
        (1e13, 2e13, 0.0, 1.0),
    ],
)
def test_a_window_that_is_none_or_lost_in_rounding_or_out_of_reach_is_refused(corners):
    with pytest.raises(LandscapeError, match="got") as refused:
        place.checked(corners, FIRST)
    assert refused.value.code in ("no_window", "window_extreme")


@pytest.mark.parametrize("corners", [(-1.0, 1.0, -1.0, 1.0), (1.0, 1.0 + 1e-8, 0.0, 1e-30), (-5e5, 5e5, -1.0, 1.0)])
def test_other_windows_are_taken_as_they_are(corners):
    assert place.checked(corners, FIRST) == (corners[:2], corners[2:])


def test_hands_refused_leave_the_scene_as_it_was_and_say_why(session):
    place.show_window((0.0, 0.0, 0.0, 1.0), 4)
    assert session["explore.scene"].window == FIRST
    assert session["explore.refusal"].code == "no_window"
    assert place.seen() == {"zoomable": True, "window": [-3.0, 3.0, -2.0, 4.0], "zoomed": False, "turn": 4}


def test_after_several_zooms_one_step_leads_back_to_the_first_window(session):
    place.show_window((-1.0, 1.0, -1.0, 1.0), 1)
    place.show_window((-0.5, 0.5, -0.5, 0.5), 2)
    assert (session["explore.scene"].window, place.seen()["zoomed"], place.seen()["turn"]) == (((-0.5, 0.5), (-0.5, 0.5)), True, 2)
    place.show_window((), 3)
    assert (session["explore.scene"].window, place.seen()["zoomed"]) == (FIRST, False)


def test_a_zoom_from_the_landscape_s_own_window_leads_back_to_it(session):
    session["explore.scene"] = replace(Scene(), window=None)
    place.show_window((-1.0, 1.0, -1.0, 1.0), 1)
    place.show_window((), 2)
    assert session["explore.scene"].window is None


def test_a_window_of_another_hand_is_a_first_one(session):
    place.show_window((-1.0, 1.0, -1.0, 1.0), 1)
    session["explore.scene"] = replace(session["explore.scene"], window=((0.0, 9.0), (0.0, 9.0)))  # a link, or an undo
    assert not place.seen()["zoomed"]
    place.show_window((2.0, 3.0, 2.0, 3.0), 2)
    place.show_window((), 3)
    assert session["explore.scene"].window == ((0.0, 9.0), (0.0, 9.0))


def test_without_a_zoom_the_way_back_leads_nowhere(session):
    place.show_window((), 1)
    assert session["explore.scene"].window == FIRST


def test_a_start_is_taken_exactly(session):
    place.start_at(0.1, -2 / 3)
    assert session["explore.scene"].start == (0.1, -2 / 3)


def test_what_hands_do_on_a_board_is_the_start_and_the_window(session):
    place.placed("relief", {"a": 1, "b": -0.25})
    place.moved("contour", {"corners": [-1, 2, 0, 0.5], "turn": 3.0})
    assert (session["explore.scene"].start, session["explore.scene"].window) == ((1.0, -0.25), ((-1.0, 2.0), (0.0, 0.5)))
    assert place.seen()["turn"] == 3


@pytest.mark.parametrize(("window", "step"), [(None, 0.1), (((-3.0, 3.0), (0.0, 1.0)), 0.01), (((-400.0, 400.0), (0.0, 1.0)), 1.0)])
def test_the_boxes_steps_are_round_and_at_most_a_hundredth_of_the_window(window, step):
    assert place.step_of(window, 0) == step


def test_the_start_is_the_scene_s_or_else_the_picture_s_of_this_very_scene():
    free = replace(Scene(), start=None)
    picture = SimpleNamespace(scene=free, paths=[SimpleNamespace(a=[0.5, 1.0], b=[2.0, 3.0])])
    assert place.scene_start(Scene(), picture) == Scene().start
    assert place.scene_start(free, picture) == (0.5, 2.0)
    assert place.scene_start(replace(free, steps=7), picture) is None
    assert place.scene_start(free, None) is None


def test_a_hand_s_last_move_reaches_its_own_page_when_another_has_been_entered(session):
    placed = session_scene.on_this_page(lambda: place.start_at(1.0, 2.0))
    session_scene.enter("open_result")
    placed()
    assert session["explore.scene"].start == (1.0, 2.0) and session["page"] == "open_result"
