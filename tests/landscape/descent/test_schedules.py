"""Schedules against torch.optim.lr_scheduler run step by step."""

from __future__ import annotations

import pytest
import torch
from torch.optim import lr_scheduler

from landscape.descent.schedules import make_schedule, schedules
from landscape.errors import LandscapeError

STEPS, LR = 40, 0.3


def torch_factors(make_scheduler) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    scheduler = make_scheduler(optimizer)
    factors = []
    for _ in range(STEPS):
        factors.append(scheduler.get_last_lr()[0] / LR)
        optimizer.step()
        scheduler.step()
    return factors


def rise(optimizer, steps):
    return lr_scheduler.LinearLR(optimizer, start_factor=1 / steps, total_iters=steps - 1)


def rise_then(after):
    def make(optimizer):
        parts = [rise(optimizer, 10), after(optimizer)]
        return lr_scheduler.SequentialLR(optimizer, parts, milestones=[10])

    return make


def rise_stay_fall(optimizer):
    """Ten steps up, twenty-two at the full rate, eight down to an eighth of it."""
    fall = lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=1 / 8, total_iters=7)
    return lr_scheduler.SequentialLR(optimizer, [rise(optimizer, 10), fall], milestones=[32])


@pytest.mark.parametrize(
    ("name", "params", "make_scheduler"),
    [
        ("constant", {}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        ("step", {"step_size": 7, "gamma": 0.4}, lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.4)),
        ("cosine", {}, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS)),
        ("warm_up", {"share": 0.25, "then": "constant"}, lambda o: rise(o, 10)),
        ("wsd", {"warm_up": 0.25, "decay": 0.2}, rise_stay_fall),
        ("warm_up", {"share": 0.25}, rise_then(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=30))),
    ],
)
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")  # raised by SequentialLR's own call
def test_factors_are_those_of_torch(name, params, make_scheduler):
    schedule = make_schedule(name, **params)
    assert [schedule(step, STEPS) for step in range(STEPS)] == pytest.approx(torch_factors(make_scheduler), rel=1e-9)


@pytest.mark.parametrize("share", [0.0, 0.01, 1.0])
def test_warm_up_of_no_step_or_every_step(share):
    factors = [make_schedule("warm_up", share=share)(step, STEPS) for step in range(STEPS)]
    assert all(0 < factor <= 1 for factor in factors)
    assert factors[0] == (1 / STEPS if share == 1 else 1)


def test_the_parts_of_wsd_may_be_empty_or_meet():
    assert [make_schedule("wsd", warm_up=0.0, decay=0.0)(step, STEPS) for step in range(STEPS)] == [1.0] * STEPS
    met = [make_schedule("wsd", warm_up=1.0, decay=1.0)(step, 5) for step in range(5)]
    assert met == pytest.approx([0.2, 0.4, 0.6, 0.4, 0.2])


@pytest.mark.parametrize("name", schedules)
def test_one_step_is_a_whole_run(name):
    assert make_schedule(name)(0, 1) == 1


def test_out_of_range_is_refused():
    with pytest.raises(LandscapeError, match="step: step_size must be between 1 and 100000; got 0"):
        make_schedule("step", step_size=0)
