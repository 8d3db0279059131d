"""River valley: a large rate goes far along a valley but stays above its floor; decay drops into it (Wen et al. 2024)."""

from __future__ import annotations

import numpy as np

from landscape.errors import Phrase
from landscape.minima.river import BATCH, LOOKED_AT, NET_DOWN, NET_STEPS, river_rides
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim

SEEDS, SAMPLES = 3, 600


@claim(
    "river_valley",
    "The river valley",
    source="Wen et al. 2024, Understanding warmup-stable-decay learning rates: a river valley loss landscape perspective",
    link="https://arxiv.org/abs/2410.05192",
    says=Phrase("claim_river_valley"),
    measures=(
        Measure(Phrase("measure_decay"), Band(high=0.9)),
        Measure(Phrase("measure_height"), Band(high=0.5)),
        Measure(Phrase("measure_floor"), Band(high=0.9)),
    ),
    why=Phrase("why_river_valley"),
)
def river_valley(run: Run) -> Found:
    """Ride down the test function and a network's loss at a large rate, at the same with a decay at the end, and at a small one."""
    seeds = tuple(run.seed + k for k in range(SEEDS))
    *_, river = river_rides(seeds=seeds, samples=SAMPLES, report=run.report, should_stop=run.should_stop)
    findings, places = [], ((Phrase("on_function"), river.valley), (Phrase("on_network"), river.net))
    for place, rides in places:
        findings.append(Finding(0, place, ratio(rides.decayed.losses[:, -1], rides.constant.ending)))
        findings.append(Finding(1, place, ratio(rides.decayed.above, rides.constant.hover)))
        findings.append(Finding(2, place, ratio(rides.constant.floors, rides.small.floors)))
    series = tuple(
        Series(Phrase(f"ride_{ride.name}"), ride.steps, np.median(ride.losses, axis=0), group=k) for k, ride in enumerate(river.net)
    )
    graph = Graph(Phrase("graph_step"), Phrase("graph_loss"), series, log=True)
    return Found(tuple(findings), graph, round(3 * SEEDS * (NET_STEPS * (BATCH / SAMPLES + 1 / LOOKED_AT) + NET_DOWN)))


def ratio(one: np.ndarray, other: np.ndarray) -> float:
    """Return the median of `one` over that of `other`."""
    return float(np.median(one) / np.median(other))
