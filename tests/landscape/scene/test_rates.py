"""Rates: what grows of them, with the checks of the quadratics in it."""

from __future__ import annotations

import numpy as np
import pytest

from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy
from landscape.scene.rates import rates


def test_quadratics_come_first_then_schedules_then_each_sweep():
    scene = RaceScene.from_query("topic=rates&kappa=37&steps=12&opt=gd&opt.lr=0.005&opt2=adam")
    grown = list(rates(RaceStudy(scene)))
    assert [(len(known.sweeps), known.scheduled is not None, known.finished) for known in grown] == [
        (0, False, False),
        (0, True, False),
        (1, True, False),
        (2, True, True),
    ]
    steps = {one.kappa: one.steps for one in grown[0].conditioned}
    assert (steps[10.0], steps[100.0], steps[1000.0]) == ((69, 27), (691, 93), (6908, 315)) and 37.0 in steps
    assert [stable.limit for stable in grown[0].stable] == pytest.approx([0.2, 0.38])


def test_limits_are_those_of_the_start():
    scene = RaceScene.from_query("topic=rates&function=quadratic&function.kappa=10&opt=gd&opt2=momentum&opt3=adam&steps=5")
    known = list(rates(RaceStudy(scene)))[-1]
    assert known.limits["gd"] == pytest.approx(0.2) and known.limits["momentum"] == pytest.approx(0.38) and known.limits["adam"] is None


def test_schedules_share_start_and_noise():
    scheduled = RaceStudy(RaceScene.from_query("steps=150")).racing(RaceScene().optimizers[:1]).scheduled()
    assert list(scheduled.losses) == list(scheduled.factors) == ["constant", "step", "cosine", "warm_up", "wsd"]
    assert len({float(losses[0]) for losses in scheduled.losses.values()}) == 1
    assert (scheduled.method, scheduled.seeds) == ("perturbed_gd", 5)
    assert scheduled.losses["cosine"][-5:].mean() < scheduled.losses["constant"][-5:].mean()  # it settles
    assert np.all(scheduled.factors["constant"] == 1)
