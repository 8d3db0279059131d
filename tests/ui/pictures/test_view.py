import json
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import pytest

from figures.style import OPTIMIZER_STYLES
from ui.browser.packing import unpack
from ui.pictures.view import VIEW_WORDS, Fact, Panel, Payload, addressed


@dataclass(frozen=True)
class Path:
    optimizer: str
    label: str
    losses: np.ndarray


def payload(**changes):
    figure = go.Figure(go.Scatter(x=[1.5], y=[2.5]), layout={"template": "none"})
    return Payload(relief=figure, contour=figure, words={word: f"[{word}]" for word in VIEW_WORDS} | {"other": "x"}, **changes)


def test_the_message_holds_every_part():
    paths = [Path("adam", "Adam", np.array([3.0, np.inf, np.nan])), Path("gd", "GD", np.array([3.0, 2.0]))]
    panel = Panel("curves", "Loss", go.Figure(layout={"template": "none"}), "note")
    message = payload(paths=paths, facts=[Fact("λ", "3.2", tone="good")], panels=[panel], run="r").message()
    message = unpack(message)
    assert message["steps"] == 2 and message["run"] == "r"
    assert message["paths"][0] == {
        "name": "adam",
        "label": "Adam",
        "color": OPTIMIZER_STYLES["adam"].color,
        "dash": OPTIMIZER_STYLES["adam"].dash,
        "losses": [3.0, "∞", "NaN"],
    }
    assert message["facts"] == [{"label": "λ", "value": "3.2", "note": "", "tone": "good", "info": ""}]
    assert (message["panels"][0]["key"], message["panels"][0]["note"]) == ("curves", "note")
    assert message["relief"]["data"][0]["x"] == [1.5]


def test_only_the_views_own_words_are_sent():
    assert set(unpack(payload().message())["words"]) == set(VIEW_WORDS)


def test_a_missing_word_is_an_error_here_and_not_a_hole_on_the_page():
    figure = go.Figure()
    with pytest.raises(KeyError, match="reset"):
        Payload(relief=figure, contour=figure, words={}).message()


def test_without_paths_there_is_nothing_to_play():
    assert unpack(payload().message())["steps"] == 0


def test_what_is_a_session_s_own_follows_the_message_that_all_share():
    message = payload().message()
    whole = addressed(message, {"turn": 3, "window": [0.1, -2.0]})
    size = int.from_bytes(whole[-4:], "little")
    assert whole[: len(message)] == message and len(whole) == len(message) + size + 4
    assert json.loads(whole[len(message) : -4]) == {"turn": 3, "window": [0.1, -2.0]}
