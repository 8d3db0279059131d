import json
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
import pytest

from figures.style import OPTIMIZER_STYLES
from tests.browser.explore import picture
from ui.browser.packing import unpack
from ui.pictures.board import BOARD_WORDS, Board, Fact, Picture, Timeline, addressed

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
