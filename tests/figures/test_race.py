"""A race's curves and the text of its rule."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from figures.race import race_curves, rule_numbers

WORDS = {
    "step": "step",
    "loss": "loss",
    "above": "above",
    "train": "train",
    "test": "test",
    "early": "early",
    "diverged": "left",
    "unbounded": "left",
}


def run(losses, tests=None, status="completed", step=2):
    return SimpleNamespace(optimizer="gd", label="GD", losses=np.array(losses), test_losses=tests, status=status, step=step)


def test_losses_stand_above_the_lowest_one_and_exact_ones_at_the_bottom():
    figure = race_curves([run([9.0, 3.0, 1.0])], 1.0, 1.008, words=WORDS)
    assert list(figure.data[0].y) == pytest.approx([8.0, 2.0, 8e-15]) and list(figure.data[0].customdata) == ["9", "3", "1"]
    assert figure.layout.yaxis.type == "log" and figure.layout.shapes[0].y0 == pytest.approx(0.008)


def test_a_run_that_leaves_does_not_flatten_the_others_and_says_when():
    figure = race_curves([run([9.0, 3.0, 2.0]), run([9.0, 90.0, 1e30], status="diverged", step=1)], 0.0, 0.1, words=WORDS)
    assert figure.layout.yaxis.range[1] == pytest.approx(np.log10(90)) and [note.text for note in figure.layout.annotations] == ["left ↑"]


def test_the_smallest_test_loss_is_ringed():
    figure = race_curves([run([3.0, 2.0, 1.0], tests=np.array([3.0, 1.5, 2.0]))], None, 1.0, words=WORDS)
    assert (figure.data[-1].x[0], figure.data[-1].y[0], figure.data[-1].marker.symbol) == (1, 1.5, "circle-open")


def test_a_rule_changes_its_numbers_with_every_tick():
    figure, frames = rule_numbers([("g", ["1", "2"]), ("Δθ", ["-1", "-2"])])
    assert list(figure.data[0].text) == ["<b>g</b>", "<b>Δθ</b>"] and list(figure.data[1].text) == ["2", "-2"]
    assert [frame[1]["text"] for frame in frames] == [["1", "-1"], ["2", "-2"]]
