import json
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
import pytest

from figures.style import OPTIMIZER_STYLES
from tests.browser.explore import picture
from ui.browser.packing import unpack
from ui.pictures.board import BOARD_WORDS, Board, Chip, Dial, Fact, Line, Picture, Table, TableRow, Timeline, addressed

WORDS = {word: f"[{word}]" for word in BOARD_WORDS} | {"other": "x"}
FIGURE = go.Figure(go.Scatter(x=[1.5], y=[2.5]), layout={"template": "none"})
MAP = Picture("map", "contour", FIGURE, "A map", size="large", links=frozenset({"plane", "step"}))
FILM = Picture("film", "film", FIGURE, frames=[{0: {"y": [float(k)]}} for k in range(3)])
RUN = Timeline("r", 2)


@dataclass(frozen=True)
class Path:
    optimizer: str
    label: str
    losses: np.ndarray


def board(*pictures, **changes):
    return Board(**{"pictures": pictures or (MAP,), "words": WORDS, **changes})


def test_the_message_holds_every_part():
    paths = [Path("adam", "Adam", np.array([3.0, np.inf, np.nan])), Path("gd", "GD", np.array([3.0, 2.0]))]
    panel = Picture("curves", "plot", go.Figure(layout={"template": "none"}), "Loss", "note")
    message = unpack(board(MAP, panel, facts=[Fact("λ", "3.2", tone="good")], timeline=Timeline("r", 2, paths)).message())
    assert message["timeline"]["steps"] == 2 and message["timeline"]["run"] == "r"
    assert message["timeline"]["paths"][0] == {
        "name": "adam",
        "label": "Adam",
        "color": OPTIMIZER_STYLES["adam"].color,
        "dash": OPTIMIZER_STYLES["adam"].dash,
        "losses": [3.0, "∞", "NaN"],
    }
    assert message["facts"] == [{"label": "λ", "value": "3.2", "note": "", "tone": "good", "info": ""}]
    first, second = message["pictures"]
    assert (first["key"], first["kind"], first["size"], first["links"]) == ("map", "contour", "large", ["plane", "step"])
    assert (second["key"], second["title"], second["note"], second["size"], second["links"]) == ("curves", "Loss", "note", "small", [])
    assert picture(message, "map")["data"][0]["x"] == [1.5]


def test_the_message_holds_a_film_s_change_of_every_step():
    (film,) = unpack(board(FILM, timeline=RUN).message())["pictures"]
    assert film["frames"] == [{"0": {"y": [float(k)]}} for k in range(3)]
    grids = [{0: {"z": np.full((2, 3), k, np.float32)}} for k in range(3)]
    (film,) = unpack(board(replace(FILM, frames=grids), timeline=RUN).message())["pictures"]
    assert [frame["0"]["z"].tolist() for frame in film["frames"]] == [np.full((2, 3), k).tolist() for k in range(3)]


def test_only_the_boards_own_words_are_sent():
    assert set(unpack(board().message())["words"]) == set(BOARD_WORDS)


def test_a_missing_word_is_an_error_here_and_not_a_hole_on_the_page():
    with pytest.raises(KeyError, match="reset"):
        board(words={}).message()


def test_a_step_may_be_called_by_another_name():
    message = unpack(board(timeline=Timeline("r", 2, name="λ", labels=("0", "0.5", "1"))).message())
    assert (message["timeline"]["name"], message["timeline"]["labels"]) == ("λ", ["0", "0.5", "1"])
    assert "labels" not in unpack(board(timeline=RUN).message())["timeline"]


def test_a_map_may_change_with_the_timeline():
    frames = [{0: {"x": [float(k)]}} for k in range(3)]
    (changing,) = unpack(board(replace(MAP, frames=frames), timeline=RUN).message())["pictures"]
    assert changing["frames"] == [{"0": {"x": [float(k)]}} for k in range(3)]


def test_without_a_timeline_there_is_nothing_to_play():
    assert unpack(board().message())["timeline"] is None


@pytest.mark.parametrize(
    ("pictures", "changes", "said"),
    [
        ([MAP, MAP], {}, r"one key: \['map'\]"),
        ([replace(MAP, kind="network")], {}, r"'map' has a kind that is none of .*'network'"),
        ([replace(MAP, size="huge")], {}, r"'map' has a size that is none of .*'huge'"),
        ([replace(MAP, links=frozenset({"plane", "color"}))], {}, r"'map' has a link that is none of .*\['color'\]"),
        ([replace(FILM, kind="plot")], {"timeline": RUN}, "'film' has frames and is no film, but a plot"),
        ([FILM], {}, "3 frames and the timeline 0 steps"),
        ([FILM], {"timeline": Timeline("r", 3)}, "3 frames and the timeline 4 steps"),
        ([replace(MAP, frames=FILM.frames)], {"timeline": Timeline("r", 3)}, "3 frames and the timeline 4 steps"),
        ([MAP], {"timeline": Timeline("r", 2, labels=("0", "1"))}, "2 labels and 3 steps"),
        ([replace(FILM, frames=())], {"timeline": RUN}, "0 frames and the timeline 3 steps"),
        ([replace(FILM, frames=[{1: {"y": [0.0]}}] * 3)], {"timeline": RUN}, r"traces that it does not have: \[1\]"),
    ],
)
def test_a_wrong_board_is_refused_where_it_is_made(pictures, changes, said):
    with pytest.raises(ValueError, match=said):
        board(*pictures, **changes)


def test_what_is_a_session_s_own_follows_the_message_that_all_share():
    message = board().message()
    whole = addressed(message, {"turn": 3, "window": [0.1, -2.0]})
    size = int.from_bytes(whole[-4:], "little")
    assert whole[: len(message)] == message and len(whole) == len(message) + size + 4
    assert json.loads(whole[len(message) : -4]) == {"turn": 3, "window": [0.1, -2.0]}


TURNED = Dial("rate", "Rate", [0.1, 0.25, 4.6855], 1, {"map": [{0: {"y": [float(k)]}} for k in range(3)]})


def dialing(**changes):
    return board(lines=[Line("Huber", "#123456", "9px,4px", [replace(TURNED, **changes)])])


def test_the_message_holds_each_line_with_its_dials_and_what_they_change():
    (line,) = unpack(dialing().message())["lines"]
    assert (line["label"], line["color"], line["dash"]) == ("Huber", "#123456", "9px,4px")
    (dial,) = line["dials"]
    assert (dial["key"], dial["label"], dial["at"], dial["values"]) == ("rate", "Rate", 1, [0.1, 0.25, 4.6855])
    assert dial["texts"] == ["0.1", "0.25", "4.686"]
    assert dial["changes"] == {"map": [{"0": {"y": [float(k)]}} for k in range(3)]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"at": 3}, "'rate' is at 3 of 3 values"),
        ({"at": -1}, "'rate' is at -1 of 3 values"),
        ({"values": [1.0, 2.0]}, "'rate' does not change 'map' as often as it has values"),
        ({"changes": {"elsewhere": [{0: {}}] * 3}}, "'rate' does not change 'elsewhere'"),
        ({"changes": {"map": [{1: {}}] * 3}}, "'map' .* a trace that is not there"),
    ],
)
def test_a_dial_that_does_not_fit_its_pictures_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        dialing(**changes)


def test_the_message_holds_a_table_if_there_is_one():
    table = Table("Properties", [("convex", "why")], [TableRow("MSE", [("yes", ""), ("no", "warn")], "#123456")], "a note", "Surfaces")
    sent = unpack(board(table=table).message())["table"]
    assert (sent["title"], sent["columns"], sent["note"], sent["before"]) == ("Properties", [["convex", "why"]], "a note", "Surfaces")
    assert sent["rows"] == [{"label": "MSE", "cells": [["yes", ""], ["no", "warn"]], "color": "#123456", "dash": "solid"}]
    assert unpack(board().message())["table"] is None


def test_the_message_holds_the_legend_s_chips_and_says_whether_it_is_a_part():
    whole = unpack(board().message())
    assert (whole["chips"], whole["partial"]) == ([], False)
    message = unpack(board(chips=[Chip("Huber", "1.083", "#00f", "4px")], partial=True).message())
    assert message["chips"] == [{"label": "Huber", "value": "1.083", "color": "#00f", "dash": "4px"}] and message["partial"]
