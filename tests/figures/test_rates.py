"""Pictures of learning rates: what is marked, and what the dial moves."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from figures.rates import arrivals, counts, one_eigenvalue, schedule_curves, sweeps

WORDS = {name: name for name in ("step", "relative", "steps", "lr", "size", "loss", "left")}
LABELS = {"gd": "GD", "momentum": "HB"}


def conditioned(kappa, descent, heavy_ball):
    shrinking = [10.0 ** -np.linspace(0, 6, steps + 1) for steps in (descent, heavy_ball)]
    return SimpleNamespace(kappa=kappa, descent=shrinking[0], heavy_ball=shrinking[1], steps=(descent, heavy_ball))


KNOWN = [conditioned(1.0, 1, 1), conditioned(10.0, 69, 27), conditioned(100.0, 691, 93)]


def test_the_dial_moves_both_curves_and_the_head():
    above, rising = arrivals(KNOWN, 1, LABELS, words=WORDS)
    beside, moving = counts(KNOWN, 1, [10.0], LABELS, words=WORDS)
    assert above.data[0].x[-1] == 69 and rising[2][0]["x"][-1] == 691 and rising[2][1]["x"][-1] == 93
    assert len(rising[2][0]["x"]) < 200  # thinned, its end kept
    assert list(beside.data[4].y) == [69, 27] and moving[2][4] == {"x": [100.0, 100.0], "y": [691, 93]}
    assert list(beside.data[2].text) == ["69"] and list(beside.data[3].text) == ["27"]


def test_a_sweep_marks_the_limit_and_the_runs_that_left():
    sweep = SimpleNamespace(
        rates=np.array([0.1, 0.2, 0.4]), losses=np.array([1e-3, 2.0, np.inf]), left=np.array([False, False, True]), start=5.0
    )
    figure = sweeps([("gd", "GD", sweep)], {"gd": 0.3}, words=WORDS)
    assert np.isnan(figure.data[0].y[2]) and list(figure.data[1].x) == [0.4] and figure.data[1].marker.symbol == "x"
    assert [shape.x0 for shape in figure.layout.shapes] == [0.3]
    assert not sweeps([("adam", "Adam", sweep)], {"adam": None}, words=WORDS).layout.shapes


def test_sizes_of_zero_and_beyond_number_are_gaps_and_probes_rings():
    one = SimpleNamespace(rates=np.array([0.1, 0.2, 0.3]), sizes=np.array([0.0, 1.0, np.nan]), limit=0.2, probed=((0.2, 1.0),))
    figure = one_eigenvalue([one, one], LABELS, words=WORDS)
    assert np.isnan(figure.data[0].y[[0, 2]]).all() and list(figure.data[1].x) == [0.2]
    assert [shape.x0 for shape in figure.layout.shapes[:2]] == [0.2, 0.2]


def test_schedules_by_name():
    found = {"constant": np.array([2.0, 1.0]), "cosine": np.array([2.0, 0.01])}
    figure = schedule_curves(found, {"constant": "C", "cosine": "S"}, "loss", losses=True, words=WORDS)
    assert [line.name for line in figure.data] == ["C", "S"] and figure.layout.yaxis.type == "log"
    assert figure.layout.yaxis.range[0] == pytest.approx(np.log10(0.005))
