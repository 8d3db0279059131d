"""Skip connections: around a trained deep network the loss is flatter with them than without (Li et al. 2018)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from landscape.errors import Phrase
from landscape.minima.depth import OWN_INIT, POINTS, STEPS, Layers, Slice
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim

DEPTH = 20
# How much of the time the first of the networks takes.
FIRST = 0.25
# A loss above this was not trained down.
LOW_LOSS = 0.3


@claim(
    "skip_connections",
    "Skip connections",
    source="Li, Xu, Taylor, Studer & Goldstein 2018, Visualizing the loss landscape of neural nets, section 6",
    link="https://arxiv.org/abs/1712.09913",
    says=Phrase("claim_skip_connections"),
    measures=(
        Measure(Phrase("measure_radius"), Band(low=1.5)),
        Measure(Phrase("measure_highest"), Band(low=10.0)),
        Measure(Phrase("measure_concave"), Band(low=1.3)),
    ),
    why=Phrase("why_skip_connections"),
)
def skip_connections(run: Run) -> Found:
    """Compare the medians over five networks of each kind, of 20 layers, on filter-normalized slices.

    Not at the minima themselves: the losses there are near zero, of other sizes, and the Hessian with them.
    """
    layers = Layers(DEPTH, "own", 0, run.seed)
    *_, depths = layers.stages(lambda stage, share: run.report(_share(stage, share)), run.should_stop)
    values = []
    for measure, upper in (("radius", "skip"), ("highest", "plain"), ("negative", "plain")):
        plain, skip = depths.medians(measure)
        values.append(plain / skip if upper == "plain" else skip / plain)
    findings = tuple(Finding(k, Phrase("median_of", seeds=len(depths.plain)), value) for k, value in enumerate(values))
    series = tuple(_section(kind, getattr(depths, kind), group) for group, kind in enumerate(OWN_INIT))
    graph = Graph(Phrase("graph_along"), Phrase("graph_loss"), series, log=True)
    evaluations = sum(one.surface.evaluations + STEPS + 4 * POINTS for one in (*depths.plain, *depths.skip))
    low = max(depths.medians("loss")) < LOW_LOSS
    return Found(findings, graph, evaluations, None if low else Phrase("untrained"))


def _section(kind: str, slices: Sequence[Slice], group: int) -> Series:
    """Return the median over the networks of the loss along the first direction, through the trained weights."""
    rows = [one.surface.values[len(one.surface.b) // 2] for one in slices]
    return Series(Phrase(f"layers_{kind}"), slices[0].surface.a, np.median(rows, axis=0), group=group)


def _share(stage: str, share: float) -> float:
    return FIRST * share if stage == "fitting" else FIRST + (1 - FIRST) * share
