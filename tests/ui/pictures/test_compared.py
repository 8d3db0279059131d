"""The board of compared losses: its pictures by axis, its dials, its table and its cards."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from figures.style import loss_style
from landscape.losses.properties import Properties
from landscape.scene.comparison import Comparison, LossesScene, compare
from landscape.scene.fields import Choice
from tests.browser.explore import picture
from ui.browser.packing import unpack
from ui.pictures.board import Board
from ui.pictures.compared import board_of
from ui.pictures.property_table import COLUMNS, property_table
from ui.words.translator import Translator

T = Translator("en")


@cache
def compared(query: str) -> Comparison:
    hooks = SimpleNamespace(memory={}, report=lambda stage, share: None, should_stop=lambda: False)
    return list(compare(LossesScene.from_query(query), hooks))[-1]


def board(query: str) -> Board:
    return board_of(compared(query), T)


def rows(shown: Board) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in shown.pictures:
        found.setdefault(item.row, []).append(item.key)
    return found


def facts(shown: Board) -> dict[str, tuple[str, str]]:
    return {fact.label: (fact.value, fact.tone) for fact in shown.facts}


def test_each_axis_has_a_row_and_each_surface_stands_over_its_contour():
    found = list(rows(board("loss=mae&loss2=hinge&loss3=huber")).values())
    assert found[0] == [f"residual.{part}" for part in ("value", "gradient", "curvature", "influence")]
    assert found[1] == [f"margin.{part}" for part in ("value", "gradient", "curvature", "influence")]
    assert found[2:] == [["relief.mae", "relief.huber"], ["contour.mae", "contour.huber"], ["relief.hinge"], ["contour.hinge"]]


def test_losses_of_classes_and_rankings_have_maps_and_no_residual():
    curves = [f"probability.{part}" for part in ("value", "gradient", "curvature")]
    assert list(rows(board("loss=kl&loss2=focal")).values()) == [curves, ["map.loss", "map.loss2"]]
    assert list(rows(board("loss=listnet")).values())[1] == ["map.loss"]


def test_a_line_has_one_look_and_its_place_among_the_traces():
    shown = board("loss=mse&loss2=huber&surfaces=0")
    for part in ("value", "gradient", "curvature", "influence"):
        traces = shown.picture(f"residual.{part}").figure.data
        assert (
            [trace.line.color for trace in traces[::2]]
            == [line.color for line in shown.lines]
            == [loss_style("mse").color, loss_style("huber").color]
        )
        assert [trace.line.dash for trace in traces[::2]] == [line.dash for line in shown.lines]


def test_a_dial_changes_its_own_line_to_what_python_would_draw():
    shown, other = board("loss=mse&loss2=huber&surfaces=0"), board("loss=mse&loss2=huber&loss2.delta=3&surfaces=0")
    (dial,) = shown.lines[1].dials
    assert dial.key == "loss2.delta" and dial.values[dial.at] == 1.0
    at = list(dial.values).index(3.0)
    for key, frames in dial.changes.items():
        assert set(frames[at]) == {2, 3}
        drawn = other.picture(key).figure.data[2]
        np.testing.assert_array_equal(drawn.x, frames[at][2]["x"])
        np.testing.assert_array_equal(drawn.y, frames[at][2]["y"])


def test_the_message_is_small():
    message = board("").message()
    assert len(message) < 200_000
    assert picture(unpack(message), "residual.value")["data"][0]["y"].dtype == np.float32


def test_the_table_says_what_was_measured_and_marks_what_contradicts_the_claim():
    table = board("loss=tukey&loss2=mae&surfaces=0").table
    assert [row.label for row in table.rows] == [T("curves.claim"), T("losses.tukey"), T("losses.mae")]
    cells = [dict(zip(COLUMNS, row.cells, strict=True)) for row in table.rows]
    assert cells[0]["convex"] == (T("figure.yes"), "") and cells[0]["lipschitz"] == ("", "")
    assert cells[1]["convex"] == (T("figure.no"), "warn") and cells[1]["differentiable"] == (T("figure.yes"), "")
    assert cells[2]["differentiable"] == (T("figure.no_at", places="0"), "warn") and cells[2]["lipschitz"] == ("≤ 1", "")


def test_what_cannot_be_decided_is_called_so():
    table = property_table([(Choice("mse"), Properties())], "", T)
    assert {text for text, _ in table.rows[1].cells} == {T("figure.undecided")}


def test_the_cards_of_the_focal_loss_are_the_lecture_s_and_checked():
    """S10."""
    found = facts(board("loss=focal"))
    assert found[T("curves.easy", p=0.9)] == ("0.0010536", "good")
    assert found[T("curves.easy", p=0.968)] == ("1/977", "good")
    assert found[T("curves.crowd", crowd=1000, p=0.9, hard=0.1)] == ("63.9 %", "good")
    assert found[T("curves.best", share=0.9)] == ("0.694", "warn")
    assert facts(board("loss=focal&loss.gamma=0"))[T("curves.best", share=0.9)] == ("0.900", "good")


def test_the_cards_of_surrogates_are_the_lecture_s():
    """S12."""
    found = facts(board("loss=zero_one&loss2=hinge&loss3=squared_hinge"))
    assert found[T("losses.zero_one")] == (T("curves.wrong", wrong=1, count=7), "good")
    assert found[T("losses.hinge")] == found[T("losses.squared_hinge")] == (T("curves.wrong", wrong=3, count=7), "warn")
    assert found[T("curves.logistic", base="2")] == ("1", "good") and found[T("curves.logistic", base="e")] == ("0.693", "warn")


@pytest.mark.parametrize(("name", "efficiency", "reach"), [("mse", "100 %", None), ("mae", "63.7 %", "1.25"), ("tukey", "95 %", "1.77")])
def test_the_card_of_a_residual_s_loss_says_its_price_and_its_reach(name, efficiency, reach):
    (fact,) = board(f"loss={name}&surfaces=0").facts
    assert (fact.label, fact.value) == (T(f"losses.{name}"), efficiency)
    assert fact.note == (T("curves.unbounded") if reach is None else T("curves.bounded", most=reach))
