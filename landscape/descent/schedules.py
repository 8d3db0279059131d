"""Schedules: functions (step, steps) that return the factor of the learning rate, for step from 0 to steps - 1."""

from __future__ import annotations

import math
from collections.abc import Callable

from landscape.catalogue import Catalogue, Parameter, Value

Schedule = Callable[[int, int], float]

schedules = Catalogue("schedules")


def make_schedule(name: str, **params: Value) -> Schedule:
    """Return the schedule `name`, a callable (step, steps) to a factor; raises `LandscapeError` for an unknown name, parameter or value."""
    return schedules.make(name, **params)


@schedules.entry("constant", "Constant", formula=r"\eta_t = \eta", source="Bottou, Curtis & Nocedal 2018, section 4.2")
def _constant() -> Schedule:
    return lambda step, steps: 1.0


@schedules.entry(
    "step",
    "Step",
    Parameter("step_size", 100, "steps between drops", low=1, high=100_000, scale="log"),
    Parameter("gamma", 0.1, "factor of a drop", low=0.01, high=1.0),
    formula=r"\eta_t = \eta\, \gamma^{\lfloor t / s \rfloor}",
    source="He, Zhang, Ren & Sun 2016, Deep Residual Learning, section 4.2; named as torch's StepLR",
)
def _step(step_size: int, gamma: float) -> Schedule:
    return lambda step, steps: gamma ** (step // step_size)


@schedules.entry(
    "cosine",
    "Cosine",
    formula=r"\eta_t = \tfrac{\eta}{2} \left(1 + \cos\frac{\pi t}{T}\right)",
    source="Loshchilov & Hutter 2017, SGDR, equation 5",
)
def _cosine() -> Schedule:
    return lambda step, steps: (1 + math.cos(math.pi * step / steps)) / 2


@schedules.entry(
    "warm_up",
    "Warm-up",
    Parameter("share", 0.1, "share of warm-up", low=0.0, high=1.0),
    Parameter("then", "cosine", "after warm-up", choices=("cosine", "constant")),
    formula=r"\eta_t = \eta\, \frac{t + 1}{W}\ (t < W),\ \text{then cosine or constant}",
    source="Goyal et al. 2017, section 2.2",
)
def _warm_up(share: float, then: str) -> Schedule:
    """A linear increase over W = round(share * steps) steps; step W - 1 is the first with the full learning rate."""
    after = make_schedule(then)

    def factor(step: int, steps: int) -> float:
        rise = round(share * steps)
        return (step + 1) / rise if step < rise else after(step - rise, steps - rise)

    return factor


@schedules.entry(
    "wsd",
    "Warm-up, stable, decay",
    Parameter("warm_up", 0.05, "share of warm-up", low=0.0, high=1.0),
    Parameter("decay", 0.2, "share of decay", low=0.0, high=1.0),
    formula=r"\eta_t = \eta \cdot \min\Big(\frac{t + 1}{W},\ 1,\ \frac{T - t}{D}\Big)",
    source="Hu et al. 2024, MiniCPM, section 4; Wen et al. 2024, Understanding Warmup-Stable-Decay Learning Rates, section 2",
)
def _wsd(warm_up: float, decay: float) -> Schedule:
    """W = round(warm_up * steps) and D = round(decay * steps): the last of the D steps of decay has the rate eta / D."""

    def factor(step: int, steps: int) -> float:
        rise, fall = max(1, round(warm_up * steps)), max(1, round(decay * steps))
        return min((step + 1) / rise, 1.0, (steps - step) / fall)

    return factor
