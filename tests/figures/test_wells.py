"""Pictures of the wells: the dial's shifts, the balls' steps, and the bowl that is laid over the relief."""

from __future__ import annotations

import numpy as np
import pytest

from figures.relief import relief
from figures.wells import BALL_TRACE, RISE_TRACE, TEST_TRACE, laid_over, section
from landscape.minima.studies import studies
from landscape.minima.wells import Wells

WORDS = {word: word for word in ("train", "test", "loss", "step", "quadratic", "trusted")} | {"a": "x", "b": "y"}


@pytest.fixture(scope="module")
def found():
    return next(Wells(**studies["wells"].settings({"lr": 0.1})).stages(lambda stage, share: None, lambda: False))


@pytest.fixture(scope="module")
def drawn(found):
    looks = ["gd", *(f"rate {k}" for k in range(1, len(found.rolls)))]
    return section(found, looks, looks, found.wells[1].model, words=WORDS)


def test_the_test_curve_is_the_training_curve_shifted(found, drawn):
    figure, _, changes = drawn
    assert figure.data[TEST_TRACE].x == pytest.approx(found.x + 0.3, abs=1e-6)
    assert len(changes) == len(found.shifts)
    for shift, change in zip(found.shifts, changes, strict=True):
        assert change[TEST_TRACE]["x"] == pytest.approx(found.x + shift, abs=1e-6)
    posts = changes[found.at][RISE_TRACE]
    assert posts["x"][:2] == pytest.approx([-2, -2]) and posts["y"][:2] == pytest.approx([0, 0.045])
    assert all(posts["text"])  # one that is empty takes others along when the window changes its size
    assert posts["y"][6] == pytest.approx(1.125) and [text for text in posts["text"] if text.strip()] == ["+0.045", "+1.125"]


def test_the_balls_are_where_their_runs_are_and_out_of_sight_where_they_left(found, drawn):
    _, frames, _ = drawn
    assert len(frames) == len(found.rolls[0].xs)
    for step in (0, 7, 200):
        balls = frames[step][BALL_TRACE]["x"]
        expected = [roll.xs[step] if abs(roll.xs[step]) < 40 else np.nan for roll in found.rolls]
        assert balls == pytest.approx(expected, rel=1e-6, nan_ok=True)
    assert np.isnan(frames[200][BALL_TRACE]["x"]).sum() == 1  # the rate that diverges


def test_the_bowl_over_the_relief_is_the_model_up_to_the_frame(found):
    model = found.wells[1].model
    figure = relief(found.surface, words=WORDS)
    high = figure.layout.scene.zaxis.range[1]
    laid_over(figure, model, "model")
    bowl, ring = figure.data[-2:]
    seen = np.isfinite(bowl.z)
    offsets = (np.asarray(bowl.x) - 2) ** 2 + np.asarray(bowl.y) ** 2
    assert np.asarray(bowl.z)[seen] == pytest.approx(25 * offsets[seen] / 2) and np.nanmax(bowl.z) <= high * (1 + 1e-9)
    assert np.hypot(np.asarray(ring.x) - 2, ring.y) == pytest.approx(model.radius)
    assert np.abs(bowl.x)[seen].max() <= 4 and np.abs(bowl.y)[seen].max() <= 3
