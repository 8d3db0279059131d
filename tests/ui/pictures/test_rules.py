"""Rules as text: the numbers of the step that begins where a racer stands."""

from __future__ import annotations

import numpy as np
import pytest

from figures.numbers import number
from landscape.descent.optimizers import optimizers
from landscape.scene.contest import contest
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy
from ui.pictures.rules import LINES, STEPS, rule_of
from ui.words.translator import Translator

EN = Translator("en")
RACED = [name for name in optimizers if name != "muon"]


def test_every_optimizer_has_a_rule():
    assert set(LINES) == set(STEPS) == set(optimizers)


@pytest.fixture(scope="module")
def racers():
    def raced(names):
        query = "&".join(f"opt{k if k > 1 else ''}={name}" for k, name in enumerate(names, 1))
        return next(contest(RaceStudy(RaceScene.from_query(f"{query}&steps=12&resolution=11")))).racers

    return {racer.choice.name: racer for first in range(0, len(RACED), 8) for racer in raced(RACED[first : first + 8])}


@pytest.mark.parametrize("name", RACED)
def test_every_symbol_of_the_method_is_a_line_with_nothing_left_to_fill_in(racers, name):
    lines = rule_of(racers[name], 12, EN)
    shown = {symbol for symbol, _ in LINES[name]}
    assert set(racers[name].trajectory.states) <= shown
    assert not any("{" in text for text, _ in lines)
    assert {len(numbers) for _, numbers in lines} == {13}


def test_the_numbers_are_those_of_the_step_that_begins(racers):
    run, lines = racers["adam"].trajectory, dict(rule_of(racers["adam"], 12, EN))

    def pair(vector):
        return f"({number(float(vector[0]))}, {number(float(vector[1]))})"

    assert lines["g = ∇f(θ)"][0] == pair(run.states["g"][0]) and lines["θ"][5] == pair(run.thetas[5])
    assert lines["m ← 0.9 m + 0.1 g"][7] == pair(run.states["m"][7])
    assert lines["Δθ = −η m̂ / √v̂"][12] == lines["Δθ = −η m̂ / √v̂"][11] == pair(run.thetas[12] - run.thetas[11])
    np.testing.assert_allclose(run.states["m"][1], 0.9 * run.states["m"][0] + 0.1 * run.states["g"][1])


def test_a_racer_whose_step_costs_two_shows_each_for_two_ticks(racers):
    steps = dict(rule_of(racers["sam"], 12, EN))["step"]
    assert steps[:6] == ["1", "1", "2", "2", "3", "3"]


@pytest.mark.parametrize("name", ["rmsprop", "sam"])
def test_a_method_with_momentum_steps_by_its_memory(name):
    query = f"opt={name}&opt.momentum=0.8&opt.lr=0.01&steps=6&resolution=11"
    (racer,) = next(contest(RaceStudy(RaceScene.from_query(query)))).racers
    assert rule_of(racer, 6, EN)[-2][0] == "Δθ = −η m"
    np.testing.assert_allclose(np.diff(racer.trajectory.thetas, axis=0), -0.01 * racer.trajectory.states["m"], rtol=1e-9)
