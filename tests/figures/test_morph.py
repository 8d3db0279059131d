"""Films of figures: each frame holds its own step, in one scale for all."""

from dataclasses import dataclass

import numpy as np
import pytest

from figures.coefficients import coefficient_bars, coefficient_paths
from figures.measures import descents, measure_curves
from figures.mistakes import changing_confusion
from figures.morph import morphing_contour, morphing_relief
from figures.regions import changing_regions
from figures.strip import label_strips
from landscape.sculpting.pictures import Regions
from landscape.sculpting.sculpture import Measure, Ring
from tests.figures.conftest import WORD_KEYS, Path

WORDS = {word: word for word in WORD_KEYS} | {word: word for word in ("above", "knob", "coefficient", "exact_zero", "exact", "class")}
WORDS |= {word: word for word in ("before", "now", "alone", "ring.penalty", "ring.base")}
A, B, S = np.linspace(-1.0, 2.0, 7), np.linspace(0.0, 1.0, 5), 4


@dataclass(frozen=True)
class Film:
    a: np.ndarray
    b: np.ndarray
    values: np.ndarray
    rings: tuple[Ring, ...] = ()


VALUES = np.array([np.add.outer((B - 0.2) ** 2, (A - 0.1 * k) ** 2) + 10 * k for k in range(S)])
PATH = Path("minimum", "m", np.arange(S) / 10, np.full(S, 0.2), np.array([values.min() for values in VALUES]))
TURN = np.random.default_rng(0).standard_normal((S, 9, 2))


def test_the_contour_shows_each_step_above_its_own_minimum():
    figure, frames = morphing_contour(Film(A, B, VALUES, (Ring("penalty", TURN), Ring("base", TURN + 1))), PATH, words=WORDS)
    assert len(frames) == S
    for k, frame in enumerate(frames):
        assert frame[0]["customdata"] == pytest.approx(VALUES[k], rel=1e-6)
        assert np.argsort(frame[0]["z"].ravel(), kind="stable")[0] == VALUES[k].argmin()
        rings = [index for index in frame if index]
        assert [figure.data[index].meta["role"] for index in rings] == ["ring", "ring"]
        assert frame[rings[0]]["x"] == pytest.approx(TURN[k, :, 0], rel=1e-5) and frame[rings[1]]["y"] == pytest.approx(
            TURN[k, :, 1] + 1, rel=1e-5
        )
    lowest = [float(frame[0]["z"].min()) for frame in frames]
    assert lowest == pytest.approx([lowest[0]] * S, abs=0.2)  # however much the objective itself has risen
    assert figure.data[0].zmin <= min(lowest)


def test_the_relief_shows_the_objective_itself():
    figure, frames = morphing_relief(Film(A, B, VALUES), PATH, words=WORDS)
    low, high = figure.layout.scene.zaxis.range
    for k, frame in enumerate(frames):
        assert frame[0]["z"] == pytest.approx(VALUES[k], rel=1e-6)
        assert low <= VALUES[k].min() <= high
    contoured = morphing_contour(Film(A, B, VALUES), PATH, words=WORDS)[1]
    assert all((one[0]["surfacecolor"] == other[0]["z"]).all() for one, other in zip(frames, contoured, strict=True))


def test_bars_ring_an_exact_zero_alone():
    values = np.array([[1.0, -2.0, 1e-12], [0.5, 0.0, 0.0]])
    figure, frames = coefficient_bars(["p", "q", "r"], values, values + 1, words=WORDS)
    assert np.isnan(frames[0][1]["x"]).all() and np.isnan(frames[1][1]["x"]).tolist() == [True, False, False]
    assert frames[0][2]["x"].tolist() == [2.0, -1.0, 1.0] and frames[1][0]["x"].tolist() == [0.5, 0.0, 0.0]
    assert figure.layout.xaxis.range[1] > 2


def test_curves_stand_over_evenly_spaced_steps():
    figure = measure_curves(["0", "0.1", "1"], [Measure("r2", np.array([0.5, 0.4, 0.2]), "test", share=True)], ["R²"], words=WORDS)
    assert figure.data[0].x.tolist() == [0, 1, 2] and figure.data[0].y.tolist() == [50, 40, 20] and figure.data[0].line.dash == "dot"
    assert list(figure.layout.xaxis.ticktext) == ["0", "0.1", "1"] and list(figure.layout.xaxis.tickvals) == [0, 1, 2]
    paths = coefficient_paths(["0", "0.1", "1"], ["p", "q"], np.array([[1, 2], [3, 4], [5, 6]]), words=WORDS)
    assert [line.y.tolist() for line in paths.data] == [[1, 3, 5], [2, 4, 6]]


def test_descents_and_strips_and_mistakes_change_by_step():
    _, frames = descents({"one": np.array([[3.0, 2.0], [3.0, 1.0]]), "two": np.zeros((2, 2))}, ["one", "two"], words=WORDS)
    assert frames[1][0]["y"].tolist() == [3, 1] and frames[1][1]["y"].tolist() == [0, 0]
    predicted = np.array([[0, 1, 0, 0], [0, 0, 0, 0]])
    figure, frames = label_strips(np.array([0, 0, 1, 1]), predicted, np.array([[0, 1, 0, 0], [0, 0, 0, 0]]) > 0, ["p", "q"], words=WORDS)
    assert frames[0][0]["z"].tolist() == [[0, 0, 1, 1], [0, 1, 0, 0], [0, 1, 0, 0]] and frames[1][0]["z"][2].tolist() == [0, 0, 0, 0]
    assert frames[0][2]["x"].tolist() == [1] and frames[1][2]["x"].tolist() == [] and figure.data[1].x.tolist() == [1]
    counts = np.array([[[3, 1], [0, 4]], [[4, 0], [2, 2]]])
    _, frames = changing_confusion(counts, ["p", "q"], words=WORDS)
    assert [np.asarray(frame[0]["z"]).tolist() for frame in frames] == [[[0.75, 0.25], [0, 1]], [[1, 0], [0.5, 0.5]]]


def test_regions_fade_what_is_not_counted():
    scores = np.array([[[-1.0, 1.0], [1.0, 1.0]], [[-1.0, -1.0], [1.0, -1.0]]])
    points, counted = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[True, False], [True, True]])
    regions = Regions("r", points, np.array([0, 1]), np.array([0.0, 1.0]), np.array([0.0, 1.0]), scores, counted)
    _, frames = changing_regions(regions, words=WORDS)
    assert frames[0][0]["z"].tolist() == [[0, 1], [1, 1]] and frames[1][0]["z"].tolist() == [[0, 0], [1, 0]]
    assert frames[0][2]["marker.opacity"] < 0.5 < frames[1][2]["marker.opacity"]
